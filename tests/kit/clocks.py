"""A house in which three clocks go: the true time, the bridge's (which a power cut sets back), and the charger's own.

The bridge's is judged by the real `WallClock`, counted by a real `Ledger`, and every transaction is kept as on disk.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.core.book import Tally
from knx_ocpp_bridge.core.events import Metered, MeterReading, Sample, TransactionStarted, TransactionStopped
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.ledger import Ledger
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.step import Step
from knx_ocpp_bridge.core.values import Clock, LinkNumber, TransactionId, Value
from knx_ocpp_bridge.daemon.clock import WallClock
from tests.kit.life import CARD, ENERGY, ONE, Life, garage

ON_TIME: Final = timedelta()
_LOOK_S: Final = 20.0


@dataclass(slots=True)
class House:
    """One charger with one outlet. `true` is the true time, UTC; the clocks show it with their errors."""

    zone: ZoneInfo
    true: datetime
    bridge_error: timedelta = ON_TIME
    charger_error: timedelta = ON_TIME
    life: Life = field(init=False)
    ledger: Ledger = field(init=False)
    register_wh: int = 100_000
    numbers: list[TransactionId] = field(default_factory=list)
    """In the order in which they were given."""
    times_said: list[tuple[str, Value, Clock]] = field(default_factory=list)
    """Of `start_time` and `end_time`: what the building was told, and how far the bridge's clock was believed then."""
    doubted: bool = False
    """The bridge's clock could not be believed at some time."""
    _wall: WallClock = field(init=False)

    def __post_init__(self) -> None:
        self.life = Life(garage(zone=self.zone), utc=self.true + self.bridge_error)
        self.ledger = Ledger(self.zone)
        self.ledger.open(self.life.settings.id, {})
        self._switch_on()
        self.life.observers.append(lambda _before, _event, now, _after, step: self._see(step, now.clock))
        self.arrives()

    # the bridge

    def restarts(self, error: timedelta = ON_TIME) -> None:
        """A power cut: the bridge starts with this error of its clock, and the charger dials in anew."""
        self.bridge_error = error
        self.life.utc = self.true + error
        self._switch_on()
        self.life.restarts()
        self.arrives()

    def is_set(self, error: timedelta = ON_TIME) -> None:
        """Somebody, or a time server, sets the bridge's clock."""
        self.bridge_error = error
        self.life.utc = self.true + error
        self._look()

    def passes(self, **span: float) -> None:
        """Time goes by for everybody."""
        left_s = timedelta(**span).total_seconds()
        while left_s > 0:
            step_s = left_s if self.life.clock is Clock.SANE else min(left_s, _LOOK_S)
            left_s -= step_s
            self.life.passes(step_s)
            self.true += timedelta(seconds=step_s)
            self._look()

    # the charger

    def arrives(self) -> None:
        """It dials in, and goes on booting until it is admitted; then it says how it stands."""
        self.life.connects()
        for _ in range(5):
            self.life.boots()
            if self.life.charger.registered:
                break
            self.passes(seconds=20)
        connector = self.life.charger.connectors[ONE]
        charges = connector.transaction is not None
        self.life.reports(ConnectorStatus.CHARGING if charges else ConnectorStatus.AVAILABLE)
        self.passes(seconds=3)

    @property
    def shows(self) -> datetime:
        """What the charger's clock shows."""
        return self.true + self.charger_error

    @property
    def running(self) -> Transaction | None:
        return self.life.charger.connectors[ONE].transaction

    def starts(self) -> TransactionId:
        """A car is plugged in and charges."""
        self.life.reports(ConnectorStatus.PREPARING)
        fresh = TransactionId(max((*self.numbers, 0)) + 1)
        link, request = self._asks()
        self.life.happens(TransactionStarted(link, request, ONE, CARD, self.register_wh, self.shows, fresh))
        self.numbers.append(self.life.number)
        self.life.reports(ConnectorStatus.CHARGING)
        return self.numbers[-1]

    def takes(self, energy_wh: int) -> None:
        """The car has taken this much more, and the charger says so."""
        self.register_wh += energy_wh
        link, request = self._asks()
        reading = MeterReading(self.shows, (Sample(ENERGY, self.register_wh),))
        number = None if self.running is None else self.running.id
        self.life.happens(Metered(link, request, ONE, number, (reading,)))

    def stops(self) -> Transaction:
        """The car is unplugged; the transaction as it is kept."""
        assert self.running is not None
        number = self.running.id
        link, request = self._asks()
        end = TransactionStopped(
            link, request, number, CARD, self.register_wh, self.shows, StopReason.EV_DISCONNECTED, (), number
        )
        self.life.happens(end)
        self.life.reports(ConnectorStatus.AVAILABLE)
        return self.kept(number)

    def charges(self, hours: float, per_hour_wh: int = 6000) -> Transaction:
        """A whole charge with a meter value each quarter of an hour."""
        self.starts()
        for _ in range(round(hours * 4)):
            self.passes(minutes=15)
            self.takes(per_hour_wh // 4)
        return self.stops()

    # what is known of it

    def kept(self, number: TransactionId) -> Transaction:
        return self.life.memory.transactions[number]

    def tally(self) -> Tally:
        """What the counters say now."""
        now = self.life.moment
        return self.ledger.of_charger(self.life.settings.id, now.utc if now.clock is Clock.SANE else None)

    def by_day(self, transaction: Transaction) -> dict[str, int]:
        """The energy of each day, in Wh."""
        return {str(one.day): one.energy_wh for one in transaction.days}

    def _switch_on(self) -> None:
        known = [one.started_at for one in self.life.memory.transactions.values()]
        known += [one.stopped_at for one in self.life.memory.transactions.values() if one.stopped_at is not None]
        self._wall = WallClock(
            max(known, default=None),
            self.life.now_s,
            build_date=datetime(2026, 11, 21, tzinfo=UTC),
            utc=lambda: self.life.utc,
            monotonic=lambda: self.life.now_s,
            ask_system=lambda: False,
        )
        self._look()

    def _look(self) -> None:
        self.life.clock = self._wall.moment().clock
        self.doubted = self.doubted or self.life.clock is not Clock.SANE

    def _see(self, step: Step, clock: Clock) -> None:
        for fact in step.facts:
            if isinstance(fact, TransactionRecorded):
                self.ledger.record(self.life.settings.id, fact.transaction)
        self.times_said += [
            (update.key, update.value, clock)
            for update in step.updates
            if update.key in {"start_time", "end_time"} and update.value is not None
        ]

    def _asks(self) -> tuple[LinkNumber, str]:
        self._look()
        self.life.requests += 1
        assert self.life.link is not None
        return self.life.link, f"clock-{self.life.requests}"
