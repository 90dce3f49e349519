"""What the building tells is an input on every address it is bound to, whatever else listens there."""

import math
from datetime import UTC, date, datetime, time

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram import Telegram, TelegramDirection
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound


def own(key, *addresses, dpt=None, **more):
    return bound(key, None, *addresses, charger=None, connector=0, dpt=dpt, **more)


class Ears:
    """A bus with inputs and a command, and what was made of its telegrams."""

    def __init__(self, *objects, zone):
        self.told, self.wishes, self.lines, self.complaints = [], [], [], []
        settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1"})
        heard = means(
            lambda charger, wish: self.wishes.append((charger, wish.key, wish.value)),
            told=lambda charger, heard: self.told.append((charger, heard.key, heard.value)),
            trace=self.lines.append,
            complain=self.complaints.append,
        )
        self.bus = Bus(settings, BindingTable(objects), zone, heard)

    def hear(self, address, service, source="1.1.5"):
        self.bus._hearing.heard(
            Telegram(GroupAddress(address), TelegramDirection.INCOMING, service, IndividualAddress(source))
        )


@pytest.fixture
def ears():
    return lambda *objects: Ears(*objects, zone=UTC)


@pytest.mark.parametrize("service", [GroupValueWrite, GroupValueResponse])
def test_a_write_and_a_response_tell_an_input_of_any_of_its_addresses(ears, service):
    house = ears(own("grid_power", "1/7/1", "1/7/2", dpt="9.024"))
    house.hear("1/7/1", service(DPTArray((0x00, 0xE6))))
    house.hear("1/7/2", service(DPTArray((0x7F, 0xFF))))
    (_, _, first), (_, _, second) = house.told
    assert first == 2300.0
    assert math.isnan(second)
    assert house.lines[0] == "KNX <- 1/7/1 grid_power 2300 W (1.1.5)"


def test_an_address_can_be_an_input_and_a_command_but_a_response_is_no_command(ears):
    house = ears(own("release", "1/7/1"), bound("pause", None, "1/7/1"))
    house.hear("1/7/1", GroupValueResponse(DPTBinary(1)))
    assert (house.told, house.wishes) == ([(None, "release", True)], [])
    house.hear("1/7/1", GroupValueWrite(DPTBinary(0)))
    assert house.told[1:] == [(None, "release", False)]
    assert house.wishes == [("GARAGE", "pause", False)]


def test_two_inputs_share_an_address_and_each_reads_it_in_its_own_way(ears):
    house = ears(
        own("release", "1/7/1"), bound("release", None, "1/7/1", invert=True), own("tariff", "1/7/1", dpt="1.001")
    )
    house.hear("1/7/1", GroupValueWrite(DPTBinary(1)))
    assert house.told == [(None, "release", True), ("GARAGE", "release", False), (None, "tariff", 1.0)]


def test_a_read_of_somebody_else_and_a_wrong_length_tell_nothing(ears, caplog):
    house = ears(own("grid_power", "1/7/1"))
    house.hear("1/7/1", GroupValueRead())
    for _ in range(3):
        house.hear("1/7/1", GroupValueWrite(DPTArray((1, 2))))
    assert house.told == []
    (line,) = caplog.messages
    assert house.complaints == [line]
    assert "1.1.5 sent 01 02 on 1/7/1 (grid_power), which has the wrong length for 14.056: check" in line


def test_strangers_who_are_made_up_fill_no_log(ears, caplog, monkeypatch):
    house = ears(own("grid_power", "1/7/1"), bound("charging", "1/7/2"))
    now_s = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    for second in range(121):
        now_s = 1000.0 + second
        for stranger in range(10):
            source = f"1.{stranger}.{second}"
            house.hear("1/7/1", GroupValueWrite(DPTArray((1, 2))), source)
            house.hear("1/7/2", GroupValueWrite(DPTBinary(1)), source)
    assert len(caplog.messages) == 6
    assert all("(and 599 more like this since the last such line)" in line for line in caplog.messages[2:])


@pytest.mark.parametrize(
    ("key", "dpt", "octets", "value"),
    [
        ("bus_time", "19.001", (127, 6, 1, 0x4C, 30, 15, 0x21, 0), datetime(2027, 6, 1, 12, 30, 15, tzinfo=UTC)),
        ("bus_time", "10.001", (0x4C, 30, 15), time(12, 30, 15)),
        ("bus_date", "11.001", (1, 6, 27), date(2027, 6, 1)),
    ],
)
def test_the_time_of_day_is_told_by_the_clocks_on_the_wall(ears, key, dpt, octets, value):
    house = ears(own(key, "3/0/1", dpt=dpt))
    house.hear("3/0/1", GroupValueWrite(DPTArray(octets)))
    told = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    assert house.told == [(None, key, told)]


@pytest.mark.parametrize(
    "octets",
    [
        (127, 6, 1, 0x4C, 30, 15, 0xA1, 0),  # a fault
        (127, 6, 1, 0x4C, 30, 15, 0x31, 0),  # no year
        (127, 6, 1, 0x4C, 30, 15, 0x29, 0),  # no date
        (127, 6, 1, 0x4C, 30, 15, 0x23, 0),  # no time
        (127, 2, 30, 0x4C, 30, 15, 0x21, 0),  # no day of the calendar
    ],
)
def test_a_clock_that_says_it_is_wrong_tells_no_time(ears, octets):
    house = ears(own("bus_time", "3/0/1"))
    house.hear("3/0/1", GroupValueWrite(DPTArray(octets)))
    assert house.told == []
