"""The frames of the load, the same for every server. `########` becomes a counter: message ids never repeat."""

import json
from datetime import UTC, datetime
from typing import Any, Final

NUMBER: Final = "########"


def boot() -> str:
    return _call("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "One", "firmwareVersion": "1"})


def heartbeat() -> str:
    return _call("Heartbeat", {})


def status(connector: int, state: str) -> str:
    return _call(
        "StatusNotification",
        {"connectorId": connector, "errorCode": "NoError", "status": state, "timestamp": _now()},
    )


def start_transaction(connector: int) -> str:
    return _call(
        "StartTransaction",
        {"connectorId": connector, "idTag": "04A2B3C4D5E680", "meterStart": 10_000_000, "timestamp": _now()},
    )


def meter_values(connector: int, transaction: int, current_a: float, register: str) -> str:
    """Three phases of current, voltage and power; power and register as sums; temperature: twelve sampled values."""
    samples = [
        sample
        for phase in ("L1", "L2", "L3")
        for sample in (
            _sample(f"{current_a:.1f}", "Current.Import", "A", phase),
            _sample("230.4", "Voltage", "V", f"{phase}-N"),
            _sample(f"{current_a * 230.4:.1f}", "Power.Active.Import", "W", phase),
        )
    ]
    samples += [
        _sample(register, "Energy.Active.Import.Register", "Wh"),
        _sample(f"{current_a * 3 * 230.4:.1f}", "Power.Active.Import", "W"),
        _sample("31.5", "Temperature", "Celsius"),
    ]
    return _call(
        "MeterValues",
        {
            "connectorId": connector,
            "transactionId": transaction,
            "meterValue": [{"timestamp": _now(), "sampledValue": samples}],
        },
    )


def _sample(value: str, measurand: str, unit: str, phase: str | None = None) -> dict[str, str]:
    sample = {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand, "unit": unit}
    if phase is not None:
        sample["phase"] = phase
    return sample


def _call(action: str, payload: dict[str, Any]) -> str:
    return json.dumps([2, NUMBER, action, payload], separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
