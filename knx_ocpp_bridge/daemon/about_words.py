"""What lines of the general log can be about: messages of OCPP 1.6, and what else happens."""

from difflib import get_close_matches
from typing import Final

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.ocpp.v16.commands import ACTIONS
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS

OWN: Final = (
    *("connection", "wish", "time", "configuration", "security", "people", "export", "retention", "log"),
    *("bus", "input"),
)
_TOLD: Final = (
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
)
"""Messages of chargers that nothing is answered to (OCPP 1.6 ed. 2 section 4, and its security white paper)."""

_KNOWN: Final = {word.casefold(): word for word in (*OWN, *ACTIONS, *TRANSLATORS, *_TOLD)}


def about_word(text: str) -> str:
    """The word as the log spells it.

    Raises:
        AskError: no line can be about it.
    """
    word = _KNOWN.get(text.strip().casefold())
    if word is not None:
        return word
    close = get_close_matches(text.casefold(), _KNOWN, n=1, cutoff=0.6)
    hint = f"did you mean {_KNOWN[close[0]]}?" if close else f"known: messages of OCPP 1.6, and {', '.join(OWN)}"
    raise AskError(f"no line of the log is about {text[:64]!r}; {hint}")
