"""Reservation, availability, unlock, resets: asked once, and what became of it is told."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.commands import (
    CancelReservation,
    ChangeAvailability,
    ClearCache,
    Command,
    ReserveNow,
    Reset,
    UnlockConnector,
)
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT
from tests.kit.life import CARD, ONE, OWN_TAG, TWO, Life, garage, outlet


def arrived() -> Life:
    life = Life()
    life.arrives()
    return life


def reserved() -> Life:
    life = arrived()
    life.presses(True, "reservation")
    life.reports(ConnectorStatus.RESERVED)
    return life


# reservation


def test_a_reservation_is_made_with_a_tag_that_nobody_can_start_with():
    life = reserved()
    reservation = life.commands[-1]
    assert isinstance(reservation, ReserveNow)
    life.presents(reservation.id_tag)
    assert life.info.status is AuthorizationStatus.INVALID
    life.starts(reservation.id_tag)
    assert life.info.status is AuthorizationStatus.INVALID


def test_nobody_can_start_while_it_is_reserved():
    life = reserved()
    life.starts(CARD)
    assert life.info.status is AuthorizationStatus.INVALID
    life.presses(True, number=7)
    assert life.verdict(7) is CommandResult.NOT_ALLOWED_NOW


def test_a_reservation_is_renewed_with_the_same_number_until_it_is_freed():
    life = reserved()
    life.passes(2 * 3600)
    renewals = life.told(ReserveNow)
    assert len(renewals) >= 3
    assert {(one.reservation, one.connector) for one in renewals if isinstance(one, ReserveNow)} == {(1, ONE)}
    last = renewals[-1]
    assert isinstance(last, ReserveNow)
    assert last.expiry > life.utc
    life.presses(False, "reservation")
    life.reports(ConnectorStatus.AVAILABLE)
    before = len(life.commands)
    life.passes(2 * 3600)
    assert life.told(CancelReservation) == [CancelReservation(1, ONE)]
    assert len(life.commands) == before


def test_a_reservation_that_the_charger_forgot_by_booting_is_made_again():
    life = reserved()
    life.boots()
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(10)
    assert len(life.told(ReserveNow)) == 2


def test_a_reservation_survives_a_restart_of_the_bridge():
    life = reserved()
    life.restarts()
    life.arrives()
    life.passes(10)
    assert len(life.told(ReserveNow)) == 2


@pytest.mark.parametrize(
    ("answer", "result"),
    [("Rejected", CommandResult.REJECTED), (Outcome.NOT_SUPPORTED, CommandResult.NOT_SUPPORTED)],
)
def test_a_charger_that_cannot_reserve_says_so_and_nothing_is_pretended(answer: str | Outcome, result: CommandResult):
    life = arrived()
    life.answers[ReserveNow] = answer
    life.presses(True, "reservation", number=7)
    life.passes(7200)
    assert life.verdict(7) is result
    assert len(life.told(ReserveNow)) == 1
    life.starts(CARD)
    assert life.info.status is AuthorizationStatus.ACCEPTED


def test_a_reservation_that_is_freed_before_the_charger_has_answered_is_freed():
    life = arrived()
    life.silent = {ReserveNow, CancelReservation}
    life.presses(True, "reservation")
    life.presses(False, "reservation")
    life.replies()
    life.replies()
    life.silent = set()
    life.passes(7200)
    assert len(life.told(ReserveNow)) == 1
    assert not life.charger.connectors[ONE].wishes.reserved


def test_freeing_what_is_not_reserved_changes_nothing_and_says_so():
    life = arrived()
    life.presses(False, "reservation", number=7)
    assert life.told(CancelReservation) == []
    assert life.verdict(7) is CommandResult.ACCEPTED


# availability


def test_availability_is_0_when_unavailable_faulted_or_offline():
    life = arrived()
    life.reports(ConnectorStatus.UNAVAILABLE)
    assert life.state("availability") is False
    life.reports(ConnectorStatus.AVAILABLE)
    assert life.state("availability") is True
    life.reports(ConnectorStatus.FAULTED)
    assert life.state("availability") is False
    life.reports(ConnectorStatus.AVAILABLE)
    life.disconnects()
    life.passes(61)
    assert life.state("availability") is False


@pytest.mark.parametrize("answer", ["Accepted", "Scheduled"])
def test_a_change_of_availability_is_accepted_and_the_state_follows_the_report(answer: str):
    life = arrived()
    life.answers[ChangeAvailability] = answer
    life.heard()
    life.presses(False, "availability")
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]
    assert life.heard("availability", "command_result") == [("command_result", 0)]
    life.reports(ConnectorStatus.UNAVAILABLE)
    assert life.heard("availability") == [("availability", False)]


def test_a_change_of_availability_that_changes_nothing_says_the_state_again():
    life = arrived()
    life.presses(True, "availability")
    assert life.heard("availability") == [("availability", True)]


def test_a_refused_change_of_availability_says_the_state_again():
    life = arrived()
    life.answers[ChangeAvailability] = "Rejected"
    life.presses(False, "availability")
    assert life.heard("availability") == [("availability", True)]


def test_the_charge_point_can_be_made_unavailable_as_a_whole():
    life = arrived()
    life.presses(False, "availability", connector=CHARGE_POINT, number=7)
    assert life.told(ChangeAvailability) == [ChangeAvailability(CHARGE_POINT, operative=False)]
    assert life.verdict(7) is CommandResult.ACCEPTED


def test_on_off_on_in_quick_succession_ends_with_on():
    life = arrived()
    life.silent = {ChangeAvailability}
    for value in (True, False, True):
        life.presses(value, "availability")
    assert [one.operative for one in life.told(ChangeAvailability) if isinstance(one, ChangeAvailability)] == [
        True,
        False,
        True,
    ]


# unlock and resets


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("unlock", UnlockConnector(ONE)),
        ("reset", Reset(hard=False)),
        ("hard_reset", Reset(hard=True)),
        ("clear_cache", ClearCache()),
    ],
)
def test_only_a_1_acts(key: str, command: Command):
    life = arrived()
    life.presses(False, key, number=1)
    assert command not in life.commands
    life.presses(True, key, number=2)
    assert life.commands[-1] == command
    assert (life.verdict(1), life.verdict(2)) == (CommandResult.ACCEPTED, CommandResult.ACCEPTED)


def test_an_unlock_in_a_transaction_can_be_forbidden():
    life = Life(garage(outlet(unlock_in_transaction=False)))
    life.arrives()
    life.charges()
    life.presses(True, "unlock", number=7)
    assert life.told(UnlockConnector) == []
    assert life.verdict(7) is CommandResult.NOT_ALLOWED_NOW


def test_an_unlock_in_a_transaction_is_sent_as_it_is():
    life = arrived()
    life.charges()
    life.presses(True, "unlock")
    assert life.told(UnlockConnector) == [UnlockConnector(ONE)]


def test_one_telegram_for_two_connectors_is_one_reset_and_both_hear_of_it():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.silent = {Reset}
    life.presses(True, "reset")
    life.presses(True, "reset", connector=TWO)
    assert life.told(Reset) == [Reset(hard=False)]
    life.telegrams.clear()
    life.replies()
    assert [number for number, key, _ in life.telegrams if key == "command_result"] == [ONE, TWO]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("UnlockFailed", CommandResult.REJECTED),
        ("NotSupported", CommandResult.NOT_SUPPORTED),
        (Outcome.NOT_SUPPORTED, CommandResult.NOT_SUPPORTED),
        (Outcome.TIMED_OUT, CommandResult.TIMED_OUT),
        (Outcome.LOST, CommandResult.OFFLINE),
    ],
)
def test_an_object_without_a_state_answers_by_the_result(answer: str | Outcome, result: CommandResult):
    life = arrived()
    life.answers[UnlockConnector] = answer
    life.presses(True, "unlock")
    assert life.heard() == [("command_result", result)]


def test_what_was_asked_when_the_connection_was_lost_is_told_and_not_asked_again():
    life = arrived()
    life.silent = {UnlockConnector}
    life.presses(True, "unlock", number=7)
    life.returns()
    assert life.verdict(7) is CommandResult.OFFLINE
    life.passes(100)
    assert len(life.told(UnlockConnector)) == 1


def test_a_pile_of_commands_for_a_charger_that_does_not_answer_has_an_end():
    life = arrived()
    life.silent = {UnlockConnector, ChangeAvailability}
    for number in range(1, 40):
        life.presses(number % 2 == 0, "availability", number=number)
    assert len(life.told(ChangeAvailability)) == 16
    assert life.verdict(39) is CommandResult.NOT_ALLOWED_NOW


def test_a_wish_for_nothing_that_can_be_commanded_is_refused():
    life = arrived()
    life.presses(True, "status", number=1)
    life.presses(True, "unlock", connector=CHARGE_POINT, number=2)
    life.presses(True, "unlock", connector=TWO, number=3)
    assert {life.verdict(number) for number in (1, 2, 3)} == {CommandResult.REJECTED}


def test_a_reservation_expires_an_hour_after_it_was_made():
    life = reserved()
    reservation = life.commands[-1]
    assert isinstance(reservation, ReserveNow)
    assert reservation.expiry - life.utc > timedelta(minutes=59)
    assert reservation.id_tag != OWN_TAG
