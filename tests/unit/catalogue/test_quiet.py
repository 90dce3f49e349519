"""A quiet bridge: it answers, and says what somebody asks it to say (rows K11, S19, O4)."""

from knx_ocpp_bridge.core.commands import (
    Call,
    ClearProfile,
    GetConfiguration,
    ProfilePurpose,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    SetProfile,
    UnlockConnector,
)
from knx_ocpp_bridge.core.events import CallAsked, Origin
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from tests.kit.life import ONE, OWN_TAG, STRANGER, Life, garage, outlet

S = ConnectorStatus


def quiet(**outlet_settings: object) -> Life:
    life = Life(garage(outlet(**outlet_settings), quiet=True))
    life.arrives(S.PREPARING)
    assert life.commands == []
    return life


def test_a_quiet_bridge_never_begins():
    """Row K11: no states, no makes, no limits, no meters, not even when a refused car goes on."""
    life = Life(garage(quiet=True))
    life.connects()
    life.beats()
    life.passes(300)
    life.boots()
    life.starts(STRANGER)
    life.reports(S.CHARGING)
    life.passes(86_400)
    assert life.commands == []
    assert life.state("status") == S.CHARGING


def test_a_quiet_bridge_does_what_somebody_asks_for_once():
    """Row K11: and what is refused is not asked in other words, nor its unit found out."""
    life = quiet()
    life.presses(8.0, "max_current", number=1)
    assert [(one.purpose, one.limit) for one in life.told(SetProfile)] == [(ProfilePurpose.TX_DEFAULT, 8)]
    assert life.verdict(1) is CommandResult.ACCEPTED
    life.answers[SetProfile] = "Rejected"
    life.presses(7.0, "max_current", number=2)
    life.passes(86_400)
    assert life.verdict(2) is CommandResult.REJECTED
    life.boots()
    life.passes(86_400)
    assert len(life.commands) == 2
    assert life.told(GetConfiguration) == []


def test_a_switch_works_in_quiet_as_ever():
    """Row K11: a start, its stop, and the end of a start that was taken back."""
    life = quiet()
    life.presses(True, number=1)
    number = life.starts(OWN_TAG)
    life.reports(S.CHARGING)
    life.presses(False, number=2)
    assert life.commands == [RemoteStart(ONE, OWN_TAG), RemoteStop(number)]
    assert (life.verdict(1), life.verdict(2)) == (CommandResult.ACCEPTED, CommandResult.ACCEPTED)


def test_a_reservation_is_made_and_not_renewed():
    """Row K11."""
    life = Life(garage(quiet=True))
    life.arrives()
    life.presses(True, "reservation")
    life.reports(S.RESERVED)
    life.passes(86_400)
    life.reports(S.AVAILABLE)
    life.boots()
    life.passes(100)
    assert len(life.told(ReserveNow)) == len(life.commands) == 1


def test_a_pause_that_does_not_end_is_not_helped():
    """Rows K11, S12."""
    life = quiet()
    life.charges()
    life.presses(True, "pause")
    life.passes(10)
    life.reports(S.SUSPENDED_EVSE)
    life.presses(False, "pause")
    life.passes(600)
    assert life.told(ClearProfile) == []


def test_any_call_and_any_errand_go_as_they_are():
    """Row K11."""
    life = quiet()
    life.presses(True, "unlock")
    life.happens(CallAsked(Call("GetConfiguration"), Origin.CLI, 5))
    assert life.commands == [UnlockConnector(ONE), Call("GetConfiguration")]


def test_a_car_is_not_started_by_itself():
    """Row K11: even where the configuration says so."""
    life = Life(garage(outlet(start_on_plug=True), quiet=True))
    life.arrives()
    life.reports(S.PREPARING)
    life.passes(300)
    assert life.commands == []
