"""The mode of a connector: chosen by a person, by a card for its session, or by the installer."""

import pytest

from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult, ConnectorStatus, LimitReason
from tests.kit.life import CARD, STRANGER, Life, garage, outlet

M = ChargeMode


def arrived(**changes: object) -> Life:
    life = Life(garage(outlet(**changes)))
    life.arrives()
    life.caps()
    life.passes(10)
    life.heard()
    return life


def mode(life: Life) -> object:
    return life.state("charge_mode")


@pytest.mark.parametrize("chosen", [M.SURPLUS, M.MINIMUM_AND_SURPLUS, M.SCHEDULED])
def test_where_the_site_decides_the_owner_allows_fast_current(chosen: ChargeMode):
    life = arrived()
    life.presses(float(chosen), "charge_mode", number=1)
    life.passes(6)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert (mode(life), life.state("max_current"), life.state("fast_charging")) == (chosen, 16.0, False)
    life.caps((LimitReason.SURPLUS, 0.0))
    life.passes(6)
    assert (mode(life), life.state("max_current"), life.state("pause")) == (chosen, 0.0, False)


@pytest.mark.parametrize(
    ("key", "chosen"),
    [
        ("surplus_mode", M.SURPLUS),
        ("minimum_and_surplus_mode", M.MINIMUM_AND_SURPLUS),
        ("scheduled_mode", M.SCHEDULED),
    ],
)
def test_one_switch_chooses_one_mode_and_goes_back_to_normal(key: str, chosen: ChargeMode):
    life = arrived()
    life.presses(True, key)
    life.passes(6)
    assert (mode(life), life.state(key)) == (chosen, True)
    life.presses(False, key)
    life.passes(6)
    assert (mode(life), life.state(key), life.state("max_current")) == (M.NORMAL, False, 10.0)


def test_the_switch_of_another_mode_that_goes_off_changes_nothing():
    life = arrived()
    life.presses(True, "surplus_mode")
    life.passes(6)
    life.heard()
    life.presses(False, "scheduled_mode", number=1)
    assert life.verdict(1) is CommandResult.ACCEPTED
    assert (mode(life), life.heard("scheduled_mode")) == (M.SURPLUS, [("scheduled_mode", False)])


def test_a_pause_goes_on_in_the_mode_that_was_chosen():
    life = arrived()
    life.presses(True, "surplus_mode")
    life.passes(6)
    life.presses(0.0, "charge_mode")
    life.passes(6)
    assert (mode(life), life.state("surplus_mode"), life.state("pause")) == (M.OFF, False, True)
    life.presses(False, "pause")
    life.passes(6)
    assert (mode(life), life.state("surplus_mode")) == (M.SURPLUS, True)


def test_a_received_limit_bounds_what_the_owner_allows_in_every_mode():
    life = arrived()
    life.presses(True, "surplus_mode")
    life.passes(6)
    life.presses(8.0, "max_current")
    life.passes(6)
    assert (mode(life), life.state("max_current")) == (M.SURPLUS, 8.0)


@pytest.mark.parametrize(("configured", "limit_a"), [(M.NORMAL, 10.0), (M.FAST, 16.0), (M.OFF, 0.0), (M.SURPLUS, 16.0)])
def test_until_somebody_chooses_the_installers_mode_counts(configured: ChargeMode, limit_a: float):
    life = arrived(mode=configured)
    assert (mode(life), life.state("max_current")) == (configured, limit_a)
    life.presses(1.0, "charge_mode")
    life.passes(6)
    assert (mode(life), life.state("max_current")) == (M.NORMAL, 10.0)


def test_normal_by_the_switch_for_fast_is_chosen_against_a_configured_fast():
    life = arrived(mode=M.FAST)
    life.presses(False, "fast_charging")
    life.passes(6)
    assert (mode(life), life.state("fast_charging")) == (M.NORMAL, False)


def test_a_connector_that_is_off_by_configuration_goes_on_normally():
    life = arrived(mode=M.OFF)
    assert life.state("pause") is True
    life.presses(False, "pause")
    life.passes(6)
    assert (mode(life), life.state("max_current")) == (M.NORMAL, 10.0)


def test_the_mode_that_was_chosen_outlives_a_power_cut():
    life = arrived()
    life.presses(True, "scheduled_mode")
    life.restarts()
    life.arrives()
    life.caps()
    life.passes(70)
    assert mode(life) == M.SCHEDULED


# by card


def with_card(card_mode: ChargeMode) -> Life:
    card = Tag(CARD, "van", mode=card_mode)
    other = Tag(STRANGER, "other")
    life = Life(garage(outlet(), tag_book=TagBook(tags={one.id.casefold(): one for one in (card, other)})))
    life.arrives()
    life.caps()
    life.passes(6)
    return life


def test_a_card_brings_its_mode_until_the_cable_is_pulled():
    life = with_card(M.SCHEDULED)
    number = life.charges()
    life.passes(6)
    assert (mode(life), life.state("scheduled_mode")) == (M.SCHEDULED, True)
    life.stops(number)
    life.reports(ConnectorStatus.FINISHING)
    assert mode(life) == M.SCHEDULED
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(6)
    assert (mode(life), life.state("max_current")) == (M.NORMAL, 10.0)


def test_whoever_chooses_another_mode_overrules_the_card():
    life = with_card(M.SCHEDULED)
    life.charges()
    life.passes(6)
    life.presses(2.0, "charge_mode")
    life.passes(6)
    assert mode(life) == M.FAST


def test_a_card_without_a_mode_charges_as_the_connector_is_set():
    life = with_card(M.SCHEDULED)
    life.charges(STRANGER)
    life.passes(6)
    assert mode(life) == M.NORMAL


def test_a_card_that_is_refused_brings_nothing():
    life = with_card(M.SCHEDULED)
    life.reconfigured(
        garage(outlet(), tag_book=TagBook(tags={CARD.casefold(): Tag(CARD, mode=M.FAST, expires=life.utc)}))
    )
    life.charges()
    life.passes(6)
    assert mode(life) == M.NORMAL


def test_a_session_of_a_card_goes_on_after_a_power_cut_and_ends_with_it():
    life = with_card(M.SCHEDULED)
    life.charges()
    life.passes(6)
    life.restarts()
    life.connects()
    life.beats()
    life.reports(ConnectorStatus.CHARGING)
    life.caps()
    life.passes(70)
    assert mode(life) == M.SCHEDULED
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(70)
    assert mode(life) == M.NORMAL


def test_a_session_that_ended_while_the_bridge_was_down_leaves_no_mode_behind():
    life = with_card(M.SCHEDULED)
    life.charges()
    life.restarts()
    life.arrives(ConnectorStatus.AVAILABLE)
    life.caps()
    life.passes(130)
    assert mode(life) == M.NORMAL
