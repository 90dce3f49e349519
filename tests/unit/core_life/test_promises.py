"""What a charger may draw by all that it was told: what it has not confirmed lowers nothing."""

from knx_ocpp_bridge.core.commands import SetProfile
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from tests.kit.life import ONE, Life, garage, outlet

IN_CIRCUIT = {"circuit": "garage", "fail_safe_a": 6.0, "lease_s": 180.0}
C = LimitReason.CIRCUIT


def in_circuit() -> Life:
    """A charger in a circuit, told everything, and the site has given it all that it asks for."""
    life = Life(garage(outlet(**IN_CIRCUIT)))
    life.arrives()
    life.caps()
    life.passes(10)
    life.commands.clear()
    return life


def promised(life: Life) -> float:
    return view(life.charger, life.charger.connectors[ONE], life.moment).promised_a


def limits(life: Life) -> list[float]:
    return [one.limit for one in life.commands if isinstance(one, SetProfile)]


def test_a_promise_is_what_was_confirmed_last():
    life = in_circuit()
    assert promised(life) == 6.0
    life.charges()
    assert promised(life) == 10.0


def test_more_is_promised_before_it_is_answered_and_less_only_after():
    life = in_circuit()
    life.charges()
    life.passes(6)
    life.silent = {SetProfile}
    life.caps((C, 8.0))
    assert promised(life) == 10.0
    life.replies()
    assert promised(life) == 8.0
    life.passes(6)
    life.caps((C, 9.0))
    assert promised(life) == 9.0


def test_a_limit_that_was_never_answered_keeps_a_charger_from_nothing():
    life = Life(garage(outlet(**IN_CIRCUIT)))
    life.silent = {SetProfile}
    life.arrives()
    life.caps()
    assert (limits(life)[0], promised(life)) == (6.0, 16.0), "it is on its way"
    life.replies(Outcome.TIMED_OUT)
    life.charges()
    assert promised(life) == 16.0
    for _ in range(6):
        life.caps((C, 7.0), urgent=True)
        life.replies(Outcome.TIMED_OUT)
        life.passes(90)
        assert promised(life) == 16.0, "however often it was told"
    life.disconnects()
    life.passes(600)
    assert promised(life) == 16.0, "and when it is away"


def test_the_first_limit_that_a_silent_charger_confirms_is_believed():
    life = Life(garage(outlet(**IN_CIRCUIT)))
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.arrives()
    life.caps()
    life.passes(30)
    assert promised(life) == 16.0
    life.answers.clear()
    life.passes(120)
    assert promised(life) == 6.0


def test_a_lower_limit_that_is_not_answered_lowers_nothing():
    life = in_circuit()
    life.charges()
    life.passes(6)
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.caps((C, 7.0), urgent=True)
    life.passes(100)
    assert promised(life) == 10.0
    life.answers.clear()
    life.passes(70)
    assert promised(life) == 7.0


def test_what_was_perhaps_heard_is_promised_until_it_has_ended():
    life = in_circuit()
    life.charges()
    life.caps((C, 7.0))
    life.passes(20)
    life.silent = {SetProfile}
    life.caps((C, 9.0))
    life.disconnects()
    life.passes(100)
    assert promised(life) == 9.0
    life.passes(100)
    assert promised(life) == 6.0


def test_a_charger_that_is_away_is_promised_its_fail_safe_at_least():
    life = in_circuit()
    life.charges()
    life.caps((LimitReason.WAITING, 0.0))
    life.passes(6)
    assert promised(life) == 0.0
    life.disconnects()
    assert promised(life) == 6.0, "another car may begin"


def test_nobody_knows_what_a_charger_has_kept_that_was_restarted():
    life = in_circuit()
    life.charges()
    life.boots()
    assert promised(life) == 16.0
    life.passes(70)
    assert promised(life) == 10.0


def test_after_a_start_of_the_bridge_nothing_is_known():
    life = in_circuit()
    life.charges()
    life.restarts()
    assert promised(life) == 16.0
    life.connects()
    life.beats()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(3)
    assert promised(life) == 6.0, "the fail-safe, confirmed for this transaction"


def test_what_was_told_before_a_start_of_the_bridge_may_hold_until_it_has_ended():
    life = in_circuit()
    life.charges()
    life.restarts()
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.connects()
    life.beats()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(100)
    assert promised(life) == 16.0
    life.answers.clear()
    life.passes(70)
    assert promised(life) == 6.0
