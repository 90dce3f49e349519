"""The ring of telegrams: what is kept, for how long, in how much memory, and how whoever follows finds his place."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.knx.monitor.patterns import group_pattern, individual_pattern
from knx_ocpp_bridge.knx.monitor.telegrams import KEPT_FOR, Passed, Service, Sought, TelegramBook

NOON = datetime(2026, 11, 21, 12, 0, 0, 412_000, tzinfo=UTC)
SWITCH = Passed(NOON, "1.1.5", parse_group_address("9/7/2"), Service.WRITE, DPTBinary(1))


def book(most: int = 5000) -> TelegramBook:
    return TelegramBook(lambda: 1000.0, most=most)


def numbers(found: tuple[list[tuple[int, Passed]], int]) -> list[int]:
    return [number for number, _ in found[0]]


@pytest.mark.parametrize(
    "passed",
    [
        SWITCH,
        replace(SWITCH, payload=DPTBinary(0x3F)),
        replace(SWITCH, payload=DPTArray((0x0C, 0x33)), service=Service.RESPONSE),
        replace(SWITCH, payload=None, service=Service.READ, destination=0xFFFF, source="15.15.255"),
        replace(SWITCH, payload=DPTArray(tuple(range(254)))),
        replace(SWITCH, payload=DPTArray(())),
        replace(SWITCH, ours=True, source="", failure="the gateway did not confirm it"),
        replace(SWITCH, source="0.0.0"),
    ],
)
def test_a_telegram_comes_back_as_it_was_told(passed: Passed):
    telegrams = book()
    assert telegrams.tell(passed) == 1
    assert telegrams.find(0, 10) == ([(1, passed)], 1)


def test_only_the_newest_are_kept_and_their_numbers_go_on():
    telegrams = book(most=3)
    assert [telegrams.tell(SWITCH) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert numbers(telegrams.find(0, 10)) == [3, 4, 5]
    assert telegrams.last == 5


def test_what_is_older_than_two_days_is_gone():
    now_s = 1000.0
    telegrams = TelegramBook(lambda: now_s)
    telegrams.tell(SWITCH)
    now_s += 7200
    telegrams.tell(SWITCH)
    now_s += KEPT_FOR.total_seconds() - 3600
    assert numbers(telegrams.find(0, 10)) == [2]
    telegrams.tell(SWITCH)
    assert numbers(telegrams.find(0, 10)) == [2, 3]


@pytest.mark.parametrize("leap", [timedelta(days=300), timedelta(days=-300)])
def test_a_wall_clock_that_is_set_loses_no_telegram(leap: timedelta):
    telegrams = book()
    telegrams.tell(SWITCH)
    telegrams.tell(replace(SWITCH, at=NOON + leap))
    assert numbers(telegrams.find(0, 10)) == [1, 2]


def test_a_telegram_takes_less_than_a_hundred_bytes():
    heard = [replace(SWITCH, payload=DPTArray(tuple(number.to_bytes(4)))) for number in range(5000)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        telegrams = book()
        for each in heard:
            telegrams.tell(each)
        assert telegrams.last == len(heard)
        assert tracemalloc.get_traced_memory()[0] - before < len(heard) * 100
    finally:
        tracemalloc.stop()


def test_whoever_follows_sees_each_telegram_once_whatever_comes_between():
    telegrams = book(most=50)
    seen: list[int] = []
    after = 0
    for burst in (7, 0, 30, 1, 12):
        for _ in range(burst):
            telegrams.tell(SWITCH)
        while True:
            found, after = telegrams.find(after, 5)
            seen += [number for number, _ in found]
            if len(found) < 5:
                break
    assert seen == list(range(1, 51))


def test_whoever_follows_a_few_addresses_goes_on_behind_what_was_looked_through():
    telegrams = book()
    wanted = Sought((group_pattern("9/7/*"),))
    for number in range(10):
        telegrams.tell(replace(SWITCH, destination=parse_group_address("9/7/2" if number == 4 else "1/0/1")))
    found, following = telegrams.find(0, 5, wanted)
    assert ([number for number, _ in found], following) == ([5], 10)
    assert telegrams.find(following, 5, wanted) == ([], 10)


def test_a_full_page_goes_on_behind_its_last_row():
    telegrams = book()
    for _ in range(7):
        telegrams.tell(SWITCH)
    found, following = telegrams.find(0, 5)
    assert (len(found), following) == (5, 5)


def test_the_newest_are_the_last_ones_that_fit_oldest_first():
    telegrams = book()
    for number in range(20):
        telegrams.tell(replace(SWITCH, source="1.1.5" if number % 2 else "1.2.5"))
    found = telegrams.find(0, 3, Sought(source=individual_pattern("1.1.*")), newest=True)
    assert (numbers(found), found[1]) == ([16, 18, 20], 20)


def test_a_number_that_was_never_reached_is_the_beginning():
    telegrams = book()
    telegrams.tell(SWITCH)
    assert numbers(telegrams.find(4711, 10)) == [1]


def test_several_addresses_a_sender_and_our_own_objects_can_be_asked_for():
    telegrams = book()
    for destination, source in (("9/7/1", "1.1.5"), ("9/6/1", "1.1.5"), ("9/7/1", "1.1.6"), ("3/0/1", "1.1.5")):
        telegrams.tell(replace(SWITCH, destination=parse_group_address(destination), source=source))
    both = (group_pattern("9/7/1"), group_pattern("3/*"))
    assert numbers(telegrams.find(0, 10, Sought(both))) == [1, 3, 4]
    assert numbers(telegrams.find(0, 10, Sought(both, individual_pattern("1.1.5")))) == [1, 4]
    assert numbers(telegrams.find(0, 10, Sought(among={parse_group_address("9/6/1")}.__contains__))) == [2]
