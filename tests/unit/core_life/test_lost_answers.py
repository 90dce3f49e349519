"""A limit whose answer was lost may be in force in the charger all the same."""

from knx_ocpp_bridge.core.commands import ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.events import Outcome
from tests.kit.life import Life, plugged


def limits_of_transactions(life: Life) -> list[float]:
    told = [one for one in life.told(SetProfile) if isinstance(one, SetProfile)]
    return [one.limit for one in told if one.purpose is ProfilePurpose.TX]


def test_a_limit_of_the_transaction_that_was_not_answered_is_followed_by_the_next_one():
    life = plugged()
    life.answers[SetProfile] = Outcome.TIMED_OUT
    life.charges()
    assert limits_of_transactions(life) == [10.0]
    life.answers.clear()
    life.passes(700)
    assert limits_of_transactions(life) == [10.0], "silence is not asked again and again"
    life.boots()
    life.passes(70)
    life.presses(6, "max_current")
    life.passes(10)
    assert limits_of_transactions(life) == [10.0, 6.0], "else 10 A would go on, and 6 A be shown"
    assert life.state("max_current") == 6.0


def test_a_limit_of_the_transaction_that_was_refused_is_not_tried_again():
    life = plugged()
    life.answers[SetProfile] = "Rejected"
    life.charges()
    life.answers.clear()
    life.presses(6, "max_current")
    life.passes(10)
    assert limits_of_transactions(life) == [10.0]
    assert life.state("max_current") == 6.0
