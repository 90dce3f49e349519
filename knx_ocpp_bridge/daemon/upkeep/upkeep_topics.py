"""A charger's upkeep as it is looked at: what can be done to it and what not, its list of cards, how it is secured."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from knx_ocpp_bridge.control.options import MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.core.abilities import CLEAR_CACHE, NO, RESERVATION, UNLOCK
from knx_ocpp_bridge.core.by_hand import reboot_needed
from knx_ocpp_bridge.core.card_list import CardList
from knx_ocpp_bridge.core.commands import ChangeConfiguration, Command
from knx_ocpp_bridge.core.configuration_keys import AUTHORIZATION_KEY, SECURITY_PROFILE
from knx_ocpp_bridge.core.events import ListAsked
from knx_ocpp_bridge.core.local_list import LOCAL_LIST
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.core.ways import can_limit
from knx_ocpp_bridge.daemon import details
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import LIMIT, Given, Sources, Topic, found, unknown
from knx_ocpp_bridge.daemon.upkeep.workshop import Secured
from knx_ocpp_bridge.ocpp.exchanges import Wanted
from knx_ocpp_bridge.ocpp.v16 import operations

Json = dict[str, Any]

_FEATURES: Final = {
    "FirmwareManagement": ("firmware", "diagnostics"),
    "LocalAuthListManagement": ("local_list",),
    "Reservation": ("reservation",),
    "SmartCharging": ("profiles",),
    "RemoteTrigger": ("trigger",),
}
"""Feature profiles of SupportedFeatureProfiles (OCPP 1.6 ed. 2 section 9.1.24), and what belongs to each."""
_LEARNED: Final = {
    "reservation": (RESERVATION, "it answered that it cannot reserve"),
    "unlock": (UNLOCK, "it answered that a connector cannot be unlocked"),
    "clear_cache": (CLEAR_CACHE, "it answered that it has no cache to clear"),
    "local_list": (LOCAL_LIST, "it answered that it has no local list of cards"),
}
_NOTICES: Final = (
    "DiagnosticsStatusNotification",
    "LogStatusNotification",
    "FirmwareStatusNotification",
    "SignedFirmwareStatusNotification",
)
_MOST_NOTICES: Final = 8
_LIST_WITHIN_S: Final = 30.0


def _upkeep(sources: Sources, charger: str, _given: Given) -> Listing:
    charger_id = found(sources.roster, charger)
    one, workshop = sources.roster.charger(charger_id), sources.workshop
    key = workshop.keys.find(charger_id, "SupportedFeatureProfiles")
    profiles = None if key is None else frozenset(key.value.replace(";", ",").replace(" ", "").casefold().split(","))
    read_at = workshop.keys.read_at(charger_id)
    row = {
        "charger": charger_id,
        "reachable": one.reachable,
        "connectors": sorted(int(number) for number in one.settings.connectors if number != CHARGE_POINT),
        "not_offered": _not_offered(one, profiles),
        "local_list": _list(one),
        "security": details.security(one),
        "securing": _securing(one, workshop.secured.get(charger_id)),
        "reboot_needed": list(reboot_needed(one)),
        "keys_read_at": None if read_at is None else read_at.isoformat(timespec="seconds"),
        "selftest": workshop.selftests.is_going_on(charger_id),
        "notices": _notices(sources, charger_id),
        "tls": sources.books.authority is not None,
    }
    return Listing((row,))


def _not_offered(one: Charger, profiles: frozenset[str] | None) -> list[Json]:
    """What this charger cannot do, and why: what it answered counts more than what it lists."""
    reasons = {name: why for name, (ability, why) in _LEARNED.items() if one.abilities.get(ability) == NO}
    known = {name for name, (ability, _) in _LEARNED.items() if one.abilities.get(ability) not in {None, NO}}
    for feature, names in _FEATURES.items() if profiles is not None else ():
        if profiles is not None and feature.casefold() not in profiles:
            why = f"{feature} is not among its SupportedFeatureProfiles"
            reasons = {name: why for name in names if name not in known} | reasons
    if not can_limit(one):
        reasons["profiles"] = "it answered that it takes no charging profiles"
    return [{"name": name, "why": why} for name, why in sorted(reasons.items())]


def _list(one: Charger) -> Json:
    """`version` is what the charger reports; `cards` those that it has confirmed; null: not known."""
    known: CardList = one.card_list
    kept = one.settings.local_list and not one.settings.quiet
    confirmed = known.confirmed if known.confirmed is not None and known.confirmed.version == known.version else None
    settled = known.settled_for is one.settings
    return {
        "kept": kept,
        "version": known.version,
        "sent": known.last_version or None,
        "cards": None if confirmed is None else len(confirmed.contents),
        "in_step": kept and settled and known.failures == 0 and (confirmed is not None or known.version == 0),
        "under_way": kept and known.asked is not None,
        "failures": known.failures,
        "off": known.off,
    }


def _securing(one: Charger, last: Secured | None) -> Json | None:
    """The last time that somebody had it secured. `left` are the steps not taken yet, the first is on its way."""
    if last is None:
        return None
    steps = [] if one.securing is None else [_step(command) for command in one.securing.left]
    return {
        "profile": last.profile,
        "began_at": last.began.isoformat(timespec="seconds"),
        "ended_at": None if last.ended is None else last.ended.isoformat(timespec="seconds"),
        "done": last.done,
        "message": last.message,
        "left": steps,
        "came_back": last.done and one.security.wanted is None,
    }


def _step(command: Command) -> str:
    match command:
        case ChangeConfiguration(key=key) if key in {AUTHORIZATION_KEY, SECURITY_PROFILE}:
            return key
        case _:
            return type(command).__name__


def _notices(sources: Sources, charger: str) -> list[Json]:
    """What it has told of uploads and firmware, the newest first."""
    rows = [
        row for about in _NOTICES for row in sources.books.diary.log_rows(charger, about, 0, _MOST_NOTICES, newest=True)
    ]
    return sorted(rows, key=lambda row: int(row["number"]), reverse=True)[:_MOST_NOTICES]


def _exchanges(sources: Sources, charger: str, given: Given) -> Listing:
    known = sources.roster.find(charger)
    wanted = Wanted(given["before"], given["action"], given["text"], given["troubled"])
    page = sources.books.trace.exchanges(known or charger, wanted, given["limit"], tags=given["tags"])
    if known is None and not page.rows:
        raise MissingError(unknown(sources.roster, charger))
    return Listing(page.rows, page.older)


def _operations(_sources: Sources, _charger: str, given: Given) -> Listing:
    wanted = given["action"]
    names = [name for name in operations.actions() if wanted in {"", name}]
    if not names:
        raise MissingError(f"there is no operation {wanted[:64]!r}; there are {', '.join(operations.actions())}")
    return Listing(
        tuple({"action": name, "fields": [asdict(field) for field in operations.fields(name)]} for name in names)
    )


async def _send_list(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    verdict = await desk.asking.ask(charger_id, lambda number: ListAsked(order.origin, number), _LIST_WITHIN_S)
    return Managed(verdict.result is CommandResult.ACCEPTED, (verdict.reason,), verdict.result)


TOPICS: Final[Mapping[str, Topic]] = {
    "upkeep": Topic(_upkeep, {}, charger=True),
    "exchanges": Topic(
        _exchanges,
        {
            "before": Option(int, 0),
            "limit": replace(LIMIT, default=50),
            "action": Option(str, ""),
            "text": Option(str, ""),
            "troubled": Option(bool, default=False),
            "tags": Option(bool, default=False),
        },
        charger=True,
    ),
    "operations": Topic(_operations, {"action": Option(str, "")}),
}
VERBS: Final[Mapping[str, Verb]] = {"local_list_send": Verb(_send_list, {})}
