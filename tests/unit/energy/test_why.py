"""Why an outlet has no more: what binds comes first, and nothing is named that does not."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import OutletReport
from knx_ocpp_bridge.core.energy.why import binding, sentence, words
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from tests.kit.planned_car import KEY, OUTLET, view

CHARGES = replace(view(mode=ChargeMode.FAST), status=ConnectorStatus.CHARGING, charging=True, in_force_a=16.0)
CIRCUIT = Cap(LimitReason.CIRCUIT, 10.0, words="garage, L1")


def why(seen, *caps, **more):
    binds = binding(OUTLET, seen, caps)
    granted_a = min((cap.current_a for cap in caps), default=seen.base_a)
    report = OutletReport(KEY, granted_a, **{"waiting": False, "words": words(binds, caps), **more})
    return sentence(seen, report, None if binds is None else binds.kind)


def test_a_circuit_that_binds_is_named_with_its_phase():
    assert why(CHARGES, CIRCUIT) == "circuit garage, L1"


def test_where_nothing_limits_no_circuit_is_named():
    assert why(CHARGES, replace(CIRCUIT, current_a=16.0)) == "-"
    assert why(CHARGES) == "-"


def test_an_outlet_without_a_car_has_no_car_whatever_would_limit_one():
    away = replace(view(), plugged=False, status=ConnectorStatus.AVAILABLE)
    assert why(away, CIRCUIT) == "no car"
    assert why(replace(away, status=ConnectorStatus.FAULTED), CIRCUIT) == "faulted"
    assert why(replace(away, online=False), CIRCUIT) == "offline"


def test_under_an_order_the_order_is_named_though_the_circuit_gives_the_same_or_a_rounded_bit_less():
    order = Cap(LimitReason.GRID_OPERATOR, 6.087, words="4200 W")
    for share_a in (6.0, 6.087):
        assert why(CHARGES, order, replace(CIRCUIT, current_a=share_a)) == "grid operator: 4200 W"


def test_a_car_that_may_charge_by_the_sun_waits_for_it_and_not_for_a_circuit():
    dark = Cap(LimitReason.SURPLUS, 0.0, words="the sun is not enough, or no car waits for it (grid_power)")
    shared = Cap(LimitReason.CIRCUIT, 0.0, words="house")
    assert why(CHARGES, dark, shared) == "waits, too little sun"
    assert why(CHARGES, replace(dark, current_a=8.0, words="charges by the sun"), replace(shared, current_a=8.0)) == (
        "surplus: charges by the sun"
    )


def test_who_waits_for_its_turn_says_behind_whom():
    turn = Cap(LimitReason.WAITING, 0.0, words="garage, L1: behind YARD 1")
    assert why(CHARGES, turn, waiting=True) == "waits, garage, L1: behind YARD 1"


def test_a_card_with_a_limit_is_what_binds_and_not_the_circuit_that_gives_as_much():
    assert why(replace(CHARGES, tag_limit_a=10.0), CIRCUIT) == "card"


@pytest.mark.parametrize(("more", "said"), [({}, "paused"), ({"full": True}, "full, paused")])
def test_what_its_owner_has_paused_no_limit_binds(more, said):
    assert why(replace(CHARGES, base_a=0.0), CIRCUIT, **more) == said


def test_a_plan_that_charges_from_the_grid_is_named_where_nothing_binds():
    plan = Cap(LimitReason.SCHEDULE, 16.0, words="20 kWh by 07:00, from the grid as well")
    assert why(CHARGES, plan) == "plan: 20 kWh by 07:00, from the grid as well"
    assert why(CHARGES, plan, CIRCUIT) == "circuit garage, L1"
