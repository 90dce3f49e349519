"""Transactions as real chargers tell them (catalogue rows T1 to T13, T18, T19, T24, T26, T27, T29, T30)."""

from dataclasses import replace
from datetime import timedelta

from knx_ocpp_bridge.core.commands import RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, TagBook
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import IdTag, TransactionId
from tests.kit.life import CARD, ONE, OWN_TAG, STRANGER, TWO, Life, garage, outlet

S = ConnectorStatus
HOUR = timedelta(hours=1)


def present(settings: ChargerSettings | None = None) -> Life:
    life = Life(settings or garage())
    life.arrives()
    return life


def again(life: Life, tag: IdTag, meter_wh: int | None = 1000) -> list[tuple[int, AuthorizationStatus]]:
    """A StartTransaction that is sent twice, the second time by a new connection and under a new message id."""
    event = life.start_request(tag, meter_wh, ONE, life.utc)
    life.happens(event)
    first = (life.number, life.info.status)
    life.connects()
    assert life.link is not None
    life.happens(replace(event, link=life.link, request="again", fresh=TransactionId(event.fresh + 1)))
    return [first, (life.number, life.info.status)]


def test_a_start_that_is_sent_again_has_the_same_number_and_the_same_verdict():
    """Row T1."""
    for tag, status in ((CARD, AuthorizationStatus.ACCEPTED), (STRANGER, AuthorizationStatus.INVALID)):
        life = present()
        first, second = again(life, tag)
        assert first == second
        assert first[1] is status
        assert len(life.memory.transactions) == 1


def test_a_start_by_the_switch_that_is_sent_again_is_accepted_again():
    """Row T1: although the wish that made the bridge's own tag count has come true by the first."""
    life = present()
    life.reports(S.PREPARING)
    life.presses(True)
    first, second = again(life, OWN_TAG)
    assert first == second
    assert first[1] is AuthorizationStatus.ACCEPTED


def test_a_start_that_is_sent_again_after_its_end_was_assumed_is_no_second_transaction():
    """Row T1: the answer was lost, and the car left before the charger came to say it again."""
    life = present()
    life.reports(S.PREPARING)
    event = life.start_request(CARD, 1000, ONE, life.utc)
    life.happens(event)
    number = life.number
    life.reports(S.AVAILABLE)
    life.passes(61)
    life.happens(replace(event, request="again", fresh=TransactionId(99)))
    assert life.number == number
    life.stops(number, 1700)
    assert [one.energy_wh for one in life.memory.transactions.values()] == [700]


def test_a_stop_that_is_sent_again_changes_nothing():
    """Row T2."""
    life = present()
    number = life.charges()
    life.stops(number, 1500)
    life.heard()
    life.stops(number, 9999, id_tag=CARD)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    assert life.heard("charging", "transaction_energy", "end_time") == []
    assert life.memory.transactions[number].energy_wh == 500


def test_a_stop_of_an_unknown_transaction_is_accepted_and_kept():
    """Row T3."""
    life = present()
    life.stops(4711, 1500, id_tag=CARD)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    (kept,) = life.memory.transactions.values()
    assert kept.stopped_at is not None
    assert kept.implausible


def test_a_stop_without_a_usable_number_ends_the_only_open_transaction():
    """Row T4."""
    for nonsense in (0, -1, None):
        life = present()
        number = life.charges()
        life.stops(nonsense, 1500)
        assert life.state("charging") is False
        assert life.memory.transactions[number].energy_wh == 500


def test_a_stop_without_a_usable_number_is_told_by_its_card_where_two_are_open():
    """Row T4: and without a card nobody guesses."""
    life = present(garage(outlet(1), outlet(2), tag_book=TagBook(mode=AuthorizationMode.ALL)))
    life.charges(CARD, 1000, ONE)
    life.charges(STRANGER, 1000, TWO)
    life.stops(0, 1500)
    assert (life.state("charging", ONE), life.state("charging", TWO)) == (True, True)
    life.stops(-1, 1500, id_tag=STRANGER)
    assert (life.state("charging", ONE), life.state("charging", TWO)) == (True, False)


def test_meter_values_belong_to_the_open_transaction_whatever_number_they_name():
    """Row T5."""
    for named in (None, 0, 4711):
        life = present()
        life.charges(meter_wh=1000)
        life.meters(1300, 10.0, transaction=named)
        assert life.state("session_energy") == 300
        assert life.state("current") == 10.0


def test_a_refused_start_has_a_number_of_its_own():
    """Row T6: never 0."""
    life = present()
    number = life.starts(STRANGER)
    assert number > 0
    assert life.info.status is AuthorizationStatus.INVALID
    assert not life.memory.transactions[number].accepted


def test_numbers_are_on_disk_before_the_charger_learns_them():
    """Row T7: and two starts at one moment differ."""
    life = present(garage(outlet(1), outlet(2)))
    step = life.happens(life.start_request(CARD, 0, ONE, life.utc))
    assert [fact.transaction.id for fact in step.facts] == [life.number]
    assert life.starts(CARD, 0, TWO) != step.facts[0].transaction.id


def test_an_open_transaction_is_known_after_a_restart_of_the_bridge():
    """Row T8: its number, so that it can be stopped."""
    life = present()
    number = life.charges()
    life.restarts()
    life.returns()
    life.reports(S.CHARGING)
    assert life.state("charging") is True
    life.passes(3)
    life.presses(False)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_a_transaction_that_the_bridge_never_saw_begin_is_adopted():
    """Row T8: from a meter value of a connector that charges; not from one that does not."""
    life = present()
    life.meters(5000, 10.0, transaction=4711)
    assert life.state("charging") is False
    life.reports(S.CHARGING)
    life.meters(5100, 10.0, transaction=4711)
    life.presses(False)
    assert life.told(RemoteStop) == [RemoteStop(TransactionId(4711))]


def test_meter_values_after_the_stop_open_nothing():
    """Row T9."""
    life = present()
    number = life.charges()
    life.stops(number, 1500)
    life.reports(S.CHARGING)
    life.heard()
    life.meters(1510, 0.0, transaction=number)
    assert life.charger.connectors[ONE].transaction is None
    assert life.state("transaction_energy") == 500


def test_a_transaction_that_is_delivered_late_switches_no_lamp():
    """Row T10: its energy and times are told once."""
    life = present()
    life.heard()
    number = life.starts(ago=HOUR)
    life.stops(number, 1700, ago=HOUR / 2)
    heard = life.heard("charging", "transaction_energy", "start_time", "end_time")
    assert sorted(heard, key=str) == [
        ("end_time", life.utc - HOUR / 2),
        ("start_time", life.utc - HOUR),
        ("transaction_energy", 700),
    ]


def test_a_late_transaction_of_the_switch_is_accepted():
    """Row T10: begun by the bridge's own tag before the line was lost."""
    life = present()
    life.starts(OWN_TAG, ago=HOUR)
    assert life.info.status is AuthorizationStatus.ACCEPTED


def test_a_stop_without_a_card_or_with_another_one_is_a_stop():
    """Row T11."""
    for tag in (None, STRANGER):
        life = present()
        number = life.charges()
        life.stops(number, 1500, id_tag=tag)
        assert life.state("charging") is False
        assert life.state("transaction_energy") == 500


def test_energy_is_never_negative_and_comes_from_the_samples_if_need_be():
    """Row T12."""
    for said_wh in (0, 900, -5):
        life = present()
        number = life.charges(meter_wh=1000)
        life.meters(1800)
        life.stops(number, said_wh)
        assert life.state("transaction_energy") == 800
        assert life.memory.transactions[number].implausible
    life = present()
    number = life.charges(meter_wh=1000)
    life.stops(number, 400)
    assert life.state("transaction_energy") == 0


def test_a_stop_from_the_future_is_a_stop_of_now():
    """Row T12."""
    life = present()
    number = life.charges()
    life.passes(60)
    life.stops(number, 1500, ago=-HOUR)
    assert life.state("end_time") == life.utc


def test_a_register_that_begins_at_zero_with_each_session_is_understood():
    """Row T13: the lifetime goes on from where it was."""
    life = present()
    for session_wh in (2000, 500):
        number = life.charges(meter_wh=0)
        life.meters(session_wh // 2)
        life.meters(session_wh)
        assert life.state("session_energy") == session_wh
        life.stops(number, session_wh)
        assert life.state("transaction_energy") == session_wh
        life.reports(S.AVAILABLE)
    assert life.state("meter") == 2500


def test_a_meter_start_of_zero_with_absolute_values_is_not_the_lifetime():
    """Row T13: the first value is the base."""
    life = present()
    number = life.charges(meter_wh=0)
    life.meters(3_000_000)
    life.meters(3_000_400)
    life.stops(number, 3_000_500)
    assert life.state("transaction_energy") == 500


def test_a_start_names_its_connector_and_is_tried_without_where_there_is_only_one():
    """Row T18."""
    life = present()
    life.silent.add(RemoteStart)
    life.reports(S.PREPARING)
    life.presses(True, number=1)
    life.replies("Rejected")
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG), RemoteStart(None, OWN_TAG)]
    life.replies()
    assert life.verdict(1) is CommandResult.ACCEPTED
    two = present(garage(outlet(1), outlet(2)))
    two.answers[RemoteStart] = "Rejected"
    two.reports(S.PREPARING)
    two.presses(True, number=1)
    assert two.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]
    assert two.verdict(1) is CommandResult.REJECTED


def test_a_start_is_one_when_it_has_started():
    """Row T19: accepted is not begun, and the lamp falls back when the window is over."""
    life = present()
    life.reports(S.PREPARING)
    life.heard()
    life.presses(True)
    assert life.heard("charging") == []
    life.passes(119)
    assert life.heard("charging") == []
    life.passes(2)
    assert life.heard("charging", "command_result") == [("charging", False), ("command_result", 3)]


def test_a_start_without_authorize_is_judged_all_the_same():
    """Row T24."""
    life = present()
    life.reports(S.PREPARING)
    life.starts(STRANGER)
    assert life.info.status is AuthorizationStatus.INVALID
    life.reports(S.CHARGING)
    life.passes(31)
    assert len(life.told(RemoteStop)) == 1, "a charger that goes on is told to stop"


def test_a_stop_that_the_charger_refuses_is_told():
    """Row T26: the lamp says that it still charges."""
    life = present()
    life.charges()
    life.answers[RemoteStop] = "Rejected"
    life.heard()
    life.presses(False)
    assert life.heard("charging", "command_result") == [("charging", True), ("command_result", 1)]


def test_a_transaction_that_was_never_stopped_gives_way_to_the_next():
    """Row T27: accepted, not ConcurrentTx."""
    life = present()
    first = life.charges(meter_wh=1000)
    life.meters(1400)
    second = life.starts(CARD, 2000)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    assert second != first
    assert life.memory.transactions[first].assumed
    assert life.memory.transactions[first].energy_wh == 400


def test_a_charger_that_knows_no_transactions_charges_all_the_same():
    """Row T29: its state is what counts, and 0 holds 0 A as there is nothing to stop."""
    life = present()
    life.reports(S.PREPARING)
    life.reports(S.CHARGING)
    assert life.state("charging") is True
    life.presses(False)
    life.passes(6)
    assert life.told(RemoteStop) == []
    assert [command.limit for command in life.told(SetProfile)][-1] == 0
    assert life.state("charging") is False


def test_a_charger_that_ends_by_itself_turns_the_lamp_off():
    """Row T30."""
    life = present()
    life.reports(S.PREPARING)
    life.presses(True)
    number = life.starts(OWN_TAG)
    life.reports(S.CHARGING)
    life.heard()
    life.stops(number, 1500)
    life.reports(S.FINISHING)
    assert ("charging", False) in life.heard()
    life.passes(600)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)], "and nobody starts it again"


def test_a_start_that_was_not_answered_in_time_may_still_come_true():
    """Row F12: told as failed at once; what the charger starts after all is ours."""
    life = present()
    life.answers[RemoteStart] = Outcome.TIMED_OUT
    life.reports(S.PREPARING)
    life.presses(True, number=1)
    assert life.verdict(1) is CommandResult.TIMED_OUT
    life.starts(OWN_TAG)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    assert life.state("charging") is True
