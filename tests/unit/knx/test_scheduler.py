"""The bus at second precision: addresses 1..9 are states, time is a number."""

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.monitor.telegrams import Service
from knx_ocpp_bridge.knx.sending.lanes import Lane
from knx_ocpp_bridge.knx.sending.scheduler import Outgoing
from knx_ocpp_bridge.knx.sending.slot import Manner
from tests.kit.paced_line import Line

STATUS = Manner("status")
ON, OFF = DPTBinary(1), DPTBinary(0)


def amperes(value):
    return DPTArray(round(value * 10).to_bytes(2, "big"))


def test_a_first_value_goes_at_once():
    line = Line()
    line.say(1, ON, 100)
    assert line.scheduler.next_at(100) == 100
    assert line.scheduler.take(100) == Outgoing(1, Service.WRITE, ON)
    assert line.scheduler.take(100) is None  # one in flight


def test_telegrams_of_one_lane_go_in_the_order_in_which_they_were_offered_even_if_they_have_to_wait():
    """What announces the others, e.g. the counter of charges, is offered last and arrives last, also after a loss."""
    line = Line(rate=1.0)
    for number in range(60):
        line.say(1 + number % 9, amperes(number), 0)
    waits = (4, 9, 2, 7, 1)
    line.heard_until(200)
    for address in waits:
        line.say(address, amperes(100 + address), 200)
    assert [address for _, address, _ in line.heard_until(400, 200)] == list(waits)
    line.scheduler.disconnected(500, 500)
    for address in waits:
        line.say(address, amperes(200 + address), 501)
    line.scheduler.connected(502)
    assert [address for _, address, _ in line.heard_until(600, 502)] == list(waits)


def test_only_news_is_said():
    line = Line()
    line.say(1, ON, 0)
    assert line.heard(0) == [(1, ON)]
    line.say(1, ON, 1)
    assert line.heard(1) == []
    assert line.scheduler.next_at(1) is None


def test_the_answer_to_a_command_is_said_again():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.say(1, ON, 1, again=True)
    assert line.heard(1) == [(1, ON)]
    assert line.heard(2) == []


def test_again_asked_while_the_same_is_under_way_is_said_once_more():
    line = Line()
    line.say(1, ON, 0)
    line.scheduler.take(0)
    line.say(1, ON, 0, again=True)
    line.scheduler.confirmed(0)
    assert line.heard(0) == [(1, ON)]
    assert line.heard(1) == []


def test_the_newest_value_replaces_the_waiting_one_and_keeps_its_place():
    line = Line(rate=1)
    for address in (1, 2, 3):
        line.say(address, ON, 0)
    line.say(1, OFF, 0)
    assert line.heard(0) == [(1, OFF), (2, ON), (3, ON)]


def test_a_value_that_went_back_before_it_was_said_is_no_news():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.say(1, OFF, 1)
    line.say(1, ON, 1)
    assert line.heard(1) == []


def test_feedback_goes_before_answers_before_states_before_measurements_before_cyclic():
    manners = {
        1: Manner(1, cyclic_s=60),
        2: Manner(2, Lane.MEASUREMENT),
        3: Manner(3),
        4: Manner(4),
        5: Manner(5, Lane.FEEDBACK),
    }
    line = Line(manners)
    line.say(1, ON, 0)
    line.say(4, ON, 0)
    line.heard(0)
    line.say(2, amperes(6), 60)
    line.say(3, ON, 60)
    line.scheduler.asked(4, 60)
    line.say(5, ON, 60)
    assert [address for address, _ in line.heard(60)] == [5, 4, 3, 2, 1]


def test_a_burst_of_states_is_fifteen_telegrams_and_then_the_pace_holds():
    line = Line({address: Manner(address) for address in range(1, 41)})
    for address in range(1, 41):
        line.say(address, ON, 0)
    times = [at for at, _, _ in line.heard_until(10)]
    assert times[:15] == [0] * 15
    assert times[15:] == pytest.approx([n / 10 for n in range(1, 26)])


def test_measurements_get_half_of_the_pace():
    line = Line({address: Manner(address, Lane.MEASUREMENT) for address in range(1, 41)})
    for address in range(1, 41):
        line.say(address, amperes(6), 0)
    times = [at for at, _, _ in line.heard_until(10)]
    assert times[10:] == pytest.approx([n / 5 for n in range(1, 31)])


def test_a_lane_that_starves_gets_every_fourth_telegram():
    manners = {address: Manner(address) for address in range(1, 100)} | {100: Manner(100, Lane.MEASUREMENT)}
    line = Line(manners)
    line.say(100, amperes(6), 0)
    line.heard(0)
    line.say(100, amperes(7), 0)
    times = {}
    for tenth in range(100):
        for address in range(1, 100):
            line.say(address, DPTBinary(tenth % 2), tenth / 10)
        for address, _ in line.heard(tenth / 10):
            times.setdefault(address, []).append(tenth / 10)
    assert times[100][0] <= 6.0


def test_a_small_change_of_current_is_kept_to_ourselves():
    line = Line({1: Manner(1, Lane.MEASUREMENT, min_change=0.2)})
    said = []
    for second, value in enumerate([10.0, 10.1, 10.2, 10.3, 10.4, 10.2]):
        line.say(1, amperes(value), second)
        said += [payload for _, payload in line.heard(second)]
    assert said == [amperes(10.0), amperes(10.3)]


def test_zero_is_told_however_small_the_change():
    line = Line({1: Manner(1, Lane.MEASUREMENT, min_change=0.2)})
    said = []
    for second, value in enumerate([0.1, 0.0, 0.1]):
        line.say(1, amperes(value), second)
        said += [payload for _, payload in line.heard(second)]
    assert said == [amperes(0.1), amperes(0.0), amperes(0.1)]


def test_a_minimum_interval_delays_the_last_value_but_does_not_lose_it():
    line = Line({1: Manner(1, Lane.MEASUREMENT, min_interval_s=10)})
    line.say(1, amperes(6), 0)
    line.heard(0)
    line.say(1, amperes(7), 1)
    line.say(1, amperes(8), 2)
    assert line.heard(2) == []
    assert line.scheduler.next_at(2) == 10
    assert line.heard_until(60, 2) == [(10, 1, amperes(8))]


def test_a_cyclic_object_speaks_without_news():
    line = Line({1: Manner(1, cyclic_s=60)})
    line.say(1, ON, 0)
    assert [at for at, _, _ in line.heard_until(200)] == [0, 60, 120, 180]


def test_a_cycle_that_is_shorter_than_the_pause_keeps_to_the_pause():
    line = Line({1: Manner(1, cyclic_s=1, min_interval_s=30)})
    line.say(1, ON, 0)
    assert [at for at, _, _ in line.heard_until(100)] == [0, 30, 60, 90]


def test_a_withdrawn_value_is_neither_said_nor_answered_and_its_return_is_news():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.say(1, OFF, 1)
    line.scheduler.asked(1, 1)
    line.scheduler.withdraw(1)
    line.scheduler.asked(1, 1)
    assert line.heard(1) == []
    line.say(1, ON, 2)
    assert line.heard(2) == [(1, ON)]


def test_a_value_withdrawn_while_it_was_under_way_counts_as_unsaid():
    line = Line()
    line.say(1, ON, 0)
    line.scheduler.take(0)
    line.scheduler.withdraw(1)
    line.say(1, ON, 0)
    line.scheduler.confirmed(0)
    assert line.heard(0) == [(1, ON)]


def test_a_read_before_anything_is_known_gets_no_answer():
    line = Line()
    line.scheduler.asked(1, 0)
    assert line.scheduler.next_at(0) is None


def test_a_read_is_answered_with_the_newest_measurement_and_the_deadband_stays():
    line = Line({1: Manner(1, Lane.MEASUREMENT, min_change=0.2)})
    line.say(1, amperes(10), 0)
    line.heard(0)
    line.say(1, amperes(10.1), 1)
    line.scheduler.asked(1, 1)
    assert line.scheduler.take(1) == Outgoing(1, Service.RESPONSE, amperes(10.1))
    line.scheduler.confirmed(1)
    assert line.heard(1) == []


def test_what_the_building_is_asked_goes_spread_out_behind_states_and_once():
    line = Line()
    line.say(1, ON, 0)
    for address in (20, 21, 20):
        line.scheduler.ask(address, 0)
    assert line.heard_until(5) == [(0, 1, ON), (0, 20, None), (0.1, 21, None)]
    line.scheduler.disconnected(6, since_s=6)
    line.scheduler.ask(20, 6)
    line.scheduler.connected(7)
    assert line.heard_until(30, 7) == []


def test_two_reads_of_one_object_get_one_answer():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.scheduler.asked(1, 1)
    line.scheduler.asked(1, 1)
    assert line.scheduler.take(1) is not None
    line.scheduler.asked(1, 1)
    line.scheduler.confirmed(1)
    assert line.heard(1) == []


def test_nothing_is_said_without_a_bus_and_then_only_the_latest():
    line = Line(connected=False)
    for second, payload in enumerate([ON, OFF, ON, OFF]):
        line.say(1, payload, second)
        assert line.scheduler.take(second) is None
        assert line.scheduler.next_at(second) is None
    line.scheduler.connected(10)
    assert line.heard_until(60, 10) == [(10, 1, OFF)]


def test_after_the_start_known_states_are_spread_out():
    line = Line(connected=False, rate=40)
    for address in range(1, 6):
        line.say(address, ON, 0)
    line.scheduler.connected(10)
    assert [at for at, _, _ in line.heard_until(60, 10)] == pytest.approx([10, 10.1, 10.2, 10.3, 10.4])


def test_news_does_not_wait_for_the_spreading():
    line = Line(connected=False)
    for address in range(1, 6):
        line.say(address, ON, 0)
    line.scheduler.connected(10)
    assert line.heard(10) == [(1, ON)]
    line.say(5, OFF, 10)
    assert line.heard(10) == [(5, OFF)]
    assert [address for _, address, _ in line.heard_until(60, 10)] == [2, 3, 4]


def test_after_a_short_loss_only_the_unconfirmed_is_said():
    line = Line()
    line.say(1, ON, 0)
    line.say(2, ON, 0)
    line.heard(0)
    line.say(2, OFF, 1)
    line.scheduler.take(1)
    line.scheduler.disconnected(2, since_s=1)
    line.say(3, ON, 2)
    line.scheduler.connected(5)
    assert line.heard(5) == [(2, OFF), (3, ON)]


def test_after_a_long_loss_every_known_state_is_said_once():
    line = Line()
    line.say(1, ON, 0)
    line.say(2, ON, 0)
    line.heard(0)
    line.scheduler.disconnected(10, since_s=4)
    line.say(2, OFF, 10)
    line.scheduler.connected(10)
    assert [telegram[1:] for telegram in line.heard_until(60, 10)] == [(1, ON), (2, OFF)]


def test_a_small_change_during_recovery_does_not_lose_the_recovery():
    line = Line({1: Manner(1), 2: Manner(2, Lane.MEASUREMENT, min_change=1.0)})
    line.say(1, ON, 0)
    line.say(2, amperes(10), 0)
    line.heard(0)
    line.scheduler.disconnected(1, since_s=1)
    line.scheduler.connected(20)
    line.say(2, amperes(10.1), 20)
    assert [telegram[1:] for telegram in line.heard_until(60, 20)] == [(1, ON), (2, amperes(10.1))]


def test_a_read_from_before_the_loss_is_not_answered_after_it():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.scheduler.asked(1, 1)
    line.scheduler.disconnected(1, since_s=1)
    line.scheduler.connected(2)
    assert line.heard(2) == []


def test_a_read_heard_without_a_connection_is_not_answered_later():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.scheduler.disconnected(1, since_s=1)
    line.scheduler.asked(1, 1)
    line.scheduler.connected(2)
    assert line.heard(2) == []


def test_a_state_that_became_feedback_and_was_withdrawn_is_gone_from_everywhere():
    line = Line()
    line.say(1, ON, 0)
    line.say(1, ON, 0, again=True)
    line.scheduler.withdraw(1)
    assert line.scheduler.waiting == 0
    assert line.heard(0) == []


def test_what_failed_is_tried_again_later_with_the_newest_value_and_holds_up_nobody():
    line = Line()
    line.say(1, ON, 0)
    line.say(2, ON, 0)
    assert line.scheduler.take(0).address == 1
    line.scheduler.failed(0)
    assert line.heard(0) == [(2, ON)]
    line.say(1, OFF, 0.5)
    assert line.heard(0.5) == []
    assert line.heard_until(60, 0.5) == [(1, 1, OFF)]


def test_failing_again_and_again_takes_longer_each_time():
    line = Line()
    line.say(1, ON, 0)
    now, tries = 0.0, []
    for _ in range(7):
        assert line.scheduler.take(now) is not None
        line.scheduler.failed(now)
        tries.append(line.scheduler.next_at(now) - now)
        now = line.scheduler.next_at(now)
    assert tries == [1, 2, 5, 10, 30, 30, 30]


def test_a_failed_answer_is_given_up_because_the_asker_has_gone():
    line = Line()
    line.say(1, ON, 0)
    line.heard(0)
    line.scheduler.asked(1, 1)
    line.scheduler.take(1)
    line.scheduler.failed(1)
    assert line.heard_until(60, 1) == []


def test_an_object_that_stays_keeps_its_past_when_the_table_changes():
    line = Line({1: Manner("status"), 2: Manner("online"), 3: Manner("fault")})
    for address in (1, 2, 3):
        line.say(address, ON, 0)
    line.heard(0)
    line.scheduler.bind({1: Manner("status"), 2: Manner("fault"), 4: Manner("online")}, 1)
    for address in (1, 2, 4):
        line.say(address, ON, 1)
    assert line.heard(1) == [(2, ON), (4, ON)]


def test_landing_without_a_flight_is_our_own_mistake():
    with pytest.raises(RuntimeError):
        Line().scheduler.confirmed(0)


def test_timers_that_were_overtaken_do_not_pile_up():
    line = Line({1: Manner(1, cyclic_s=86_400)}, rate=40)
    for second in range(1000):
        line.say(1, DPTBinary(second % 2), second)
        line.heard(second)
    assert len(line.scheduler._timers) < 100
