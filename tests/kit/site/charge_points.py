"""A charging station with one outlet, at the level of the core's events: no frames, no sockets, no clock of its own."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from typing import Final

from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    ClearProfile,
    Command,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    RemoteStop,
    Reset,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.events import (
    BootNotified,
    Event,
    Identity,
    Metered,
    MeterReading,
    Outcome,
    Replied,
    Sample,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
)
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.step import Payload, StartAnswer
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, LinkNumber, Moment, TransactionId
from tests.kit.site.cars import VOLTAGE_V, Car
from tests.kit.site.habits import Habits, Rounding

OUTLET: Final = ConnectorId(1)
CARD: Final = IdTag("04A1B2C3")
_BOX: Final = Identity(vendor="Site", model="Box", firmware="1.0")
_FLOWS_A: Final = 0.5
_PHASES: Final = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True)
class Held:
    """A profile in its memory. `phases` 0: as wired."""

    limit_a: float
    phases: int
    ends: datetime | None
    transaction: TransactionId | None = None


@dataclass(slots=True)
class ChargePoint:
    """One station. The site ticks it, hands it commands, and tells it the answers to what it has said."""

    id: ChargerId
    habits: Habits = field(default_factory=Habits)
    rotation: str = "RST"
    phases: int = 3
    car: Car | None = None
    id_tag: IdTag = CARD
    holds_card: bool = True
    """Whoever plugs in holds the card to it as well."""
    # how it stands
    link: LinkNumber | None = None
    down_until_s: float = 0.0
    """It boots until then, or its line is cut."""
    booted: bool = True
    """It has booted and not told so yet."""
    operative: bool = True
    default: Held | None = None
    most: Held | None = None
    tx: Held | None = None
    transaction: TransactionId | None = None
    offered_a: float = 0.0
    offered_phases: int = 3
    register_wh: float = 1000.0
    wants: IdTag | None = None
    """Somebody wants a transaction with this card."""
    told: list[SetProfile] = field(default_factory=list)
    """Every profile that it was ever sent."""
    _asked: deque[tuple[float, Command]] = field(default_factory=deque)
    _acts: deque[tuple[float, float, int]] = field(default_factory=deque)
    _status: ConnectorStatus | None = None
    _unsaid_stop: tuple[TransactionId, datetime, float, StopReason] | None = None
    _starting: str = ""
    _metered_at_s: float = -1e9
    _requests: int = 0
    _numbers: int = 0
    _speaks: set[str] = field(default_factory=set)

    # hands

    def plug(self, car: Car) -> None:
        """A car arrives, and its driver holds a card to the reader."""
        self.car = car
        car.wake()
        self.wants = self.id_tag if self.holds_card else None

    def unplug(self, now: Moment) -> Car | None:
        """It drives off."""
        car, self.car, self.wants = self.car, None, None
        if car is not None:
            car.current_a = 0.0
        self._end(now, StopReason.EV_DISCONNECTED)
        return car

    def cut(self, until_s: float) -> None:
        """Its line is cut until then; it goes on by what it holds."""
        self.link, self.down_until_s = None, until_s
        self._asked.clear()
        self._starting = ""

    def reboot(self, now: Moment) -> None:
        """The relays open, and what was charging goes on when it is back, with the same transaction."""
        self.cut(now.monotonic_s + self.habits.reboots_for_s)
        self.booted = True
        self.offered_a = 0.0
        self._acts.clear()
        if self.habits.forgets:
            self.default = self.tx = self.most = None

    # the line

    def connect(self, link: LinkNumber) -> None:
        """It has dialled, and the bridge has taken the call."""
        self.link = link
        self._asked.clear()
        self._status, self._starting = None, ""

    def hear(self, command: Command, now: Moment) -> None:
        """A call arrives; it answers one after the other."""
        if self.link is None:
            return
        if isinstance(command, SetProfile):
            self.told.append(command)
        last_s = self._asked[-1][0] if self._asked else now.monotonic_s
        self._asked.append((max(last_s, now.monotonic_s) + self.habits.answers_after_s, command))

    def heard(self, event: Event, payload: Payload) -> None:
        """The answer to what it has said."""
        if isinstance(event, TransactionStarted) and isinstance(payload, StartAnswer):
            self._starting = ""
            if payload.info.status.value == "Accepted" and self.car is not None:
                self.transaction, self.wants = payload.transaction, None
                self.car.wake()

    # time

    def tick(self, now: Moment, seconds: float) -> None:
        """So much time has passed."""
        if self.booted and self.down_until_s > now.monotonic_s:
            self.offered_a = 0.0
        else:
            self._act(now)
        if self.car is not None:
            self.register_wh += self.car.feels(self.offered_a, self.offered_phases, seconds)

    def says(self, now: Moment) -> Iterator[Event]:
        """What it has to say now, one at a time: the next is asked for when the last is answered."""
        if self.link is None:
            return
        if self.booted:
            self.booted, self._status = False, None
            yield BootNotified(self.link, self._request(), _BOX)
        yield from self._status_news(now)
        yield from self._transaction_news(now)
        yield from self._status_news(now)
        if self._meter_is_due(now):
            yield self._meter(now)
        while self._asked and self._asked[0][0] <= now.monotonic_s:
            _, command = self._asked.popleft()
            if not self.habits.deaf:
                yield Replied(self.link, command, Outcome.ANSWERED, self._obey(command, now), "{}")

    # what can be seen from outside

    @property
    def current_a(self) -> float:
        """What flows in each phase that it uses."""
        return 0.0 if self.car is None else self.car.current_a

    @property
    def phases_used(self) -> int:
        """On how many phases."""
        return 0 if self.car is None else min(self.offered_phases, self.car.phases)

    def building_phases(self) -> tuple[int, ...]:
        """Indices of the building's phases that it uses."""
        return tuple("RST".index(letter) for letter in self.rotation[: self.phases_used])

    @property
    def status(self) -> ConnectorStatus:
        """As it would report it."""
        if not self.operative:
            return ConnectorStatus.UNAVAILABLE
        if self.car is None:
            return ConnectorStatus.AVAILABLE
        if self.transaction is None:
            return ConnectorStatus.PREPARING
        if self.offered_a == 0.0:
            return ConnectorStatus.SUSPENDED_EVSE
        return ConnectorStatus.CHARGING if self.current_a > _FLOWS_A else ConnectorStatus.SUSPENDED_EV

    def in_force(self, now: Moment) -> tuple[float, int]:
        """What its profiles say now: A per phase, and phases."""
        held = self.default
        if self.transaction is not None and self._is_valid(self.tx, now):
            held = self.tx
        limit_a, phases = self.habits.hardware_a, self.phases
        if held is not None:
            limit_a, phases = min(limit_a, held.limit_a), held.phases or phases
        if self.most is not None:
            limit_a = min(limit_a, self.most.limit_a)
        return limit_a, min(phases, self.phases)

    # inside

    def _is_valid(self, held: Held | None, now: Moment) -> bool:
        if held is None or held.transaction != self.transaction:
            return False
        return held.ends is None or not self.habits.knows_the_end or now.utc < held.ends

    def _act(self, now: Moment) -> None:
        """What the pilot says follows what the profiles say, a little later."""
        if self.transaction is None or self.car is None or not self.operative:
            self.offered_a = 0.0
            self._acts.clear()
            return
        limit_a, phases = self._wanted(now)
        last = self._acts[-1][1:] if self._acts else (self.offered_a, self.offered_phases)
        if (limit_a, phases) != last:
            self._acts.append((now.monotonic_s + self.habits.acts_after_s, limit_a, phases))
        while self._acts and self._acts[0][0] <= now.monotonic_s:
            _, self.offered_a, self.offered_phases = self._acts.popleft()

    def _wanted(self, now: Moment) -> tuple[float, int]:
        if self.habits.ignores:
            return self.habits.hardware_a, self.phases
        limit_a, phases = self.in_force(now)
        match self.habits.rounding:
            case Rounding.DOWN:
                limit_a = float(floor(limit_a))
            case Rounding.NEAREST:
                limit_a = float(floor(limit_a + 0.5))
            case Rounding.TENTHS:
                pass
        return (limit_a if limit_a >= 6.0 else 0.0), phases if self.habits.switches else self.phases

    def _obey(self, command: Command, now: Moment) -> str:
        match command:
            case SetProfile():
                return self._take(command, now)
            case ClearProfile():
                if command.purpose is ProfilePurpose.TX:
                    self.tx = None
                return "Accepted"
            case RemoteStart():
                if self.car is None or self.transaction is not None or not self.operative:
                    return "Rejected"
                self.wants = command.id_tag
                return "Accepted"
            case RemoteStop():
                if command.transaction != self.transaction:
                    return "Rejected"
                self._end(now, StopReason.REMOTE)
                return "Accepted"
            case ChangeAvailability():
                return self._operate(operative=command.operative)
            case Reset():
                self.reboot(now)
                return "Accepted"
            case TriggerMessage():
                self._speaks.add(command.requested)
                return "Accepted"
            case ChangeConfiguration():
                return "NotSupported"
            case _:
                return "Accepted"

    def _operate(self, *, operative: bool) -> str:
        if not operative and self.transaction is not None:
            return "Scheduled"
        if operative and not self.operative and self.car is not None:
            self.car.wake()
        self.operative = operative
        return "Accepted"

    def _take(self, command: SetProfile, now: Moment) -> str:
        limit_a = command.limit
        if command.unit is RateUnit.WATT:
            limit_a /= VOLTAGE_V * (command.number_phases or self.phases)
        if limit_a == 0.0 and self.habits.refuses_zero:
            return "Rejected"
        ends = None
        if command.duration_s is not None:
            ends = (command.start or now.utc) + timedelta(seconds=command.duration_s)
        held = Held(limit_a, command.number_phases, ends, command.transaction)
        match command.purpose:
            case ProfilePurpose.TX:
                if not self.habits.takes_tx or self.transaction is None or command.transaction != self.transaction:
                    return "Rejected"
                self.tx = held
            case ProfilePurpose.TX_DEFAULT:
                self.default = held
            case ProfilePurpose.CHARGE_POINT_MAX:
                self.most = held
        return "Accepted"

    def _status_news(self, now: Moment) -> Iterator[Event]:
        again = "StatusNotification" in self._speaks
        self._speaks.discard("StatusNotification")
        if self.link is None or (self.status is self._status and not again):
            return
        self._status = self.status
        yield StatusNotified(self.link, self._request(), OUTLET, self.status, ErrorCode.NO_ERROR, at=now.utc)

    def _transaction_news(self, now: Moment) -> Iterator[Event]:
        if self.link is None:
            return
        if self._unsaid_stop is not None:
            number, at, register_wh, reason = self._unsaid_stop
            self._unsaid_stop = None
            request, meter_wh = self._request(), round(register_wh)
            yield TransactionStopped(self.link, request, number, None, meter_wh, at, reason, (), self._fresh())
        wanted = self.wants is not None and self.transaction is None and not self._starting
        if wanted and self.car is not None and self.operative and self.wants is not None:
            self._starting = self._request()
            meter_wh = round(self.register_wh)
            yield TransactionStarted(self.link, self._starting, OUTLET, self.wants, meter_wh, now.utc, self._fresh())

    def _meter_is_due(self, now: Moment) -> bool:
        if "MeterValues" in self._speaks:
            self._speaks.discard("MeterValues")
            return True
        due = now.monotonic_s - self._metered_at_s >= self.habits.meter_every_s
        return self.transaction is not None and due

    def _meter(self, now: Moment) -> Metered:
        assert self.link is not None
        self._metered_at_s = now.monotonic_s
        used = self.phases_used
        flows = [self.current_a if phase < used else 0.0 for phase in range(self.phases)]
        samples = [Sample("Current.Import", round(each, 2), name) for each, name in zip(flows, _PHASES, strict=False)]
        samples.append(Sample("Power.Active.Import", round(sum(flows) * VOLTAGE_V, 1)))
        samples.append(Sample("Energy.Active.Import.Register", round(self.register_wh)))
        if self.car is not None and self.car.tells_soc:
            samples.append(Sample("SoC", round(self.car.soc, 1)))
        reading = MeterReading(now.utc, tuple(samples))
        return Metered(self.link, self._request(), OUTLET, self.transaction, (reading,))

    def _end(self, now: Moment, reason: StopReason) -> None:
        if self.transaction is not None:
            self._unsaid_stop = (self.transaction, now.utc, self.register_wh, reason)
        self.transaction = self.tx = None
        self.offered_a = 0.0
        self._acts.clear()

    def _request(self) -> str:
        self._requests += 1
        return f"{self.id}-{self._requests}"

    def _fresh(self) -> TransactionId:
        """An unused number of the bridge's counter; each station has its own thousand here."""
        self._numbers += 1
        return TransactionId(sum(map(ord, self.id)) * 1000 + self._numbers)
