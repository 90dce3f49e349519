"""Cars that take no more."""

import pytest

from knx_ocpp_bridge.core.energy.full import FULL_AFTER_S, FullMemory, watch
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import TransactionId
from tests.kit.scenes import key, outlet, scene, terms, view

SITE = terms(outlet("A"))
A = key("A")


def watched(*seen):
    """`(seconds, view)` one after the other; what was full after each, and all notes."""
    memory, found, notes = FullMemory(), [], []
    for seconds, each in seen:
        ruling = watch(memory, scene(seconds, each), SITE)
        memory = ruling.memory
        found.append(A in memory.full)
        notes += [note.text for note in ruling.notes]
    return found, notes


CHARGES = view(A, current_a=16.0)
IDLE = view(A, current_a=0.0, status=ConnectorStatus.SUSPENDED_EV, session_wh=9000)


def test_a_car_that_has_charged_and_draws_nothing_for_ten_minutes_is_full():
    found, notes = watched((0, CHARGES), (1, IDLE), (FULL_AFTER_S, IDLE), (FULL_AFTER_S + 1, IDLE), (900, IDLE))
    assert found == [False, False, False, True, True]
    assert notes == ["the car takes no more: it is full"]


def test_less_than_a_twentieth_of_what_is_offered_is_nothing():
    trickles = view(A, current_a=1.5, in_force_a=32.0, session_wh=9000)
    assert watched((0, trickles), (FULL_AFTER_S, trickles))[0] == [False, True]


def test_a_suspended_car_of_a_charger_without_a_meter_is_judged_by_its_state():
    idle = view(A, status=ConnectorStatus.SUSPENDED_EV, session_wh=9000)
    assert watched((0, idle), (FULL_AFTER_S, idle))[0] == [False, True]


@pytest.mark.parametrize("offered_a", [0.0, None])
def test_a_car_that_is_offered_nothing_is_not_full(offered_a):
    paused = view(A, current_a=0.0, in_force_a=offered_a, session_wh=9000)
    assert watched((0, CHARGES), (1, paused), (2000, paused))[0] == [False, False, False]


def test_a_car_that_has_not_charged_yet_waits_for_its_own_timer_and_is_not_full():
    waits = view(A, current_a=0.0, status=ConnectorStatus.SUSPENDED_EV)
    assert watched((0, waits), (2000, waits))[0] == [False, False]


def test_a_pause_in_between_begins_the_ten_minutes_anew():
    paused = view(A, current_a=0.0, in_force_a=0.0, session_wh=9000)
    assert watched((0, IDLE), (300, paused), (400, IDLE), (900, IDLE), (1000, IDLE))[0][-2:] == [False, True]


@pytest.mark.parametrize(
    "after", [CHARGES, view(A, plugged=False, charging=False), view(A, session=TransactionId(8), current_a=0.0)]
)
def test_it_ends_when_the_car_draws_again_or_is_another_one(after):
    assert watched((0, IDLE), (FULL_AFTER_S, IDLE), (700, after))[0] == [False, True, False]


def test_a_full_car_stays_full_while_it_is_paused():
    paused = view(A, current_a=0.0, in_force_a=0.0, session_wh=9000)
    assert watched((0, IDLE), (FULL_AFTER_S, IDLE), (700, paused))[0] == [False, True, True]
