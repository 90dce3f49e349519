"""Which profiles a charger is sent, and when (catalogue rows S1 to S8, S10, S15, S17, S21, S23, O4, F12, K5, K7)."""

import json

from knx_ocpp_bridge.core.commands import (
    ClearProfile,
    GetConfiguration,
    ProfilePurpose,
    RateUnit,
    RemoteStop,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.events import Identity, Outcome
from knx_ocpp_bridge.core.settings import StopMode
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT
from tests.kit.life import ONE, TWO, Life, garage, outlet

S = ConnectorStatus
TX, DEFAULT, MOST = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.CHARGE_POINT_MAX


def present(life: Life) -> Life:
    life.arrives()
    return life


def with_flags(**flags: object) -> Life:
    return present(Life(garage(flags=flags)))


def profiles(life: Life) -> list[SetProfile]:
    return [one for one in life.commands if isinstance(one, SetProfile)]


def ways(life: Life) -> list[tuple[ProfilePurpose, int]]:
    return [(one.purpose, int(one.connector)) for one in profiles(life)]


# stack level, kind, phases, unit


def test_the_stack_level_is_that_of_the_flag_in_every_profile():
    """Rows S1, S2: 0 unless a charger needs another."""
    life = with_flags(stack_level=3)
    life.charges()
    life.passes(10)
    assert {one.stack_level for one in profiles(life)} == {3}
    assert {one.stack_level for one in profiles(with_flags())} == {0}


def test_a_relative_schedule_has_no_start():
    """Rows S3, S4."""
    life = with_flags(relative_schedule=True)
    assert [one.start for one in profiles(life)] == [None]


def test_number_phases_is_sent_where_a_charger_needs_it():
    """Row S8: and counts for a limit in W."""
    life = with_flags(number_phases=1, rate_unit="W")
    (profile,) = profiles(life)
    assert (profile.number_phases, profile.unit, profile.limit) == (1, RateUnit.WATT, 2300)
    assert [one.number_phases for one in profiles(with_flags())] == [0]


def test_a_unit_that_is_known_is_not_asked_for():
    """Row S7: the installer, or the row of the brand, knows."""
    life = Life(garage(flags={"rate_unit": "W"}), answers={SetProfile: "Rejected"})
    life.arrives()
    life.passes(300)
    assert {one.unit for one in profiles(life)} == {RateUnit.WATT}
    assert life.told(GetConfiguration) == []


def test_the_make_that_a_charger_names_at_boot_decides_its_unit():
    """Row S7: known from its first boot on, and after a restart of the bridge."""
    life = Life()
    life.connects()
    life.boots(Identity(vendor="Huawei", model="SCharger"))
    life.reports(S.AVAILABLE)
    life.passes(3)
    assert [one.unit for one in profiles(life)] == [RateUnit.WATT]
    life.restarts()
    assert life.charger.flags.rate_unit == "W"


def test_an_answer_with_every_key_tells_the_unit_all_the_same():
    """Rows K5, S7: a filter may be ignored, a list may be quoted."""
    life = Life(silent={SetProfile, GetConfiguration})
    life.arrives()
    life.replies("Rejected")
    life.unanswered.rotate(-1)
    rows = [
        {"key": "MeterValuesSampledData", "readonly": False, "value": "Current.Import,Power.Active.Import"},
        {"key": "chargingScheduleAllowedChargingRateUnit", "readonly": True, "value": "'Power'"},
    ]
    while not isinstance(life.unanswered[0], GetConfiguration):
        life.unanswered.rotate()
    life.replies("", json.dumps({"configurationKey": rows, "unknownKey": []}))
    assert life.charger.flags.rate_unit == "W"
    assert life.memory.abilities["rate_unit"] == "W"


# which profile


def test_the_installer_says_which_profile_is_tried_first():
    """Rows S4, S6: the others follow."""
    life = Life(garage(flags={"limit_by": "charge_point_max"}), answers={SetProfile: "Rejected"})
    life.arrives()
    life.passes(300)
    assert ways(life) == [(MOST, 0), (DEFAULT, 1), (DEFAULT, 0)]


def test_what_a_firmware_took_is_used_at_once_after_a_boot():
    """Row S4: also where the row of its brand begins with another."""
    life = Life(silent={SetProfile})
    life.arrives()
    life.replies("Rejected")
    life.silent.clear()
    life.passes(10)
    assert life.memory.abilities["limit_by"] == "charge_point_max"
    life.commands.clear()
    life.passes(100)
    life.boots()
    life.passes(10)
    assert ways(life) == [(MOST, 0)]


def test_a_charger_that_takes_no_profiles_is_sent_none():
    """Rows S4, O4: `limit_by: none`."""
    life = with_flags(limit_by="none")
    life.charges()
    life.passes(300)
    life.presses(8.0, "max_current", number=1)
    assert profiles(life) == []
    assert life.verdict(1) is CommandResult.NOT_SUPPORTED


def test_two_outlets_are_never_limited_by_their_charge_point():
    """Row S6: one limit cannot be two."""
    life = Life(garage(outlet(1), outlet(2), flags={"limit_by": "charge_point_max"}))
    life.arrives()
    assert sorted(ways(life), key=lambda way: way[1]) == [(DEFAULT, 1), (DEFAULT, 2)]


def test_a_charger_that_takes_no_txprofile_is_not_sent_one():
    """Row S4: by its flag; or because it has said so, which is remembered."""
    life = with_flags(tx_profile=False)
    life.charges()
    life.passes(300)
    assert {one.purpose for one in profiles(life)} == {DEFAULT}
    learned = present(Life())
    learned.answers[SetProfile] = Outcome.NOT_SUPPORTED
    number = learned.charges()
    learned.answers.clear()
    learned.passes(10)
    learned.stops(number)
    learned.commands.clear()
    learned.charges()
    learned.passes(100)
    assert learned.memory.abilities["tx_profile"] == "no"
    assert [one for one in profiles(learned) if one.purpose is TX] == []


def test_timxon_is_spoken_to_in_the_only_way_it_understands():
    """Row S4: relative TxDefaultProfiles alone."""
    life = Life()
    life.connects()
    life.boots(Identity(vendor="Timxon", model="A0"))
    life.reports(S.AVAILABLE)
    life.charges()
    life.passes(60)
    assert {(one.purpose, one.start) for one in profiles(life)} == {(DEFAULT, None)}


def test_a_charger_without_smart_charging_is_not_sent_a_profile_again_after_its_next_boot():
    """Rows O4, S4: it might restart again; but a person may find out whether it still holds, once per boot."""
    life = Life(answers={SetProfile: Outcome.NOT_SUPPORTED})
    life.arrives()
    assert len(profiles(life)) == 1
    for _ in range(3):
        life.boots()
        life.passes(100)
    assert len(profiles(life)) == 1
    life.presses(8.0, "max_current", number=1)
    life.presses(9.0, "max_current", number=2)
    assert len(profiles(life)) == 2
    assert (life.verdict(1), life.verdict(2)) == (CommandResult.NOT_SUPPORTED, CommandResult.NOT_SUPPORTED)
    life.answers.clear()
    life.boots()
    life.presses(8.0, "max_current", number=3)
    life.passes(61)
    assert life.verdict(3) is CommandResult.ACCEPTED
    assert life.memory.abilities["limit_by"] == "tx_default"


def test_a_charger_without_smart_charging_is_stopped_where_0_was_to_hold_0_ampere():
    """Rows S4, S10."""
    life = Life(garage(outlet(stop_mode=StopMode.PAUSE)), silent={SetProfile})
    life.arrives()
    number = life.charges()
    life.silent.clear()
    life.answers[SetProfile] = Outcome.NOT_SUPPORTED
    life.presses(False, number=1)
    while life.unanswered:
        life.replies(Outcome.NOT_SUPPORTED)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_a_charger_that_drops_the_line_at_each_profile_is_left_alone_for_a_while():
    """Row O4: after three times ten minutes of peace, but a person is obeyed at once."""
    life = Life(silent={SetProfile})
    for _ in range(3):
        life.connects()
        life.boots()
        life.reports(S.AVAILABLE)
        life.passes(61)
        life.disconnects()
    assert len(profiles(life)) == 3
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(500)
    assert len(profiles(life)) == 3
    life.passes(200)
    assert len(profiles(life)) == 4
    assert [words for words in life.words if "limit_by none" in words]
    life.disconnects()
    for _ in range(2):
        life.connects()
        life.boots()
        life.passes(61)
        life.disconnects()
    life.connects()
    life.boots()
    life.reports(S.AVAILABLE)
    life.passes(3)
    sent = len(profiles(life))
    life.presses(8.0, "max_current")
    assert len(profiles(life)) == sent + 1


def test_a_limit_that_is_accepted_too_late_is_in_force():
    """Row F12."""
    life = Life(silent={SetProfile})
    life.arrives()
    for _ in range(3):
        late = life.unanswered[0]
        life.replies(Outcome.TIMED_OUT)
        life.passes(1)
    assert life.state("max_current") is None
    life.unanswered.appendleft(late)
    life.replies("Accepted")
    assert life.state("max_current") == 10


def test_what_is_refused_is_tried_again_ever_more_seldom():
    """Row S21: and at once when somebody wishes for it."""
    life = present(Life())
    life.passes(100)
    life.boots()
    life.answers[SetProfile] = "Rejected"
    life.commands.clear()
    life.passes(3600)
    assert 4 <= len(profiles(life)) <= 10
    life.passes(86_400)
    assert len(profiles(life)) <= 110
    life.answers.clear()
    life.presses(10.0, "max_current", number=1)
    life.passes(1)
    assert life.verdict(1) is CommandResult.ACCEPTED


def test_a_charge_point_profile_that_is_refused_is_not_repeated_without_news():
    """Row S15: some keep it in flash memory."""
    life = with_flags(limit_by="charge_point_max")
    life.passes(100)
    life.boots()
    life.answers[SetProfile] = "Rejected"
    life.commands.clear()
    life.passes(86_400)
    assert ways(life) == [(MOST, 0)]


# what stays


def test_a_limit_stays_in_the_charger_when_the_bridge_or_the_line_is_gone():
    """Row S23: nothing is cleared behind; the default that stays is the one that was wanted."""
    life = present(Life())
    life.presses(8.0, "max_current")
    life.passes(10)
    life.disconnects()
    life.passes(7200)
    life.restarts()
    life.returns()
    life.passes(100)
    assert life.told(ClearProfile) == []
    assert {one.limit for one in profiles(life)} == {10, 8}


def test_keys_that_lie_are_not_read():
    """Rows S2, S17, K7, K8: maxima, feature profiles and numbers of connectors are never asked for."""
    life = Life(garage(outlet(1), outlet(2)), answers={SetProfile: "Rejected"})
    life.arrives()
    life.charges(connector=TWO)
    life.passes(7200)
    asked = {key for one in life.commands if isinstance(one, GetConfiguration) for key in one.keys}
    assert asked == {"ChargingScheduleAllowedChargingRateUnit"}


def test_other_flags_in_the_configuration_send_the_limit_anew():
    """Rows S1, S3: a reload does what a restart would."""
    life = present(Life())
    life.passes(100)
    life.commands.clear()
    life.reconfigured(garage(flags={"relative_schedule": True}))
    assert [one.start for one in profiles(life)] == [None]
    life.commands.clear()
    life.reconfigured(garage(flags={"relative_schedule": True}, name="Other"))
    life.passes(100)
    assert profiles(life) == []


def test_the_charge_point_is_limited_where_it_has_one_outlet():
    """Row S6: on connector 0."""
    life = with_flags(limit_by="tx_default_0")
    assert [(one.purpose, one.connector) for one in profiles(life)] == [(DEFAULT, CHARGE_POINT)]


def test_what_flows_is_the_proof_and_no_schedule_is_asked_for():
    """Row S18: GetCompositeSchedule is answered by few; meter values are asked for."""
    life = present(Life())
    life.charges()
    life.passes(10)
    life.meters(2000, 16.0)
    life.passes(45)
    assert [words for words in life.words if "does not obey" in words]
    assert {one for one in life.commands if not isinstance(one, SetProfile)} == {TriggerMessage("MeterValues", ONE)}
