"""Bytes on the wire: fixed vectors, and the opinion of `knxdclient`, which shares no code with xknx."""

import struct
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from knxdclient import KNXDPT, KNXTime, decode_value, encode_value
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.datapoints import Calendar, codec

CALENDAR = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: True)
MONDAY_NOON = datetime(2026, 11, 23, 11, 5, 9, tzinfo=UTC)

VECTORS = [
    ("1.010", True, 1),
    ("1.010", False, 0),
    ("5.010", 2, "02"),
    ("9.021", 6.0, "4C94"),
    ("9.021", 10.0, "4FA1"),
    ("9.021", 16.0, "561A"),
    ("9.021", 0.0, "0000"),
    ("9.024", 7400.0, "02E4"),
    ("10.001", MONDAY_NOON, "2C0509"),
    ("13.010", 7250, "00001C52"),
    ("13.013", 7250, "00000007"),
    ("14.019", 16.0, "41800000"),
    ("14.019", 0.0, "00000000"),
    ("14.056", 11040.0, "462C8000"),
    ("16.001", "EVSE 7", "455653452037" + "00" * 8),
    ("19.001", MONDAY_NOON, "7E0B172C05092080"),
    ("29.010", 5_000_000_000, "000000012A05F200"),
]
MAIN = {
    "1": KNXDPT.BOOLEAN,
    "5": KNXDPT.UINT8,
    "9": KNXDPT.FLOAT16,
    "13": KNXDPT.INT32,
    "14": KNXDPT.FLOAT32,
    "16": KNXDPT.STRING,
    "29": KNXDPT.INT64,
}


def encoded(dpt, value):
    payload = codec(dpt).encode(value, CALENDAR)
    return payload.value if isinstance(payload, DPTBinary) else bytes(payload.value)


@pytest.mark.parametrize(("dpt", "value", "wire"), VECTORS)
def test_the_bytes_of_a_value(dpt, value, wire):
    assert encoded(dpt, value) == (wire if isinstance(wire, int) else bytes.fromhex(wire))


@pytest.mark.parametrize("dpt", ["1.010", "5.010", "13.010", "14.019", "14.056", "16.001", "29.010"])
@pytest.mark.parametrize("number", [0, 1])
def test_the_other_codec_says_it_with_the_same_bytes(dpt, number):
    value = {"1": bool(number), "14": float(number), "16": "Säule"}.get(dpt.split(".")[0], number)
    assert encoded(dpt, value) == encode_value(value, MAIN[dpt.split(".")[0]])


@pytest.mark.parametrize("amperes", [0.0, 0.3, 6.0, 9.9, 10.0, 13.0, 16.0, 32.0, 63.0])
def test_the_other_codec_reads_our_milliamperes(amperes):
    milliamperes = decode_value(encoded("9.021", amperes), KNXDPT.FLOAT16)
    assert milliamperes == pytest.approx(amperes * 1000, rel=5e-4)


@pytest.mark.parametrize("amperes", [0.0, 6.0, 10.0, 16.0, 32.0])
def test_we_read_the_milliamperes_of_the_other_codec(amperes):
    wire = encode_value(amperes * 1000, KNXDPT.FLOAT16)
    assert round(codec("9.021").decode(DPTArray(wire)), 1) == amperes


@pytest.mark.parametrize("watts", [0.0, 1380.0, 3680.0, 7360.0, 11_040.0, 22_080.0])
def test_the_other_codec_reads_our_kilowatts(watts):
    assert decode_value(encoded("9.024", watts), KNXDPT.FLOAT16) == pytest.approx(watts / 1000, abs=0.01)


def test_the_other_codec_reads_our_times():
    assert decode_value(encoded("10.001", MONDAY_NOON), KNXDPT.TIME) == KNXTime(time(12, 5, 9), 0)
    assert decode_value(encoded("19.001", MONDAY_NOON), KNXDPT.DATE_TIME) == datetime(2026, 11, 23, 12, 5, 9)  # noqa: DTZ001 - local


def test_amperes_arrive_as_ieee_754():
    for amperes in (6.0, 9.7, 16.0):
        assert codec("14.019").decode(DPTArray(struct.pack(">f", amperes))) == pytest.approx(amperes)
