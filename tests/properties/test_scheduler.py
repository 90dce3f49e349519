"""Random days on the bus: commands, measurements, reads, failures, losses. What must hold on every one of them."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt.payload import DPTArray

from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending.lanes import Lane
from knx_ocpp_bridge.knx.sending.scheduler import Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner

CHARGING, STATUS, CURRENT, POWER, HEARTBEAT = range(1, 6)
PAUSE_S, CYCLE_S = 10.0, 60.0
MANNERS = {
    CHARGING: Manner("charging", answers=True),
    STATUS: Manner("status"),
    CURRENT: Manner("current", Lane.MEASUREMENT, min_change=3.0),
    POWER: Manner("power", Lane.MEASUREMENT, min_interval_s=PAUSE_S),
    HEARTBEAT: Manner("heartbeat", cyclic_s=CYCLE_S),
}
FOREIGN = 100
ADDRESSES = st.sampled_from(sorted(MANNERS))
VALUES = st.integers(0, 9)
SETTLED_S = 200.0

OFFER = st.tuples(st.just("offer"), ADDRESSES, VALUES, st.booleans())
WITHDRAW = st.tuples(st.just("withdraw"), ADDRESSES)
READ = st.tuples(st.just("read"), ADDRESSES)
EXPECT = st.tuples(st.just("expect"), ADDRESSES, st.booleans())
ASK = st.tuples(st.just("ask"))
ORDER = st.tuples(st.just("order"), st.one_of(st.none(), VALUES))
WAIT = st.tuples(st.just("wait"), st.sampled_from([0.0, 0.01, 0.5, 4.0, 30.0]))
FAIL = st.tuples(st.just("fail"), st.integers(1, 3))
LOSE = st.tuples(st.just("lose"))
RETURN = st.tuples(st.just("return"))
NEWS = st.tuples(st.just("offer"), ADDRESSES, VALUES, st.just(False))
TROUBLE = (WITHDRAW, READ, EXPECT, ASK, ORDER, WAIT, WAIT, FAIL, LOSE, RETURN)
DAY = st.lists(st.one_of(OFFER, OFFER, OFFER, *TROUBLE), max_size=60)
QUIET_TROUBLE = tuple(deed for deed in TROUBLE if deed is not EXPECT)
DAY_WITHOUT_COMMANDS = st.lists(st.one_of(NEWS, NEWS, NEWS, *QUIET_TROUBLE), max_size=60)


def payload(value):
    return DPTArray((value,))


@dataclass
class Building:
    """A bus with a memory: what it heard, and what it may therefore hear next."""

    rate: float
    scheduler: Scheduler = field(init=False)
    now: float = 1000.0
    connected: bool = False
    lost_at: float = float("-inf")
    failing: int = 0
    cost: float = 1
    known: dict = field(default_factory=dict)
    heard: dict = field(default_factory=dict)
    again: set = field(default_factory=set)
    said_at: dict = field(default_factory=dict)
    hurried: set = field(default_factory=set)
    log: list = field(default_factory=list)

    def __post_init__(self):
        self.scheduler = Scheduler(self.rate)
        self.scheduler.bind(MANNERS, self.now)

    def live(self, day):
        for deed, *arguments in day:
            getattr(self, deed)(*arguments)
            self.listen()
        return self

    def offer(self, address, value, again):
        self.known[address] = value
        if again:
            self.again.add(address)
            self.hurried.add(address)
        self.scheduler.offer(address, payload(value), float(value), self.now, again=again)

    def withdraw(self, address):
        for memory in (self.known, self.heard, self.said_at):
            memory.pop(address, None)
        self.again.discard(address)
        self.scheduler.withdraw(address)

    def read(self, address):
        self.scheduler.asked(address, self.now)

    def expect(self, address, first):
        self.hurried.add(address)
        self.scheduler.expect(address, self.now, first=first)

    def ask(self):
        self.scheduler.ask(FOREIGN, self.now)

    def order(self, value):
        taken = self.scheduler.order(FOREIGN + 1, None if value is None else payload(value), self.now)
        assert taken is self.connected

    def fail(self, times):
        self.failing = times
        self.cost = (0.1, 1, 4)[times - 1]

    def lose(self):
        if self.connected:
            self.lost_at = self.now
        self.connected = False
        self.scheduler.disconnected(self.now, self.now)

    def __getattr__(self, name):
        if name == "return":
            return self.come_back
        raise AttributeError(name)

    def come_back(self):
        if self.connected:
            return
        if self.now - self.lost_at > 5:
            self.heard.clear()
            self.again.clear()
            self.said_at.clear()
        self.connected = True
        self.scheduler.connected(self.now)

    def wait(self, seconds):
        end = self.now + seconds
        while (following := self.scheduler.next_at(self.now)) is not None and following <= end:
            assert following >= self.now
            self.now = following
            self.listen()
        self.now = end

    def listen(self):
        while (telegram := self.scheduler.take(self.now)) is not None:
            assert self.connected
            self.log.append((self.now, telegram.address, telegram.service))
            if telegram.address in MANNERS:
                self.judge(telegram)
            if self.failing:
                self.failing -= 1
                self.scheduler.failed(self.now, self.cost)
                continue
            self.scheduler.confirmed(self.now)
            if telegram.address in MANNERS and telegram.service is Service.WRITE:
                self.heard[telegram.address] = telegram.payload.value[0]
                self.said_at[telegram.address] = self.now
                self.again.discard(telegram.address)

    def judge(self, telegram):
        address, value, manner = telegram.address, telegram.payload.value[0], MANNERS[telegram.address]
        assert value == self.known[address], "only the newest value, and only a known one"
        if telegram.service is Service.RESPONSE or address in self.again or address not in self.heard:
            return
        silent_s = self.now - self.said_at[address] + 1e-6
        if manner.cyclic_s and silent_s >= manner.cyclic_s:
            return
        heard = self.heard[address]
        assert abs(heard - value) > manner.min_change or (0 in {heard, value} and heard != value), "no news"
        assert silent_s >= manner.min_interval_s or address in self.hurried, "too soon"

    def settle(self):
        self.failing = 0
        self.come_back()
        self.wait(SETTLED_S)
        return self


@given(DAY, st.sampled_from([1.0, 2.5, 10.0, 40.0]))
def test_only_news_is_said_and_only_the_newest_value_and_only_with_a_bus(day, rate):
    Building(rate).live(day)


@given(DAY, st.sampled_from([1.0, 10.0]))
def test_the_last_value_always_arrives(day, rate):
    building = Building(rate).live(day).settle()
    for address, value in building.known.items():
        missing = abs(building.heard[address] - value)
        assert missing == 0 or (missing <= MANNERS[address].min_change and 0 not in {value, building.heard[address]})


@given(DAY, st.sampled_from([1.0, 2.5, 10.0, 40.0]))
def test_the_pace_is_never_exceeded_in_any_window(day, rate):
    building = Building(rate).live(day).settle()
    assert_pace([at for at, _, _ in building.log], 20, rate)


@given(DAY, st.sampled_from([2.5, 10.0]))
def test_a_cyclic_object_is_heard_in_every_cycle_while_there_is_a_bus(day, rate):
    building = Building(rate).live([*day, ("offer", HEARTBEAT, 1, False)])
    building.settle()
    building.wait(10 * CYCLE_S)
    times = [at for at, address, service in building.log if address == HEARTBEAT and service is Service.WRITE]
    late = [later - earlier for earlier, later in itertools.pairwise(times[-10:])]
    assert all(gap == pytest.approx(CYCLE_S, abs=1) for gap in late)


@given(DAY_WITHOUT_COMMANDS, st.sampled_from([1.0, 2.5, 10.0, 40.0]))
def test_measurements_never_take_more_than_half_of_the_pace(day, rate):
    building = Building(rate).live(day).settle()
    measurements = {address for address, manner in MANNERS.items() if manner.lane is Lane.MEASUREMENT}
    times = [at for at, address, service in building.log if address in measurements and service is Service.WRITE]
    assert_pace(times, 10, rate / 2)


def assert_pace(times, burst, rate):
    for first, start in enumerate(times):
        for count, end in enumerate(times[first:], start=1):
            assert count <= burst + rate * (end - start) + 1e-3


@given(st.sets(st.integers(1, 200)), st.sets(st.integers(1, 200)))
def test_answers_go_before_measurements(read, measured):
    manners = {address: Manner(address, Lane.MEASUREMENT) for address in range(1, 201)}
    scheduler = Scheduler(10.0)
    scheduler.bind(manners, 0.0)
    scheduler.connected(0.0)
    for address in sorted(read | measured):
        scheduler.offer(address, payload(1), 1.0, 0.0)
    for address in sorted(read):
        scheduler.asked(address, 0.0)
    order, now = [], 0.0
    while (following := scheduler.next_at(now)) is not None and following <= 5.0:
        now = following
        while (telegram := scheduler.take(now)) is not None:
            scheduler.confirmed(now)
            order.append(telegram.service is Service.RESPONSE)
    answers = order[: len(read)]
    assert all(answers) or len(order) < len(read)
    assert not any(order[len(read) :])


@given(
    st.dictionaries(st.integers(1, 50), VALUES),
    st.dictionaries(st.integers(1, 50), VALUES),
    st.sampled_from([5.1, 60.0, 86_400.0]),
)
def test_after_a_long_loss_every_known_state_is_said_exactly_once_and_spread(before, meanwhile, loss_s):
    lanes = [Lane.STATUS, Lane.STATUS, Lane.MEASUREMENT]
    scheduler = Scheduler(40.0)
    scheduler.bind({address: Manner(address, lanes[address % 3], min_change=5.0) for address in range(1, 51)}, 0.0)
    scheduler.connected(0.0)
    said, now = run(scheduler, before, 0.0)
    scheduler.disconnected(now, now)
    for address, value in meanwhile.items():
        scheduler.offer(address, payload(value), float(value), now)
    now += loss_s
    scheduler.connected(now)
    said, _ = run(scheduler, {}, now)
    assert {address: value for _, address, value in said} == before | meanwhile
    assert len(said) == len(before | meanwhile)
    times = [at for at, _, _ in said]
    assert all(later - earlier >= 0.1 - 1e-6 for earlier, later in itertools.pairwise(times))


def run(scheduler, offers, now):
    """Offer, and listen until nothing more comes."""
    for address, value in offers.items():
        scheduler.offer(address, payload(value), float(value), now)
    said = []
    while (following := scheduler.next_at(now)) is not None:
        now = following
        while (telegram := scheduler.take(now)) is not None:
            scheduler.confirmed(now)
            said.append((now, telegram.address, telegram.payload.value[0]))
    return said, now
