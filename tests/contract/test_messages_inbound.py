"""Whatever the official 1.6 schemas accept is accepted at first sight, and keeps its meaning."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocpp.messages import MessageType, get_validator

from knx_ocpp_bridge.core.events import Metered, MeterReading, StatusNotified, TransactionStarted, TransactionStopped
from knx_ocpp_bridge.core.values import LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.v16 import messages
from knx_ocpp_bridge.ocpp.v16.notices import NOTICES
from knx_ocpp_bridge.ocpp.v16.requests import TRANSLATORS

ACTIONS = sorted([*TRANSLATORS, *NOTICES])
BASE = {"kWh": 1e3, "kvarh": 1e3, "kW": 1e3, "kVA": 1e3, "kvar": 1e3}
STAMPS = st.integers(0, 2**32).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
)


def schema(action: str) -> dict[str, Any]:
    return json.loads((files("ocpp") / "v16" / "schemas" / f"{action}.json").read_text("utf-8-sig"))


def values(node: dict[str, Any], definitions: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Everything that a node of the schema accepts, with numbers where the standard wants numbers in strings."""
    if "$ref" in node:
        return values(definitions[node["$ref"].rsplit("/", 1)[1]], definitions, name)
    if "enum" in node:
        return st.sampled_from(node["enum"])
    match node.get("type"):
        case "integer":
            return st.integers(-(2**63), 2**63 - 1)
        case "array":
            return st.lists(values(node["items"], definitions), min_size=node.get("minItems", 0), max_size=3)
        case "object" | None:
            fields = {key: values(child, definitions, key) for key, child in node.get("properties", {}).items()}
            required = {key: fields.pop(key) for key in node.get("required", [])}
            return st.fixed_dictionaries(required, optional=fields)
        case "string" if node.get("format") == "date-time":
            return STAMPS
        case "string" if name == "value":
            return st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: f"{number:.3f}")
        case _:
            limit = min(node.get("maxLength", 255), 255)
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=limit)


def valid(action: str) -> st.SearchStrategy[dict[str, Any]]:
    root = schema(action)
    return values(root, root.get("definitions", {}))


def kind_of(action: str) -> type[msgspec.Struct]:
    return getattr(messages, action)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_the_schema_accepts_is_accepted_at_first_sight(action: str):
    @settings(max_examples=60)
    @given(valid(action))
    def check(payload: dict[str, Any]) -> None:
        get_validator(MessageType.Call, action, "1.6").validate(payload)
        # What is signed is no number, and is looked at twice.
        raw = json.dumps(payload).replace('"SignedData"', '"Raw"').encode()
        message = msgspec.json.decode(raw, type=kind_of(action), strict=False)
        again = msgspec.to_builtins(message)
        for key, value in payload.items():
            if key in again and not isinstance(value, list):
                assert again[key] == value

    check()


@pytest.mark.parametrize("action", ACTIONS)
def test_every_field_of_the_schema_is_known(action: str):
    root = schema(action)
    known = {field.encode_name for field in msgspec.structs.fields(kind_of(action))}
    assert known >= set(root["properties"]) - {"data"}
    assert {field.encode_name for field in msgspec.structs.fields(kind_of(action)) if field.required} == set(
        root.get("required", [])
    )


@pytest.mark.parametrize(
    ("field", "literal"),
    [
        ("context", messages.Context),
        ("measurand", messages.Measurand),
        ("phase", messages.Phase),
        ("location", messages.Location),
        ("format", messages.Format),
        ("unit", messages.Unit),
    ],
)
def test_every_word_of_the_schema_is_known(field: str, literal: Any):
    node = schema("MeterValues")["properties"]["meterValue"]["items"]["properties"]
    assert set(node["sampledValue"]["items"]["properties"][field]["enum"]) <= set(literal.__args__)


def heard(action: str, payload: dict[str, Any]) -> Any:
    def complain(mistake: str) -> None:
        raise AssertionError(mistake)

    return TRANSLATORS[action](json.dumps(payload).encode(), LinkNumber(1), '"1"', lambda: TransactionId(42), complain)


def utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def check_readings(readings: tuple[MeterReading, ...], sent: list[dict[str, Any]]) -> None:
    assert [reading.at for reading in readings] == [utc(entry["timestamp"]) for entry in sent]
    for reading, entry in zip(readings, sent, strict=True):
        wanted = [sampled for sampled in entry["sampledValue"] if sampled.get("format") != "SignedData"]
        for sample, sampled in zip(reading.samples, wanted, strict=True):
            unit = sampled.get("unit")
            assert sample.measurand == sampled.get("measurand", "Energy.Active.Import.Register")
            assert sample.context == sampled.get("context", "Sample.Periodic")
            assert sample.location == sampled.get("location", "Outlet")
            assert sample.phase == (sampled.get("phase") or "").removesuffix("-N") or sample.phase is None
            if unit not in ("K", "Fahrenheit"):
                assert sample.value == pytest.approx(float(sampled["value"]) * BASE.get(unit, 1.0))


@given(valid("MeterValues"))
def test_meter_values_keep_their_meaning(payload: dict[str, Any]):
    event = heard("MeterValues", payload)
    assert isinstance(event, Metered)
    assert event.connector == payload["connectorId"]
    assert event.transaction == payload.get("transactionId")
    check_readings(event.readings, payload["meterValue"])


@given(valid("StatusNotification"))
def test_a_status_keeps_its_meaning(payload: dict[str, Any]):
    event = heard("StatusNotification", payload)
    assert isinstance(event, StatusNotified)
    assert event.connector == payload["connectorId"]
    assert event.status is not None
    assert event.status.name.replace("_", "") == payload["status"].upper()
    assert event.error_code.name.replace("_", "") == payload["errorCode"].upper()
    assert (event.info, event.at) == (payload.get("info", ""), utc(payload.get("timestamp")))


@given(valid("StartTransaction"))
def test_a_start_keeps_its_meaning(payload: dict[str, Any]):
    event = heard("StartTransaction", payload)
    assert isinstance(event, TransactionStarted)
    assert event.connector == payload["connectorId"]
    assert event.id_tag == payload["idTag"].strip(" \t\r\n\0")
    assert event.meter_start_wh == payload["meterStart"]
    assert event.at == utc(payload["timestamp"])
    assert event.reservation == payload.get("reservationId")


@given(valid("StopTransaction"))
def test_a_stop_keeps_its_meaning(payload: dict[str, Any]):
    event = heard("StopTransaction", payload)
    assert isinstance(event, TransactionStopped)
    assert event.transaction == payload["transactionId"]
    assert event.meter_stop_wh == payload["meterStop"]
    assert event.reason.name.replace("_", "") == payload.get("reason", "Local").upper()
    check_readings(event.readings, payload.get("transactionData", []))
