"""What answers a command goes first, and what answers a central one is spread."""

import time
from zoneinfo import ZoneInfo

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram import Telegram, TelegramDirection
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueWrite

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending import feedback
from knx_ocpp_bridge.knx.sending.slot import Manner
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound
from tests.kit.paced_line import Line

ON, OFF = DPTBinary(1), DPTBinary(0)
LED, OTHER, RESULT = 1, 2, 3
"""Of a switch that is pressed; of one that is not; what became of the command."""


def flooded_line():
    """States that change all the time have used up the pace."""
    manners = {LED: Manner("led", answers=True), OTHER: Manner("other", answers=True)}
    manners |= {RESULT: Manner("result", answers=True)} | {n: Manner(n) for n in range(10, 60)}
    line = Line(manners)
    for address in (LED, OTHER, RESULT):
        line.say(address, OFF, 0)
    line.heard(0)
    line.heard(60)
    for address in range(10, 60):
        line.say(address, ON, 60)
    line.heard(60)
    return line


def heard(line, now):
    return [address for address, _ in line.heard(now)]


def test_a_state_that_nobody_has_commanded_waits_behind_the_others():
    line = flooded_line()
    line.say(LED, ON, 60)
    assert heard(line, 60) == []
    assert LED not in heard(line, 61)


def test_the_state_that_a_command_concerns_goes_first_and_only_that_one():
    line = flooded_line()
    line.scheduler.expect(LED, 60, first=True)
    line.say(OTHER, ON, 60)
    line.say(LED, ON, 60)
    assert heard(line, 60) == [LED]


def test_a_set_point_that_is_confirmed_after_half_a_minute_still_goes_first_and_one_of_a_minute_ago_does_not():
    line = flooded_line()
    line.scheduler.expect(LED, 60, first=True)
    line.scheduler.expect(OTHER, 20, first=True)
    for address in range(10, 60):
        line.say(address, OFF, 89.9)
    line.heard(89.9)
    line.say(OTHER, ON, 90)
    line.say(LED, ON, 90)
    assert heard(line, 90) == [LED]


def test_two_quick_commands_have_two_answers_first():
    line = flooded_line()
    line.scheduler.expect(LED, 60, first=True)
    line.scheduler.expect(LED, 60.02, first=True)
    said = []
    for moment, payload in ((60.03, ON), (60.04, OFF)):
        line.say(LED, payload, moment)
        said += heard(line, moment)
    assert said == [LED, LED]


def test_an_object_that_changes_all_the_time_goes_first_no_longer_than_for_its_answer():
    line = flooded_line()
    line.scheduler.expect(LED, 60, first=True)
    said = []
    for tick in range(10):
        line.say(LED, DPTArray((tick,)), 60 + tick / 100)
        said += heard(line, 60 + tick / 100)
    assert said == [LED, LED]


def test_a_new_command_tries_at_once_what_has_failed_for_long():
    line = Line({LED: Manner("led", answers=True)})
    line.say(LED, ON, 0)
    now = 0.0
    for _ in range(6):
        now = line.scheduler.next_at(now)
        line.scheduler.take(now)
        line.scheduler.failed(now)
    assert line.scheduler.next_at(now) == now + 30
    line.scheduler.expect(LED, now, first=True)
    assert heard(line, now) == [LED]


def test_an_answer_does_not_wait_for_the_minimum_interval():
    line = Line({LED: Manner("led", min_interval_s=60.0, answers=True)})
    line.say(LED, ON, 0)
    line.heard(0)
    line.scheduler.expect(LED, 1, first=True)
    line.say(LED, OFF, 1)
    assert heard(line, 1) == [LED]


def test_answers_to_many_commands_that_were_not_heard_here_are_spread_after_the_third():
    line = Line({n: Manner(n, answers=True) for n in range(40)}, rate=1.0)
    for address in range(40):
        line.say(address, ON, 0, again=True)
    assert len(line.heard(0)) == 15  # and five are left for a switch that is pressed now
    line.scheduler.expect(39, 0, first=True)
    line.say(39, OFF, 0, again=True)
    assert heard(line, 0) == [39]


def test_what_is_sent_by_hand_goes_once_and_the_newest_replaces_what_waits():
    line = flooded_line()
    assert line.scheduler.order(900, ON, 60)
    assert line.scheduler.order(900, OFF, 60)
    assert line.scheduler.order(901, None, 60)
    line.scheduler.expect(LED, 60, first=True)
    line.say(LED, ON, 60)
    assert line.scheduler.take(60).address == LED
    line.scheduler.confirmed(60)
    telegrams = [telegram for now in range(61, 70) for telegram in line.heard(now)]
    assert [telegram for telegram in telegrams if telegram[0] >= 900] == [(900, OFF), (901, None)]
    line.scheduler.disconnected(70, since_s=70)
    assert not line.scheduler.order(900, ON, 70)


def test_what_was_held_back_leaves_the_pace_to_the_others():
    line = Line({n: Manner(n) for n in range(1, 101)}, rate=1.0)
    for address in range(1, 101):
        line.say(address, ON, 0)
    tried = 0
    while line.scheduler.take(0) is not None:
        line.scheduler.failed(0, cost=0.1)
        tried += 1
    assert tried == 100


def test_by_hand_not_more_than_64_telegrams_wait():
    line = Line()
    assert [line.scheduler.order(1000 + n, ON, 0) for n in range(65)] == [True] * 64 + [False]


def test_the_last_five_of_the_burst_are_for_those_who_wait_for_an_led():
    leds = {address: Manner(address, answers=True) for address in range(50, 56)}
    line = Line({address: Manner(address) for address in range(1, 41)} | leds, rate=1)
    for address in range(1, 41):
        line.say(address, ON, 0)
    line.heard(0)
    for address in leds:
        line.scheduler.expect(address, 0, first=True)
        line.say(address, ON, 0)
    assert [address for address, _ in line.heard(0)] == [50, 51, 52, 53, 54]
    assert line.heard_until(1.5) == [(1, 55, ON)]


def wishes(count, key="charging"):
    return tuple((ChargerId(f"C{n}"), Wished(ConnectorId(1), key, value=True, origin=Origin.KNX)) for n in range(count))


def test_one_or_two_targets_are_a_single_command_and_more_are_a_central_one():
    assert {each.first for each in feedback.expected(wishes(2)) if each.key[2] == "charging"} == {True}
    assert {each.first for each in feedback.expected(wishes(3))} == {False}


@pytest.mark.parametrize("row", [row for row in CATALOGUE.values() if row.receives and not row.input])
def test_whatever_can_be_commanded_is_answered_by_objects_that_exist(row):
    keys = {each.key[2] for each in feedback.expected(wishes(1, row.key))}
    assert {row.key, "command_result"} <= keys <= set(CATALOGUE)


@pytest.fixture
def bus():
    table = BindingTable(
        (
            bound("charging", "9/7/1", "9/7/2"),
            bound("availability", "9/7/4", "9/7/5"),
            *(bound("status", f"9/6/{n}", charger=f"C{n}") for n in range(100)),
        )
    )
    settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1"})
    bus = Bus(settings, table, ZoneInfo("UTC"), means())
    bus._up()
    for n in range(100):
        bus.offer(ChargerId(f"C{n}"), Update(ConnectorId(1), "status", 1))
    return bus


def sent(bus):
    addresses = []
    while (telegram := bus._scheduler.take(time.monotonic())) is not None:
        bus._scheduler.confirmed(time.monotonic())
        addresses.append(str(GroupAddress(telegram.address)))
    return addresses


def test_a_command_that_is_heard_puts_its_own_state_ahead_and_no_other_one(bus):
    sent(bus)
    command = GroupValueWrite(ON)
    bus._hearing.heard(Telegram(GroupAddress("9/7/2"), TelegramDirection.INCOMING, command, IndividualAddress("1.1.5")))
    for key in ("availability", "charging"):
        bus.offer(ChargerId("GARAGE"), Update(ConnectorId(1), key, value=True))
    assert sent(bus)[0] == "9/7/1"


def test_by_hand_nothing_is_written_where_only_the_bridge_speaks(bus):
    assert not bus.order(GroupAddress("9/7/1").raw, ON)
    assert bus.order(GroupAddress("9/7/2").raw, ON)
    assert bus.order(GroupAddress("9/7/1").raw, None)


def test_states_wait_for_the_start_delay():
    settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1", "start_delay": 60})
    bus = Bus(settings, BindingTable((bound("status", "9/7/0"),)), ZoneInfo("UTC"), means())
    bus._up()
    bus.offer(ChargerId("GARAGE"), Update(ConnectorId(1), "status", 1))
    assert sent(bus) == []
    bus._asked(GroupAddress("9/7/0").raw)
    telegram = bus._scheduler.take(time.monotonic())
    assert telegram is not None
    assert telegram.service is Service.RESPONSE
