"""The currents of the connectors as somebody types them, and what is wrong with each, told where it was typed."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from knx_ocpp_bridge.config.edit import meaning

Row = Mapping[str, Any]


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


CURRENTS: Final = ("phases", "max_current", "normal_current", "fast_current")
"""Keys of a connector; a field is called like its key, with the number of the connector."""
UNSAVED: Final = _("Nothing was saved: see what is marked below.")
_AT: Final = re.compile(r"chargers\[\d+\]\.connectors\[(\d+)\]\.(\w+)")
_NO_NUMBER: Final = _("Write a number of amperes, like 16.")
_ABOVE_FAST: Final = _("Normal is more than fast (%(amps)s A): write that at most.")
_ABOVE_HIGHEST: Final = _("This is more than the highest current (%(amps)s A): write that at most.")


def wrong_currents(say: Callable[[str], str], form: Mapping[str, str]) -> dict[str, str]:
    """What is wrong by field, as far as numbers alone tell it; `say` translates."""
    bad: dict[str, str] = {}
    for number in form.get("connectors", "").split():
        values = {key: form.get(f"{key}-{number}", "").strip() for key in CURRENTS[1:]}
        amps = {key: _amps(value) for key, value in values.items() if value}
        bad |= {f"{key}-{number}": say(_NO_NUMBER) for key, value in amps.items() if value is None}
        highest, normal, fast = (amps.get(key) for key in CURRENTS[1:])
        if fast is not None and highest is not None and fast > highest:
            bad.setdefault(f"fast_current-{number}", say(_ABOVE_HIGHEST) % {"amps": f"{highest:g}"})
        if normal is not None and highest is not None and normal > highest:
            bad.setdefault(f"normal_current-{number}", say(_ABOVE_HIGHEST) % {"amps": f"{highest:g}"})
        elif normal is not None and fast is not None and normal > fast:
            bad.setdefault(f"normal_current-{number}", say(_ABOVE_FAST) % {"amps": f"{fast:g}"})
    return bad


def _amps(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def at_fields(text: str, charger: str, problems: Iterable[Row]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The configuration's own problems by field, and those that have none here."""
    numbers = [str(each.get("id")) for each in _connectors(text, charger)]
    bad: dict[str, str] = {}
    others: list[str] = []
    for each in problems:
        at = _AT.fullmatch(each["path"])
        if at is not None and at[2] in CURRENTS and int(at[1]) < len(numbers):
            bad.setdefault(f"{at[2]}-{numbers[int(at[1])]}", f"{each['reason']}; {each['remedy']}")
        else:
            others.append(f"{each['reason']}; {each['remedy']}")
    return bad, tuple(others)


def were_saved(text: str, charger: str) -> bool:
    """Somebody has said what this charger may: it stands in the file."""
    return any("max_current" in each for each in _connectors(text, charger))


def _connectors(text: str, charger: str) -> list[dict[str, Any]]:
    chargers = meaning(text)[0].get("chargers")
    for each in chargers if isinstance(chargers, list) else []:
        if isinstance(each, dict) and str(each.get("id")) == charger:
            found = each.get("connectors")
            return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return []
