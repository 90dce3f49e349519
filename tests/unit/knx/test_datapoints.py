import math
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.core.group_objects import CATALOGUE, Quantity
from knx_ocpp_bridge.knx.datapoints import Calendar, Unsayable, WrongTelegram, codec, inverted, payload_text

AMSTERDAM = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: False)
SYNCHRONISED = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: True)
SUMMER_SUNDAY = datetime(2026, 7, 5, 22, 30, 15, tzinfo=UTC)
"""00:30:15 on Monday in Amsterdam."""


def octets(dpt, value, calendar=AMSTERDAM):
    payload = codec(dpt).encode(value, calendar)
    assert isinstance(payload, DPTArray), payload
    return bytes(payload.value)


EXAMPLES = {
    Quantity.SWITCH: True,
    Quantity.COUNT: 3,
    Quantity.CURRENT: 13.0,
    Quantity.POWER: 9000.0,
    Quantity.ENERGY: 12345,
    Quantity.TIME: SUMMER_SUNDAY,
    Quantity.TEXT: "ok",
    Quantity.DURATION: 5400,
    Quantity.VOLTAGE: 230.0,
    Quantity.PERCENT: 80.0,
    Quantity.CLOCK: SUMMER_SUNDAY,
    Quantity.MINUTE_OF_DAY: 7 * 60.0,
    Quantity.PRICE: -0.02,
}


@pytest.mark.parametrize("row", [row for row in CATALOGUE.values() if row.sends])
def test_every_object_that_the_bridge_sends_can_be_said_in_each_of_its_datapoint_types(row):
    for dpt in row.dpts:
        payload = codec(dpt).encode(EXAMPLES[row.quantity], AMSTERDAM)
        assert isinstance(payload, DPTBinary if dpt.startswith("1.") else DPTArray)


HEARD = {
    "1": DPTBinary(1),
    "5": DPTArray((1,)),
    "7": DPTArray((1, 0)),
    "9": DPTArray((0x0C, 0x33)),
    "10": DPTArray((0x2C, 30, 15)),
    "11": DPTArray((31, 12, 26)),
    "13": DPTArray((0, 0, 78, 32)),
    "14": DPTArray(bytes.fromhex("41800000")),
    "19": DPTArray((126, 7, 6, 0x2C, 30, 15, 0x21, 0)),
}


@pytest.mark.parametrize("row", [row for row in CATALOGUE.values() if row.receives])
def test_every_object_that_the_bridge_hears_is_understood_in_each_of_its_datapoint_types(row):
    for dpt in row.dpts:
        heard = codec(dpt).decode(HEARD[dpt.partition(".")[0]])
        told = {Quantity.CLOCK: date | time, Quantity.MINUTE_OF_DAY: time}.get(row.quantity, float)
        assert isinstance(heard, bool if dpt.startswith("1.") else told), heard


def test_sixteen_amperes_are_sixteen_thousand_milliamperes_on_9_021():
    assert octets("9.021", 16.0) == bytes.fromhex("561A")
    assert codec("9.021").decode(DPTArray((0x56, 0x1A))) == pytest.approx(15.99488)


def test_six_amperes_sent_as_milliamperes_round_to_six_amperes():
    received = codec("9.021").decode(DPTArray(octets("9.021", 6.0)))
    assert round(received, 1) == 6.0


def test_energy_is_rounded_to_the_nearest_watt_hour():
    assert octets("13.010", 1234.9) == (1235).to_bytes(4, "big")
    assert octets("13.013", 1_600) == (2).to_bytes(4, "big")
    assert octets("29.010", 3_000_000_000.6) == (3_000_000_001).to_bytes(8, "big")


def test_a_meter_beyond_13_010_stands_at_its_end_instead_of_starting_again():
    assert octets("13.010", 5_000_000_000) == bytes.fromhex("7FFFFFFF")
    assert octets("13.010", -5_000_000_000) == bytes.fromhex("80000000")


def test_power_in_kilowatts_on_9_024():
    assert octets("9.024", 11_000.0) == bytes.fromhex("044C")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
@pytest.mark.parametrize("dpt", ["14.019", "14.056", "9.021", "13.010", "5.010"])
def test_what_is_no_quantity_is_never_sent(dpt, value):
    assert isinstance(codec(dpt).encode(value, AMSTERDAM), Unsayable)


@pytest.mark.parametrize(
    ("dpt", "value"), [("1.010", 1), ("5.010", True), ("14.019", "16"), ("16.001", 5), ("10.001", "now"), ("19.001", 0)]
)
def test_a_value_of_another_kind_is_refused_with_a_reason(dpt, value):
    refusal = codec(dpt).encode(value, AMSTERDAM)
    assert isinstance(refusal, Unsayable)
    assert repr(value) in refusal.reason


def test_a_number_beyond_the_type_saturates():
    assert octets("5.010", 300) == b"\xff"
    assert octets("14.056", 1e39) == bytes.fromhex("7F7FFFFF")
    assert octets("9.021", 1e6) == bytes.fromhex("7FFE")


def test_the_time_of_day_is_the_one_on_the_kitchen_clock_with_its_weekday():
    assert octets("10.001", SUMMER_SUNDAY) == bytes([1 << 5 | 0, 30, 15])


def test_date_and_time_carry_weekday_and_summer_time_and_no_working_day():
    assert octets("19.001", SUMMER_SUNDAY) == bytes([126, 7, 6, 1 << 5 | 0, 30, 15, 0b0010_0001, 0])


def test_winter_has_no_summer_time_bit():
    assert octets("19.001", datetime(2026, 1, 4, 12, 0, tzinfo=UTC)) == bytes([126, 1, 4, 7 << 5 | 13, 0, 0, 0x20, 0])


@pytest.mark.parametrize("minute", [-1, 1440, math.nan, math.inf])
def test_what_is_no_minute_of_a_day_is_never_sent_as_a_time(minute):
    refusal = codec("10.001").encode(minute, AMSTERDAM)
    assert isinstance(refusal, Unsayable)
    assert "no minute of the day" in refusal.reason


def test_the_clock_quality_is_claimed_only_while_synchronised():
    assert octets("19.001", SUMMER_SUNDAY, SYNCHRONISED)[7] == 0x80


def test_the_hour_that_comes_twice_is_told_apart_by_the_summer_time_bit():
    first = octets("19.001", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    second = octets("19.001", datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert (first[3] & 31, first[6] & 1) == (2, 1)
    assert (second[3] & 31, second[6] & 1) == (2, 0)


@pytest.mark.parametrize("instant", [datetime(2200, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_an_instant_that_19_001_cannot_hold_is_refused(instant):
    calendar = Calendar(ZoneInfo("America/New_York"), lambda: False)
    assert isinstance(codec("19.001").encode(instant, calendar), Unsayable)


def test_an_instant_without_a_zone_is_refused():
    assert isinstance(codec("10.001").encode(datetime(2026, 1, 1), AMSTERDAM), Unsayable)  # noqa: DTZ001 - the point


def test_a_text_is_cut_at_fourteen_characters_and_the_unknown_become_question_marks():
    assert octets("16.001", "Überstrom an L1 und L2") == "Überstrom an L".encode("latin-1")
    assert octets("16.001", "ok ✓\n€") == b"ok ???" + bytes(8)


@pytest.mark.parametrize(
    ("dpt", "payload"),
    [
        ("1.010", DPTArray((1,))),
        ("1.010", DPTBinary(2)),
        ("14.019", DPTArray((0x41, 0x20))),
        ("14.019", DPTBinary(1)),
        ("9.021", DPTArray((0, 0, 0, 0))),
        ("16.001", DPTArray(bytes(14))),
    ],
)
def test_a_telegram_of_wrong_length_or_type_is_told_apart(dpt, payload):
    wrong = codec(dpt).decode(payload)
    assert isinstance(wrong, WrongTelegram)
    assert payload_text(payload) in wrong.reason


def test_not_a_number_and_infinity_are_handed_to_the_core():
    assert math.isnan(codec("14.019").decode(DPTArray(bytes.fromhex("7FC00000"))))
    assert codec("14.019").decode(DPTArray(bytes.fromhex("7F800000"))) == math.inf
    assert math.isnan(codec("9.021").decode(DPTArray((0x7F, 0xFF))))


def test_an_unknown_datapoint_type_is_our_own_mistake():
    with pytest.raises(ValueError, match=r"20\.102"):
        codec("20.102")


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (59, 0), (60, 1), (119, 1), (49 * 60, 49), (10**9, 65535)])
def test_only_minutes_that_have_passed_count_on_7_006(seconds, minutes):
    assert octets("7.006", seconds) == minutes.to_bytes(2, "big")


def test_no_whole_minute_gets_lost_on_7_006():
    assert all(octets("7.006", 60 * minutes) == minutes.to_bytes(2, "big") for minutes in range(65536))


def test_seconds_are_told_as_they_are_on_13_100():
    assert octets("13.100", 119) == (119).to_bytes(4, "big")


def test_more_sessions_than_7_001_holds_stand_at_its_end():
    assert octets("7.001", 70_000) == bytes.fromhex("FFFF")


@pytest.mark.parametrize(("percent", "octet"), [(0.0, 0), (0.19, 0), (0.2, 1), (50.0, 128), (99.9, 255), (130.0, 255)])
def test_a_percentage_fills_the_octet_of_5_001(percent, octet):
    assert octets("5.001", percent) == bytes([octet])


def test_every_octet_of_5_001_is_a_percentage_of_its_own():
    assert [round(codec("5.001").decode(DPTArray((octet,))), 1) for octet in (0, 1, 128, 255)] == [0, 0.4, 50.2, 100]


def test_a_tariff_that_is_no_tariff_is_told_apart():
    assert codec("5.006").decode(DPTArray((254,))) == 254.0
    assert isinstance(codec("5.006").decode(DPTArray((255,))), WrongTelegram)


def test_a_current_in_milliamperes_on_two_octets():
    assert codec("7.012").decode(DPTArray((0x3E, 0x80))) == 16.0


def test_the_date_is_the_one_on_the_kitchen_calendar():
    assert octets("11.001", SUMMER_SUNDAY) == bytes([6, 7, 26])


@pytest.mark.parametrize(("year", "octet"), [(1990, 90), (1999, 99), (2000, 0), (2089, 89)])
def test_both_centuries_of_11_001(year, octet):
    assert octets("11.001", datetime(year, 5, 4, 12, tzinfo=UTC)) == bytes([4, 5, octet])
    assert codec("11.001").decode(DPTArray((4, 5, octet))) == date(year, 5, 4)


@pytest.mark.parametrize("year", [1989, 2090])
def test_a_date_that_11_001_cannot_hold_is_refused(year):
    assert isinstance(codec("11.001").encode(datetime(year, 5, 4, 12, tzinfo=UTC), AMSTERDAM), Unsayable)


def test_the_clock_of_the_building_is_heard_as_its_wall_shows_it():
    heard = codec("19.001").decode(DPTArray((126, 7, 6, 1 << 5 | 14, 30, 15, 0x21, 0x80)))
    assert heard == datetime(2026, 7, 6, 14, 30, 15)  # noqa: DTZ001 - of the site's wall
    assert codec("10.001").decode(DPTArray((1 << 5 | 14, 30, 15))) == time(14, 30, 15)


def test_a_weekday_that_nobody_set_is_no_mistake_of_a_clock():
    heard = codec("19.001").decode(DPTArray((126, 7, 6, 14, 30, 15, 0x24, 0)))
    assert heard == datetime(2026, 7, 6, 14, 30, 15)  # noqa: DTZ001 - of the site's wall


def test_the_hour_that_comes_twice_is_heard_by_its_summer_time_bit():
    first = codec("19.001").decode(DPTArray((126, 10, 25, 7 << 5 | 2, 30, 0, 0x21, 0)))
    second = codec("19.001").decode(DPTArray((126, 10, 25, 7 << 5 | 2, 30, 0, 0x20, 0)))
    heard = [each.replace(tzinfo=AMSTERDAM.zone).astimezone(UTC).hour for each in (first, second)]
    assert heard == [0, 1]


def test_twenty_four_o_clock_is_midnight_of_the_next_day():
    heard = codec("19.001").decode(DPTArray((126, 12, 31, 24, 0, 0, 0x20, 0)))
    assert heard == datetime(2027, 1, 1)  # noqa: DTZ001 - of the site's wall


@pytest.mark.parametrize(
    ("flags", "reason"),
    [(0x80, "reports a fault"), (0x10, "no valid"), (0x08, "no valid"), (0x02, "no valid")],
)
def test_a_clock_that_does_not_believe_itself_is_not_believed(flags, reason):
    heard = codec("19.001").decode(DPTArray((126, 7, 6, 14, 30, 15, flags, 0)))
    assert isinstance(heard, WrongTelegram)
    assert reason in heard.reason


@pytest.mark.parametrize(
    ("dpt", "payload"),
    [
        ("10.001", "183C00"),
        ("10.001", "0C00"),
        ("11.001", "1F021A"),
        ("11.001", "000C1A"),
        ("11.001", "1F0C64"),
        ("19.001", "7E021E0C00000000"),
        ("19.001", "7E070619000020"),
        ("19.001", "7E07063900000020"),
    ],
)
def test_a_time_that_no_clock_shows_is_told_apart(dpt, payload):
    heard = codec(dpt).decode(DPTArray(bytes.fromhex(payload)))
    assert isinstance(heard, WrongTelegram)
    assert dpt in heard.reason


def test_a_contact_that_is_closed_at_rest_is_turned_round_in_both_directions():
    contact = inverted(codec("1.003"))
    assert contact.encode(True, AMSTERDAM) == DPTBinary(0)
    assert contact.encode(False, AMSTERDAM) == DPTBinary(1)
    assert contact.decode(DPTBinary(0)) is True
    assert contact.decode(DPTBinary(1)) is False
    assert isinstance(contact.decode(DPTArray((1,))), WrongTelegram)
