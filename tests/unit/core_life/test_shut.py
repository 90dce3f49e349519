"""A connector that was made Inoperative because it did not obey is made Operative again, and no other one."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.commands import ChangeAvailability, RemoteStart, RemoteStop
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.watch import Means
from tests.kit.defiance import alarms, charging, ignores, one
from tests.kit.laws import Laws
from tests.kit.life import ONE, Life

S = ConnectorStatus


def shut() -> Life:
    """The charger has ignored everything, was stopped and is Inoperative; the car is still there."""
    life = charging()
    ignores(life, Means.STOP)
    life.stops(one(life).transaction.id, reason=StopReason.REMOTE)
    life.reports(S.UNAVAILABLE)
    return life


def test_a_transaction_that_had_to_be_stopped_is_followed_by_inoperative_at_once():
    life = shut()
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]
    assert life.memory.remembered().wishes[ONE].shut


def test_a_stop_that_is_not_followed_ends_in_inoperative_too():
    life = charging()
    ignores(life, Means.SHUT)
    assert life.told(RemoteStop)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]


def test_what_was_shut_is_opened_when_the_car_is_gone():
    life = shut()
    life.commands.clear()
    life.reports(S.AVAILABLE)
    life.passes(1)
    assert not life.memory.remembered().wishes[ONE].shut
    assert alarms(life) == [False, True]


def test_a_plug_that_was_pulled_while_it_charged_opens_it():
    life = charging()
    ignores(life, Means.SHUT)
    life.commands.clear()
    life.stops(one(life).transaction.id, reason=StopReason.EV_DISCONNECTED)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert not life.memory.remembered().wishes[ONE].shut


def test_charging_opens_what_was_shut_and_starts_once_it_is_open():
    life = shut()
    life.commands.clear()
    life.presses(1)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert life.told(RemoteStart) == []
    life.reports(S.PREPARING)
    assert [start.connector for start in life.told(RemoteStart) if isinstance(start, RemoteStart)] == [ONE]


def test_availability_opens_what_was_shut_by_one_call():
    life = shut()
    life.commands.clear()
    life.presses(1, "availability", number=7)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert not life.memory.remembered().wishes[ONE].shut
    life.reports(S.PREPARING)
    life.passes(300)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]


def test_what_a_person_has_made_inoperative_stays_so():
    life = shut()
    life.presses(0, "availability")
    life.commands.clear()
    life.reports(S.AVAILABLE)
    life.reports(S.UNAVAILABLE)
    life.passes(600)
    assert life.told(ChangeAvailability) == []
    assert not life.memory.remembered().wishes[ONE].shut


@pytest.mark.parametrize("how", ["plug", "switch"])
def test_what_was_shut_is_opened_after_a_start_of_the_bridge_as_well(how: str):
    life = shut()
    laws = life.observers[0]
    assert isinstance(laws, Laws)
    laws.restarted()
    life.restarts()
    life.connects()
    life.boots()
    life.reports(S.UNAVAILABLE)
    life.passes(10)
    life.commands.clear()
    if how == "plug":
        life.reports(S.AVAILABLE)
    else:
        life.presses(1)
        assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert not life.memory.remembered().wishes[ONE].shut


def test_a_charger_that_is_away_when_it_is_to_be_opened_is_opened_when_it_is_back():
    life = shut()
    life.silent.add(ChangeAvailability)
    life.presses(1)
    life.disconnects()
    assert life.memory.remembered().wishes[ONE].shut
    life.silent.clear()
    life.commands.clear()
    life.connects()
    life.beats()
    life.passes(3)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert not life.memory.remembered().wishes[ONE].shut


def test_a_connector_that_is_taken_out_of_the_configuration_is_left_operative():
    life = shut()
    life.commands.clear()
    life.reconfigured(replace(life.settings, connectors={}))
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]
    assert not life.memory.remembered().wishes[ONE].shut


def test_a_charger_that_is_to_be_left_in_peace_is_opened_when_somebody_asks_for_it():
    life = shut()
    life.reconfigured(replace(life.settings, quiet=True))
    life.commands.clear()
    life.presses(1)
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=True)]


def test_a_refusal_to_be_inoperative_is_asked_again_ever_more_seldom():
    life = charging()
    life.answers[ChangeAvailability] = "Rejected"
    ignores(life, Means.SHUT)
    life.passes(3600)
    assert 4 <= len(life.told(ChangeAvailability)) <= 8
