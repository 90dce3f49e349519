"""Charging profiles as the charger keeps them, and the limit that follows (OCPP 1.6 ed. 2 section 3.13)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ocpp.v16.enums import ChargingProfileKindType, ChargingProfilePurposeType, ChargingRateUnitType, RecurrencyKind

from knx_ocpp_bridge.ocpp.simulator.wire import Json, instant, number_of, object_of, objects_of, text_of, whole_of

NOMINAL_V: Final = 230.0
_REPEATS_S: Final = {RecurrencyKind.daily.value: 86_400, RecurrencyKind.weekly.value: 604_800}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_s` after the schedule's begin on."""

    start_s: int
    limit: float
    phases: int | None


@dataclass(frozen=True, slots=True)
class Profile:
    """One installed charging profile."""

    id: int
    stack_level: int
    purpose: ChargingProfilePurposeType
    kind: ChargingProfileKindType
    unit: ChargingRateUnitType
    periods: tuple[Period, ...]
    transaction: int | None = None
    start: datetime | None = None
    duration_s: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    repeats_s: int | None = None
    """A recurring schedule begins anew so often."""

    def begin(self, began: datetime | None) -> datetime | None:
        """When its schedule begins; None: at whatever moment it is asked."""
        return began if self.kind is ChargingProfileKindType.relative else self.start or began

    def grant(self, began: datetime | None, phases: int, now: datetime) -> "Grant | None":
        """What it allows; None: it says nothing of this moment. `began`: when the transaction did."""
        if (self.valid_from and now < self.valid_from) or (self.valid_to and now >= self.valid_to):
            return None
        begin = self.begin(began)
        elapsed = (now - begin).total_seconds() if begin else 0.0
        if self.repeats_s is not None and elapsed >= 0:
            elapsed %= self.repeats_s
        if elapsed < 0 or (self.duration_s is not None and elapsed >= self.duration_s):
            return None
        current = [period for period in self.periods if period.start_s <= elapsed]
        if not current:
            return None
        period = current[-1]
        used = min(period.phases or phases, phases)
        factor = 1.0 if self.unit is ChargingRateUnitType.amps else NOMINAL_V * used
        return Grant(period.limit / factor, used)


@dataclass(frozen=True, slots=True)
class Grant:
    """What may flow: A per phase, on so many phases."""

    limit_a: float
    phases: int


@dataclass(slots=True)
class Profiles:
    """The profiles of a charge point, by connector; connector 0 stands for all."""

    installed: dict[tuple[int, int], Profile] = field(default_factory=dict)
    """(connector, profile id) -> profile"""
    ignored: bool = False
    """They are taken and kept, and nothing follows from them."""

    def install(self, connector: int, profile: Profile) -> None:
        """Replace the profile of this id, and the one of this purpose and stack level on the connector."""
        for key, old in list(self.installed.items()):
            same_place = key[0] == connector and (old.purpose, old.stack_level) == (
                profile.purpose,
                profile.stack_level,
            )
            if same_place or old.id == profile.id:
                del self.installed[key]
        self.installed[connector, profile.id] = profile

    def clear(self, payload: Json) -> bool:
        """Remove what ClearChargingProfile.req names; False: nothing was removed."""
        wanted = {
            key: payload[key] for key in ("id", "connectorId", "chargingProfilePurpose", "stackLevel") if key in payload
        }
        gone = [key for key, profile in self.installed.items() if wanted.items() <= _face(key[0], profile).items()]
        for key in gone:
            del self.installed[key]
        return bool(gone)

    def forget_transaction(self, connector: int) -> None:
        """A TxProfile ends with its transaction."""
        for key, profile in list(self.installed.items()):
            if key[0] == connector and profile.purpose is ChargingProfilePurposeType.tx_profile:
                del self.installed[key]

    def limit_a(self, connector: int, began: datetime | None, phases: int, now: datetime) -> float | None:
        """The composite limit per phase of a connector; None: nothing limits it."""
        found = self.grant(connector, began, phases, now)
        return None if found is None else found.limit_a

    def grant(self, connector: int, began: datetime | None, phases: int, now: datetime) -> Grant | None:
        """The least of all purposes, on the fewest phases; a TxProfile stands in the place of the default while it
        lasts (OCPP 1.6 ed. 2 section 3.13.2). None: nothing limits it.
        """
        if self.ignored:
            return None
        purposes = ChargingProfilePurposeType
        own = self._best((connector,), purposes.tx_profile, began, phases, now)
        if own is None:
            own = self._best((connector, 0), purposes.tx_default_profile, began, phases, now)
        whole = self._best((0,), purposes.charge_point_max_profile, began, phases, now)
        known = [one for one in (own, whole) if one is not None]
        if not known:
            return None
        return Grant(min(one.limit_a for one in known), min(one.phases for one in known))

    def _best(
        self,
        connectors: Iterable[int],
        purpose: ChargingProfilePurposeType,
        began: datetime | None,
        phases: int,
        now: datetime,
    ) -> Grant | None:
        for connector in connectors:
            found = [p for (where, _), p in self.installed.items() if where == connector and p.purpose is purpose]
            for profile in sorted(found, key=lambda p: p.stack_level, reverse=True):
                found_now = profile.grant(began, phases, now)
                if found_now is not None:
                    return found_now
        return None


def read_profile(payload: Json) -> Profile | None:
    """The `csChargingProfiles` of SetChargingProfile.req; None: nobody can read it."""
    schedule = object_of(payload, "chargingSchedule")
    id_, stack_level = whole_of(payload, "chargingProfileId"), whole_of(payload, "stackLevel")
    try:
        purpose = ChargingProfilePurposeType(text_of(payload, "chargingProfilePurpose"))
        kind = ChargingProfileKindType(text_of(payload, "chargingProfileKind"))
        unit = ChargingRateUnitType(text_of(schedule, "chargingRateUnit"))
    except ValueError:
        return None
    periods = tuple(_periods(schedule))
    if id_ is None or stack_level is None or not periods:
        return None
    return Profile(
        id_,
        stack_level,
        purpose,
        kind,
        unit,
        periods,
        transaction=whole_of(payload, "transactionId"),
        start=instant(text_of(schedule, "startSchedule")),
        duration_s=whole_of(schedule, "duration"),
        valid_from=instant(text_of(payload, "validFrom")),
        valid_to=instant(text_of(payload, "validTo")),
        repeats_s=_REPEATS_S.get(text_of(payload, "recurrencyKind"))
        if kind is ChargingProfileKindType.recurring
        else None,
    )


def _periods(schedule: Json) -> list[Period]:
    found = []
    for item in objects_of(schedule, "chargingSchedulePeriod"):
        start_s, limit = whole_of(item, "startPeriod"), number_of(item, "limit")
        if start_s is not None and limit is not None:
            found.append(Period(start_s, limit, whole_of(item, "numberPhases")))
    return sorted(found, key=lambda period: period.start_s)


def _face(connector: int, profile: Profile) -> Json:
    return {
        "id": profile.id,
        "connectorId": connector,
        "chargingProfilePurpose": profile.purpose.value,
        "stackLevel": profile.stack_level,
    }
