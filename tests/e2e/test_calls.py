"""Every operation a Central System has, asked for by `call` and carried out by a simulated charger."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.ocpp.simulator.answers import HANDLERS
from tests.kit.box import Box
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.raw_peer import root_of
from tests.kit.until import until

HOUSE = House((charger("BOX", connector(Outlet(1))), charger("UPKEEP", connector(Outlet(2)))))
TOLD = re.compile(r"> (?:Diagnostics|Log|Firmware)StatusNotification status=(\w+)")
Json = dict[str, object]
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
NOW = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
FILE = "ftp://files.test/box-2.0.bin"
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "00", "issuerKeyHash": "00", "serialNumber": "00"}
PROFILE = {
    "chargingProfileId": 77,
    "stackLevel": 3,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": NOW,
    "validTo": SOON,
    "chargingSchedule": {
        "duration": 3600,
        "startSchedule": NOW,
        "chargingRateUnit": "W",
        "minChargingRate": 4140.0,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.0, "numberPhases": 3}],
    },
}
CALLS: dict[str, tuple[Json, str]] = {
    "CancelReservation": ({"reservationId": 4711}, "Rejected"),
    "CertificateSigned": ({"certificateChain": "-----BEGIN CERTIFICATE-----"}, "Rejected"),
    "ChangeAvailability": ({"connectorId": 2, "type": "Operative"}, "Accepted"),
    "ChangeConfiguration": ({"key": "ConnectionTimeOut", "value": "90"}, "Accepted"),
    "ClearCache": ({}, "Accepted"),
    "ClearChargingProfile": ({"id": 4711}, "Unknown"),
    "DataTransfer": ({"vendorId": "test", "messageId": "m", "data": "d"}, "UnknownVendorId"),
    "DeleteCertificate": ({"certificateHashData": HASH}, "NotFound"),
    "ExtendedTriggerMessage": ({"requestedMessage": "LogStatusNotification"}, "Accepted"),
    "GetCompositeSchedule": ({"connectorId": 1, "duration": 600, "chargingRateUnit": "A"}, "Accepted"),
    "GetConfiguration": ({"key": ["HeartbeatInterval", "NoSuchKey"]}, ""),
    "GetDiagnostics": ({"location": FILE, "retries": 1, "startTime": NOW, "stopTime": SOON}, ""),
    "GetInstalledCertificateIds": ({"certificateType": "ManufacturerRootCertificate"}, "NotFound"),
    "GetLocalListVersion": ({}, ""),
    "GetLog": ({"logType": "SecurityLog", "requestId": 5, "log": {"remoteLocation": FILE}}, "Accepted"),
    "InstallCertificate": ({"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"}, "Accepted"),
    "RemoteStartTransaction": ({"idTag": "CARD", "connectorId": 9}, "Rejected"),
    "RemoteStopTransaction": ({"transactionId": 4711}, "Rejected"),
    "ReserveNow": (
        {"connectorId": 2, "expiryDate": SOON, "idTag": "C", "parentIdTag": "P", "reservationId": 9},
        "Accepted",
    ),
    "Reset": ({"type": "Soft"}, "Accepted"),
    "SendLocalList": (
        {
            "listVersion": 3,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "Accepted", "expiryDate": SOON}}],
        },
        "Accepted",
    ),
    "SetChargingProfile": ({"connectorId": 1, "csChargingProfiles": PROFILE}, "Accepted"),
    "SignedUpdateFirmware": (
        {
            "requestId": 8,
            "firmware": {"location": FILE, "retrieveDateTime": SOON, "signingCertificate": "PEM", "signature": "AA=="},
        },
        "Accepted",
    ),
    "TriggerMessage": ({"requestedMessage": "StatusNotification", "connectorId": 1}, "Accepted"),
    "UnlockConnector": ({"connectorId": 2}, "Unlocked"),
    "UpdateFirmware": ({"location": FILE, "retrieveDate": SOON, "retries": 2, "retryInterval": 5}, ""),
}


async def call(bridge: BridgeProcess, charger_id: str, action: str, payload: Json) -> Json:
    """What the bridge says of this operation, as the command line is told it."""
    reader, writer = await asyncio.open_unix_connection(bridge.socket, limit=1 << 20)
    request = {"verb": "call", "charger": charger_id, "action": action, "payload": payload}
    writer.write(json.dumps(request).encode() + b"\n")
    answer: Json = json.loads(await asyncio.wait_for(reader.readline(), 20))
    writer.close()
    return answer


def test_there_is_a_call_for_every_operation_of_the_simulated_charger():
    assert CALLS.keys() == HANDLERS.keys()


async def test_every_operation_is_answered_word_for_word(bridge: BridgeProcess):
    root_text = json.dumps(root_of(bridge.ocpp_port))[1:-1]
    async with Box(bridge.url, "BOX") as box:
        await box.comes_in("ws")
        calls = [(action, *asked) for action, asked in CALLS.items() if action != "Reset"]
        for action, payload, status in [*calls, ("Reset", *CALLS["Reset"])]:
            answer = await call(bridge, "BOX", action, json.loads(json.dumps(payload).replace("PEM", root_text)))
            assert isinstance(answer.get("answer"), dict), (action, answer)
            assert answer["answer"].get("status", "") == status, (action, answer)
        assert box.machine.configuration.values["ConnectionTimeOut"] == "90"
        assert box.machine.local_list.version == 3
        reservation = box.machine.connectors[2].reservation
        assert reservation is not None
        assert (reservation.id, reservation.parent) == (9, "P")
        await box.comes_in("ws", 2)


async def test_what_is_not_as_the_schema_has_it_never_leaves(bridge: BridgeProcess):
    async with Box(bridge.url, "BOX") as box:
        await box.comes_in("ws")
        for action, payload in (
            ("Reset", {"type": "Now"}),
            ("GetLog", {}),
            ("NoSuchThing", {}),
            ("ClearCache", {"x": 1}),
        ):
            answer = await call(bridge, "BOX", action, payload)
            assert answer.get("called") != "ACCEPTED", (action, answer)
        assert not any("type=Now" in line for line in box.said)


@pytest.mark.parametrize(
    ("action", "payload", "told"),
    [
        ("GetDiagnostics", {"location": FILE}, ["Uploading", "Uploaded"]),
        (
            "GetLog",
            {"logType": "SecurityLog", "requestId": 5, "log": {"remoteLocation": FILE}},
            ["Uploading", "Uploaded"],
        ),
        (
            "UpdateFirmware",
            {"location": FILE, "retrieveDate": NOW},
            ["Downloading", "Downloaded", "Installing", "Installed"],
        ),
    ],
)
async def test_what_follows_in_time_is_answered(bridge: BridgeProcess, action: str, payload: Json, told: list[str]):
    async with Box(bridge.url, "UPKEEP") as box:
        await box.comes_in("ws")
        box.said.clear()
        assert "answer" in await call(bridge, "UPKEEP", action, payload)

        def said() -> list[str]:
            return [
                line.split("status=")[1].split()[0]
                for line in box.said
                if "> " in line and "Status" in line and "status=" in line and "connectorId" not in line
            ]

        await until(lambda: [word for word in said() if word != "Idle"] == told and box.machine.settled, 15, f"{told}")
        answered = [line for line in box.said if line.startswith("< ") and "StatusNotification.conf" in line]
        assert len(answered) >= len(told)
