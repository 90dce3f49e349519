"""Meters that say it otherwise, or not at all (catalogue rows M3, M9, M10, M13, T14, T15)."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.commands import TriggerMessage
from knx_ocpp_bridge.core.events import Identity, Metered, MeterReading, Outcome, Sample
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT, LinkNumber, TransactionId
from tests.kit.life import CURRENT, ENERGY, ONE, POWER, TWO, Life, garage, outlet

S = ConnectorStatus
ASKED = TriggerMessage("MeterValues", ONE)


def charging(**flags: object) -> Life:
    life = Life(garage(flags=flags))
    life.arrives()
    life.charges()
    life.passes(10)
    life.heard()
    return life


def open_one(life: Life) -> TransactionId:
    return max(life.memory.transactions)


def asked(life: Life) -> int:
    return sum(command == ASKED for command in life.commands)


# names and units


def test_kilowatts_that_are_called_watts_become_watts():
    """Row M3: and the current that is derived from them is right, too."""
    life = charging(power_factor=1000)
    life.meters(power_w=6.9)
    assert life.state("power") == 6900
    assert life.state("current") == pytest.approx(10)
    assert life.state("meter") == 1000, "the register is in Wh all the same"


def test_kilowatt_hours_that_are_called_watt_hours_become_watt_hours():
    """Row M3."""
    life = charging(energy_factor=1000)
    life.meters(3.25, 10.0)
    assert life.state("session_energy") == 2250


@pytest.mark.parametrize(("power_w", "odd"), [(6.9, True), (22_080.0, True), (2300.0, False), (6900.0, False)])
def test_a_unit_that_seems_wrong_is_told_once(power_w: float, odd: bool):
    """Row M3: nothing is scaled unless the installer says so."""
    life = charging()
    for _ in range(3):
        life.meters(current_a=10.0, power_w=power_w)
        life.passes(40)
    assert life.state("power") == power_w
    assert len([words for words in life.words if "power_factor" in words]) == odd


def test_export_stands_for_import_where_the_flag_says_so():
    """Row M9: and only where no import is sent."""
    samples = [Sample("Current.Export", 9.0), Sample("Power.Active.Export", 2070.0)]
    life = charging(export_is_import=True)
    life.measures(samples)
    assert (life.state("current"), life.state("power")) == (9, 2070)
    life.measures([*samples, Sample(CURRENT, 8.0)])
    assert life.state("current") == 8
    standard = charging()
    standard.measures(samples)
    assert standard.state("current") == 0


def test_grizzl_e_names_its_current_export():
    """Row M9: its row in the table of brands."""
    life = Life()
    life.connects()
    life.boots(Identity(vendor="United Chargers", model="GRS-*"))
    life.reports(S.AVAILABLE)
    life.charges()
    life.measures([Sample("Current.Export", 9.0)])
    assert life.state("current") == 9


def test_clock_and_periodic_samples_of_one_moment_count_once():
    """Row M13: and of two moments the newer one, whichever kind it is."""
    life = charging()
    at = life.utc
    life.happens(
        Metered(
            LinkNumber(life.links),
            "values",
            ONE,
            None,
            (
                MeterReading(at, (Sample(POWER, 2300.0), Sample(POWER, 2300.0, context="Sample.Clock"))),
                MeterReading(at - timedelta(seconds=60), (Sample(POWER, 9000.0, context="Transaction.Begin"),)),
            ),
        )
    )
    assert life.state("power") == 2300


# whose it is


def test_a_register_that_creeps_after_the_stop_moves_the_meter_and_not_the_transaction():
    """Row T14: also if the charger still names the transaction that has ended."""
    life = charging()
    number = open_one(life)
    life.meters(2_259_988, 10.0, number)
    life.stops(number, 2_259_988)
    energy = life.state("transaction_energy")
    for transaction in (number, None):
        life.meters(2_259_992, transaction=transaction)
        assert life.state("meter") == 2_259_992
    assert life.state("transaction_energy") == energy
    assert life.memory.transactions[number].energy_wh == energy
    assert life.state("session_energy") == energy
    assert life.state("current") == 0


def test_the_meter_of_a_station_is_that_of_no_outlet():
    """Row T15: the sum over several connectors is nobody's current."""
    life = charging()
    life.measures([Sample(CURRENT, 32.0), Sample(ENERGY, 99_000.0)], connector=CHARGE_POINT)
    assert life.state("current") == 0
    assert life.state("meter") == 1000


def test_the_meter_of_a_station_with_one_outlet_is_its_meter_where_the_flag_says_so():
    """Row T15."""
    life = charging(meter_on_0=True)
    life.measures([Sample(CURRENT, 9.0), Sample(ENERGY, 3000.0)], connector=CHARGE_POINT)
    assert (life.state("current"), life.state("session_energy")) == (9, 2000)
    two = Life(garage(outlet(1), outlet(2), flags={"meter_on_0": True}))
    two.arrives()
    two.charges(connector=TWO)
    two.measures([Sample(CURRENT, 32.0)], connector=CHARGE_POINT)
    assert (two.state("current", ONE), two.state("current", TWO)) == (0, 0)


# meters that say nothing


def test_a_charger_that_charges_and_says_nothing_is_asked_for_its_meter_slowly():
    """Row M10: every five minutes, by connector, and only while it charges."""
    life = charging()
    life.passes(280)
    assert asked(life) == 0
    life.passes(3320)
    assert asked(life) == 12
    life.reports(S.SUSPENDED_EV)
    life.passes(7200)
    assert asked(life) == 12


def test_a_charger_that_tells_its_meter_is_not_asked():
    """Row M10."""
    life = charging()
    for minute in range(60):
        life.meters(1000 + 40 * minute)
        life.passes(60)
    assert asked(life) == 0


def test_a_charger_that_is_known_to_wait_for_the_question_is_asked_each_minute():
    """Row M10: by its brand, or by the installer."""
    life = Life()
    life.connects()
    life.boots(Identity(vendor="Wall Box Chargers", model="PLP1-0-2-4"))
    life.reports(S.AVAILABLE)
    life.passes(3)
    life.charges()
    life.passes(605)
    assert asked(life) == 10
    assert 8 <= asked(charging_for(600, ask_meter_s=60.0)) <= 10
    assert asked(charging_for(7200, ask_meter_s=0.0)) == 0


def charging_for(seconds: float, **flags: object) -> Life:
    life = charging(**flags)
    life.passes(seconds)
    return life


def test_a_charger_that_refuses_the_question_is_asked_again_with_the_next_car():
    """Rows B9, M10: a refusal holds for now."""
    life = charging()
    life.answers[TriggerMessage] = "Rejected"
    life.passes(7200)
    assert asked(life) == 1
    life.stops(open_one(life))
    life.reports(S.AVAILABLE)
    life.charges()
    life.passes(7200)
    assert asked(life) == 2


@pytest.mark.parametrize("answer", ["NotImplemented", Outcome.NOT_SUPPORTED])
def test_a_charger_that_does_not_know_the_question_is_never_asked_again(answer: str | Outcome):
    """Row K9: not after a boot, nor a restart; another firmware may know it."""
    life = charging()
    life.answers[TriggerMessage] = answer
    life.passes(7200)
    assert asked(life) == 1
    life.restarts()
    life.returns()
    life.reports(S.CHARGING)
    life.passes(7200)
    assert asked(life) == 1
    life.boots(Identity(vendor="Box", model="One", firmware="2.0"))
    life.reports(S.AVAILABLE)
    life.charges()
    life.passes(310)
    assert asked(life) == 2


def test_two_outlets_are_never_asked_at_once():
    """Row C32: ten seconds apart."""
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.charges()
    life.charges(connector=TWO)
    told = []
    for _ in range(400):
        before = len(life.told(TriggerMessage))
        life.passes(1)
        told += [life.now_s] * (len(life.told(TriggerMessage)) - before)
    assert len(told) == 2
    assert told[1] - told[0] >= 10


def test_a_charger_that_is_away_is_not_asked():
    """Row M10."""
    life = charging()
    life.disconnects()
    life.passes(3600)
    assert asked(life) == 0
