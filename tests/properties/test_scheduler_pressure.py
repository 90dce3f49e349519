"""A site of many connectors that all change at once: the pace, the LED of a switch, and the last one in the queue."""

import itertools
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xknx.dpt.payload import DPTArray

from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending.lanes import FLOOR, FLOOR_CENTRAL, RESERVED, STARVED_S, Lane
from knx_ocpp_bridge.knx.sending.room import FULL, TELEGRAM_S
from knx_ocpp_bridge.knx.sending.slot import Manner
from tests.kit.paced_line import TimedLine

FEEDBACK_S = 0.5
BURST = 20
KEYS = ("charging", "result", "status", "online", "current", "power", "meter", "limit")
MEASURED = frozenset({"current", "power", "meter"})


def payload(value):
    return DPTArray((value >> 8 & 0xFF, value & 0xFF))


def number(telegram):
    return int.from_bytes(bytes(telegram.payload.value), "big")


def address(connector, key):
    return 1 + connector * len(KEYS) + KEYS.index(key)


def manner(owner, key):
    lane = Lane.MEASUREMENT if key in MEASURED else Lane.STATUS
    return Manner(owner, lane, answers=key in {"charging", "limit", "result"})


@dataclass
class Site:
    """Connectors on a line, and what the building knows of each of their objects."""

    connectors: int
    rate: float = 10.0
    flight_s: object = 0.025
    quiet_until_s: float = 0.0
    line: TimedLine = field(init=False)
    values: dict = field(default_factory=dict)
    decided: dict = field(default_factory=dict)

    def __post_init__(self):
        manners = {address(c, key): manner((c, key), key) for c in range(self.connectors) for key in KEYS}
        self.line = TimedLine(manners, rate=self.rate, flight_s=self.flight_s, quiet_until_s=self.quiet_until_s)
        self.addresses = sorted(manners)
        self.lanes = {where: manners[where].lane for where in self.addresses}

    def offer(self, where, *, again=False):
        """This object has another value from now on."""
        value = self.values.get(where, 0) + 1
        self.values[where] = value
        self.line.scheduler.offer(where, payload(value), float(value), self.line.now, again=again)

    def everything_changes(self, every_s, until_s):
        """Every object of every connector changes so often."""
        for beat in range(int(until_s / every_s)):
            for where in self.addresses:
                self.line.at(
                    beat * every_s + where / len(self.addresses) * every_s, lambda where=where: self.offer(where)
                )

    def command(self, at_s, connectors, decision_s=0.05):
        """Somebody presses a switch; the chargers decide a little later, the state follows and the result is said."""
        leds = [address(c, key) for c in connectors for key in ("charging", "result")]
        single = len(connectors) <= 2
        self.line.at(at_s, lambda: [self.line.scheduler.expect(led, self.line.now, first=single) for led in leds])
        for led in leds:
            self.line.at(at_s + decision_s, lambda led=led: self.decide(led))

    def decide(self, led):
        self.offer(led, again=True)
        self.decided[led] = (self.line.now, self.values[led])

    def feedback_s(self):
        """How long each decision took to be heard, in this value or a newer one."""
        return {led: self.heard(led, value) - at_s for led, (at_s, value) in self.decided.items()}

    def heard(self, where, value):
        times = [said.heard_s for said in self.line.writes(where) if number(said.telegram) >= value]
        assert times, f"{where} was never told {value}"
        return times[0]


def assert_budget(said, burst, rate):
    times = [each.taken_s for each in said]
    for first, start in enumerate(times):
        for count, end in enumerate(times[first : first + 400], start=1):
            assert count <= burst + rate * (end - start) + 1e-3


def waits_bound_s(objects, rate, *, full=False):
    """No value waits longer, whatever else goes on."""
    return STARVED_S + (objects + RESERVED + 1) * (2 / FLOOR + 12 / rate if full else 4 / rate)


def test_two_hundred_connectors_that_change_every_second_keep_to_the_pace_and_starve_nobody():
    site = Site(200)
    site.everything_changes(1.0, 230.0)
    site.line.run(230.0)
    assert_budget(site.line.said, BURST, 10.0)
    assert len(site.line.said) == pytest.approx(10 * 230 + BURST - RESERVED, abs=2)
    longest = {Lane.STATUS: 0.0, Lane.MEASUREMENT: 0.0}
    for where, kind in site.lanes.items():
        heard = [0.0, *(said.heard_s for said in site.line.writes(where)), 230.0]
        longest[kind] = max(longest[kind], *(later - earlier for earlier, later in itertools.pairwise(heard)))
    # states and measurements get five a second each: 1,000 states, and 600 measurements
    assert longest[Lane.STATUS] <= 1000 / 5 + STARVED_S
    assert longest[Lane.MEASUREMENT] <= 600 / 5 + 2 * STARVED_S


@settings(max_examples=25, deadline=None)
@given(
    st.floats(5.0, 10.0),
    st.lists(st.tuples(st.floats(2.0, 5.0), st.integers(1, 2)), min_size=1, max_size=4),
    st.sampled_from([10.0, 20.0, 40.0]),
    st.booleans(),
    st.booleans(),
)
def test_one_commands_feedback_is_on_the_bus_within_half_a_second_however_much_goes_on(
    begins_s, presses, rate, storm, central
):
    site = Site(24, rate=rate)
    site.everything_changes(1.0, 30.0)
    if storm:
        for where in site.addresses:
            site.line.at(begins_s, lambda where=where: site.line.scheduler.asked(where, site.line.now))
    if central:
        site.command(begins_s, range(12, 24))
    at_s, single = begins_s, set()
    for place, (pause_s, connectors) in enumerate(presses):
        at_s += pause_s
        pressed = range(3 * place, 3 * place + connectors)
        single |= {address(c, key) for c in pressed for key in ("charging", "result")}
        site.command(at_s, pressed)
    site.line.run(45.0)
    took = site.feedback_s()
    assert max(took[led] for led in single) <= FEEDBACK_S
    assert_budget(site.line.said, BURST, rate)


def test_a_central_command_is_spread_and_goes_before_the_flood_of_states():
    site = Site(200)
    site.everything_changes(1.0, 100.0)
    site.command(30.0, range(200))
    site.line.run(100.0)
    took = sorted(site.feedback_s().values())
    assert len(took) == 400
    assert took[-1] <= 4 / 3 * 400 / 10.0 + 1
    assert_budget(site.line.said, BURST, 10.0)


def test_commands_are_answered_first_while_a_visualisation_reads_a_thousand_objects_and_states_go_on():
    site = Site(125)
    for where in site.addresses:
        site.line.at(0.0, lambda where=where: site.offer(where))
    site.line.run(400.0)
    for where in site.addresses:
        site.line.at(400.0, lambda where=where: site.line.scheduler.asked(where, site.line.now))
        site.line.at(401.0, lambda where=where: site.line.scheduler.asked(where, site.line.now))
    site.command(420.0, [7])
    site.line.at(430.0, lambda: site.offer(address(9, "status")))
    site.line.run(600.0)
    assert max(site.feedback_s().values()) <= FEEDBACK_S
    assert site.heard(address(9, "status"), 2) - 430.0 <= FEEDBACK_S
    answers = [said for said in site.line.said if said.telegram.service is Service.RESPONSE]
    counted = Counter(said.address for said in answers)
    answered_before_the_second = {said.address for said in answers if said.taken_s < 401.0}
    assert counted == {where: 2 if where in answered_before_the_second else 1 for where in site.addresses}
    assert answers[-1].heard_s <= 400 + 1000 / 10.0 + 10


def test_who_polls_one_object_without_end_takes_half_of_the_line_at_most_from_the_states():
    site = Site(20)
    site.everything_changes(1.0, 60.0)
    for tick in range(600):
        site.line.at(tick / 10, lambda: site.line.scheduler.asked(1, site.line.now))
    site.line.run(60.0)
    answers = sum(said.telegram.service is Service.RESPONSE for said in site.line.said)
    assert answers <= 0.5 * len(site.line.said) + 1


VALUE = st.integers(0, 2)
OFFERS = st.lists(st.tuples(st.floats(0, 60), st.integers(0, 29), VALUE), min_size=30, max_size=400)


@settings(max_examples=60, deadline=None)
@given(OFFERS, st.sampled_from([1.0, 4.0, 10.0]), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_no_value_waits_longer_than_the_bound_even_if_it_goes_back_and_forth_and_commands_and_reads_never_end(
    offers, rate, commands, reads, cyclic, full
):
    """From when on has the building known something else than what is? That time ends within the bound."""
    lanes = [Lane.STATUS, Lane.MEASUREMENT]
    manners = {n: Manner(n, lanes[n % 2], cyclic_s=20.0 if cyclic and n % 3 else 0.0) for n in range(30)}
    manners |= {n: Manner(n, answers=True) for n in (100, 101, 102)}
    line = TimedLine(manners, rate=rate, flight_s=0.02)
    present, differs_since, bound_s = {}, {}, waits_bound_s(2 * len(manners), rate, full=full)

    def offer(where, value):
        present[where] = value
        line.scheduler.offer(where, payload(value), float(value), line.now)
        heard = line.writes(where)
        if heard and number(heard[-1].telegram) == value:
            differs_since.pop(where, None)
        else:
            differs_since.setdefault(where, line.now)

    def command(where):
        line.scheduler.expect(where, line.now, first=True)
        line.scheduler.offer(where, payload(1), None, line.now, again=True)

    for at_s, where, value in offers:
        line.at(at_s, lambda where=where, value=value: offer(where, value))
    if full:
        line.others_take(0.97, 0.0, 60 + bound_s)
    if commands:
        for tick in range(int(600 * rate)):
            line.at(tick / rate, lambda tick=tick: command(100 + tick % 3))
    if reads:
        for tick in range(int(60 * rate)):
            line.at(2 * tick / rate, lambda tick=tick: line.scheduler.asked(tick % 30, line.now))
    seen = 0
    for tick in range(int(60 + bound_s) + 2):
        line.run(float(tick))
        for said in line.said[seen:]:
            if said.written and said.address in present and number(said.telegram) == present[said.address]:
                differs_since.pop(said.address, None)
        seen = len(line.said)
        late = {where: line.now - since for where, since in differs_since.items() if line.now - since > bound_s}
        assert not late
    assert not differs_since


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.01, 0.6), min_size=1, max_size=20), st.sampled_from([4.0, 10.0]), st.integers(1, 30))
def test_a_line_that_confirms_slowly_earns_no_burst(flights, rate, busy_s):
    """While the line is busy the bucket does not fill: what goes when it is free again is no flood."""
    slow = itertools.cycle([1 / rate + flight for flight in flights])
    frees_s = 10.0 + busy_s
    site = Site(12, rate=rate, flight_s=lambda now: next(slow) if 10.0 <= now < frees_s else 0.001)
    site.everything_changes(1.0, frees_s + 5.0)
    site.line.run(frees_s + 5.0)
    freed = [said.taken_s for said in site.line.said if said.taken_s >= frees_s]
    assert sum(at < freed[0] + 1.0 for at in freed) <= rate + 2


def test_on_a_busy_line_states_leave_as_much_time_as_they_take_so_that_feedback_finds_the_line_free():
    site = Site(40, flight_s=0.3)
    site.everything_changes(1.0, 60.0)
    for second in range(20, 50, 3):
        site.command(second + 0.1, [second - 20])
    site.line.run(60.0)
    states = [said for said in site.line.said if 10 < said.taken_s < 20]
    assert sum(said.heard_s - said.taken_s for said in states) <= 0.62 * 10


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 0.98), st.sampled_from([4.0, 10.0, 20.0, 40.0]), st.booleans())
def test_states_take_what_others_leave_of_the_line_and_no_less_than_a_telegram_a_second(load, rate, reads):
    site = Site(12, rate=rate)
    site.everything_changes(1.0, 60.0)
    site.line.others_take(load, 0.0, 60.0)
    if reads:
        for where in site.addresses:
            site.line.at(20.0, lambda where=where: site.line.scheduler.asked(where, site.line.now))
    site.line.run(60.0)
    said = [said for said in site.line.said if said.taken_s >= 15 and said.telegram.service is Service.WRITE]
    per_s, most, least = len(said) / 45, (FULL + 0.02 - load) / TELEGRAM_S, (FULL - 0.02 - load) / TELEGRAM_S
    assert per_s <= max(FLOOR, min(rate, most) if load > 0.11 else rate) + 0.1  # nobody needs room on a quiet line
    assert reads or per_s >= max(FLOOR, min(rate, least, 38.0)) - 0.1  # each takes 25 ms and a bit


def test_what_answers_all_off_leaves_room_on_a_full_line_and_a_switch_does_not_wait_for_it():
    site = Site(100)
    site.everything_changes(1.0, 60.0)
    site.line.others_take(0.9, 0.0, 60.0)
    site.command(20.0, range(100))
    for connector in range(5):
        site.command(25.0 + 5 * connector, [connector])
    site.line.run(60.0)
    singles = {address(c, key): at_s for c in range(5) for key in KEYS[:2] for at_s in [25.05 + 5 * c]}
    assert all(site.line.writes(led, at_s)[0].heard_s - at_s <= FEEDBACK_S for led, at_s in singles.items())
    others = [each for each in site.line.said if 20 <= each.taken_s < 60 and each.address not in singles]
    assert len(others) <= (FLOOR + FLOOR_CENTRAL) * 40 + 2


def test_when_the_others_are_silent_again_the_pace_is_back_within_seconds():
    site = Site(40)
    site.everything_changes(1.0, 60.0)
    site.line.others_take(0.95, 0.0, 30.0)
    site.line.run(60.0)
    busy, free = (sum(a <= each.taken_s < a + 10 for each in site.line.said) for a in (20, 34))
    assert busy <= FLOOR * 10 + 1
    assert free >= 10.0 * 10 - 1


def test_a_telegram_that_nobody_acknowledges_costs_what_the_gateway_has_made_of_it():
    site = Site(100)
    site.line.confirms = lambda _telegram: False
    for where in site.addresses:
        site.line.at(0.0, lambda where=where: site.offer(where))
    site.line.run(60.0)
    on_the_line = 4 * len(site.line.said)
    assert on_the_line <= 10.0 * 60 + BURST + 4


@given(st.floats(0, 300), st.integers(1, 8))
def test_after_the_start_states_wait_as_long_as_they_are_told_to_and_answers_do_not(delay_s, connectors):
    site = Site(connectors, quiet_until_s=delay_s)
    for where in site.addresses:
        site.line.at(0.0, lambda where=where: site.offer(where))
    site.line.at(0.0, lambda: site.line.scheduler.asked(address(0, "power"), 0.0))
    site.command(delay_s / 2, [0])
    site.line.run(delay_s + 60)
    assert max(site.feedback_s().values()) <= FEEDBACK_S
    answered, *_ = [said for said in site.line.said if said.telegram.service is Service.RESPONSE]
    assert answered.heard_s <= 0.1
    leds = {address(0, "charging"), address(0, "result")}
    others = [said for said in site.line.said if said.written and said.address not in leds]
    assert all(said.taken_s >= delay_s for said in others)
    assert {said.address for said in others} == set(site.addresses) - leds


def test_a_reconnect_is_no_start():
    site = Site(2, quiet_until_s=10.0)
    for where in site.addresses:
        site.line.at(0.0, lambda where=where: site.offer(where))
    site.line.run(60.0)
    site.line.scheduler.disconnected(60.0, 60.0)
    site.line.scheduler.connected(70.0)
    site.line.now = 70.0
    site.line.run(80.0)
    assert {said.address for said in site.line.said if 70 <= said.taken_s < 75} == set(site.addresses)
