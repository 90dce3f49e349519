"""Any datapoint type as people read and write it. Bytes by KNX 03.07.02 Datapoint Types."""

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.monitor.any_datapoint import UnwritableError, shown, written


def octets(text: str) -> DPTArray:
    return DPTArray(tuple(bytes.fromhex(text)))


@pytest.mark.parametrize(
    ("dpt", "payload", "text"),
    [
        ("1.001", DPTBinary(1), "on"),
        ("1.009", DPTBinary(0), "open"),
        ("1", DPTBinary(1), "true"),
        ("3.007", DPTBinary(0b1011), "control increase, step code 3"),
        ("5.001", octets("FF"), "100 %"),
        ("5.010", octets("07"), "7"),
        ("7.012", octets("3E80"), "16000 mA"),
        ("9.001", octets("0C33"), "21.5 °C"),
        ("9", octets("0C33"), "21.5"),
        ("9.099", octets("0C33"), "21.5"),
        ("10.001", octets("2C1E00"), "Mon 12:30:00"),
        ("10.001", octets("0C1E00"), "12:30:00"),
        ("11.001", octets("150B1A"), "2026-11-21"),
        ("13.010", octets("FFFFFFFB"), "-5 Wh"),
        ("14.019", octets("41800000"), "16 A"),
        ("14.056", octets("7FC00000"), "nan W"),
        ("16.001", octets("48E46C6C6F000000000000000000"), '"Hällo"'),
        ("16.001", octets("411B5B324A000000000000000000"), '"A?[2J"'),
        ("17.001", octets("04"), "5"),
        ("19.001", octets("7E0B154C1E000081"), "2026-11-21 12:30:00"),
        ("19.001", octets("7E0B154C1E008081"), "2026-11-21 12:30:00 (fault)"),
        ("20.102", octets("01"), "comfort"),
        ("232.600", octets("01FF10"), "red 1, green 255, blue 16"),
        ("29.010", octets("01B69B4BA630F34E"), "123456789012345678 Wh"),
    ],
)
def test_a_payload_reads_as_the_ets_would_show_it(dpt: str, payload: Payload, text: str):
    assert shown(dpt, payload) == text


@pytest.mark.parametrize(
    ("dpt", "payload"),
    [
        ("9.001", octets("0C")),
        ("9.001", DPTBinary(1)),
        ("9.001", octets("7FFF")),
        ("1.001", octets("01")),
        ("1.001", DPTBinary(2)),
        ("10.001", octets("1F3F3F")),
        ("20.102", octets("63")),
        ("999.999", octets("00")),
        ("", DPTBinary(1)),
        ("DPST-9-1", octets("0C33")),
    ],
)
def test_what_cannot_be_read_is_none(dpt: str, payload: Payload):
    assert shown(dpt, payload) is None


@pytest.mark.parametrize(
    ("dpt", "typed", "payload"),
    [
        ("1.001", "on", DPTBinary(1)),
        ("1.001", "0", DPTBinary(0)),
        ("1.010", "start", DPTBinary(1)),
        ("1.010", "Off", DPTBinary(0)),
        ("5.001", "50%", octets("80")),
        ("5.010", "2", octets("02")),
        ("7.012", "15999.6 mA", octets("3E80")),
        ("9.001", "21.5", octets("0C33")),
        ("9", "21.5", octets("0C33")),
        ("10.001", "7:05", octets("070500")),
        ("11.001", "2026-11-21", octets("150B1A")),
        ("13.010", "-5 wh", octets("FFFFFFFB")),
        ("14.019", " 16 A ", octets("41800000")),
        ("16.001", "Hällo", octets("48E46C6C6F000000000000000000")),
        ("20.102", "comfort", octets("01")),
        ("20.102", "building protection", octets("04")),
        ("29.010", "123456789012345678", octets("01B69B4BA630F34E")),
    ],
)
def test_what_a_person_types_becomes_a_payload(dpt: str, typed: str, payload: Payload):
    assert written(dpt, typed) == payload


@pytest.mark.parametrize(
    ("dpt", "typed", "why"),
    [
        ("5.010", "300", "out of range: 5.010 goes from 0 to 255"),
        ("9.024", "500 W", "counts in kW, not in W"),
        ("5.010", "3 A", "has no unit"),
        ("9.001", "21,5", "a point before the decimals"),
        ("14.056", "nan", "is no number"),
        ("14.056", "1e999", "out of range"),
        ("13.010", "9" * 5000, "is no number"),
        ("1.001", "maybe", "there are 0 off, 1 on"),
        ("1.001", "2", "there are 0 off, 1 on"),
        ("10.001", "24:00", "no time of day"),
        ("11.001", "2026-13-01", "no date"),
        ("11.001", "1980-01-01", "no value of 11.001"),
        ("16.000", "x" * 15, "holds 14"),
        ("232.600", "red", "cannot be written by hand"),
        ("nonsense", "1", "is not known"),
    ],
)
def test_what_the_type_cannot_say_is_refused_with_the_reason(dpt: str, typed: str, why: str):
    with pytest.raises(UnwritableError, match=why):
        written(dpt, typed)
