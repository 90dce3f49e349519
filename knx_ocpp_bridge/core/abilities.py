"""What one firmware was found to do or refuse: learned from real answers, forgotten with the firmware.

An ability that bears the name of a flag acts as that flag (`core.flags`); the others are told, and end what the
bridge would do of its own accord. What a person asks for is sent in spite of them, and may prove them wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Final

from knx_ocpp_bridge.core.commands import ClearCache, Command, ReserveNow, TriggerMessage, UnlockConnector
from knx_ocpp_bridge.core.events import Identity, Outcome, Replied
from knx_ocpp_bridge.core.facts import AbilityLearned
from knx_ocpp_bridge.core.flags import Flag, Flags, acting, brands_of, from_ability, refusal
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn

YES: Final = "yes"
NO: Final = "no"
RESERVATION: Final = "reservation"
UNLOCK: Final = "unlock"
CLEAR_CACHE: Final = "clear_cache"
PHASE_SWITCHING: Final = "phase_switching"
_TOLD_BY: Final[dict[type[Command], str]] = {
    ReserveNow: RESERVATION,
    UnlockConnector: UNLOCK,
    ClearCache: CLEAR_CACHE,
}
_NOT_ASKED_FOR: Final = {
    "StatusNotification": ("ask_status", NO),
    "BootNotification": ("ask_boot", NO),
    "MeterValues": ("ask_meter_s", "0"),
}
_DONE: Final = frozenset({"Accepted", "Unlocked"})
_CANNOT: Final = frozenset({"NotSupported", "NotImplemented"})


class Source(Enum):
    """Why a flag or an ability is what it is."""

    CONFIGURATION = "configuration"
    LEARNED = "learned"
    BRAND = "brand"


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of `chargers show`: what acts for this charger beyond the standard, and why."""

    name: str
    value: Flag
    origin: Source
    reason: str


_WORDS: Final = {
    ("limit_by", "none"): "it answered that it has no smart charging",
    ("limit_by", ""): "this kind of charging profile it accepted",
    ("rate_unit", ""): "it says that it takes this unit alone",
    ("tx_profile", NO): "it answered that it takes no TxProfile",
    ("leases", YES): "it accepted a limit that ends by itself",
    ("leases", NO): "it refused a limit that ends by itself and accepted one that does not",
    ("ask_status", NO): "it cannot be asked for StatusNotification",
    ("ask_boot", NO): "it cannot be asked for BootNotification",
    ("ask_meter_s", "0"): "it cannot be asked for MeterValues",
    (RESERVATION, NO): "it answered that it cannot reserve",
    (UNLOCK, NO): "it answered that a connector cannot be unlocked",
    (CLEAR_CACHE, NO): "it answered that it has no cache to clear",
    (PHASE_SWITCHING, NO): "it said, or showed by a refusal, that it cannot change between one phase and all",
    ("local_list", NO): "it answered that it has no local list of cards",
    ("local_list_held", ""): "version and digest of the list of cards that it has confirmed",
    ("local_list_limits", ""): "the most cards of one message and of its list, as far as it says them",
}


def flags_of(settings: ChargerSettings, identity: Identity | None, abilities: Mapping[str, str]) -> Flags:
    """The flags that act for a charger of these settings, this make and these abilities."""
    known = identity or Identity()
    return acting(known.vendor, known.model, settings.flags, abilities)


def learn(turn: Turn, name: str, value: str) -> None:
    """Write down, once, what this firmware was found to be; an empty value forgets it."""
    charger = turn.charger
    if charger.abilities.get(name, "") == value:
        return
    turn.facts.append(AbilityLearned(name, value))
    abilities = {**charger.abilities, name: value}
    if not value:
        del abilities[name]
    flags = flags_of(charger.settings, charger.identity, abilities)
    turn.charger = replace(charger, abilities=abilities, flags=flags)


def learn_from(turn: Turn, event: Replied, command: Command) -> None:
    """What an answer shows of reserving, unlocking and clearing the cache (rows O1, O2)."""
    name = _TOLD_BY.get(type(command))
    if name is None:
        return
    if _cannot(event):
        learn(turn, name, NO)
    elif event.outcome is Outcome.ANSWERED and event.status in _DONE:
        learn(turn, name, YES)


def trigger_answered(turn: Turn, event: Replied, command: TriggerMessage) -> None:
    """A charger that cannot be asked for a message is not asked for it again (row K9)."""
    if not _cannot(event):
        return
    every = event.outcome is Outcome.NOT_SUPPORTED
    for requested, (name, value) in _NOT_ASKED_FOR.items():
        if every or requested == command.requested:
            learn(turn, name, value)
    turn.note(Level.INFO, None, f"it cannot be asked for {'messages' if every else command.requested}")


def explained(charger: Charger) -> tuple[Explained, ...]:
    """What was set, learned or is known of the brand, in the order of the flags; the abilities follow."""
    found = [_flag(charger, field.name) for field in fields(Flags)]
    lines = [line for line in found if line is not None]
    for name, value in sorted(charger.abilities.items()):
        if value in {YES, NO} and from_ability(name, value) is None:
            lines.append(Explained(name, value, Source.LEARNED, _reason(name, value)))
    return tuple(lines)


def configuration(detail: str) -> dict[str, tuple[str, bool]]:
    """The keys of a GetConfiguration.conf, case-folded: value, and whether it is read-only (rows K4, K5)."""
    try:
        rows = json.loads(detail)["configurationKey"]
        return {str(row["key"]).casefold(): (str(row["value"]), row.get("readonly") is True) for row in rows}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return {}


def words(value: str) -> list[str]:
    """The words of a configuration value that is a list, however they are separated and quoted (row M17)."""
    parts = value.replace(";", ",").split(",")
    return [word for part in parts if (word := part.strip(" \t'\"").casefold())]


def _cannot(event: Replied) -> bool:
    return event.outcome is Outcome.NOT_SUPPORTED or (event.outcome is Outcome.ANSWERED and event.status in _CANNOT)


def _flag(charger: Charger, name: str) -> Explained | None:
    value: Flag = getattr(charger.flags, name)
    settings, identity = charger.settings, charger.identity or Identity()
    if name in settings.flags and not refusal(name, settings.flags[name]):
        return Explained(name, value, Source.CONFIGURATION, "set in the configuration of this charger")
    learned = charger.abilities.get(name, "")
    if from_ability(name, learned) is not None:
        return Explained(name, value, Source.LEARNED, _reason(name, learned))
    for brand in brands_of(identity.vendor, identity.model):
        if name in brand.flags:
            return Explained(name, value, Source.BRAND, f"{brand.vendor or brand.model}: {brand.reason}")
    return None


def _reason(name: str, value: str) -> str:
    known = _WORDS.get((name, value)) or (_WORDS.get((name, "")) if value != NO else None)
    return known or "it was found by its answers, and holds for this firmware"
