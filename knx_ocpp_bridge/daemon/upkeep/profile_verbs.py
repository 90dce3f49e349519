"""Smart charging by hand: one place for the command line, the pages and the API."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from typing import Any, Final, TypeVar

from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.core import hand_profile
from knx_ocpp_bridge.core.commands import Call, ProfilePurpose, RateUnit
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.hand_profile import HandProfile, Kind, Recurrency
from knx_ocpp_bridge.core.profiles import wanted_a
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, TransactionId
from knx_ocpp_bridge.core.ways import can_limit
from knx_ocpp_bridge.daemon.charge_points import limits_row
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic, found
from knx_ocpp_bridge.daemon.upkeep.profile_book import CLEAR, COMPOSITE, SET
from knx_ocpp_bridge.ocpp.v16.commands import Refused, encode

_E = TypeVar("_E", bound=Enum)
_STARTED_AGO: Final = timedelta(seconds=60)
"""Chargers want the start of a schedule in the past (row S3)."""
_LONGEST_S: Final = 366 * 86_400
_HIGHEST_ID: Final = 2**31 - 1
_HIGHEST_LEVEL: Final = 99
_HIGHEST_CONNECTOR: Final = 99


def _profiles(sources: Sources, charger: str, _given: Given) -> Listing:
    """Of each connector: what the bridge has told, what was written by hand, and what the charger makes of it all."""
    charger_id = found(sources.roster, charger)
    one, book = sources.roster.charger(charger_id), sources.workshop.profiles
    now, writes = sources.machine.clock.moment(), book.writes(charger_id)
    rows = []
    for number, connector in sorted(one.connectors.items()):
        mine = [row for row in writes if (row["connector"] or 0) == number]
        composite = book.composite(charger_id, number)
        if number == CHARGE_POINT and not (mine or composite):
            continue
        rows.append(
            {
                "connector": int(number),
                "wanted_a": wanted_a(one, connector) if number != CHARGE_POINT else None,
                "in_force_a": connector.in_force_a if number != CHARGE_POINT and can_limit(one) else None,
                "orders": limits_row.orders(connector, now),
                "writes": mine,
                "composite": composite,
            }
        )
    return Listing(tuple(rows))


async def _set(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    one, given = desk.roster.charger(charger_id), order.options
    profile = _written(one, given, desk.workshop.utc())
    if hand_profile.is_reserved(profile.id, one):
        raise MisuseError(f"the bridge uses the id {profile.id} itself (1 to 3, 11 to 13 ...); take another one")
    if why := hand_profile.unfit(profile):
        raise MisuseError(why)
    if why := hand_profile.endangers(one, profile.connector, profile.purpose, profile.stack_level):
        return Managed(False, (why,), CommandResult.NOT_ALLOWED_NOW)
    managed = await _call(desk, charger_id, SET, hand_profile.payload(profile), order)
    if not managed.done:
        return managed
    what = f"{profile.purpose.value} {profile.id}, connector {profile.connector}, stack level {profile.stack_level}"
    return Managed(True, (f"accepted: {what}", *hand_profile.doubts(profile, one)), row=managed.row)


async def _clear(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    one, given = desk.roster.charger(charger_id), order.options
    purpose = _word(ProfilePurpose, "purpose", given["purpose"]).value if given["purpose"] else None
    names = {
        "id": given["id"],
        "connectorId": given["connector"],
        "chargingProfilePurpose": purpose,
        "stackLevel": given["stack_level"],
    }
    named = {name: value for name, value in names.items() if value is not None}
    if bool(named) == given["all"]:
        raise MisuseError("name what is to go by id, connector, purpose or stack_level; or all")
    if why := hand_profile.clears_ours(one, named):
        return Managed(False, (why,), CommandResult.NOT_ALLOWED_NOW)
    managed = await _call(desk, charger_id, CLEAR, named, order)
    if managed.because is CommandResult.REJECTED and (managed.row or {}).get("status") == "Unknown":
        return Managed(True, ("the charger holds no such profile",), row=managed.row)
    return Managed(True, ("accepted: it is cleared",), row=managed.row) if managed.done else managed


async def _composite(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    given = order.options
    named: dict[str, Any] = {"connectorId": given["connector"], "duration": given["duration"]}
    if given["unit"]:
        named["chargingRateUnit"] = _word(RateUnit, "unit", given["unit"]).value
    managed = await _call(desk, charger_id, COMPOSITE, named, order)
    one, number = desk.roster.charger(charger_id), ConnectorId(given["connector"])
    told = desk.workshop.profiles.composite(charger_id, number) or {}
    connector = one.connectors.get(number)
    meant = _meant(one, connector) if connector is not None and number != CHARGE_POINT else {}
    row = {**told, **meant}
    if not managed.done:
        return Managed(False, managed.messages, managed.because, row)
    periods = ", ".join(_period_words(period, told["unit"]) for period in told["periods"][:12])
    words = [f"the charger reckons with: {periods}" if periods else "the charger tells no period"]
    if meant:
        in_force = "nothing known" if meant["in_force_a"] is None else f"{meant['in_force_a']:g} A"
        words.append(f"meant: {meant['wanted_a']:g} A; confirmed: {in_force}")
    return Managed(True, tuple(words), row=row)


def _written(one: Charger, given: Mapping[str, Any], now: datetime) -> HandProfile:
    purpose = _word(ProfilePurpose, "purpose", given["purpose"])
    kind = _word(Kind, "kind", given["kind"])
    whole = purpose is ProfilePurpose.CHARGE_POINT_MAX
    number = given["connector"] if given["connector"] is not None else 0 if whole else _only(one)
    connector = one.connectors.get(ConnectorId(number))
    if connector is None and number != CHARGE_POINT:
        raise MisuseError(f"{one.settings.id} has no connector {number}")
    zone = one.settings.zone
    start = _time("start", given["start"], zone)
    if start is None and kind is Kind.ABSOLUTE:
        start = now.replace(microsecond=0) - _STARTED_AGO
    open_one = connector.transaction.id if connector is not None and connector.transaction is not None else None
    level = given["stack_level"]
    try:
        periods = hand_profile.periods(given["periods"])
    except ValueError as error:
        raise MisuseError(str(error)) from error
    return HandProfile(
        id=hand_profile.FREE_ID if given["id"] is None else given["id"],
        connector=ConnectorId(number),
        purpose=purpose,
        kind=kind,
        unit=_word(RateUnit, "unit", given["unit"]),
        periods=periods,
        stack_level=one.flags.stack_level + (0 if whole else 1) if level is None else level,
        recurrency=_word(Recurrency, "recurrency", given["recurrency"]) if given["recurrency"] else None,
        start=start,
        duration_s=given["duration"],
        valid_from=_time("valid_from", given["valid_from"], zone),
        valid_to=_time("valid_to", given["valid_to"], zone),
        transaction=_transaction(purpose, given["transaction"], open_one),
    )


def _transaction(purpose: ProfilePurpose, given: int | None, running: TransactionId | None) -> TransactionId | None:
    if given is not None:
        return TransactionId(given)
    return running if purpose is ProfilePurpose.TX else None


def _only(one: Charger) -> int:
    outlets = [int(number) for number in one.settings.connectors if number != CHARGE_POINT]
    if len(outlets) != 1:
        raise MisuseError("this charger has several connectors: name one")
    return outlets[0]


def _word(words: type[_E], name: str, given: str) -> _E:
    """The word of OCPP that was meant, however it is capitalised."""
    folded = given.strip().casefold()
    for each in words:
        if folded in {str(each.value).casefold(), str(each.value).casefold().removesuffix("profile")}:
            return each
    known = ", ".join(str(each.value) for each in words)
    raise MisuseError(f"{name} is one of {known}")


def _time(name: str, given: str, zone: tzinfo) -> datetime | None:
    """In UTC; without a distance from UTC it is the site's own time."""
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MisuseError(f"{name} is a time such as 2026-11-22T18:00 or 2026-11-22T17:00Z") from error


def _meant(one: Charger, connector: Connector) -> dict[str, Any]:
    in_force = connector.in_force_a if can_limit(one) else None
    return {"wanted_a": wanted_a(one, connector), "in_force_a": in_force}


def _period_words(period: Mapping[str, Any], unit: str) -> str:
    limit = "?" if period["limit"] is None else f"{period['limit']:g}"
    phases = "" if period["phases"] is None else f" on {period['phases']:g} phases"
    return f"from {period['start_s'] or 0:g} s {limit} {unit or '?'}{phases}"


async def _call(desk: Desk, charger: ChargerId, action: str, payload: Mapping[str, Any], order: Order) -> Managed:
    """What the charger answers; what the official schema does not allow never leaves."""
    checked = encode(Call(action, json.dumps(payload)))
    if isinstance(checked, Refused):
        raise MisuseError(f"OCPP does not allow this: {checked.reason}")
    answered = await desk.workshop.call(charger, action, payload, order.origin)
    status = answered.answer.get("status") if isinstance(answered.answer, dict) else None
    row = {"sent": dict(payload), "status": status if isinstance(status, str) else answered.reason}
    if answered.result is CommandResult.ACCEPTED and status == "Accepted":
        return Managed(True, (), row=row)
    because = CommandResult.REJECTED if answered.result is CommandResult.ACCEPTED else answered.result
    words = because.name.lower().replace("_", " ")
    return Managed(False, (f"{words}: {answered.reason}",), because, row)


_CONNECTOR: Final = Option(int, None, 0, _HIGHEST_CONNECTOR)
_LEVEL: Final = Option(int, None, 0, _HIGHEST_LEVEL)
_ID: Final = Option(int, None, 1, _HIGHEST_ID)
TOPICS: Final[Mapping[str, Topic]] = {"profiles": Topic(_profiles, {}, charger=True)}
VERBS: Final[Mapping[str, Verb]] = {
    "profile_set": Verb(
        _set,
        {
            "connector": _CONNECTOR,
            "purpose": Option(str, "TxDefaultProfile", longest=32),
            "kind": Option(str, "Absolute", longest=16),
            "recurrency": Option(str, "", longest=16),
            "unit": Option(str, "A", longest=8),
            "periods": Option(str, "", longest=8000),
            "start": Option(str, "", longest=40),
            "duration": Option(int, None, 1, _LONGEST_S),
            "valid_from": Option(str, "", longest=40),
            "valid_to": Option(str, "", longest=40),
            "id": _ID,
            "stack_level": _LEVEL,
            "transaction": Option(int, None, 1, _HIGHEST_ID),
        },
    ),
    "profile_clear": Verb(
        _clear,
        {
            "id": _ID,
            "connector": _CONNECTOR,
            "purpose": Option(str, "", longest=32),
            "stack_level": _LEVEL,
            "all": Option(bool, default=False),
        },
    ),
    "composite_schedule": Verb(
        _composite,
        {
            "connector": Option(int, 1, 0, _HIGHEST_CONNECTOR),
            "duration": Option(int, 86_400, 1, _LONGEST_S),
            "unit": Option(str, "", longest=8),
        },
    ),
}
