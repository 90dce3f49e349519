"""What the rules about energy see of one outlet."""

import pytest

from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from tests.kit.life import CARD, ONE, Life, garage, outlet


def seen(life: Life) -> OutletView:
    return view(life.charger, life.charger.connectors[ONE], life.moment)


def charging(**changes: object) -> Life:
    life = Life(garage(outlet(**changes)))
    life.arrives()
    life.caps()
    life.charges()
    life.passes(60)
    return life


def test_a_charger_that_has_not_spoken_is_not_there():
    life = Life()
    assert (seen(life).online, seen(life).plugged, seen(life).promised_a) == (False, False, 16.0)
    life.connects()
    life.boots()
    assert not seen(life).online, "it has not said what it is doing"
    life.reports(ConnectorStatus.PREPARING)
    assert (seen(life).online, seen(life).plugged, seen(life).charging) == (True, True, False)
    life.disconnects()
    assert not seen(life).online


def test_a_transaction_is_a_charge():
    life = charging()
    now = seen(life)
    assert (now.charging, now.plugged, now.status) == (True, True, ConnectorStatus.CHARGING)
    assert (now.in_force_a, now.promised_a, now.resting_a, now.leases) == (10.0, 10.0, 10.0, False)


def test_a_charger_that_opens_no_transaction_charges_by_its_state():
    life = Life(garage(outlet(circuit="garage", fail_safe_a=6.0)))
    life.arrives()
    life.caps()
    life.reports(ConnectorStatus.CHARGING)
    life.passes(70)
    assert (seen(life).charging, seen(life).leases) == (True, False)
    assert seen(life).promised_a == seen(life).in_force_a == 10.0


@pytest.mark.parametrize(
    ("wish", "base_a", "mode"),
    [
        (("charge_mode", 2.0), 16.0, ChargeMode.FAST),
        (("max_current", 8.0), 8.0, ChargeMode.NORMAL),
        (("pause", True), 0.0, ChargeMode.OFF),
        (("surplus_mode", True), 16.0, ChargeMode.SURPLUS),
    ],
)
def test_what_the_owner_allows_is_seen_without_what_the_site_allows(
    wish: tuple[str, float], base_a: float, mode: ChargeMode
):
    life = charging()
    life.caps((LimitReason.CIRCUIT, 7.0))
    life.presses(wish[1], wish[0])
    life.passes(10)
    assert (seen(life).base_a, seen(life).mode) == (base_a, mode)


def test_a_session_has_energy_and_time_over_all_its_transactions():
    life = charging()
    first, began = life.charger.connectors[ONE].session, seen(life).since
    life.meters(1500)
    assert (seen(life).session_wh, seen(life).session_s) == (500, 60.0)
    life.stops(first, 2000)
    life.reports(ConnectorStatus.PREPARING)
    life.passes(30)
    assert (seen(life).session, seen(life).session_wh, seen(life).session_s) == (first, 1000, 90.0)
    life.starts(meter_wh=2000)
    life.meters(2300)
    life.passes(10)
    assert (seen(life).session, seen(life).since) == (first, began)
    assert (seen(life).session_wh, seen(life).session_s) == (1300, 100.0)
    life.reports(ConnectorStatus.AVAILABLE)
    assert seen(life).session is None


def test_measurements_bear_their_time():
    life = charging()
    life.meters(1500, 9.5, power_w=6500.0)
    at_s = life.now_s
    life.passes(20)
    now = seen(life)
    assert (now.current_a, now.power_w, now.measured_at_s) == (9.5, 6500.0, at_s)


def test_the_current_of_the_card_is_seen():
    book = TagBook(tags={CARD.casefold(): Tag(CARD, max_current_a=7.0)})
    life = Life(garage(outlet(), tag_book=book))
    life.arrives()
    assert seen(life).tag_limit_a is None
    life.charges()
    assert seen(life).tag_limit_a == 7.0


@pytest.mark.parametrize("changes", [{"flags": {"limit_by": "none"}}, {"quiet": True}])
def test_a_charger_that_is_told_no_limits_is_promised_its_maximum(changes: dict[str, object]):
    life = Life(garage(outlet(circuit="garage", fail_safe_a=6.0), **changes))
    life.arrives()
    life.caps((LimitReason.CIRCUIT, 8.0))
    life.charges()
    life.passes(70)
    now = seen(life)
    assert (now.can_limit, now.leases, now.in_force_a, now.promised_a) == (False, False, None, 16.0)


def test_a_charger_in_a_circuit_leases_and_rests():
    life = charging(circuit="garage", fail_safe_a=6.0)
    now = seen(life)
    assert (now.leases, now.in_force_a, now.resting_a, now.promised_a) == (True, 10.0, 6.0, 10.0)
