"""Words of KNX and ETS for the pages: what stands in tables keyed on our own words."""

from collections.abc import Callable, Mapping
from typing import Final

from knx_ocpp_bridge.web.languages import Language

Say = Callable[[str], str]


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


FLAGS: Final = (
    ("C", _("Communication")),
    ("R", _("Read")),
    ("W", _("Write")),
    ("T", _("Transmit")),
    ("U", _("Update")),
    ("I", _("Read on init")),
)
"""In the order of the ETS."""
_LETTERS: Final = {Language.EN: "CRWTUI", Language.DE: "KLSÜAI", Language.NL: "CRWTUI"}

CONNECTIONS: Final[Mapping[str, str]] = {
    "automatic": _("searched for automatically"),
    "tunneling": _("Tunnelling (UDP)"),
    "tunneling_tcp": _("Tunnelling (TCP)"),
    "tunneling_tcp_secure": _("Secure tunnelling (TCP)"),
    "routing": _("Routing (multicast)"),
    "routing_secure": _("Secure routing (multicast)"),
}
PROBLEMS: Final[Mapping[str, str]] = {
    "unknown address": _("not in ETS"),
    "other size": _("other size in ETS"),
    "other DPT": _("other DPT in ETS"),
    "no DPT": _("no DPT in ETS"),
    "other sender": _("somebody else sends"),
    "no receiver": _("nobody listens"),
    "no sender": _("nobody sends"),
    "secured": _("secured, but no keyring"),
    "style": _("other address style"),
    "unused": _("unused in the bridge"),
    "keyring": _("not covered by the keyring"),
    "shared": _("shared address"),
}
"""By the kind of a finding."""
WEIGHTS: Final[Mapping[str, tuple[str, str]]] = {
    "error": ("bad", _("error")),
    "warning": ("warn", _("warning")),
    "hint": ("info", _("hint")),
}
"""Class of the mark, and its word."""
SECURE: Final[Mapping[str, str]] = {
    "required": _("required"),
    "possible": _("possible"),
    "no": _("no"),
    "yes": _("yes"),
    "secure": _("secure only"),
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "fresh": ("good", _("up to date")),
    "stale": ("bad", _("stale")),
    "unknown": ("warn", _("unknown")),
}
"""Of an input."""
REFUSED: Final[Mapping[str, str]] = {
    "plain": _("without security, on a secured group address"),
    "unknown_sender": _("from a sender that the keyring does not name"),
    "replay": _("repeated (sequence number)"),
    "forged": _("does not open with the key"),
    "no_key": _("secured, but there is no key"),
    "clock": _("before the clock was set"),
    "unreadable": _("frames that cannot be read"),
    "stranger": _("frames of a stranger"),
}


def ets_language(language: Language) -> str:
    """In which the words of the object table are there."""
    return "de" if language is Language.DE else "en"


def flag_marks(flags: str, language: Language) -> list[tuple[str, str, bool]]:
    """Letter, word and whether it is set, of each flag."""
    letters = _LETTERS[language]
    return [(letters[place], word, flag in flags) for place, (flag, word) in enumerate(FLAGS)]
