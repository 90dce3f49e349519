"""Row S10: a charger that refuses 0 A takes every other limit, and is told its least one for it."""

from dataclasses import replace

from knx_ocpp_bridge.core.commands import ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.status import CommandResult, LimitReason
from tests.kit.laws import Laws, limits_told
from tests.kit.life import ONE, Life, garage, outlet

TX, DEFAULT = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT


def stubborn(one: ConnectorSettings | None = None) -> Life:
    """It refuses 0 A, and rests at 0 A in a circuit unless another outlet is given."""
    life = Life(garage(one or outlet(circuit="main", fail_safe_a=0.0, escalates=True)), takes_zero=False)
    life.observers.append(Laws())
    life.arrives()
    return life


def told(life: Life) -> list[tuple[ProfilePurpose, float]]:
    return [(one.purpose, one.limit) for one in life.commands if isinstance(one, SetProfile)]


def test_a_resting_limit_of_zero_that_is_refused_becomes_the_least_current():
    life = stubborn()
    life.passes(10)
    assert told(life) == [(DEFAULT, 0.0), (DEFAULT, 6.0)]
    assert life.state("max_current") == 6.0
    assert "limit_by" in life.charger.abilities, "6 A it has taken"


def test_a_connector_with_a_higher_minimum_is_told_that():
    life = stubborn(outlet(circuit="main", fail_safe_a=0.0, min_current_a=8.0))
    life.passes(10)
    assert limits_told(life.commands) == [0.0, 8.0]


def test_its_share_of_the_circuit_reaches_it_all_the_same():
    life = stubborn()
    life.passes(10)
    life.caps((LimitReason.CIRCUIT, 9.0))
    life.charges()
    life.passes(10)
    assert told(life)[-1] == (TX, 9.0)
    assert life.state("max_current") == 9.0


def test_zero_is_not_said_again_and_again():
    life = stubborn()
    for _ in range(5):
        life.caps((LimitReason.WAITING, 0.0))
        life.passes(30)
        life.caps((LimitReason.CIRCUIT, 9.0))
        life.passes(30)
    assert limits_told(life.commands).count(0.0) == 1


def test_a_person_who_wants_zero_has_it_tried_and_is_told_of_the_refusal():
    life = stubborn(outlet())
    life.passes(10)
    life.charges()
    life.passes(10)
    for number in (1, 2):
        life.presses(1, "pause", number=number)
        life.passes(70)  # the same is never said twice within a minute
        assert life.verdict(number) is CommandResult.REJECTED
        assert life.state("max_current") == 10.0
    assert limits_told(life.commands).count(0.0) >= 2


def test_a_charger_that_refuses_the_least_as_well_is_tried_in_the_next_way():
    life = Life(garage(outlet(circuit="main", fail_safe_a=0.0)))
    life.answers[SetProfile] = "Rejected"
    life.arrives()
    life.passes(200)
    ways = [(DEFAULT, ONE), (ProfilePurpose.CHARGE_POINT_MAX, 0), (DEFAULT, 0)]
    assert [(one.purpose, one.connector) for one in life.told(SetProfile)[::2]] == ways
    assert limits_told(life.commands) == [0.0, 6.0] * 3
    assert any("in every form" in words for words in life.words)


def test_another_unit_is_another_form():
    life = stubborn()
    life.passes(10)
    life.commands.clear()
    life.reconfigured(replace(life.settings, flags={"rate_unit": "W"}))
    life.passes(70)
    assert limits_told(life.commands) == [0.0, 4140.0]
