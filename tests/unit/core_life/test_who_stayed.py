"""Whether the car that charged before is still there, as far as the times of what is told afterwards can show it."""

from datetime import timedelta

from knx_ocpp_bridge.core.events import StatusNotified
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.values import TransactionId
from tests.kit.life import CARD, ONE, Life, plugged


def arrived() -> Life:
    life = Life()
    life.arrives()
    return life


def record(life: Life, number: int) -> Transaction:
    return life.memory.transactions[TransactionId(number)]


def told_afterwards(life: Life, ago_s: float) -> int:
    """A charge of a minute that ended so many seconds ago, told only now."""
    first = life.starts(ago=timedelta(seconds=ago_s + 60))
    life.stops(first, 1500, ago=timedelta(seconds=ago_s))
    return first


def next_one(life: Life) -> Transaction:
    life.passes(10)
    return record(life, life.charges(meter_wh=1500))


def test_what_the_car_before_took_and_is_told_after_the_next_one_is_plugged_in_begins_no_session_of_the_next_one():
    """By its own time it began before the cable was seen out."""
    life = plugged()
    life.reports(ConnectorStatus.AVAILABLE)
    life.reports(ConnectorStatus.PREPARING)
    life.passes(100)
    told_afterwards(life, ago_s=100)
    assert next_one(life).session is None


def test_a_start_whose_answer_is_lost_is_still_that_of_the_car_before_when_the_bridge_starts_anew():
    life = plugged()
    life.reports(ConnectorStatus.AVAILABLE)
    life.reports(ConnectorStatus.PREPARING)
    life.passes(100)
    began = life.utc - timedelta(seconds=160)
    life.happens(life.start_request(CARD, 1000, ONE, began))
    life.restarts()
    life.returns()
    life.reports(ConnectorStatus.PREPARING)
    life.happens(life.start_request(CARD, 1000, ONE, began))
    life.stops(life.number, 1500, ago=timedelta(seconds=100))
    assert next_one(life).session is None


def test_the_cable_that_is_out_in_two_connections_was_in_between():
    """The same state again, but on a new connection it tells of a later time."""
    life = arrived()
    life.disconnects()
    life.passes(50)
    life.returns()
    life.reports(ConnectorStatus.AVAILABLE)
    life.reports(ConnectorStatus.PREPARING)
    first = life.starts(ago=timedelta(seconds=45))
    life.stops(first, 1500, ago=timedelta(seconds=5))
    assert next_one(life).session is None


def test_what_was_charged_during_a_long_absence_begins_no_session_of_whoever_is_there_after_it():
    life = plugged()
    life.disconnects()
    life.passes(150)
    life.returns()
    life.reports(ConnectorStatus.PREPARING)
    told_afterwards(life, ago_s=30)
    assert next_one(life).session is None


def test_what_ended_while_the_bridge_was_down_begins_no_session_of_whoever_is_there_after_it():
    life = arrived()
    first = life.charges()
    life.passes(600)
    life.restarts()
    life.passes(30)
    life.returns()
    life.reports(ConnectorStatus.PREPARING)
    life.stops(first, 1500, ago=timedelta(seconds=20))
    assert next_one(life).session is None


def test_a_car_that_charges_the_moment_it_is_plugged_in_is_one_session_even_if_the_charger_tells_whole_seconds():
    life = plugged()
    life.passes(0.75)
    told, link = life.utc - timedelta(seconds=0.75), life.link
    assert link is not None
    for status in (ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING):
        life.happens(StatusNotified(link, status.name, ONE, status, ErrorCode.NO_ERROR, at=told))
    first = life.starts(ago=timedelta(seconds=0.75))
    life.reports(ConnectorStatus.CHARGING)
    life.passes(60)
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    assert next_one(life).session == first


def test_a_line_that_is_down_for_a_moment_does_not_end_the_session():
    life = arrived()
    first = life.charges()
    life.passes(60)
    life.disconnects()
    life.passes(20)
    life.returns()
    life.reports(ConnectorStatus.PREPARING)
    life.stops(first, 1500, ago=timedelta(seconds=10))
    assert next_one(life).session == first
