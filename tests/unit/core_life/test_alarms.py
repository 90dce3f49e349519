"""What people are told even if nobody looks: once, with its end where it lasts, and nothing of what is long over."""

from datetime import timedelta

from knx_ocpp_bridge.core.facts import TransactionRecorded
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.values import CHARGE_POINT, TransactionId
from tests.kit.life import CARD, ONE, STRANGER, Life, garage

STARTED, STOPPED = AlarmKind.CHARGING_STARTED, AlarmKind.CHARGING_STOPPED


def arrived() -> Life:
    life = Life()
    life.arrives()
    life.alarms.clear()
    return life


def told(life: Life, *kinds: AlarmKind) -> list[tuple[AlarmKind, bool]]:
    """The alarms of these kinds since the last time, and whether each is the end of one."""
    alarms = [(note.alarm, note.over) for note in life.alarms if note.alarm in kinds and note.alarm is not None]
    life.alarms.clear()
    return alarms


def test_a_charge_that_begins_and_ends_is_told_with_card_and_energy():
    life = arrived()
    number = life.charges(CARD)
    life.stops(number, 8400)
    begun, ended = [note for note in life.alarms if note.alarm in {STARTED, STOPPED}]
    assert (begun.alarm, begun.connector, begun.level) == (STARTED, ONE, Level.INFO)
    assert CARD not in begun.text
    assert CARD[-4:] in begun.text
    assert "card" in begun.text
    assert (ended.alarm, ended.connector) == (STOPPED, ONE)
    assert "7.40 kWh" in ended.text
    assert "(Local)" in ended.text


def test_each_beginning_and_each_end_names_a_transaction_that_is_recorded_in_the_same_step():
    life = arrived()
    told: list[TransactionId | None] = []

    def together(_before, _event, _now, _after, step):
        recorded = {fact.transaction.id for fact in step.facts if isinstance(fact, TransactionRecorded)}
        numbers = [note.transaction for note in step.notes if note.alarm in {STARTED, STOPPED}]
        assert recorded >= set(numbers)
        told.extend(numbers)

    life.observers.append(together)
    first = life.charges(CARD)
    second = life.starts(CARD, 1500)  # the stop of the first one never came
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.stops(4711, 5000)
    assert told[:4] == [first, first, second, second]
    assert told[4] not in {None, 4711}
    assert len(told) == 5


def test_what_is_sent_again_is_told_once():
    life = arrived()
    life.reports(ConnectorStatus.PREPARING)
    event = life.start_request(CARD, 1000, ONE, life.utc)
    life.happens(event)
    life.happens(event)
    for _ in range(2):
        life.stops(life.charger.connectors[ONE].transaction.id if life.charger.connectors[ONE].transaction else 1, 1500)
    assert told(life, STARTED, STOPPED) == [(STARTED, False), (STOPPED, False)]


def test_a_charge_that_arrives_late_is_told_as_one_that_has_ended():
    life = arrived()
    number = life.starts(ago=timedelta(hours=3))
    life.stops(number, 5000, ago=timedelta(hours=1))
    life.stops(4711, 5000, ago=timedelta(hours=2))
    assert told(life, STARTED, STOPPED) == [(STOPPED, False), (STOPPED, False)]


def test_a_card_that_is_refused_and_takes_nothing_is_no_charge():
    life = arrived()
    life.stops(life.starts(STRANGER), 1000)
    assert told(life, STARTED, STOPPED) == []
    life.stops(life.starts(STRANGER), 1600)
    assert told(life, STARTED, STOPPED) == [(STOPPED, False)]


def test_a_charge_that_runs_through_a_start_of_the_bridge_is_told_once():
    life = arrived()
    number = life.charges()
    life.restarts()
    life.connects()
    life.boots()
    life.reports(ConnectorStatus.CHARGING)
    life.meters(1500, 10.0, number)
    life.stops(number, 2000)
    assert told(life, STARTED, STOPPED) == [(STARTED, False), (STOPPED, False)]


def test_a_charge_whose_end_is_assumed_is_told_and_its_late_stop_is_not():
    life = arrived()
    number = life.charges()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(61)
    life.stops(number, 1900)
    assert told(life, STARTED, STOPPED) == [(STARTED, False), (STOPPED, False)]


def test_a_fault_is_told_with_its_code_and_its_end():
    life = arrived()
    life.reports(ConnectorStatus.FAULTED, error_code=ErrorCode.GROUND_FAILURE, info="RCD")
    life.reports(ConnectorStatus.FAULTED, error_code=ErrorCode.GROUND_FAILURE, info="RCD")
    (note,) = [note for note in life.alarms if note.alarm is AlarmKind.FAULT]
    assert (note.level, note.connector) == (Level.WARNING, ONE)
    assert "GroundFailure" in note.text
    assert "RCD" in note.text
    life.alarms.clear()
    life.reports(ConnectorStatus.AVAILABLE)
    life.reports(ConnectorStatus.PREPARING)
    assert told(life, AlarmKind.FAULT) == [(AlarmKind.FAULT, True)]


def test_the_charge_point_itself_can_have_a_fault():
    life = arrived()
    life.reports(ConnectorStatus.FAULTED, CHARGE_POINT, ErrorCode.INTERNAL_ERROR)
    life.reports(ConnectorStatus.AVAILABLE, CHARGE_POINT)
    assert told(life, AlarmKind.FAULT) == [(AlarmKind.FAULT, False), (AlarmKind.FAULT, True)]


def test_a_charger_that_is_away_is_told_when_the_building_is_and_again_when_it_is_back():
    life = arrived()
    life.disconnects()
    life.passes(30)
    life.connects()
    life.beats()
    life.disconnects()
    assert told(life, AlarmKind.OFFLINE) == []
    life.passes(400)
    assert told(life, AlarmKind.OFFLINE) == [(AlarmKind.OFFLINE, False)]
    life.returns()
    assert told(life, AlarmKind.OFFLINE) == [(AlarmKind.OFFLINE, True)]


def test_that_a_charger_is_away_or_back_stands_under_connection_whatever_brought_it_to_light():
    life = arrived()
    life.disconnects()
    life.passes(400)
    life.returns()
    notes = [note for note in life.alarms if note.alarm is AlarmKind.OFFLINE]
    assert {note.over for note in notes} == {True, False}
    assert {note.about for note in notes} == {"connection"}


def test_a_charger_that_has_never_come_is_not_away():
    life = Life()
    life.passes(400)
    assert told(life, AlarmKind.OFFLINE) == []


def test_a_charger_that_was_known_before_a_start_of_the_bridge_is_missed_if_it_does_not_come_back():
    life = arrived()
    life.restarts()
    life.passes(400)
    assert told(life, AlarmKind.OFFLINE)[-1:] == [(AlarmKind.OFFLINE, False)]


def test_a_charger_that_nobody_configured_raises_no_alarm_by_coming_going_or_failing():
    life = Life(garage(configured=False))
    life.arrives()
    life.reports(ConnectorStatus.FAULTED)
    life.disconnects()
    life.passes(400)
    life.returns()
    assert told(life, AlarmKind.OFFLINE, AlarmKind.FAULT) == []


def test_a_limit_that_is_not_obeyed_is_told_once_and_again_when_it_is():
    life = arrived()
    life.charges()
    life.meters(1100, 16.0)
    life.passes(200)
    assert told(life, AlarmKind.LIMIT_DISOBEYED) == [(AlarmKind.LIMIT_DISOBEYED, False)]
    life.meters(1200, 9.9)
    life.passes(31)
    assert told(life, AlarmKind.LIMIT_DISOBEYED) == [(AlarmKind.LIMIT_DISOBEYED, True)]


def test_a_charge_that_has_ended_disobeys_nothing():
    life = arrived()
    number = life.charges()
    life.meters(1100, 16.0)
    life.passes(200)
    life.stops(number, 2000)
    life.passes(200)
    limits = [(AlarmKind.LIMIT_DISOBEYED, False), (AlarmKind.LIMIT_DISOBEYED, True)]
    assert told(life, AlarmKind.LIMIT_DISOBEYED) == limits
