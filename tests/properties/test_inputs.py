"""Whatever a building tells and whenever: what counts is fresh or the fallback, and each change is told once."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core.bus_time import Believed, BusTime, Machine
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.inputs import Implausible, InputBook, InputState, InputTerms
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, Moment

KEY = (None, CHARGE_POINT, "grid_power")
FLOOR = datetime(2026, 11, 21, tzinfo=UTC)
ZONES = ("Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")

waits = st.floats(0.1, 100.0)
telegrams = st.one_of(st.none(), st.floats(), st.floats(-1e4, 1e4))
"""None: nothing but time passes."""


@given(st.lists(st.tuples(waits, telegrams), max_size=40), st.floats(1.0, 200.0), st.none() | st.floats(-1e6, 1e6))
def test_what_counts_is_never_older_than_its_timeout(story, timeout_s, fallback):
    book, now_s, told, last_s = InputBook(), 0.0, [], 0.0
    value: float | None = None
    book.configure((InputTerms(KEY, (1,), "14.056", timeout_s=timeout_s, fallback=fallback),), Moment(0.0, FLOOR))
    for wait_s, heard in story:
        now_s += wait_s
        now = Moment(now_s, FLOOR)
        told += book.passed(now)
        if heard is not None:
            events = book.heard(KEY, heard, "1.1.5", now)
            if not isinstance(events, Implausible):
                told += events
                value, last_s = heard, now_s
        reading = book.reading(KEY, now)
        assert reading is not None
        late = now_s >= last_s + timeout_s
        assert (reading.state is InputState.STALE) is late
        assert reading.counts == (fallback if late or value is None else value)
        assert (book.deadline_s is None) is late
    letters = "".join(event.news.value[:2] for event in told)
    assert re.fullmatch("(st(co)?sp)*(st(co)?)?", letters)


@given(
    st.integers(0, 23 * 365 * 86_400).map(lambda seconds: FLOOR + timedelta(seconds=seconds)),
    st.sampled_from(ZONES),
    st.lists(st.integers(1, 7200), max_size=30),
)
def test_a_good_clock_that_tells_summer_time_is_believed_to_the_second_at_every_time_of_the_year(first, zone, waits_s):
    bus, now_s, clock = BusTime(ZoneInfo(zone)), 50.0, Clock.WAITING
    utc, believed = first, datetime(1970, 1, 1, tzinfo=UTC)
    for wait_s in (0, *waits_s):
        now_s, utc, believed = now_s + wait_s, utc + timedelta(seconds=wait_s), believed + timedelta(seconds=wait_s)
        local = utc.astimezone(ZoneInfo(zone))
        wall = local.replace(tzinfo=None, fold=not local.dst())
        machine = Machine(datetime(1970, 1, 1, tzinfo=UTC), first - timedelta(days=100), FLOOR)
        told = bus.heard(InputHeard(CHARGE_POINT, "bus_time", wall, "1.1.9"), Moment(now_s, believed, clock), machine)
        assert told == Believed(utc, "1.1.9")
        believed, clock = utc, Clock.SANE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("1.1.5", "1.1.66", "1.1.67")),
            st.integers(-40 * 365 * 86_400, 40 * 365 * 86_400),
            st.integers(0, 90_000),
        ),
        max_size=20,
    ),
    st.integers(-2 * 365 * 86_400, 2 * 365 * 86_400),
)
def test_whatever_was_told_before_the_right_time_is_believed_where_the_machine_shows_it_too(lies, on_record_s):
    """By the second telegram, whoever has lied, and whatever was written down under a wrong time."""
    bus, now_s, own, believed_off = BusTime(ZoneInfo("UTC")), 50.0, FLOOR + timedelta(days=3 * 365), timedelta()
    newest = max(FLOOR, own + timedelta(seconds=on_record_s))

    def hears(utc: datetime, source: str) -> object:
        nonlocal believed_off, newest
        clock = Clock.SANE if own + believed_off >= newest else Clock.UNKNOWN
        told = bus.heard(
            InputHeard(CHARGE_POINT, "bus_time", utc.replace(tzinfo=None), source),
            Moment(now_s, own + believed_off, clock),
            Machine(own, newest, FLOOR),
        )
        if isinstance(told, Believed):
            believed_off, newest = told.utc - own, min(newest, told.utc)
        return told

    for source, off_s, wait_s in lies:
        hears(own + timedelta(seconds=off_s), source)
        now_s, own = now_s + wait_s, own + timedelta(seconds=wait_s)
    hears(own, "1.1.9")
    now_s, own = now_s + 10, own + timedelta(seconds=10)
    assert hears(own, "1.1.9") == Believed(own, "1.1.9")
