"""Charging profiles that a person writes: what OCPP 1.6 allows, and what the bridge must refuse for its own sake.

What is said of profiles is OCPP 1.6 ed. 2 section 3.13 and section 7 (ChargingProfile, ChargingSchedule).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from math import isfinite
from typing import Any, Final

from knx_ocpp_bridge.core import ways
from knx_ocpp_bridge.core.commands import ProfilePurpose, RateUnit
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A, NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId, TransactionId

MOST_PERIODS: Final = 200
FREE_ID: Final = 100
"""The id of a profile for which nobody names one."""
_IDS_OF_A_CONNECTOR: Final = 10
_OURS: Final = {ProfilePurpose.TX_DEFAULT: 1, ProfilePurpose.TX: 2, ProfilePurpose.CHARGE_POINT_MAX: 3}
_MOST: Final = 1e7
_PHASES: Final = (1, 2, 3)


class Kind(Enum):
    """ChargingProfileKindType."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(Enum):
    """RecurrencyKindType."""

    DAILY = "Daily"
    WEEKLY = "Weekly"


@dataclass(frozen=True, slots=True)
class HandPeriod:
    """From `start_s` after the begin of the schedule on; `limit` in its unit, `phases` None: 3, says the standard."""

    start_s: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class HandProfile:
    """One charging profile as somebody wants it. Times in UTC."""

    id: int
    connector: ConnectorId
    purpose: ProfilePurpose
    kind: Kind
    unit: RateUnit
    periods: tuple[HandPeriod, ...]
    stack_level: int
    recurrency: Recurrency | None = None
    start: datetime | None = None
    duration_s: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction: TransactionId | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """A profile of the bridge, as far as ClearChargingProfile can name it."""

    id: int
    connector: ConnectorId
    purpose: ProfilePurpose
    stack_level: int


def periods(text: str) -> tuple[HandPeriod, ...]:
    """The periods of `16` or `0:16 3600:10:1`: seconds after the begin, limit, number of phases.

    Raises:
        ValueError: it is no such text; says in words why.
    """
    words = text.replace(",", " ").split()
    if not 0 < len(words) <= MOST_PERIODS:
        raise ValueError(f"a schedule has 1 to {MOST_PERIODS} periods, such as 0:16 3600:10:1 (start_s:limit:phases)")
    found = tuple(_period(word) for word in words)
    starts = [one.start_s for one in found]
    if starts[0] != 0:
        raise ValueError("the first period begins at 0 s")
    if starts != sorted(set(starts)):
        raise ValueError("each period begins after the one before")
    return found


def unfit(profile: HandProfile) -> str:
    """Why OCPP has no such profile, in words; empty: it has."""
    return next((words for is_so, words in _UNFIT if is_so(profile)), "")


def endangers(charger: Charger, connector: ConnectorId, purpose: ProfilePurpose, stack_level: int) -> str:
    """Why such a profile could give a charger more than its circuit has; empty: it could not.

    One of a higher stack level stands in the place of ours, and one of the same replaces it; only a
    ChargePointMaxProfile holds beside them and can but lower.
    """
    outlets = charger.settings.connectors.values()
    circuits = sorted({one.circuit for one in outlets if one.circuit and connector in {CHARGE_POINT, one.id}})
    level = charger.flags.stack_level
    if not circuits or stack_level < level:
        return ""
    way = ways.way_of(charger)
    if purpose is ProfilePurpose.CHARGE_POINT_MAX and (way is None or way.purpose is not purpose):
        return ""
    return (
        f"it stands in the circuit {circuits[0]}: a {purpose.value} of stack level {stack_level} would count instead "
        f"of the bridge's own (level {level}), and nobody would watch the fuse; lower it by max_current, or by a "
        "ChargePointMaxProfile"
    )


def clears_ours(charger: Charger, named: Mapping[str, Any]) -> str:
    """Why this ClearChargingProfile.req may not be sent, in words; empty: it may.

    Outside of circuits the bridge sets its own anew; in one, that moment would be one without a limit.
    """
    circuits = {one.circuit for one in charger.settings.connectors.values() if one.circuit}
    hit = next((one for one in ours(charger) if _is_named(one, named)), None)
    if not circuits or hit is None:
        return ""
    where = f"the bridge's own {hit.purpose.value} (id {hit.id}, connector {hit.connector}, level {hit.stack_level})"
    return f"this would clear {where}, which keeps it within its circuit; name the id of the profile that is to go"


def refused(charger: Charger, action: str, named: Mapping[str, Any]) -> str:
    """Why an operation that somebody wrote as OCPP has it may not be sent to this charger, in words; empty: it may."""
    if action == "ClearChargingProfile":
        return clears_ours(charger, named)
    profile = named.get("csChargingProfiles")
    if action not in {"SetChargingProfile", "RemoteStartTransaction"}:
        return ""
    profile = named.get("chargingProfile") if action == "RemoteStartTransaction" else profile
    connector, level = named.get("connectorId", 0), profile.get("stackLevel") if isinstance(profile, Mapping) else None
    if not isinstance(profile, Mapping) or not isinstance(connector, int) or not isinstance(level, int):
        return ""  # the official schema refuses it, or there is no profile in it
    word = profile.get("chargingProfilePurpose")
    purpose = next((one for one in ProfilePurpose if one.value == word), None)
    return "" if purpose is None else endangers(charger, ConnectorId(connector), purpose, level)


def ours(charger: Charger) -> tuple[Ours, ...]:
    """The profiles of the bridge that this charger may hold."""
    way, level = ways.way_of(charger), charger.flags.stack_level
    found = [
        Ours(_id(ProfilePurpose.TX, number), number, ProfilePurpose.TX, level) for number in charger.settings.connectors
    ]
    if way is not None and way.purpose is not None:
        wheres = {CHARGE_POINT if way.on_charge_point else number for number in charger.settings.connectors}
        found += [Ours(_id(way.purpose, where), where, way.purpose, level) for where in sorted(wheres)]
    return tuple(found)


def is_reserved(profile_id: int, charger: Charger) -> bool:
    """The bridge uses this id itself: 1 to 3, and on further connectors 11 to 13, 21 to 23 and so on."""
    numbers = {1, *charger.settings.connectors}
    return any(profile_id == _id(purpose, ConnectorId(number)) for purpose in _OURS for number in numbers)


def doubts(profile: HandProfile, charger: Charger) -> tuple[str, ...]:
    """What is allowed and yet may not be meant, in sentences."""
    said = []
    wired = max((one.phases for one in charger.settings.connectors.values()), default=3)
    low = [one for one in profile.periods if 0 < _amperes(one, profile.unit, wired) < LOWEST_CURRENT_A]
    if low:
        said.append(f"{low[0].limit:g} {profile.unit.value} is below 6 A per phase: no car charges with it")
    ours_first = profile.stack_level < charger.flags.stack_level
    if profile.purpose is not ProfilePurpose.CHARGE_POINT_MAX and not ours_first:
        said.append(
            "it counts before the bridge's own limits; what KNX, pages or the API set waits until it is cleared"
        )
    return tuple(said)


def payload(profile: HandProfile) -> dict[str, Any]:
    """SetChargingProfile.req as OCPP spells it."""
    schedule = {
        "duration": profile.duration_s,
        "startSchedule": _stamp(profile.start),
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [_as_sent(one) for one in profile.periods],
    }
    whole = {
        "chargingProfileId": profile.id,
        "transactionId": profile.transaction,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": profile.kind.value,
        "recurrencyKind": None if profile.recurrency is None else profile.recurrency.value,
        "validFrom": _stamp(profile.valid_from),
        "validTo": _stamp(profile.valid_to),
        "chargingSchedule": _told(schedule),
    }
    return {"connectorId": int(profile.connector), "csChargingProfiles": _told(whole)}


def _period(word: str) -> HandPeriod:
    parts = word.split(":")
    if len(parts) == 1:
        parts = ["0", *parts]
    try:
        start_s, limit = int(parts[0]), float(parts[1])
        phases = int(parts[2]) if len(parts) > 2 else None
    except ValueError:
        raise ValueError(f"{word[:32]!r} is no period; one is start_s:limit or start_s:limit:phases") from None
    if len(parts) > 3 or start_s < 0 or (phases is not None and phases not in _PHASES):
        raise ValueError(f"{word[:32]!r} is no period; one is start_s:limit or start_s:limit:phases (1 to 3)")
    if not isfinite(limit) or not 0 <= limit <= _MOST or round(limit, 1) != limit:
        raise ValueError(f"{parts[1][:16]} is no limit: it is 0 or more, with one decimal at most")
    return HandPeriod(start_s, limit, phases)


def _amperes(period: HandPeriod, unit: RateUnit, wired: int) -> float:
    if unit is RateUnit.AMPERE:
        return period.limit
    return period.limit / (NOMINAL_VOLTAGE_V * (period.phases or wired))


def _as_sent(period: HandPeriod) -> dict[str, Any]:
    limit = int(period.limit) if period.limit.is_integer() else period.limit
    return _told({"startPeriod": period.start_s, "limit": limit, "numberPhases": period.phases})


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _id(purpose: ProfilePurpose, connector: ConnectorId) -> int:
    return _OURS[purpose] + _IDS_OF_A_CONNECTOR * max(connector - 1, 0)


def _ends_too_early(profile: HandProfile) -> bool:
    return profile.duration_s is not None and profile.periods[-1].start_s >= profile.duration_s


def _is_never_valid(profile: HandProfile) -> bool:
    since, until = profile.valid_from, profile.valid_to
    return since is not None and until is not None and since >= until


_UNFIT: Final[tuple[tuple[Callable[[HandProfile], bool], str], ...]] = (
    (
        lambda one: one.purpose is ProfilePurpose.CHARGE_POINT_MAX and one.connector != CHARGE_POINT,
        "a ChargePointMaxProfile is for the whole charge point: connector 0",
    ),
    (
        lambda one: one.purpose is ProfilePurpose.TX and one.connector == CHARGE_POINT,
        "a TxProfile is for the transaction of one connector: name it",
    ),
    (
        lambda one: one.purpose is ProfilePurpose.TX and one.transaction is None,
        "a TxProfile needs a transaction, and none is open at this connector",
    ),
    (
        lambda one: one.purpose is not ProfilePurpose.TX and one.transaction is not None,
        "only a TxProfile has a transaction",
    ),
    (
        lambda one: (one.kind is Kind.RECURRING) != (one.recurrency is not None),
        "a Recurring profile is Daily or Weekly, and no other one is",
    ),
    (
        lambda one: one.kind is Kind.RELATIVE and one.start is not None,
        "a Relative profile begins when charging begins: it has no start",
    ),
    (
        lambda one: one.kind is Kind.RECURRING and one.start is None,
        "a Recurring profile needs a start: when it begins the first time",
    ),
    (_is_never_valid, "valid_from must be before valid_to"),
    (_ends_too_early, "the last period must begin before the schedule ends (duration)"),
)


def _is_named(one: Ours, named: Mapping[str, Any]) -> bool:
    fields = {
        "id": one.id,
        "connectorId": int(one.connector),
        "chargingProfilePurpose": one.purpose.value,
        "stackLevel": one.stack_level,
    }
    return all(named.get(name) is None or named[name] == value for name, value in fields.items())
