"""Bytes on the wire: vectors by the definition of each type, and the opinion of `knxdclient`, which is not xknx."""

import math
import struct
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from knxdclient import KNXDPT, KNXTime, decode_value, encode_value
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.sizes import bits
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.knx.datapoints import Calendar, Unsayable, WrongTelegram, codec

CALENDAR = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: True)
MONDAY_NOON = datetime(2026, 11, 23, 11, 5, 9, tzinfo=UTC)
NIGHT_OF_SUMMER = datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC)
"""00:59:59 on the next day in Amsterdam."""
DPTS = sorted({dpt for row in CATALOGUE.values() for dpt in row.dpts})
FLOAT32_MAX = 3.4028234663852886e38

# `KNX v02.02.01 - Datapoint Types 03.07.02`: for each type the ends of its range, what lies beyond, where it
# rounds. Values are the bridge's: A, V, W, Wh, s, percent, counts.
VECTORS: Final[dict[str, list[tuple[object, str | int]]]] = {
    **{dpt: [(True, 1), (False, 0)] for dpt in DPTS if dpt.startswith("1.")},
    "5.001": [
        (0.0, "00"),
        (0.19, "00"),
        (0.2, "01"),
        (50.0, "80"),
        (99.8, "FE"),
        (99.81, "FF"),
        (100.0, "FF"),
        (101.0, "FF"),
        (-1.0, "00"),
    ],
    "5.006": [(0, "00"), (1, "01"), (254, "FE"), (255, "FE"), (-1, "00")],
    "5.010": [(0, "00"), (2, "02"), (254.6, "FF"), (255, "FF"), (256, "FF"), (-1, "00")],
    "7.001": [(0, "0000"), (258, "0102"), (65535, "FFFF"), (65536, "FFFF"), (-1, "0000")],
    "7.006": [(0, "0000"), (59, "0000"), (60, "0001"), (3_932_099, "FFFE"), (3_932_100, "FFFF"), (10**9, "FFFF")],
    "7.012": [(0.0, "0000"), (16.0, "3E80"), (0.0004, "0000"), (0.0006, "0001"), (65.535, "FFFF"), (66.0, "FFFF")],
    "9.021": [
        (0.0, "0000"),
        (6.0, "4C94"),
        (10.0, "4FA1"),
        (16.0, "561A"),
        (0.02047, "07FF"),
        (-0.02048, "8000"),
        (670.43328, "7FFE"),
        (700.0, "7FFE"),
        (-671.08864, "F800"),
        (-700.0, "F800"),
    ],
    "9.024": [(0.0, "0000"), (7400.0, "02E4"), (11_040.0, "0450"), (-10.0, "87FF"), (670_433_280.0, "7FFE")],
    "10.001": [
        (MONDAY_NOON, "2C0509"),
        (NIGHT_OF_SUMMER, "603B3B"),
        (0, "000000"),
        (7 * 60 + 30, "071E00"),
        (1439.0, "173B00"),
    ],
    "11.001": [
        (MONDAY_NOON, "170B1A"),
        (NIGHT_OF_SUMMER, "01071A"),
        (datetime(1990, 1, 1, 12, tzinfo=UTC), "01015A"),
        (datetime(2089, 12, 31, 12, tzinfo=UTC), "1F0C59"),
    ],
    "13.010": [
        (7250, "00001C52"),
        (-1, "FFFFFFFF"),
        (0.4, "00000000"),
        (0.6, "00000001"),
        (2**31 - 1, "7FFFFFFF"),
        (2**31, "7FFFFFFF"),
        (-(2**31), "80000000"),
        (-(2**31) - 1, "80000000"),
    ],
    "13.013": [(7250, "00000007"), (7501, "00000008"), (499, "00000000"), (10**13, "7FFFFFFF"), (-7501, "FFFFFFF8")],
    "13.100": [(0, "00000000"), (5400, "00001518"), (2**31 - 1, "7FFFFFFF"), (2**40, "7FFFFFFF")],
    "14.005": [(0.3125, "3EA00000"), (-0.05, "BD4CCCCD"), (0.0, "00000000")],
    "14.019": [
        (0.0, "00000000"),
        (16.0, "41800000"),
        (16.1, "4180CCCD"),
        (-16.0, "C1800000"),
        (1e-45, "00000001"),
        (1e-60, "00000000"),
        (FLOAT32_MAX, "7F7FFFFF"),
        (1e39, "7F7FFFFF"),
        (-1e39, "FF7FFFFF"),
    ],
    "14.027": [(230.0, "43660000"), (229.7, "4365B333"), (0.0, "00000000")],
    "14.056": [(11_040.0, "462C8000"), (-3500.0, "C55AC000"), (16_777_217.0, "4B800000")],
    "16.001": [
        ("", "00" * 14),
        ("EVSE 7", "455653452037" + "00" * 8),
        ("Säule", "53E4756C65" + "00" * 9),
        ("fourteen signs", "666F75727465656E207369676E73"),
        ("fifteen signs!!", "6669667465656E207369676E7321"),
        ("10 €", "3130203F" + "00" * 10),
    ],
    "19.001": [
        (MONDAY_NOON, "7E0B172C05092080"),
        (NIGHT_OF_SUMMER, "7E0701603B3B2180"),
        (datetime(1900, 1, 1, 12, tzinfo=UTC), "0001012C13202080"),
        (datetime(2155, 12, 31, 12, tzinfo=UTC), "FF0C1F6D00002080"),
    ],
    "29.010": [
        (5_000_000_000, "000000012A05F200"),
        (-1, "FFFFFFFFFFFFFFFF"),
        (2**63 - 1, "7FFFFFFFFFFFFFFF"),
        (2**63, "7FFFFFFFFFFFFFFF"),
        (-(2**63), "8000000000000000"),
        (2**53 + 1, "0020000000000001"),
    ],
}
MAIN: Final = {
    "1": KNXDPT.BOOLEAN,
    "5": KNXDPT.UINT8,
    "7": KNXDPT.UINT16,
    "9": KNXDPT.FLOAT16,
    "10": KNXDPT.TIME,
    "11": KNXDPT.DATE,
    "13": KNXDPT.INT32,
    "14": KNXDPT.FLOAT32,
    "16": KNXDPT.STRING,
    "19": KNXDPT.DATE_TIME,
    "29": KNXDPT.INT64,
}
PER_UNIT: Final = {"5.001": 2.55, "7.006": 1 / 60, "7.012": 1000, "9.021": 1000, "9.024": 0.001, "13.013": 0.001}
"""What is on the wire for 1 A, W, Wh, s or percent; as written in the standard, not as the bridge has it."""
NUMBERS = [dpt for dpt in DPTS if dpt.partition(".")[0] in {"5", "7", "9", "13", "14", "29"}]


def encoded(dpt: str, value: object) -> int | bytes:
    payload = codec(dpt).encode(value, CALENDAR)
    assert not isinstance(payload, Unsayable), payload
    return payload.value if isinstance(payload, DPTBinary) else bytes(payload.value)


def other(dpt: str) -> KNXDPT:
    return MAIN[dpt.partition(".")[0]]


def test_every_type_of_the_catalogue_has_vectors():
    assert sorted(VECTORS) == DPTS


@pytest.mark.parametrize(("dpt", "value", "wire"), [(dpt, *one) for dpt, many in VECTORS.items() for one in many])
def test_the_bytes_of_a_value(dpt: str, value: object, wire: str | int):
    assert encoded(dpt, value) == (wire if isinstance(wire, int) else bytes.fromhex(wire))


@pytest.mark.parametrize("dpt", DPTS)
def test_the_table_of_sizes_is_that_of_the_bytes(dpt: str):
    said = encoded(dpt, VECTORS[dpt][0][0])
    assert bits(dpt) == (1 if isinstance(said, int) else 8 * len(said))


@pytest.mark.parametrize("dpt", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_never_on_the_bus(dpt: str, value: float):
    assert isinstance(codec(dpt).encode(value, CALENDAR), Unsayable)


@pytest.mark.parametrize("dpt", NUMBERS)
@pytest.mark.parametrize("value", [0, 1, 6.0, 16.0, 57.0, 100.0])
def test_the_other_codec_reads_our_numbers(dpt: str, value: float):
    wanted = value * PER_UNIT.get(dpt, 1)
    step = wanted / 2047 if dpt.startswith("9.") else 0.0 if dpt.startswith("14.") else 0.5
    read = decode_value(encoded(dpt, value), other(dpt))
    if dpt == "7.006":
        assert read == math.floor(wanted)
    elif dpt == "7.012" and value > 65.535:
        assert read == 65535
    else:
        assert abs(read - wanted) <= max(step, 0.005 if dpt.startswith("9.") else 0.0)


@pytest.mark.parametrize("dpt", NUMBERS)
@pytest.mark.parametrize("value", [0, 1, 6, 16, 57, 200, 254])
def test_we_read_the_numbers_of_the_other_codec(dpt: str, value: int):
    """`value` is on the wire; what the bridge understands is that in its own unit."""
    main = other(dpt)
    wire = encode_value(float(value) if main in {KNXDPT.FLOAT16, KNXDPT.FLOAT32} else value, main)
    heard = codec(dpt).decode(DPTArray(wire))
    assert heard == pytest.approx(decode_value(wire, main) / PER_UNIT.get(dpt, 1))


@pytest.mark.parametrize("amperes", [0.0, 0.3, 6.0, 9.9, 10.0, 13.0, 16.0, 32.0, 63.0])
def test_a_limit_of_the_other_codec_is_the_limit_it_meant(amperes: float):
    wire = encode_value(amperes * 1000, KNXDPT.FLOAT16)
    assert round(codec("9.021").decode(DPTArray(wire)), 1) == amperes


@pytest.mark.parametrize("text", ["", "Säule", "ÄÖÜäöüß", "fourteen signs"])
def test_the_other_codec_reads_our_texts(text: str):
    assert encoded("16.001", text) == encode_value(text, KNXDPT.STRING)
    assert decode_value(encoded("16.001", text), KNXDPT.STRING) == text


@pytest.mark.parametrize("on", [True, False])
def test_the_other_codec_reads_our_switches(on: bool):
    for dpt in (each for each in DPTS if each.startswith("1.")):
        assert decode_value(encoded(dpt, on), KNXDPT.BOOLEAN) is on
        assert codec(dpt).decode(DPTBinary(encode_value(on, KNXDPT.BOOLEAN))) is on


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        (MONDAY_NOON, datetime(2026, 11, 23, 12, 5, 9)),  # noqa: DTZ001 - local
        (NIGHT_OF_SUMMER, datetime(2026, 7, 1, 0, 59, 59)),  # noqa: DTZ001 - local
    ],
)
def test_the_other_codec_reads_our_times(instant: datetime, local: datetime):
    assert decode_value(encoded("10.001", instant), KNXDPT.TIME) == KNXTime(local.time(), local.weekday())
    assert decode_value(encoded("11.001", instant), KNXDPT.DATE) == local.date()
    assert decode_value(encoded("19.001", instant), KNXDPT.DATE_TIME) == local


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(1999, 12, 31), date(2000, 2, 29), date(2089, 12, 31)])
def test_we_read_the_dates_of_the_other_codec(day: date):
    assert codec("11.001").decode(DPTArray(encode_value(day, KNXDPT.DATE))) == day


@pytest.mark.parametrize("weekday", [None, 0, 6])
@pytest.mark.parametrize("told", [time(0, 0, 0), time(12, 5, 9), time(23, 59, 59)])
def test_we_read_the_times_of_the_other_codec(told: time, weekday: int | None):
    assert codec("10.001").decode(DPTArray(encode_value(KNXTime(told, weekday), KNXDPT.TIME))) == told


def test_we_read_the_date_and_time_of_the_other_codec():
    local = datetime(2026, 7, 1, 0, 59, 59)  # noqa: DTZ001 - local
    assert codec("19.001").decode(DPTArray(encode_value(local, KNXDPT.DATE_TIME))) == local
    for half in (local.date(), local.time()):
        assert isinstance(codec("19.001").decode(DPTArray(encode_value(half, KNXDPT.DATE_TIME))), WrongTelegram)


def test_amperes_arrive_as_ieee_754():
    for amperes in (6.0, 9.7, 16.0):
        assert codec("14.019").decode(DPTArray(struct.pack(">f", amperes))) == pytest.approx(amperes)


@pytest.mark.parametrize(("dpt", "wire"), [("14.019", "7FC00000"), ("14.056", "FFC00001"), ("9.021", "7FFF")])
def test_what_is_no_number_on_the_wire_is_none_here(dpt: str, wire: str):
    assert math.isnan(codec(dpt).decode(DPTArray(bytes.fromhex(wire))))


@pytest.mark.parametrize(("wire", "infinite"), [("7F800000", math.inf), ("FF800000", -math.inf)])
def test_infinity_on_the_wire_is_infinity_here(wire: str, infinite: float):
    assert codec("14.019").decode(DPTArray(bytes.fromhex(wire))) == infinite


@pytest.mark.parametrize("dpt", NUMBERS)
def test_a_payload_of_another_size_is_no_value(dpt: str):
    for wrong in (DPTBinary(1), DPTArray(bytes(bits(dpt) // 8 + 1)), DPTArray(bytes(bits(dpt) // 8 - 1))):
        assert isinstance(codec(dpt).decode(wrong), WrongTelegram)
