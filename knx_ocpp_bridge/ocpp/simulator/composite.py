"""GetCompositeSchedule: what all profiles together allow, moment by moment (OCPP 1.6 ed. 2 section 3.13.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargingRateUnitType

from knx_ocpp_bridge.ocpp.simulator.profiles import NOMINAL_V, Grant, Profile, Profiles
from knx_ocpp_bridge.ocpp.simulator.wire import Json, stamp

MAX_PERIODS: Final = 24
MAX_DURATION_S: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where the schedule is for, and what the charger is built for. Current in A per phase."""

    connector: int
    began: datetime | None
    """When the transaction did that is open there."""
    max_a: float
    phases: int


def composite(
    profiles: Profiles, outlet: Outlet, now: datetime, duration_s: int, unit: ChargingRateUnitType
) -> dict[str, object]:
    """The chargingSchedule of the answer: from now on, at most a week and `MAX_PERIODS` periods of it."""
    lasts_s = min(duration_s, MAX_DURATION_S)
    periods: list[Json] = []
    for start_s in sorted({0.0, *_edges(profiles, outlet.began, now, lasts_s)}):
        at = now + timedelta(seconds=start_s)
        found = profiles.grant(outlet.connector, outlet.began, outlet.phases, at) or Grant(outlet.max_a, outlet.phases)
        factor = 1.0 if unit is ChargingRateUnitType.amps else NOMINAL_V * found.phases
        period: Json = {"limit": round(min(found.limit_a, outlet.max_a) * factor, 1)}
        if found.phases != outlet.phases:
            period["numberPhases"] = found.phases
        if not periods or {**periods[-1], "startPeriod": 0} != {**period, "startPeriod": 0}:
            periods.append({"startPeriod": round(start_s), **period})
    return {
        "duration": lasts_s,
        "startSchedule": stamp(now),
        "chargingRateUnit": unit.value,
        "chargingSchedulePeriod": periods[:MAX_PERIODS],
    }


def _edges(profiles: Profiles, began: datetime | None, now: datetime, lasts_s: int) -> Iterator[float]:
    """The moments at which a profile may begin to say something else, in s from now."""
    for profile in profiles.installed.values():
        for edge in _edges_of(profile, began, now, lasts_s):
            if 0 < edge < lasts_s:
                yield edge


def _edges_of(profile: Profile, began: datetime | None, now: datetime, lasts_s: int) -> Iterator[float]:
    for at in (profile.valid_from, profile.valid_to):
        if at is not None:
            yield (at - now).total_seconds()
    begin = profile.begin(began)
    first_s = (begin - now).total_seconds() if begin is not None else 0.0
    marks = [period.start_s for period in profile.periods]
    marks += [profile.duration_s] if profile.duration_s is not None else []
    rounds = 1
    if profile.repeats_s is not None and begin is not None:
        first_s -= (first_s // profile.repeats_s + 1) * profile.repeats_s if first_s < 0 else 0
        rounds = lasts_s // profile.repeats_s + 2
    for turn in range(rounds):
        for mark in marks:
            yield first_s + turn * (profile.repeats_s or 0) + mark
