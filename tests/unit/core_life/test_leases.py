"""In a circuit silence means less: what a charger holds above its fail-safe ends by itself unless it is renewed."""

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import ChangeAvailability, ClearCache, ProfilePurpose, RemoteStart, SetProfile
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, LimitReason
from tests.kit.life import ONE, TWO, Life, garage, outlet

DEFAULT, TX = ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX
IN_CIRCUIT = {"circuit": "garage", "fail_safe_a": 6.0, "lease_s": 180.0}
C = LimitReason.CIRCUIT


def in_circuit(flags: dict[str, object] | None = None, **changes: object) -> Life:
    """A charger in a circuit, told everything, and the site has given it all that it asks for."""
    life = Life(garage(outlet(**(IN_CIRCUIT | changes)), flags=flags or {}))
    life.arrives()
    life.caps()
    life.passes(10)
    life.commands.clear()
    return life


def profiles(life: Life) -> list[SetProfile]:
    return [one for one in life.commands if isinstance(one, SetProfile)]


def told(life: Life) -> list[tuple[ProfilePurpose, float, bool]]:
    """Of each profile its purpose, its limit, and whether it ends by itself."""
    return [(one.purpose, one.limit, one.duration_s is not None) for one in profiles(life)]


def promised(life: Life) -> float:
    return view(life.charger, life.charger.connectors[ONE], life.moment).promised_a


def test_before_the_site_has_looked_there_is_only_the_fail_safe():
    life = Life(garage(outlet(**IN_CIRCUIT)))
    life.arrives()
    life.charges()
    life.passes(10)
    assert {one.limit for one in profiles(life)} == {6.0}
    assert (life.state("max_current"), life.state("limit_reason")) == (6.0, LimitReason.FAIL_SAFE)


def test_the_default_rests_at_the_fail_safe_and_the_transaction_has_the_limit_with_an_end():
    life = in_circuit()
    assert life.state("max_current") == 6.0
    life.charges()
    assert told(life) == [(TX, 10.0, True)]
    (profile,) = profiles(life)
    assert profile.start is not None
    assert profile.duration_s is not None
    ends_in_s = profile.duration_s - (life.utc - profile.start).total_seconds()
    assert 178 < ends_in_s <= 180, "the duration counts from a start that lies in the past"
    assert (life.state("max_current"), life.state("limit_reason")) == (10.0, LimitReason.NORMAL_CURRENT)


def test_a_limit_is_renewed_every_minute_as_long_as_the_transaction_is_open():
    life = in_circuit()
    number = life.charges()
    life.heard()
    life.passes(600)
    assert told(life) == [(TX, 10.0, True)] * 11
    assert life.heard() == [], "and nobody hears of it"
    life.stops(number)
    life.commands.clear()
    life.passes(600)
    assert profiles(life) == []


def test_a_long_lease_is_renewed_three_times_before_it_ends():
    life = in_circuit(lease_s=600.0)
    life.charges()
    life.passes(601)
    assert told(life) == [(TX, 10.0, True)] * 4


def test_a_renewal_that_is_not_answered_is_said_again_in_time():
    life = in_circuit()
    life.charges()
    life.silent = {SetProfile}
    life.passes(90)
    life.replies(Outcome.TIMED_OUT)
    assert life.state("max_current") == 10.0, "it holds what it held"
    life.silent.clear()
    life.passes(85)
    assert told(life) == [(TX, 10.0, True)] * 3
    life.passes(30)
    assert life.state("max_current") == 10.0, "it never ended"


def test_a_lease_that_nobody_renewed_has_run_out_into_the_fail_safe():
    life = in_circuit()
    life.charges()
    life.heard()
    life.disconnects()
    life.passes(179)
    assert life.heard("max_current") == []
    life.passes(2)
    assert life.heard("max_current", "limit_reason") == [("max_current", 6.0), ("limit_reason", LimitReason.FAIL_SAFE)]


def test_a_charger_that_is_back_is_told_its_limits_before_anything_else():
    life = in_circuit()
    life.charges()
    life.disconnects()
    life.passes(300)
    life.commands.clear()
    life.returns()
    life.presses(True, "clear_cache")
    life.passes(3)
    assert told(life)[0] == (TX, 10.0, True)
    kinds = [type(one) for one in life.commands]
    assert kinds.index(ClearCache) > kinds.index(SetProfile)
    assert life.state("max_current") == 10.0


def test_after_a_restart_of_the_charger_both_limits_are_said_again():
    life = in_circuit()
    life.charges()
    life.passes(70)
    life.commands.clear()
    life.boots()
    life.passes(70)
    assert set(told(life)) == {(TX, 10.0, True), (DEFAULT, 6.0, False)}


def test_after_a_boot_the_same_limits_go_at_once_and_as_often_as_it_boots():
    life = in_circuit()
    life.charges()
    life.passes(4)
    for _ in range(3):
        life.commands.clear()
        life.boots()
        life.reports(ConnectorStatus.CHARGING)
        life.passes(3)
        assert life.commands[:2] == profiles(life), "before anything else"
        assert told(life) == [(TX, 10.0, True), (DEFAULT, 6.0, False)]
        assert promised(life) == 10.0
    life.commands.clear()
    life.passes(50)
    assert profiles(life) == [], "and not again without a boot"


def test_a_limit_that_was_on_its_way_into_a_charger_that_booted_is_said_again_at_once():
    life = in_circuit()
    life.silent = {SetProfile}
    life.charges()
    life.commands.clear()
    life.boots()
    life.unanswered.clear()
    life.silent.clear()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(3)
    assert told(life) == [(TX, 10.0, True), (DEFAULT, 6.0, False)]
    assert promised(life) == 10.0


def test_limits_come_before_a_start():
    life = in_circuit()
    life.passes(60)
    life.boots()
    life.reports(ConnectorStatus.PREPARING)
    life.presses(True)
    life.passes(70)
    kinds = [type(one) for one in life.commands]
    assert kinds.index(RemoteStart) > kinds.index(SetProfile)


def test_what_is_not_above_the_fail_safe_does_not_end():
    """Without the bridge it would become more."""
    life = in_circuit()
    life.charges()
    life.passes(6)
    life.commands.clear()
    life.caps((LimitReason.WAITING, 0.0))
    life.passes(300)
    assert told(life) == [(TX, 0.0, False)]
    life.disconnects()
    life.passes(600)
    assert life.state("max_current") == 0.0


def test_what_the_owner_does_not_allow_is_not_left_to_the_charger_either():
    life = in_circuit(fail_safe_a=10.0)
    life.presses(8.0, "max_current")
    life.passes(6)
    assert told(life) == [(DEFAULT, 8.0, False)]
    life.presses(True, "pause")
    life.passes(6)
    assert told(life)[-1] == (DEFAULT, 0.0, False)


def test_an_order_that_lasts_holds_without_the_bridge():
    life = in_circuit(fail_safe_a=10.0)
    life.caps(Cap(LimitReason.GRID_OPERATOR, 6.0, lasting=True), urgent=True)
    life.passes(6)
    assert told(life) == [(DEFAULT, 6.0, False)]


def test_a_charger_that_refuses_a_limit_with_an_end_holds_the_limit_by_its_default():
    life = in_circuit()
    life.silent = {SetProfile}
    life.charges()
    life.replies("Rejected")
    life.passes(5)
    assert told(life)[-1] == (TX, 6.0, False), "no more than the fail-safe is tried without an end"
    life.silent.clear()
    life.replies("Accepted")
    life.passes(60)
    assert life.memory.abilities["leases"] == "no"
    assert not view(life.charger, life.charger.connectors[ONE], life.moment).leases
    assert set(told(life)[-2:]) == {(DEFAULT, 10.0, False), (TX, 10.0, False)}
    assert life.state("max_current") == 10.0


def test_a_charger_that_takes_no_profile_for_a_transaction_holds_the_limit_by_its_default():
    life = in_circuit()
    life.silent = {SetProfile}
    life.charges()
    life.replies("Rejected")
    life.passes(5)
    life.replies("Rejected")
    life.silent.clear()
    life.passes(60)
    assert told(life)[-1] == (DEFAULT, 10.0, False)
    assert life.memory.abilities.get("leases") is None, "what was refused is the transaction, not the end"


def test_one_lost_answer_is_no_refusal():
    life = in_circuit()
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.charges()
    life.passes(59)
    life.answers.clear()
    life.passes(10)
    assert told(life) == [(TX, 10.0, True)] * 2
    assert life.state("max_current") == 10.0


def test_a_charger_that_answers_no_profile_of_a_transaction_is_given_up_after_three():
    life = in_circuit()
    life.silent = {SetProfile}
    life.charges()
    for _ in range(3):
        life.replies(Outcome.TIMED_OUT)
        life.passes(61)
    life.silent.clear()
    life.passes(61)
    assert (DEFAULT, 10.0, False) in told(life)
    assert promised(life) == 10.0


def test_chargers_whose_limits_cannot_end_have_no_leases():
    """Relative schedules count from the start of charging, and ChargePointMaxProfile holds beside a TxProfile."""
    no_lease: tuple[dict[str, object], ...] = (
        {"relative_schedule": True},
        {"tx_profile": False},
        {"limit_by": "charge_point_max"},
        {"zero_by_inoperative": True},
        {"leases": False},
    )
    for flags in no_lease:
        life = in_circuit(flags)
        life.charges()
        life.passes(10)
        assert all(one.duration_s is None for one in profiles(life)), flags
        assert life.state("max_current") == 10.0, flags
        assert not [one for one in life.commands if isinstance(one, ChangeAvailability)]


def test_a_wish_for_the_next_charge_is_confirmed_and_says_what_holds_until_then():
    life = in_circuit()
    life.presses(12.0, "max_current", number=1)
    life.passes(6)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert life.verdicts[-1].reason == "12 A for the next charge (the received limit); 6 A until it begins (fail-safe)"
    assert life.state("max_current") == 6.0
    life.charges()
    assert life.state("max_current") == 12.0


def test_a_reduction_that_is_urgent_does_not_wait_five_seconds():
    life = in_circuit()
    life.charges()
    life.passes(10)
    life.caps((C, 9.0))
    life.caps((C, 8.0), urgent=True)
    assert [one.limit for one in profiles(life)] == [10.0, 9.0, 8.0]
    life.caps((C, 7.0))
    assert life.state("max_current") == 8.0
    life.passes(5)
    assert life.state("max_current") == 7.0


def test_the_same_again_from_the_site_asks_the_charger_nothing():
    life = in_circuit()
    life.charges()
    life.caps((C, 8.0))
    life.passes(6)
    life.commands.clear()
    for _ in range(5):
        life.caps((C, 8.0), urgent=True)
        life.passes(6)
    assert life.commands == []


def test_a_charger_that_is_back_is_told_its_limit_once_beside_a_stop():
    life = in_circuit()
    life.charges()
    life.passes(58)
    life.boots()
    life.presses(False)
    life.commands.clear()
    life.passes(3)
    assert told(life) == [(TX, 10.0, True), (DEFAULT, 6.0, False)]


def test_two_outlets_are_limited_before_either_starts():
    life = Life(garage(outlet(**IN_CIRCUIT), outlet(2, **IN_CIRCUIT)))
    life.connects()
    life.boots()
    for number in (ONE, TWO):
        life.reports(ConnectorStatus.PREPARING, number)
        life.presses(True, connector=number)
    life.passes(3)
    kinds = [type(one) for one in life.commands]
    assert kinds.index(RemoteStart) == 2
