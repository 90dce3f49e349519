"""Remote trigger: each message, and refused."""

from tests.kit.station import now


def test_tc_054_each_message_is_triggered(station, does):
    readings = [{"timestamp": now(), "sampledValue": [{"value": "0", "context": "Trigger"}]}]
    does("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert station.send("MeterValues", connectorId=1, meterValue=readings) == {}
    does("TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert station.send("Heartbeat")["currentTime"]
    does("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1})
    station.status("Available")
    does("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
    assert station.send("DiagnosticsStatusNotification", status="Idle") == {}
    does("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"})
    assert station.send("FirmwareStatusNotification", status="Idle") == {}
    does("TriggerMessage", {"requestedMessage": "BootNotification"})
    assert station.boot()["status"] == "Accepted"


def test_tc_055_trigger_rejected(fails):
    fails("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 9}, "Rejected")
