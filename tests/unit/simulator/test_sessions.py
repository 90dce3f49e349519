from datetime import datetime, timedelta
from typing import Any

import pytest

from knx_ocpp_bridge.ocpp.simulator.clock import duration
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.records import MAX_VALUES
from knx_ocpp_bridge.ocpp.simulator.script import ScriptError, perform
from tests.kit.polite_central import NOON, PoliteCentral
from tests.unit.simulator.test_charging import booted, charging

ENERGY = "Energy.Active.Import.Register"
SIGNING = Plan(meter_serial="M-4711", signs=True, time_lapse=0.0)


def do(central: PoliteCentral, *lines: str) -> None:
    for line in lines:
        perform(line, central.charger, central.now)
        central.charger.tick(central.now)
        central.listen()


def said(central: PoliteCentral, action: str) -> list[dict[str, Any]]:
    return [request.payload for request in central.heard if request.action == action]


def samples(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [sample for value in values for sample in value["sampledValue"]]


def test_the_meter_is_named_at_boot():
    central = PoliteCentral(SIGNING)
    central.connect()
    assert said(central, "BootNotification")[0]["meterSerialNumber"] == "M-4711"


def test_two_transactions_of_one_plug_in_are_two_charges_without_pulling_the_cable():
    central = booted()
    do(central, "plug 1", "card 1 A", "card 1 A", "card 1 A", "unplug 1")
    spoken = [word for word in central.take() if word != "Authorize"]
    assert spoken == [
        "1 Preparing",
        "StartTransaction",
        "1 Charging",
        "StopTransaction 1 Local",
        "1 Finishing",
        "StartTransaction",
        "1 Charging",
        "StopTransaction 2 EVDisconnected",
        "1 Available",
    ]


def test_the_button_at_the_charger_ends_a_transaction_with_the_reason_that_it_has():
    central = charging()
    do(central, "stop 1 EmergencyStop")
    assert central.take() == ["StopTransaction 1 EmergencyStop", "1 Finishing"]


def test_a_meter_that_signs_does_so_at_the_beginning_and_at_the_end():
    central = booted(SIGNING)
    do(central, "plug 1", "card 1 A", "meter 1 +500", "card 1 A")
    begin = said(central, "MeterValues")[0]
    assert begin["transactionId"] == 1
    end = said(central, "StopTransaction")[0]
    texts = samples(begin["meterValue"]) + samples(end["transactionData"])
    assert [(sample["context"], sample["format"]) for sample in texts] == [
        ("Transaction.Begin", "SignedData"),
        ("Transaction.End", "SignedData"),
    ]
    assert [sample["value"].split("|")[0] for sample in texts] == ["OCMF", "OCMF"]
    assert '"MS":"M-4711"' in texts[1]["value"]
    assert '"RV":10.5,' in texts[1]["value"]


def test_readings_go_along_with_the_end_where_the_charger_is_configured_so():
    central = booted(Plan(time_lapse=0.0))
    do(central, f"configure StopTxnSampledData {ENERGY}", "plug 1", "card 1 A", "meter 1 +500", "unplug 1")
    (stop,) = said(central, "StopTransaction")
    kept = samples(stop["transactionData"])
    assert [(sample["context"], sample["value"]) for sample in kept] == [
        ("Transaction.Begin", "10000"),
        ("Sample.Periodic", "10500"),
        ("Transaction.End", "10500"),
    ]


def test_a_long_transaction_still_ends_in_one_message_with_its_first_and_last_reading():
    central = booted(Plan(time_lapse=0.0))
    do(central, f"configure StopTxnSampledData {ENERGY}", "plug 1", "card 1 A")
    for _ in range(2 * MAX_VALUES):
        do(central, "meter 1 +1")
    do(central, "unplug 1")
    kept = samples(said(central, "StopTransaction")[0]["transactionData"])
    assert len(kept) <= MAX_VALUES
    assert (kept[0]["value"], kept[-1]["value"]) == ("10000", "10200")
    assert [int(sample["value"]) for sample in kept] == sorted(int(sample["value"]) for sample in kept)


def test_a_charge_of_yesterday_is_told_today_with_its_own_times():
    central = booted()
    do(central, "past 1 A 26h 4h 12000")
    start, stop = said(central, "StartTransaction")[0], said(central, "StopTransaction")[0]
    assert (start["timestamp"], stop["timestamp"]) == ("2026-05-31T10:00:00.000Z", "2026-05-31T14:00:00.000Z")
    assert stop["meterStop"] - start["meterStart"] == 12_000
    readings = said(central, "MeterValues")
    assert len(readings) == 15
    times = [datetime.fromisoformat(payload["meterValue"][0]["timestamp"]) for payload in readings]
    assert times[0] == NOON - timedelta(hours=25.75)
    registers = [int(payload["meterValue"][0]["sampledValue"][0]["value"]) for payload in readings]
    assert registers == [10_000 + 750 * quarter for quarter in range(1, 16)]
    assert central.take() == ["StartTransaction", *["MeterValues"] * 15, "StopTransaction 1 Local"]


def test_a_charge_of_yesterday_waits_for_the_network():
    central = booted()
    central.disconnect()
    do(central, "past 1 A 26h 1h 1000")
    assert central.take() == []
    central.connect()
    assert central.take()[0] == "StartTransaction"


def test_a_connector_that_charges_has_not_charged_meanwhile():
    with pytest.raises(ScriptError, match="connector 1 charges"):
        do(charging(), "past 1 A 26h 1h 1000")


def test_a_charger_two_hours_ahead_says_so_in_every_message_and_may_leave_the_zone_to_guess():
    central = booted()
    do(central, "clock +2h", "clock naive", "plug 1")
    assert said(central, "StatusNotification")[-1]["timestamp"] == "2026-06-01T14:00:00.000"
    do(central, "card 1 A")
    assert said(central, "StartTransaction")[-1]["timestamp"] == "2026-06-01T14:00:00.000"
    do(central, "clock right", "unplug 1")
    assert said(central, "StopTransaction")[-1]["timestamp"] == "2026-06-01T12:00:00.000Z"


def test_readings_come_as_often_as_the_charger_is_configured():
    central = charging()
    do(central, "configure MeterValueSampleInterval 10")
    central.wait(60)
    assert central.take().count("MeterValues") == 6


def test_a_key_that_the_charger_does_not_take_is_told():
    with pytest.raises(ScriptError, match="Nonsense"):
        do(booted(), "configure MeterValuesSampledData Nonsense")


def test_the_battery_of_the_car_is_told_where_the_configuration_asks_for_it():
    central = charging()
    do(central, "meter 1 +0")
    assert "SoC" not in {sample["measurand"] for sample in samples(said(central, "MeterValues")[-1]["meterValue"])}
    do(central, "configure MeterValuesSampledData SoC", "meter 1 +6000")
    assert samples(said(central, "MeterValues")[-1]["meterValue"]) == [
        {"value": "50", "context": "Sample.Periodic", "measurand": "SoC", "unit": "Percent", "location": "EV"}
    ]


def test_a_car_that_is_full_says_so_and_without_a_car_there_is_no_battery():
    central = charging()
    do(central, "configure MeterValuesSampledData SoC", "car 1 full-at 6000", "meter 1 +3000", "meter 1 +3000")
    told = [sample["value"] for sample in samples([each["meterValue"][0] for each in said(central, "MeterValues")])]
    assert told[-2:] == ["95", "100"]
    do(central, "unplug 1")
    assert central.charger.connectors[1].soc is None


def test_a_time_has_a_unit_or_is_seconds():
    assert duration("90") == duration("1.5m") == timedelta(seconds=90)
    assert duration("-26h") == -timedelta(hours=26)
    with pytest.raises(ValueError, match="2 weeks"):
        duration("2 weeks")
