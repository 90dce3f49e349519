"""Texts out of a file of the ETS: nothing in them can move a cursor, none is longer than its bound."""

import re
from typing import Final

from knx_ocpp_bridge.ets.sizes import exists

MAX_NAME: Final = 255
MAX_DESCRIPTION: Final = 1000

_DPT: Final = re.compile(r"(?:DPST-|DPT-|DPT ?)?(\d{1,3})(?:[-.](\d{1,4}))?", re.IGNORECASE)


def clean(text: str, longest: int = MAX_NAME) -> str:
    """The text in one line: what cannot be printed is a space, and what is too long ends in three dots."""
    text = (text if text.isprintable() else in_one_line(text[: 4 * longest])).strip()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def in_one_line(text: str) -> str:
    """The text with a space for whatever cannot be printed."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def datapoint_type(written: str) -> str | None:
    """`main.sub` with three digits, or the main number alone, from `DPST-14-19`, `DPT-14` or `14.019`.

    Of a list the last one counts: it is the type of the group address itself, those before it are the types of group
    objects that are linked to it (KNX Association, support article 115001825324 "Group Address Export").
    None: no type stands there, or none that is known to be one.
    """
    last = written.replace(",", " ").replace(";", " ").split()[-1:]
    found = _DPT.fullmatch(last[0]) if last else None
    if found is None or not exists(int(found[1])):
        return None
    main, sub = int(found[1]), int(found[2] or 0)
    return f"{main}.{sub:03d}" if sub else str(main)


def ets_type(dpt: str) -> str:
    """`14.019` as the ETS writes it: `DPST-14-19`; a main number alone: `DPT-14`."""
    main, _, sub = dpt.partition(".")
    return f"DPST-{int(main)}-{int(sub)}" if sub else f"DPT-{int(main)}"
