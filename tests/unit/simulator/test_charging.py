from ocpp.v16.enums import ChargePointErrorCode, Reason

from knx_ocpp_bridge.ocpp.simulator.connector import Appetite
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit.polite_central import PoliteCentral


def booted(plan: Plan | None = None) -> PoliteCentral:
    central = PoliteCentral(plan)
    central.connect()
    central.take()
    return central


def charging(plan: Plan | None = None, tag: str = "OWN") -> PoliteCentral:
    central = booted(plan)
    central.charger.plug(1, central.now)
    central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": tag})
    central.take()
    return central


def reported_current(central: PoliteCentral) -> list[str]:
    last = [request for request in central.heard if request.action == "MeterValues"][-1]
    samples = last.payload["meterValue"][0]["sampledValue"]
    return [sample["value"] for sample in samples if sample["measurand"] == "Current.Import"]


def test_after_the_boot_every_connector_and_the_charge_point_tell_their_status():
    central = PoliteCentral()
    central.connect()
    assert central.take() == ["BootNotification", "0 Available", "1 Available", "2 Available"]


def test_nothing_but_the_boot_is_said_while_it_is_pending_and_it_is_tried_again():
    central = PoliteCentral()
    central.registration = "Pending"
    central.connect()
    central.charger.plug(1, central.now)
    central.wait(200)
    assert central.take() == ["BootNotification"]
    central.registration = "Accepted"
    central.wait(120)
    assert central.take() == ["BootNotification", "0 Available", "1 Preparing", "2 Available"]


def test_a_bare_reconnect_says_nothing_that_was_said_before():
    central = booted()
    central.disconnect()
    central.connect()
    assert central.take() == []


def test_what_changed_while_offline_is_told_after_the_reconnect():
    central = booted()
    central.disconnect()
    central.charger.plug(2, central.now)
    central.connect()
    assert central.take() == ["2 Preparing"]


def test_a_remote_start_with_the_cable_in_opens_a_transaction_at_once():
    central = booted()
    central.charger.plug(1, central.now)
    assert central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "OWN"}) == {"status": "Accepted"}
    assert central.take() == ["1 Preparing", "StartTransaction", "1 Charging"]


def test_a_remote_start_before_the_cable_waits_for_it():
    central = booted()
    central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "OWN"})
    assert central.take() == ["1 Preparing"]
    central.charger.plug(1, central.now)
    central.listen()
    assert central.take() == ["StartTransaction", "1 Charging"]


def test_a_remote_start_without_a_cable_expires():
    central = booted()
    central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "OWN"})
    central.wait(61)
    assert central.take() == ["1 Preparing", "1 Available"]


def test_a_remote_start_is_rejected_where_somebody_charges():
    central = charging()
    assert central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "OWN"}) == {"status": "Rejected"}


def test_a_remote_stop_ends_the_transaction_and_the_cable_stays():
    central = charging()
    assert central.ask("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Accepted"}
    assert central.take() == ["StopTransaction 1 Remote", "1 Finishing"]
    assert central.ask("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Rejected"}


def test_pulling_the_cable_ends_the_transaction():
    central = charging()
    central.charger.unplug(1, central.now)
    central.listen()
    assert central.take() == ["StopTransaction 1 EVDisconnected", "1 Available"]


def test_meter_values_come_every_interval_with_three_phases_and_energy_that_fits():
    central = charging()
    central.wait(60)
    assert reported_current(central) == ["16.0", "16.0", "16.0"]
    assert central.take() == ["MeterValues"]
    central.wait(3540)
    assert round(central.charger.connectors[1].meter_wh) == 10_000 + 16 * 230 * 3


def test_the_register_stands_still_where_time_does_not_lapse():
    central = charging(Plan(time_lapse=0.0))
    central.wait(3600)
    assert central.charger.connectors[1].meter_wh == 10_000


def test_a_car_that_waits_suspends_and_a_full_car_stops_drawing():
    central = charging()
    central.charger.car(1, Appetite.WAITS, None, central.now)
    central.listen()
    assert central.take() == ["1 SuspendedEV"]
    central.charger.car(1, Appetite.CHARGES, 100.0, central.now)
    central.wait(60)
    assert central.take() == ["1 Charging", "1 SuspendedEV", "MeterValues"]


def test_a_faulted_connector_draws_nothing_and_goes_on_when_it_is_clear():
    central = charging()
    central.charger.fault(1, ChargePointErrorCode.ground_failure, "relay", "E7", central.now)
    central.listen()
    assert (
        central.heard[-1].payload.items()
        >= {"errorCode": "GroundFailure", "info": "relay", "vendorErrorCode": "E7"}.items()
    )
    assert central.charger.current_a(central.charger.connectors[1], central.now) == 0
    central.charger.fault(1, ChargePointErrorCode.no_error, "", "", central.now)
    central.listen()
    assert central.take() == ["1 Faulted", "1 Charging"]


def test_offline_transactions_are_told_in_order_with_their_own_times():
    central = charging()
    central.disconnect()
    central.wait(60)
    central.charger.unplug(1, central.now)
    stopped = central.now
    central.wait(3600)
    central.connect()
    stop = next(request for request in central.heard if request.action == "StopTransaction")
    assert stop.payload["timestamp"] == stopped.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert central.take() == ["MeterValues", "StopTransaction 1 EVDisconnected", "1 Available"]


def test_a_start_that_nobody_answered_is_said_again_on_the_next_link():
    central = booted()
    central.charger.plug(1, central.now)
    central.listen()
    central.answers = False
    central.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "OWN"})
    first = central.heard[-1]
    central.disconnect()
    central.answers = True
    central.heard.clear()
    central.connect()
    assert central.heard[0] == first
    assert central.take() == ["StartTransaction", "1 Charging"]


def test_an_unanswered_transaction_message_is_tried_three_times():
    central = charging()
    central.answers = False
    central.ask("RemoteStopTransaction", {"transactionId": 1})
    for _ in range(5):
        central.charger.unanswered(central.now)
        central.wait(60)
    assert central.take().count("StopTransaction 1 Remote") == 3


def test_a_power_cycle_is_told_after_the_boot():
    central = charging()
    central.charger.power_cycle(central.now)
    assert not central.charger.wants_link
    central.disconnect()
    central.wait(6)
    assert central.charger.wants_link
    central.connect()
    assert central.take() == [
        "BootNotification",
        "StopTransaction 1 PowerLoss",
        "0 Available",
        "1 Finishing",
        "2 Available",
    ]


def test_a_soft_reset_says_goodbye_first_and_a_hard_one_afterwards():
    soft = charging()
    soft.ask("Reset", {"type": "Soft"})
    assert soft.take() == ["StopTransaction 1 SoftReset", "1 Finishing"]
    soft.wait(1)
    assert not soft.charger.wants_link
    hard = charging()
    hard.ask("Reset", {"type": "Hard"})
    assert not hard.charger.wants_link
    hard.disconnect()
    hard.wait(6)
    hard.connect()
    assert f"StopTransaction 1 {Reason.hard_reset.value}" in hard.take()


def test_a_heartbeat_is_sent_only_after_silence():
    central = booted()
    central.wait(299)
    assert central.take() == []
    central.wait(2)
    assert central.take() == ["Heartbeat"]
