"""What was charged, over any history: nothing lost, nothing twice, and each day its part.

The charger here has a meter of its own and an honest clock. It delivers starts and stops in their order, however often
it must, and it loses meter values; the line drops, answers are lost, and the bridge is killed whenever it pleases.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from knx_ocpp_bridge.core.events import MeterReading, Sample, TransactionStopped
from knx_ocpp_bridge.core.facts import DayEnergy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.state import Presence
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.step import Step
from knx_ocpp_bridge.core.values import TransactionId
from tests.kit.laws import Laws
from tests.kit.life import CARD, ENERGY, ONE, POWER, Life, garage

AMSTERDAM, LORD_HOWE = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Australia/Lord_Howe")
NIGHTS = [
    (AMSTERDAM, datetime(2026, 3, 28, 20, tzinfo=UTC)),
    (AMSTERDAM, datetime(2026, 10, 24, 20, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 4, 4, 11, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 10, 3, 11, tzinfo=UTC)),
]
"""Evenings before clocks are changed."""


Passing = tuple[int, int, int, int]
"""So many minutes, a meter value every so many, of as many of them one arrives, W of a charge that is not steady."""
PASSING = st.tuples(
    st.sampled_from([1, 7, 50, 420, 1500, 3100]),
    st.sampled_from([1, 9, 240]),
    st.sampled_from([1, 2, 100]),
    st.sampled_from([0, 1380, 7360]),
)


@dataclass(slots=True)
class Charge:
    """One transaction as the charger's own books have it."""

    plug_in: int
    began: datetime
    meter_start: float
    watts: int
    number: TransactionId | None = None
    watched: bool = False
    """When it was told, the bridge had seen its plug-in without any gap."""
    ended: datetime | None = None
    meter_stop: float = 0.0
    steady: bool = True
    data: tuple[MeterReading, ...] = ()

    @property
    def energy_wh(self) -> int:
        return round(self.meter_stop) - round(self.meter_start)

    def energy_at(self, at: datetime) -> float:
        return self.watts * (at - self.began).total_seconds() / 3600


def first_seen_far_on(found: Transaction) -> bool:
    """Its register began at 0 and was first told far on: nobody can tell it from one of a lifetime; it is marked."""
    return found.meter_start_wh == 0 and bool(found.base_wh)


def session_of(kept: dict[TransactionId, Transaction], charge: Charge) -> TransactionId:
    """The name of its session."""
    assert charge.number is not None
    return kept[charge.number].session or charge.number


class Sessions(RuleBasedStateMachine):
    """A charger, its line and its bridge."""

    def __init__(self) -> None:
        super().__init__()
        self.laws = Laws()
        self.charges: list[Charge] = []
        self.running: Charge | None = None
        self.queue: deque[tuple[str, Charge, datetime, float]] = deque()
        self.plug_ins = 0
        self.plugged = False
        self.holds = False
        self.loses_answers = 0
        self.closed: dict[TransactionId, tuple[DayEnergy, ...]] = {}
        self.left_unseen: set[int] = set()
        self.blurred: set[int] = set()
        """Plug-ins whose end and the next one's beginning fall into a gap too short to be one."""
        self.watched: int | None = None
        """The plug-in that the bridge has seen without any gap since it began."""

    @initialize(night=st.sampled_from(NIGHTS), register=st.sampled_from([0.0, 7.0, 123_456.0]), keeps=st.booleans())
    def begins(self, night: tuple[ZoneInfo, datetime], register: float, keeps: bool) -> None:
        self.zone, utc = night
        self.register, self.keeps_values = register, keeps
        chatter = {"limit_by": "none", "ask_meter_s": 0.0, "ask_status": False}
        self.life = Life(garage(zone=self.zone, flags=chatter), utc=utc, observers=[self.laws, self.what_is_over_stays])
        self.comes_back(boots=True, state_first=True, holds=False)

    # the car

    @precondition(lambda self: not self.plugged)
    @rule()
    def is_plugged_in(self) -> None:
        self.plugged, self.plug_ins = True, self.plug_ins + 1
        self.watched = self.plug_ins if self.online else None
        self.says_its_state()

    @precondition(lambda self: self.plugged and self.running is None)
    @rule(watts=st.sampled_from([230, 3680, 11_040]), steady=st.booleans(), passing=PASSING)
    def charges(self, watts: int, steady: bool, passing: Passing) -> None:
        self.running = Charge(self.plug_ins, self.life.utc, self.register, watts, steady=steady)
        self.charges.append(self.running)
        self.queue.append(("start", self.running, self.life.utc, self.register))
        self.delivers()
        self.says_its_state()
        self.time_passes(passing)

    @precondition(lambda self: self.running is not None)
    @rule(with_data=st.booleans())
    def stops_charging(self, with_data: bool) -> None:
        charge, self.running = self.running, None
        assert charge is not None
        charge.ended, charge.meter_stop = self.life.utc, self.register
        if not with_data:
            charge.data = ()
        self.queue.append(("stop", charge, self.life.utc, self.register))
        self.delivers()
        self.says_its_state()

    @precondition(lambda self: self.plugged and self.running is None)
    @rule()
    def is_unplugged(self) -> None:
        self.plugged = False
        if not self.online:
            self.left_unseen.add(self.plug_ins)
        self.says_its_state()

    @rule(passing=PASSING)
    def time_passes(self, passing: Passing) -> None:
        minutes, told_every, lost, watts = passing
        if self.online and self.holds:
            self.tells_what_it_has_held_back()
        told = 0
        while minutes > 0:
            step = min(minutes, max(told_every, minutes // 50))
            minutes -= step
            self.waits(60 * step, watts)
            told += 1
            if self.running is None:
                continue
            charge = self.running
            charge.data = (*charge.data, self.reading(self.life.utc, self.register))
            self.holds = False
            if self.online and told % lost == 0:
                self.queue.append(("values", charge, self.life.utc, self.register))
                self.delivers()
            elif self.keeps_values and not self.online:
                self.queue.append(("values", charge, self.life.utc, self.register))
        self.delivers()

    def waits(self, seconds: float, watts: int) -> None:
        """A steady charge takes what it always takes, another one so many watts."""
        self.life.passes(seconds)
        charge = self.running
        if charge is not None and charge.steady:
            self.register = charge.meter_start + charge.energy_at(self.life.utc)
        elif charge is not None:
            self.register += watts * seconds / 3600

    # the line and the bridge

    @property
    def online(self) -> bool:
        return self.life.link is not None

    @precondition(lambda self: self.online)
    @rule()
    def the_line_drops(self) -> None:
        self.watched = None
        self.life.disconnects()

    @precondition(lambda self: not self.online)
    @rule(boots=st.booleans(), state_first=st.booleans(), holds=st.booleans())
    def comes_back(self, boots: bool, state_first: bool, holds: bool) -> None:
        """`holds`: what has happened meanwhile is told minutes after the state.

        That another car came while the line was down for less than `offline_after`, and the bridge was up all the
        time, cannot be known: all that it is told is the same as of one car. Else the times tell: what began before
        the cable was seen out, or before a long absence was over, is of a car that has left, or may have.
        """
        if self.life.charger.presence is Presence.ONLINE:
            self.blurred |= self.left_unseen
        self.left_unseen.clear()
        self.life.connects()
        if boots:
            self.life.boots()
        else:
            self.life.beats()
        self.holds = holds
        if state_first or holds:
            self.says_its_state()
        self.delivers()
        self.says_its_state()

    @rule()
    def the_bridge_is_killed(self) -> None:
        self.watched = None
        self.laws.restarted()
        self.life.restarts()

    @rule()
    def the_next_answer_is_lost(self) -> None:
        self.loses_answers = 1

    @precondition(lambda self: self.online and self.holds)
    @rule()
    def tells_what_it_has_held_back(self) -> None:
        self.waits(100, 2300)
        self.holds = False
        self.delivers()

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        self.loses_answers = 0
        if not self.online:
            self.comes_back(boots=True, state_first=False, holds=False)
        self.holds = False
        self.delivers()
        if self.running is not None:
            self.stops_charging(with_data=False)
        self.plugged = False
        self.says_its_state()
        self.life.passes(300)
        self.all_is_in_the_books()

    # what it says

    def says_its_state(self) -> None:
        if not self.online:
            return
        if self.running is not None:
            status = ConnectorStatus.CHARGING
        else:
            status = ConnectorStatus.PREPARING if self.plugged else ConnectorStatus.AVAILABLE
        self.life.reports(status)

    def reading(self, at: datetime, register: float) -> MeterReading:
        return MeterReading(at, (Sample(ENERGY, float(round(register))), Sample(POWER, 1000.0)))

    def delivers(self) -> None:
        while self.queue and self.online and not self.holds:
            kind, charge, at, register = self.queue[0]
            if kind == "start":
                self.life.happens(self.life.start_request(CARD, round(register), ONE, at))
            elif kind == "stop":
                self.life.happens(self.stop_request(charge, at, round(register)))
            else:
                self.life.tells((self.reading(at, register),), charge.number)
            if self.loses_answers and kind != "values":
                self.loses_answers = 0
                self.the_line_drops()
                return
            if kind == "start":
                charge.number = self.life.number
                charge.watched = self.watched == charge.plug_in
            self.queue.popleft()

    def stop_request(self, charge: Charge, at: datetime, meter_wh: int) -> TransactionStopped:
        link = self.life.link
        assert link is not None
        fresh = TransactionId(max(self.life.memory.transactions, default=0) + 1)
        return TransactionStopped(link, "stop", charge.number, None, meter_wh, at, StopReason.LOCAL, charge.data, fresh)

    # what must be true

    def what_is_over_stays(self, _before: object, _event: object, _now: object, _after: object, step: Step) -> None:
        """A day that was closed while the car charged is the same in every later record of that charge."""
        for fact in step.facts:
            if isinstance(fact, TransactionRecorded):
                one = fact.transaction
                closed = self.closed.get(one.id, ())
                assert one.days[: len(closed)] == closed
                self.closed[one.id] = one.days if one.stopped_at is None else closed

    def all_is_in_the_books(self) -> None:
        kept = self.life.memory.transactions
        assert sorted(kept) == sorted(one.number for one in self.charges if one.number is not None)
        assert all(one.number is not None for one in self.charges), "none is lost"
        for charge in self.charges:
            assert charge.number is not None
            self.is_as_it_was(charge, kept[charge.number])
        told = [one for one in self.charges if not first_seen_far_on(kept[one.number])]
        assert sum(kept[one.number].energy_wh for one in told) == sum(one.energy_wh for one in told)
        self.sessions_are_plug_ins(kept)
        self.curves_rise()

    def is_as_it_was(self, charge: Charge, found: Transaction) -> None:
        marks = (found.implausible, found.assumed, found.adopted, found.orphaned)
        assert not any(marks), found
        assert (found.started_at, found.stopped_at) == (charge.began, charge.ended)
        assert charge.ended is not None
        if first_seen_far_on(found):
            assert charge.energy_wh > 50_000
            return
        assert found.energy_wh == charge.energy_wh
        first, last = charge.began.astimezone(self.zone).date(), charge.ended.astimezone(self.zone).date()
        assert [one.day for one in found.days] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert sum(one.energy_wh for one in found.days) == found.energy_wh
        assert all(one.energy_wh >= 0 for one in found.days)
        if charge.steady:
            for one in found.days:
                assert abs(one.energy_wh - self.taken_on(charge, one.day)) <= 3, (one, found)

    def taken_on(self, charge: Charge, day: date) -> float:
        """By its own steady power, between the midnights of the building's calendar."""
        assert charge.ended is not None
        begin, end = (
            datetime(each.year, each.month, each.day, tzinfo=self.zone).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return charge.energy_at(min(end, charge.ended)) - charge.energy_at(max(begin, charge.began))

    def sessions_are_plug_ins(self, kept: dict[TransactionId, Transaction]) -> None:
        plug_in_of = {one.number: one.plug_in for one in self.charges if one.number is not None}
        for one in kept.values():
            if one.session is not None:
                assert one.session < one.id
                assert kept[one.session].session is None
                between = range(plug_in_of[one.session], plug_in_of[one.id])
                assert self.blurred.issuperset(between), "two cars are two sessions"
                assert not one.late
        for before, one in pairwise(self.charges):
            if one.watched and before.plug_in == one.plug_in:
                assert session_of(kept, one) == session_of(kept, before), "a car that was seen to stay is one session"

    def curves_rise(self) -> None:
        for charge in self.charges:
            points = {one.at: one.energy_wh for one in self.life.samples if one.transaction == charge.number}
            assert points[charge.began] == 0
            assert charge.ended is not None
            assert charge.number is not None
            assert points[charge.ended] == self.life.memory.transactions[charge.number].energy_wh
            energies = [points[at] for at in sorted(points)]
            assert energies == sorted(energies)
            assert all(charge.began <= at <= charge.ended for at in points)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(
    max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
