"""Makes a message of what was meant as one: the second, slower look at a payload that `messages` refused.

Every payload becomes a message, even nonsense: a charger that gets an error for it only sends it again.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar, get_args

import msgspec

from knx_ocpp_bridge.ocpp.guards import too_deep, too_long_a_number
from knx_ocpp_bridge.ocpp.repair import repair
from knx_ocpp_bridge.ocpp.v16 import messages
from knx_ocpp_bridge.ocpp.v16.messages import (
    MAX_CHARS,
    MAX_CSR_CHARS,
    MAX_SIGNED_BYTES,
    SIGNED,
    MeterValue,
    SampledValue,
)

Report = Callable[[str], None]
"""Is told what was wrong, in words that name the field; the same words for the same mistake."""

_M = TypeVar("_M", bound=msgspec.Struct)
_LIMIT: Final = 2**63
_NUMBER: Final = re.compile(r"([+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)\s*([A-Za-z%]*)", re.ASCII)


def fit(kind: type[_M], payload: bytes, report: Report) -> _M:
    """Give a message of this kind for any JSON value; never raises."""
    name = kind.__name__
    content = plain(payload)
    if not isinstance(content, dict):
        report(f"{name} without an object for its payload")
        content = {}
    return msgspec.convert(_fields(kind, content, name, report), kind, strict=False)


def plain(payload: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Give the JSON value, None where there is no telling; numbers of absurd length are null."""
    if too_deep(payload):
        return None
    try:
        if not too_long_a_number(payload):
            return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return msgspec.json.decode(repair(payload.decode("utf-8", "replace")) or "null")
    except msgspec.DecodeError:
        return None


def number(value: object) -> float | None:
    """Give a finite number: blanks stripped, decimal commas read, a unit behind it ignored (rows F17, M2)."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value.strip())
        if found is None:
            return None
        try:
            value = float(_decimal_point(found[1]))
        except ValueError:
            return None
    try:
        parsed = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    return parsed if math.isfinite(parsed) else None


def _decimal_point(digits: str) -> str:
    if digits.rfind(",") > digits.rfind("."):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "")


def _whole(value: object) -> int | None:
    if isinstance(value, int):
        return int(value) if -_LIMIT <= value < _LIMIT else None
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return int(value.strip().lower() == "true")
    parsed = number(value)
    return round(parsed) if parsed is not None and -_LIMIT <= parsed < _LIMIT else None


def _text(value: object, limit: int = MAX_CHARS) -> str | None:
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)[:limit]
    return None


def _certificate_request(value: object) -> str | None:
    return _text(value, MAX_CSR_CHARS)


def _letters(word: str) -> str:
    return re.sub(r"[^a-z0-9%]", "", word.casefold())


def _word(known: object, aliases: dict[str, str], otherwise: str | None) -> Callable[[object], str | None]:
    """Give a reader of one enumeration: known spellings to the standard's, any other word to `otherwise`."""
    exact = frozenset(word for literal in get_args(known) for word in (get_args(literal) or (literal,)))
    spellings = {_letters(word): word for word in exact if word not in _CASE_COUNTS} | aliases

    def read(value: object) -> str | None:
        text = _text(value)
        if text is None or not text.strip():
            return None
        return text if text in exact else spellings.get(_letters(text), otherwise)

    return read


_CASE_COUNTS: Final = ("mWh", "mW")
"""A thousandth only where it is spelled exactly so; else a million."""
_UNITS: Final = {
    "%": "Percent",
    "hz": "Hertz",
    "c": "Celsius",
    "degc": "Celsius",
    "f": "Fahrenheit",
    "kelvin": "K",
    "watt": "W",
    "watts": "W",
    "ampere": "A",
    "amperes": "A",
    "amp": "A",
    "amps": "A",
    "volt": "V",
    "volts": "V",
}
_PHASES: Final = {"l1n": "L1-N", "l2n": "L2-N", "l3n": "L3-N", "neutral": "N"}
MAX_ENTRIES: Final = 5000
"""The last of them are read: a frame may hold 300,000 empty ones, which would take a second."""
_MOST_SIGNED: Final = 16
"""Of one message; more of them are dropped, those in the middle."""
_UNKNOWN: Final = "?"
"""A word that changes what a sample means and is not known: that sample is left out."""


def _meter_values(value: object, path: str, report: Report) -> list[dict[str, object]]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MAX_ENTRIES:
        report(f"{path} with more than {MAX_ENTRIES} entries that are not as the standard has them")
    values = [_fields(MeterValue, entry, path, report) for entry in entries[-MAX_ENTRIES:] if isinstance(entry, dict)]
    lists = [samples for value in values if isinstance(samples := value["sampledValue"], list)]
    signed = [id(sample) for samples in lists for sample in samples if SIGNED in sample]
    if len(signed) > _MOST_SIGNED:
        report(f"{path} with more than {_MOST_SIGNED} signed values: the others are not kept")
        dropped = frozenset(signed[_MOST_SIGNED // 2 : -(_MOST_SIGNED // 2)])
        for samples in lists:
            samples[:] = [sample for sample in samples if id(sample) not in dropped]
    return values


def _samples(value: object, path: str, report: Report) -> list[dict[str, object]]:
    samples = []
    for entry in value if isinstance(value, list) else [value]:
        sample = _sample(entry, path, report) if isinstance(entry, dict) else None
        if sample is None:
            report(f"{path} with a sample that cannot be understood")
        else:
            samples.append(sample)
    return samples


def _sample(entry: dict[str, object], path: str, report: Report) -> dict[str, object] | None:
    if _READERS["format"](_said(entry, "format")) == "SignedData":
        return _signed(entry, path, report)
    raw = entry.get("value")
    within = _NUMBER.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if within is not None and within[2] and not entry.get("unit"):
        entry = entry | {"unit": within[2]}
    sample = _fields(SampledValue, entry, path, report)
    return None if sample["value"] is None or _UNKNOWN in sample.values() else sample


def _signed(entry: dict[str, object], path: str, report: Report) -> dict[str, object] | None:
    """A text that must not change by a byte: kept whole, or not at all."""
    text = _said(entry, "value")
    if not isinstance(text, str) or not text:
        return None
    if len(text.encode("utf-8", "replace")) > MAX_SIGNED_BYTES:
        report(f"{path} with a signed value of more than {MAX_SIGNED_BYTES} bytes: it is not kept")
        return None
    context = _read(SampledValue, "context", _said(entry, "context"), path, report)
    return {"value": math.nan, SIGNED: text} | ({} if context is None else {"context": context})


def _said(content: dict[str, object], name: str) -> object:
    """What stands under this name, however it is spelled."""
    if name in content:
        return content[name]
    return next((value for key, value in content.items() if str(key).casefold() == name.casefold()), None)


_READERS: Final[dict[str, Callable[[object], object]]] = {
    "connectorId": _whole,
    "transactionId": _whole,
    "reservationId": _whole,
    "requestId": _whole,
    "meterStart": _whole,
    "meterStop": _whole,
    "value": number,
    "errorCode": _word(messages.ChargePointErrorCode, {}, "OtherError"),
    "reason": _word(messages.Reason, {}, "Other"),
    "context": _word(messages.Context, {}, "Other"),
    "format": _word(messages.Format, {}, "Raw"),
    "measurand": _word(messages.Measurand, {}, _UNKNOWN),
    "phase": _word(messages.Phase, _PHASES, _UNKNOWN),
    "location": _word(messages.Location, {}, "Outlet"),
    "unit": _word(messages.Unit, _UNITS, _UNKNOWN),
    "csr": _certificate_request,
    SIGNED: lambda _: None,
}
_STATUS: Final = _word(messages.Status, {}, None)
_LISTS: Final = {"meterValue": _meter_values, "transactionData": _meter_values, "sampledValue": _samples}
_MISSING: Final[dict[str, object]] = {
    "connectorId": 1,
    "errorCode": "NoError",
    "idTag": "",
    "chargePointVendor": "",
    "chargePointModel": "",
    "vendorId": "",
    "type": "",
    "csr": "",
    "meterValue": [],
    "sampledValue": [],
}
"""What a required field becomes that is not there (row F20); None for all others."""


@cache
def _shape(kind: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields of a message: name on the wire, and whether it is required."""
    return tuple((field.encode_name, field.required) for field in msgspec.structs.fields(kind))


def _fields(kind: type[msgspec.Struct], content: dict[str, object], path: str, report: Report) -> dict[str, object]:
    spelled = {str(key).casefold(): value for key, value in content.items()}
    fields: dict[str, object] = {}
    for name, required in _shape(kind):
        raw = content.get(name, spelled.get(name.casefold()))
        value = _read(kind, name, raw, path, report)
        if value is None and raw not in (None, ""):
            report(f"{path}.{name} cannot be understood")
        elif value is None and required:
            report(f"{path}.{name} is missing")
        if value is not None or required:
            fields[name] = _required(kind, name) if value is None else value
    return fields


def _read(kind: type[msgspec.Struct], name: str, raw: object, path: str, report: Report) -> object:
    if raw is None:
        return None
    if name in _LISTS:
        return _LISTS[name](raw, f"{path}.{name}", report)
    if name == "status" and kind is messages.StatusNotification:
        return _STATUS(raw)
    value = _READERS.get(name, _text)(raw)
    if value not in (None, raw) and name != "value":
        report(f"{path}.{name} is not as the standard has it")
    return value


def _required(kind: type[msgspec.Struct], name: str) -> object:
    """`status` is a word of the log in every message but one."""
    if name == "status" and kind is not messages.StatusNotification:
        return ""
    return _MISSING.get(name)
