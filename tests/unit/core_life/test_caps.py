"""What the site allows: the lowest limit counts, whoever set it, and everybody is told which one it is."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.events import Origin, Reconfigured
from knx_ocpp_bridge.core.limit_stack import KnownLimit, stack, winner
from knx_ocpp_bridge.core.settings import BelowMinimum, Tag, TagBook
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, LimitReason
from tests.kit.laws import limits_told
from tests.kit.life import CARD, NOON, ONE, STRANGER, Life, garage, outlet

R = LimitReason


def arrived(**changes: object) -> Life:
    life = Life(garage(outlet(**changes)))
    life.arrives()
    life.passes(10)
    life.heard()
    return life


def known(life: Life, kind: LimitReason) -> list[KnownLimit]:
    connector = life.charger.connectors[ONE]
    return [one for one in stack(life.charger, connector) if one.kind is kind]


@pytest.mark.parametrize(
    ("caps", "limit_a", "reason"),
    [
        ((), 10.0, R.NORMAL_CURRENT),
        (((R.CIRCUIT, 12.0),), 10.0, R.NORMAL_CURRENT),
        (((R.CIRCUIT, 8.04),), 8.0, R.CIRCUIT),
        (((R.CIRCUIT, 8.0), (R.PEAK, 7.0)), 7.0, R.PEAK),
        (((R.GRID_OPERATOR, 6.0), (R.SURPLUS, 0.0)), 0.0, R.SURPLUS),
        (((R.CIRCUIT, 10.0),), 10.0, R.NORMAL_CURRENT),
    ],
)
def test_the_lowest_limit_counts_and_gives_the_reason(
    caps: tuple[tuple[LimitReason, float], ...], limit_a: float, reason: LimitReason
):
    life = arrived()
    life.caps(*caps)
    life.passes(10)
    assert (life.state("max_current"), life.state("limit_reason")) == (limit_a, reason)


@pytest.mark.parametrize("below", BelowMinimum)
def test_what_the_site_allows_is_never_raised_to_a_minimum(below: BelowMinimum):
    life = arrived(below_minimum=below, min_current_a=8.0)
    life.caps((R.CIRCUIT, 7.0))
    life.passes(10)
    assert (life.state("max_current"), life.state("limit_reason")) == (0.0, R.BELOW_THE_MINIMUM)


def test_a_step_of_the_charger_is_never_above_what_the_site_allows():
    life = Life(garage(outlet(below_minimum=BelowMinimum.MINIMUM), flags={"limits_a": "8 16"}))
    life.arrives()
    life.passes(10)
    life.caps((R.CIRCUIT, 7.0))
    life.passes(10)
    assert limits_told(life.commands)[-1] == 0.0


def test_a_pause_by_the_site_is_nobodys_pause():
    life = arrived()
    life.charges()
    life.passes(6)
    life.caps((R.WAITING, 0.0))
    life.passes(1)
    assert life.state("max_current") == 0.0
    assert (life.state("pause"), life.state("charging"), life.state("waiting")) == (False, True, True)
    assert life.state("charge_mode") == 1


def test_whoever_pauses_while_the_site_pauses_is_told_and_stays_paused():
    life = arrived()
    life.charges()
    life.passes(6)
    life.caps((R.WAITING, 0.0))
    life.passes(1)
    life.presses(True, "pause", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert (life.state("pause"), life.state("limit_reason"), life.state("waiting")) == (True, R.PAUSED, False)
    life.caps()
    life.passes(10)
    assert life.state("max_current") == 0.0


def test_only_a_car_waits():
    life = arrived()
    life.caps((R.WAITING, 0.0))
    life.passes(1)
    assert life.state("waiting") is False
    life.reports(ConnectorStatus.PREPARING)
    assert life.state("waiting") is True
    life.caps()
    assert life.state("waiting") is False


def test_a_limit_that_is_wished_under_a_lower_one_is_kept_for_later():
    life = arrived()
    life.caps((R.CIRCUIT, 8.0))
    life.passes(10)
    life.presses(12.0, "max_current", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert life.state("max_current") == 8.0
    life.caps()
    life.passes(10)
    assert life.state("max_current") == 12.0


def test_every_limit_is_known_with_its_words_and_times():
    life = arrived()
    until = NOON + timedelta(hours=2)
    life.caps(Cap(R.CIRCUIT, 8.0, NOON, until, "garage, L1"), (R.PEAK, 12.0))
    (circuit,) = known(life, R.CIRCUIT)
    assert circuit == KnownLimit(8.0, R.CIRCUIT, Origin.BRIDGE, "", NOON, until, wins=True, words="garage, L1")
    (peak,) = known(life, R.PEAK)
    assert (peak.value_a, peak.wins, peak.origin) == (12.0, False, Origin.BRIDGE)
    assert winner(life.charger, life.charger.connectors[ONE]) == circuit


def test_of_two_limits_of_one_kind_the_lower_wins_alone():
    life = arrived()
    life.caps(Cap(R.CIRCUIT, 9.0, words="garage"), Cap(R.CIRCUIT, 8.0, words="main"))
    assert [(one.words, one.wins) for one in known(life, R.CIRCUIT)] == [("main", True), ("garage", False)]


def with_card(**changes: object) -> Life:
    card = Tag(CARD, "the van", **changes)  # type: ignore[arg-type]  fields by name
    life = Life(garage(outlet(), tag_book=TagBook(tags={CARD.casefold(): card, "*": Tag(STRANGER)})))
    life.arrives()
    return life


def test_a_card_with_a_current_of_its_own_has_no_more_in_its_transaction():
    life = with_card(max_current_a=7.0)
    assert life.state("max_current") == 10.0
    number = life.charges()
    life.passes(10)
    assert (life.state("max_current"), life.state("limit_reason")) == (7.0, R.TAG)
    (tag,) = known(life, R.TAG)
    assert (tag.words, tag.since) == ("the van", life.charger.connectors[ONE].last_start)
    life.stops(number)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(10)
    assert life.state("max_current") == 10.0


def test_another_card_has_no_such_limit():
    life = with_card(max_current_a=7.0)
    life.charges(STRANGER)
    life.passes(10)
    assert life.state("max_current") == 10.0


def test_in_another_circuit_only_what_lasts_holds_until_the_site_has_looked():
    life = Life(garage(outlet(circuit="garage", fail_safe_a=6.0)))
    life.arrives()
    life.caps((R.CIRCUIT, 16.0), Cap(R.GRID_OPERATOR, 0.0, lasting=True))
    life.happens(Reconfigured(garage(outlet(circuit="main", fail_safe_a=8.0))))
    kinds = {one.kind for one in stack(life.charger, life.charger.connectors[ONE])}
    assert {R.GRID_OPERATOR, R.FAIL_SAFE} <= kinds
    assert R.CIRCUIT not in kinds


def test_without_a_circuit_a_limit_stays_in_the_charger_for_ever():
    life = arrived()
    life.caps((R.GRID_OPERATOR, 8.0))
    life.charges()
    life.passes(600)
    profiles = [one for one in life.commands if isinstance(one, SetProfile)]
    assert all(one.duration_s is None for one in profiles)
    assert {(one.purpose, one.limit) for one in profiles[-2:]} == {
        (ProfilePurpose.TX, 8.0),
        (ProfilePurpose.TX_DEFAULT, 8.0),
    }
