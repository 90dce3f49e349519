"""What a charger is asked, and what is learned from its answer (rows B2, B3, B9, B14, C31, K9, K10, O1, O2, O9)."""

from knx_ocpp_bridge.core.abilities import Source, explained
from knx_ocpp_bridge.core.commands import (
    ClearCache,
    RemoteStart,
    ReserveNow,
    Reset,
    SetProfile,
    TriggerMessage,
    UnlockConnector,
)
from knx_ocpp_bridge.core.connector import Reminder
from knx_ocpp_bridge.core.events import Identity, Outcome
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, StopReason
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.life import ONE, OWN_TAG, TWO, Life, garage, outlet

S = ConnectorStatus
STATUS = "StatusNotification"
WALLBOX = Identity(vendor="Wall Box Chargers", model="PLP1-0-2-4", firmware="6.4.14")


def triggers(life: Life) -> list[str]:
    return [one.requested for one in life.commands if isinstance(one, TriggerMessage)]


def silent_one(**changes: object) -> Life:
    """A charger of unknown make that says nothing of its state."""
    life = Life(garage(**changes))
    life.connects()
    life.beats()
    return life


def test_a_charger_that_must_not_be_asked_is_not():
    """Rows B2, B9: its state is concluded."""
    life = silent_one(flags={"ask_boot": False, "ask_status": False})
    life.meters(current_a=8.0)
    life.passes(300)
    assert triggers(life) == []
    assert life.state("status") == S.CHARGING
    asked = silent_one()
    asked.passes(300)
    assert triggers(asked) == [STATUS, "BootNotification"]


def test_a_question_that_it_does_not_know_is_not_asked_again():
    """Row K9: neither of the others that come the same way, nor after a restart."""
    life = silent_one()
    life.answers[TriggerMessage] = Outcome.NOT_SUPPORTED
    life.passes(300)
    assert triggers(life) == [STATUS]
    assert {life.memory.abilities[name] for name in ("ask_status", "ask_boot")} == {"no"}
    life.restarts()
    life.connects()
    life.beats()
    life.passes(300)
    assert triggers(life) == [STATUS]


def test_one_message_that_it_does_not_know_says_nothing_of_the_others():
    """Row K9."""
    life = Life(garage(outlet(1), outlet(2)), answers={TriggerMessage: "NotImplemented"})
    life.connects()
    life.beats()
    life.passes(300)
    assert triggers(life) == [STATUS, "BootNotification"]


def test_a_question_that_was_accepted_is_waited_for():
    """Row O9: MinimumStatusDuration may hold the answer back; nothing is asked twice."""
    life = Life(garage(outlet(1), outlet(2)))
    life.connects()
    life.boots()
    life.passes(3600)
    assert triggers(life) == [STATUS, STATUS]
    life.reports(S.PREPARING)
    assert life.state("status") == S.PREPARING


def test_a_charger_that_wants_to_be_left_alone_is():
    """Rows B3, C31, K10: nothing is sent before, and nothing waits in vain."""
    life = Life(garage(flags={"settle_s": 30.0}))
    life.connects()
    life.boots()
    life.reports(S.PREPARING)
    life.presses(True, "unlock")
    life.presses(True, number=1)
    life.passes(29)
    assert life.commands == []
    life.passes(2)
    assert {type(one) for one in life.commands} == {UnlockConnector, SetProfile, RemoteStart}
    assert life.verdict(1) is CommandResult.ACCEPTED


def test_available_says_nothing_of_the_cable_where_it_cannot_be_trusted():
    """Row B14: a start is sent at once, and no end is assumed."""
    life = Life(garage(flags={"trust_available": False}))
    life.arrives()
    assert life.state("cable_connected") is None
    life.presses(True)
    assert life.told(RemoteStart) == [RemoteStart(ONE, OWN_TAG)]
    number = life.starts(OWN_TAG)
    life.reports(S.CHARGING)
    assert life.state("cable_connected") is True
    life.reports(S.AVAILABLE)
    assert Reminder.ASSUME_END not in life.charger.connectors[ONE].reminders
    assert life.state("cable_connected") is None
    life.passes(300)
    assert life.state("charging") is True
    life.stops(number, 2000, StopReason.EV_DISCONNECTED)
    assert life.state("charging") is False


def test_what_it_cannot_do_is_remembered_and_a_person_is_obeyed_all_the_same():
    """Rows O1, O2: with the firmware it is forgotten."""
    life = Life()
    life.arrives()
    life.answers |= {ReserveNow: Outcome.NOT_SUPPORTED, UnlockConnector: "NotSupported", ClearCache: "Rejected"}
    for _ in range(2):
        life.presses(True, "reservation")
        life.presses(True, "unlock")
        life.presses(True, "clear_cache")
    assert (len(life.told(ReserveNow)), len(life.told(UnlockConnector)), len(life.told(ClearCache))) == (2, 2, 2)
    known = {name: value for name, value in life.memory.abilities.items() if name != "limit_by"}
    assert known == {"reservation": "no", "unlock": "no"}
    life.answers.clear()
    life.presses(True, "unlock")
    assert life.memory.abilities["unlock"] == "yes"
    life.boots(Identity(vendor="Box", model="One", firmware="2.0"))
    assert life.charger.abilities == {}


def test_a_refused_reset_is_not_turned_into_a_hard_one():
    """Row O3."""
    life = Life()
    life.arrives()
    life.answers[Reset] = "Rejected"
    life.presses(True, "reset", number=1)
    life.passes(300)
    assert life.told(Reset) == [Reset(hard=False)]
    assert life.verdict(1) is CommandResult.REJECTED


# why


def test_a_charger_of_the_standard_has_nothing_to_explain():
    life = Life()
    life.connects()
    life.boots()
    assert explained(life.charger) == ()


def test_what_acts_is_explained_by_who_said_so():
    """Row K7: the configuration, then what was learned, then the brand."""
    life = Life(garage(flags={"stack_level": 1, "nonsense": 5}))
    life.connects()
    life.boots(WALLBOX)
    life.reports(S.AVAILABLE)
    life.passes(3)
    life.answers[UnlockConnector] = "NotSupported"
    life.presses(True, "unlock")
    lines = {one.name: (one.value, one.origin) for one in explained(life.charger)}
    assert lines == {
        "stack_level": (1, Source.CONFIGURATION),
        "limit_by": ("tx_default", Source.LEARNED),
        "ask_meter_s": (60.0, Source.BRAND),
        "unlock": ("no", Source.LEARNED),
    }
    reasons = {one.name: one.reason for one in explained(life.charger)}
    assert "M10" in reasons["ask_meter_s"]
    assert "unlocked" in reasons["unlock"]
    assert all(reasons.values())


def test_what_the_installer_says_is_explained_in_spite_of_what_was_learned():
    """Row K7."""
    life = Life(garage(flags={"limit_by": "tx_default_0"}))
    life.arrives()
    lines = [one for one in explained(life.charger) if one.name == "limit_by"]
    assert [(one.value, one.origin) for one in lines] == [("tx_default_0", Source.CONFIGURATION)]


# offline


def test_a_charger_that_is_away_is_a_fault_until_it_is_back():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    assert life.state("fault") is False
    life.disconnects()
    life.passes(59)
    assert life.state("fault") is False
    life.passes(2)
    assert (life.state("fault"), life.state("fault", TWO)) == (True, True)
    life.returns()
    life.reports(S.AVAILABLE)
    assert life.state("fault") is False
    life.passes(60)
    assert life.state("fault", TWO) is False, "and not for ever, where a connector says nothing"


def test_a_charger_that_never_spoke_has_no_fault_when_it_is_there():
    life = Life()
    life.passes(61)
    assert life.state("fault") is True
    life.connects()
    life.boots()
    assert life.state("fault") is None
    life.passes(60)
    assert life.state("fault") is None


def test_being_away_is_no_fault_where_the_installer_says_so():
    life = Life(garage(offline_is_fault=False, id=ChargerId("GARAGE")))
    life.arrives()
    life.disconnects()
    life.passes(100)
    assert life.state("online") is False
    assert life.state("fault") is False
