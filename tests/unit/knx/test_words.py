from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.knx.seldom import Seldom
from knx_ocpp_bridge.knx.words import Teller, value_text

ZONE = ZoneInfo("Europe/Amsterdam")


def test_a_line_names_address_object_value_and_sender():
    teller = Teller(AddressStyle.THREE_LEVEL, ZONE)
    assert teller.heard(20226, "charging", "1", "1.1.5") == "KNX <- 9/7/2 charging 1 (1.1.5)"
    assert teller.said(20225, "charging", "1") == "KNX -> 9/7/1 charging 1"
    assert teller.said(20225, "charging", "1", remark="response") == "KNX -> 9/7/1 charging 1 (response)"


def test_addresses_are_shown_in_the_style_of_the_project():
    assert Teller(AddressStyle.TWO_LEVEL, ZONE).address(20225) == "9/1793"
    assert Teller(AddressStyle.FREE, ZONE).address(20225) == "20225"


def test_values_read_as_a_person_would_say_them():
    assert value_text(True, Quantity.SWITCH, ZONE) == "1"
    assert value_text(2, Quantity.COUNT, ZONE) == "2"
    assert value_text(15.9, Quantity.CURRENT, ZONE) == "15.9 A"
    assert value_text(12_345_678.4, Quantity.ENERGY, ZONE) == "12345678 Wh"
    assert value_text("plug", Quantity.TEXT, ZONE) == "'plug'"
    assert value_text(datetime(2026, 7, 5, 22, 30, tzinfo=UTC), Quantity.TIME, ZONE) == "2026-07-06 00:30:00"


def test_a_stranger_who_repeats_himself_is_mentioned_once_a_minute():
    seldom = Seldom(60.0)
    assert [seldom.is_due("1.1.5", now) for now in (0, 1, 59, 60, 61)] == [True, False, False, True, False]


def test_a_thousand_strangers_fill_neither_the_memory_nor_the_log():
    seldom = Seldom(60.0)
    assert sum(seldom.is_due(stranger, 0) for stranger in range(1000)) == 256
    assert seldom.is_due("the next minute", 60.0)
    assert seldom.left_out() == " (and 744 more like this since the last such line)"


def test_how_often_it_was_left_out_is_said_the_next_time():
    seldom = Seldom(60.0)
    told = [(seldom.is_due("1/1/1", now), seldom.left_out()) for now in range(121)]
    assert [words for due, words in told if due] == ["", *[" (and 59 more like this since the last such line)"] * 2]
