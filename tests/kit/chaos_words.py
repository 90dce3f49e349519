"""What the chaos charger makes of a request that a good charger would send: its words, still well-formed JSON."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tests.kit.quirks import Quirk

Json = dict[str, Any]
Deform = Callable[[Json, int], Json | None]
"""The payload as it is said, None: it is not said at all. The number counts how often this switch has acted."""

LONG: Final = "L" * 300
ENERGY: Final = "Energy.Active.Import.Register"
_OLD: Final = "2020-01-01T00:00:00Z"
_STRANGE: Final[tuple[object, ...]] = ([], 7, "nonsense", {"connectorId": {"a": []}}, [[]], True)


def _extra(payload: Json, _: int) -> Json:
    return payload | {"connectorStatus": 2, "vendor": {"x": [1]}}


def _long(payload: Json, _: int) -> Json:
    return payload | {key: LONG for key in ("info", "chargePointSerialNumber", "vendorErrorCode") if key in payload}


def _wrong_types(payload: Json, _: int) -> Json:
    changed = dict(payload)
    for key in ("connectorId", "meterStart", "transactionId"):
        if key in payload:
            changed[key] = str(payload[key])
    if "meterStop" in payload:
        changed["meterStop"] = payload["meterStop"] + 0.4
    return _samples(changed, lambda sample: sample | {"value": float(sample["value"])})


def _clock(payload: Json, number: int) -> Json:
    if "timestamp" not in payload:
        return payload
    at = datetime.fromisoformat(payload["timestamp"])
    shapes = (
        f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}",
        f"{at:1970-01-01T%H:%M:%SZ}",
        f"{at:%Y-%m-%dT%H:%M:%S}",
        "yesterday",
    )
    return payload | {"timestamp": shapes[number % len(shapes)]}


def _missing(payload: Json, number: int) -> Json:
    """Never the connector where it is not 1, which nobody could guess."""
    gone = {"timestamp"} if number % 2 else {"meterStop", "errorCode"}
    if payload.get("connectorId") == 1 and "status" in payload:
        gone |= {"connectorId"}
    return {key: value for key, value in payload.items() if key not in gone}


def _wrong_number(payload: Json, number: int) -> Json:
    if "transactionId" not in payload:
        return payload
    return payload | {"transactionId": (0, -1, 1_936_029_036, None)[number % 4]}


def _samples(payload: Json, change: Callable[[Json], Json | None]) -> Json:
    """Each sample as it is said; None: left out."""
    if "meterValue" not in payload:
        return payload
    values = []
    for value in payload["meterValue"]:
        said = (change(dict(sample)) for sample in value["sampledValue"])
        values.append(value | {"sampledValue": [sample for sample in said if sample is not None]})
    return payload | {"meterValue": values}


def _added(payload: Json, *samples: Json) -> Json:
    values = [value | {"sampledValue": [*value["sampledValue"], *samples]} for value in payload["meterValue"]]
    return payload | {"meterValue": values}


def _bare(payload: Json, _: int) -> Json:
    return _samples(payload, lambda one: {"value": one["value"]} if one.get("unit") == "Wh" else one)


def _untidy(payload: Json, number: int) -> Json:
    def untidy(sample: Json) -> Json:
        value = sample["value"]
        shapes = (f"  {value} ", value.replace(".", ","), "NaN", "")
        return sample | {"value": shapes[number % (2 if sample["measurand"] == ENERGY else 4)]}

    return _samples(payload, untidy)


def _kilo(payload: Json, _: int) -> Json:
    def kilo(sample: Json) -> Json:
        if sample.get("unit") not in {"Wh", "W"}:
            return sample
        return sample | {"value": str(float(sample["value"]) / 1000), "unit": "k" + sample["unit"]}

    return _samples(payload, kilo)


def _phases(payload: Json, _: int) -> Json:
    """Power by phases alone: three equal parts."""
    parts: list[Json] = []
    for value in payload["meterValue"]:
        for sample in value["sampledValue"]:
            if sample["measurand"] == "Power.Active.Import":
                third = str(float(sample["value"]) / 3)
                parts += [sample | {"value": third, "phase": phase} for phase in ("L1", "L2", "L3")]
    others = _samples(payload, lambda one: None if one["measurand"] == "Power.Active.Import" else one)
    return _added(others, *parts)


def _to_neutral(payload: Json, _: int) -> Json:
    def named(sample: Json) -> Json:
        return sample | {"phase": f"{sample['phase']}-N"} if sample.get("phase") in {"L1", "L2", "L3"} else sample

    neutral = {"value": "0.2", "measurand": "Current.Import", "phase": "N", "unit": "A"}
    return _added(_samples(payload, named), neutral)


def _half(payload: Json, number: int) -> Json:
    gone = ("Power.Active.Import", "Current.Import")[number % 2]
    return _samples(payload, lambda one: None if one["measurand"] == gone else one)


def _instants(payload: Json, _: int) -> Json:
    """The instant a minute before comes last, with half the current."""
    value = payload["meterValue"][0]
    at = datetime.fromisoformat(value["timestamp"]) - timedelta(minutes=1)
    flows = [one | {"value": "1"} for one in value["sampledValue"] if one["measurand"] != ENERGY]
    return payload | {"meterValue": [value, {"timestamp": at.isoformat(), "sampledValue": flows}]}


def _clock_aligned(payload: Json, _: int) -> Json:
    aligned = _samples(payload, lambda one: one | {"context": "Sample.Clock"})["meterValue"]
    return payload | {"meterValue": [*payload["meterValue"], *aligned]}


def _falls(payload: Json, _: int) -> Json:
    def lower(sample: Json) -> Json:
        return sample | {"value": str(float(sample["value"]) - 5)} if sample["measurand"] == ENERGY else sample

    return _samples(payload, lower)


def _fractions(payload: Json, number: int) -> Json:
    def finer(sample: Json) -> Json:
        if sample["measurand"] != ENERGY or sample["unit"] != "Wh":
            return sample
        if number % 2:
            return sample | {"value": str(round(float(sample["value"]) * 1000)), "unit": "mWh"}
        return sample | {"value": f"{float(sample['value']):.3f}"}

    return _samples(payload, finer)


def _strange_samples(payload: Json, _: int) -> Json:
    hertz = {"value": "50", "unit": "Hz", "measurand": "Frequency"}
    return _added(payload, hertz, {"value": "1", "measurand": "Wobble", "unit": "W", "phase": "L9", "context": "odd"})


def _silent(_: Json, __: int) -> None:
    return None


def _of(**fields: object) -> Deform:
    return lambda payload, _: payload | fields


DEFORMATIONS: Final[dict[str, dict[Quirk, Deform]]] = {
    "BootNotification": {Quirk.F15: _long, Quirk.F14: _extra},
    "Heartbeat": {Quirk.B21: _silent, Quirk.F14: _extra},
    "StatusNotification": {
        Quirk.B9: _silent,
        Quirk.B7: _clock,
        Quirk.B8: _of(timestamp=_OLD),
        Quirk.F14: _extra,
        Quirk.F15: lambda payload, _: payload | {"info": LONG},
        Quirk.F17: _wrong_types,
        Quirk.F18: lambda payload, _: payload | ({"errorCode": "Error"} if payload["errorCode"] == "NoError" else {}),
        Quirk.F20: _missing,
    },
    "Authorize": {Quirk.F14: _extra},
    "StartTransaction": {
        Quirk.B7: _clock,
        Quirk.F14: _extra,
        Quirk.F17: _wrong_types,
        Quirk.F20: lambda payload, _: {key: value for key, value in payload.items() if key != "timestamp"},
    },
    "StopTransaction": {
        Quirk.B7: _clock,
        Quirk.F14: _extra,
        Quirk.F17: _wrong_types,
        Quirk.F16: lambda payload, _: payload | ({"idTag": payload["idTag"] + "??"} if "idTag" in payload else {}),
        Quirk.F18: lambda payload, number: payload | {"reason": ("", "EVdisconnected", "Nap")[number % 3]},
        Quirk.F20: _missing,
        Quirk.T4: lambda payload, number: payload | {"transactionId": -(number % 2)},
        Quirk.T12: lambda payload, number: payload | {"meterStop": (-1, 0, 1)[number % 3]},
    },
    "MeterValues": {
        Quirk.M10: _silent,
        Quirk.M12: _instants,
        Quirk.M13: _clock_aligned,
        Quirk.M4: _phases,
        Quirk.M5: _to_neutral,
        Quirk.M8: _half,
        Quirk.M3: _kilo,
        Quirk.M15: _falls,
        Quirk.M16: _fractions,
        Quirk.M2: _untidy,
        Quirk.M1: _bare,
        Quirk.M14: lambda payload, _: _added(payload, {"value": "OCMF|{}|", "format": "SignedData"}),
        Quirk.F14: _extra,
        Quirk.F17: lambda payload, number: payload | {"connectorId": str(payload["connectorId"])},
        Quirk.F18: _strange_samples,
        Quirk.F21: lambda payload, _: payload | ({"transactionId": None} if "transactionId" in payload else {}),
        Quirk.T5: _wrong_number,
    },
}
"""Per request what each switch makes of it, in this order."""


def unasked(on: frozenset[Quirk] | set[Quirk], count: Iterator[int]) -> list[tuple[str, object]]:
    """The requests that these switches add to what a good charger says."""
    number = next(count)
    said: list[tuple[str, object]] = []
    if Quirk.F19 in on:
        said.append(("MeterValues", {"connectorId": 1, "meterValue": []}))
        said.append(("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": _OLD, "sampledValue": []}]}))
    if Quirk.F22 in on:
        said.append(("DataTransfer", {"vendorId": "org.example", "data": {"a": [1, {"b": None}]}}))
    if Quirk.F24 in on:
        actions = ("MeterValues", "Heartbeat", "DataTransfer", "Authorize", "FirmwareStatusNotification")
        said.append((actions[number % len(actions)], _STRANGE[number % len(_STRANGE)]))
    if Quirk.B10 in on:
        said.append(("StatusNotification", {"connectorId": 0, "status": "Available", "errorCode": "NoError"}))
    if Quirk.O6 in on:
        said.append(("SecurityEventNotification", {"type": "Odd", "timestamp": _OLD}))
        said.append(("LogStatusNotification", {"status": "Idle", "requestId": 1}))
        said.append(("SignedFirmwareStatusNotification", {"status": "Idle", "requestId": 1}))
    if Quirk.O7 in on:
        said.append(("SignCertificate", {"csr": "no request"}))
    if Quirk.O8 in on:
        said.append(("Sing", {"song": "la"}))
    return said


def shifted(payload: Json, by_wh: int) -> Json:
    """MeterValues whose energy register began elsewhere."""

    def shift(sample: Json) -> Json:
        return sample | {"value": str(float(sample["value"]) + by_wh)} if sample["measurand"] == ENERGY else sample

    return _samples(payload, shift)
