"""What belongs to one plug-in, how each transaction came about, and what is known of its meter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.commands import RemoteStart
from knx_ocpp_bridge.core.events import MeterReading, Origin, Sample, Wished
from knx_ocpp_bridge.core.facts import StartedBy, Transaction
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import ConnectorStatus, StopReason
from knx_ocpp_bridge.core.values import Clock, IdTag, TransactionId
from tests.kit.life import BOX, CARD, ENERGY, ONE, TWO, Life, garage, outlet, plugged


def arrived(**settings: object) -> Life:
    life = Life(garage(**settings))
    life.arrives()
    return life


def record(life: Life, number: int) -> Transaction:
    return life.memory.transactions[TransactionId(number)]


# sessions


def test_transactions_of_one_plug_in_are_one_session():
    life = arrived()
    first = life.charges()
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    second = life.charges(meter_wh=1500)
    life.stops(second, 1800)
    life.reports(ConnectorStatus.PREPARING)
    third = life.starts(meter_wh=1800)
    assert [record(life, one).session for one in (first, second, third)] == [None, first, first]


def test_the_next_car_is_the_next_session():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.reports(ConnectorStatus.AVAILABLE)
    assert record(life, life.charges(meter_wh=1500)).session is None


def test_a_car_that_nobody_saw_being_plugged_in_is_a_session_of_its_own():
    life = arrived()
    life.stops(life.charges(), 1500)
    life.reports(ConnectorStatus.AVAILABLE)
    assert record(life, life.starts(meter_wh=1500)).session is None


def test_where_available_means_nothing_each_transaction_is_a_session_of_its_own():
    life = arrived(flags={"trust_available": False})
    life.stops(life.charges(), 1500)
    life.reports(ConnectorStatus.AVAILABLE)
    assert record(life, life.charges(meter_wh=1500)).session is None


def test_a_charger_that_never_tells_its_state_has_no_longer_sessions_than_transactions():
    life = Life(garage(flags={"ask_status": False}))
    life.connects()
    life.boots()
    life.stops(life.starts(), 1500)
    assert record(life, life.starts(meter_wh=1500)).session is None


def test_a_session_goes_on_after_the_bridge_was_started_anew():
    life = arrived()
    first = life.charges()
    life.restarts()
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(60)
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    assert record(life, life.charges(meter_wh=1500)).session == first


def test_a_transaction_that_arrives_late_is_a_session_of_its_own_and_leaves_that_of_the_car_alone():
    life = arrived()
    first = life.charges()
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    late = life.starts(meter_wh=300, ago=timedelta(days=2))
    life.stops(late, 900, ago=timedelta(days=1))
    again = life.starts(meter_wh=1500)
    life.meters(1600)
    assert [record(life, one).session for one in (late, again)] == [None, first]
    assert record(life, late).late
    assert life.state("session_energy") == 600


@pytest.mark.parametrize("seen_first", [True, False])
def test_what_arrives_late_is_alone_even_if_it_is_still_running(seen_first: bool):
    """The state may be that of the next car, whose start is still to come."""
    life = arrived()
    for told in (seen_first, not seen_first):
        if told:
            life.reports(ConnectorStatus.CHARGING)
        else:
            late = life.starts(ago=timedelta(hours=2))
    life.stops(late, 1500)
    assert record(life, life.starts(meter_wh=1500)).session is None


def test_a_charge_that_goes_on_is_the_session_that_it_was():
    life = arrived()
    first = life.charges()
    life.meters(1200, 10.0, first)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1400, 10.0, first)
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    assert record(life, first).session is None
    assert record(life, life.charges(meter_wh=1500)).session == first


# how it began


@pytest.mark.parametrize(
    ("origin", "by"),
    [
        (Origin.KNX, StartedBy.WALL_SWITCH),
        (Origin.CLI, StartedBy.COMMAND_LINE),
        (Origin.PAGE, StartedBy.PAGE),
        (Origin.API, StartedBy.API),
    ],
)
def test_a_start_is_that_of_whoever_wished_for_it(origin: Origin, by: StartedBy):
    life = plugged()
    life.wishes(Wished(ONE, "charging", True, origin))
    (start,) = life.told(RemoteStart)
    assert isinstance(start, RemoteStart)
    assert record(life, life.starts(start.id_tag)).started_by is by


def test_a_start_in_somebodys_name_is_still_that_of_the_command_line():
    life = plugged()
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, id_tag=CARD))
    number = life.starts(CARD)
    assert (record(life, number).started_by, record(life, number).id_tag) == (StartedBy.COMMAND_LINE, CARD)


def test_a_car_that_charges_as_soon_as_it_is_plugged_in_was_started_by_the_plug():
    life = Life(garage(outlet(start_on_plug=True)))
    life.arrives()
    life.reports(ConnectorStatus.PREPARING)
    life.passes(3)
    assert record(life, life.starts(life.charger.tag)).started_by is StartedBy.PLUG


def test_a_card_that_is_held_to_the_reader_while_a_wish_waits_for_the_cable_starts_itself():
    life = arrived()
    life.presses(True)
    assert record(life, life.starts()).started_by is StartedBy.CARD


def test_a_start_with_the_bridges_tag_that_nobody_remembers_wishing_for_is_unknown():
    life = plugged()
    life.presses(True)
    tag = life.charger.tag
    life.restarts()
    life.connects()
    life.boots()
    assert record(life, life.starts(tag)).started_by is StartedBy.UNKNOWN


# marks, meter


def test_what_was_running_when_it_was_first_heard_of_is_adopted_and_its_end_is_told():
    life = arrived()
    life.reports(ConnectorStatus.CHARGING)
    life.meters(5000, 10.0, 4711)
    assert (record(life, 4711).adopted, record(life, 4711).assumed) == (True, False)
    life.stops(4711, 5600)
    ended = record(life, 4711)
    assert (ended.adopted, ended.assumed, ended.energy_wh) == (True, False, 600)
    assert ended.started_by is StartedBy.UNKNOWN


def test_a_stop_of_which_the_start_never_arrived_is_orphaned_and_its_own_readings_tell_when_it_began():
    life = arrived()
    readings = tuple(
        MeterReading(life.utc - timedelta(hours=hours), (Sample(ENERGY, register),))
        for hours, register in ((5, 1000), (3, 2000), (1, 4000))
    )
    life.stops(99, 4000, ago=timedelta(hours=1), readings=readings)
    (orphan,) = life.memory.transactions.values()
    assert (orphan.orphaned, orphan.implausible, orphan.energy_wh) == (True, False, 3000)
    assert orphan.started_at == life.utc - timedelta(hours=5)
    assert [one.energy_wh for one in life.samples] == [0, 1000, 3000]


def test_a_stop_without_a_start_and_without_readings_has_no_energy():
    life = arrived()
    life.stops(99, 4000)
    (orphan,) = life.memory.transactions.values()
    assert (orphan.orphaned, orphan.implausible, orphan.energy_wh) == (True, True, 0)


def test_the_serial_number_of_the_meter_is_kept_and_filled_in_at_the_end():
    life = arrived()
    first = life.charges()
    assert record(life, first).meter_serial == ""
    life.boots(replace(BOX, meter_serial="M-1"))
    life.reports(ConnectorStatus.CHARGING)
    life.stops(first, 1500)
    second = life.charges(meter_wh=1500)
    life.boots(replace(BOX, meter_serial="M-2"))
    life.reports(ConnectorStatus.CHARGING)
    life.stops(second, 1700)
    assert [record(life, one).meter_serial for one in (first, second)] == ["M-1", "M-1"]


# groups


HERS, HIS, OTHER = IdTag("0A0A0A01"), IdTag("0A0A0A02"), IdTag("0A0A0A03")
FAMILY = TagBook(
    tags={
        "0a0a0a01": Tag(HERS, group=IdTag("HOME")),
        "0a0a0a02": Tag(HIS, group=IdTag("HOME")),
        "0a0a0a03": Tag(OTHER),
    }
)


def test_another_card_of_the_group_stops_what_the_first_one_started():
    life = arrived(tag_book=FAMILY)
    number = life.charges(HERS)
    life.stops(number, 1500, id_tag=HIS)
    ended = record(life, number)
    assert (ended.id_tag, ended.energy_wh, ended.reason) == (HERS, 500, StopReason.LOCAL)
    assert len(life.memory.transactions) == 1


@pytest.mark.parametrize(("stopper", "energy_wh"), [(HIS, 500), (OTHER, None)])
def test_without_a_number_a_stop_is_that_of_the_group_and_of_no_other_card(stopper: IdTag, energy_wh: int | None):
    life = arrived(tag_book=FAMILY)
    number = life.charges(HERS)
    life.stops(0, 1500, id_tag=stopper)
    assert record(life, number).energy_wh == energy_wh


# cards


def shown(life: Life) -> list[tuple[IdTag, int, str]]:
    cards = [(card.id_tag, int(card.connector), card.status.value) for card in life.cards]
    life.cards.clear()
    return cards


def test_each_card_that_is_held_to_the_reader_is_news_even_if_it_is_refused():
    life = arrived()
    life.presents(CARD)
    life.presents(IdTag("FFFF0000"))
    life.presents(IdTag("FFFF0000"))
    assert shown(life) == [(CARD, 1, "Accepted"), ("FFFF0000", 1, "Invalid"), ("FFFF0000", 1, "Invalid")]


def test_the_start_that_follows_a_card_is_no_second_card():
    life = plugged()
    life.presents(CARD)
    life.passes(60)
    life.charges(CARD)
    assert shown(life) == [(CARD, 1, "Accepted")]


def test_a_charger_that_knows_the_card_and_asks_nobody_shows_it_by_the_start():
    life = plugged()
    life.charges(IdTag("FFFF0000"))
    assert shown(life) == [("FFFF0000", 1, "Invalid")]


def test_a_start_long_after_the_card_is_a_card_again():
    life = plugged()
    life.presents(CARD)
    life.passes(400)
    life.charges(CARD)
    assert len(shown(life)) == 2


def test_the_bridges_own_starts_are_no_cards():
    life = plugged()
    life.presses(True)
    life.presents(life.charger.tag)
    life.starts(life.charger.tag)
    assert shown(life) == []


def test_a_start_in_somebodys_name_is_no_card_that_was_held_to_the_reader():
    life = plugged()
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, id_tag=CARD))
    life.presents(CARD)
    life.starts(CARD)
    assert shown(life) == []


def test_what_arrives_late_shows_no_card_now():
    life = arrived()
    life.starts(ago=timedelta(hours=3))
    assert shown(life) == []


def test_with_two_outlets_the_card_is_meant_where_a_car_waits():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.presents(CARD)
    life.reports(ConnectorStatus.PREPARING, TWO)
    life.presents(CARD)
    life.reports(ConnectorStatus.PREPARING, ONE)
    life.presents(CARD)
    assert [where for _, where, _ in shown(life)] == [0, 2, 0]


def test_with_two_outlets_the_card_of_a_running_charge_is_meant_there():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.charges(CARD, connector=TWO)
    life.cards.clear()
    life.presents(CARD)
    assert [where for _, where, _ in shown(life)] == [2]


def test_a_card_that_the_reader_spoils_is_the_card_of_the_book():
    life = arrived(flags={"tag_prefix": 6})
    life.presents(CARD[:6])
    number = life.starts(CARD[:6])
    assert shown(life) == [(CARD, 1, "Accepted")]
    assert record(life, number).id_tag == CARD


def test_a_clock_that_nobody_believes_changes_nothing_of_sessions():
    life = Life(clock=Clock.UNKNOWN)
    life.arrives()
    first = life.charges()
    life.stops(first, 1500)
    life.reports(ConnectorStatus.FINISHING)
    second = life.charges(meter_wh=1500)
    assert record(life, second).session == first
    assert record(life, first).days == ()
