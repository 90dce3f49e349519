"""What the edge makes of telegrams and values; no socket is opened before `run`."""

import logging
import math
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram import Telegram, TelegramDirection
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound

ON = DPTBinary(1)


@pytest.fixture
def wishes():
    return []


@pytest.fixture
def bus(wishes):
    table = BindingTable(
        (
            bound("charging", "9/7/1", "9/7/2"),
            bound("max_current", "9/7/41", "9/7/42"),
            bound("status", "9/7/0", respond_to_read=False),
        )
    )
    settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1"})
    return Bus(settings, table, ZoneInfo("UTC"), means(lambda charger, wish: wishes.append((charger, wish))))


def hear(bus, address, service, source="1.1.5"):
    bus._hearing.heard(Telegram(GroupAddress(address), TelegramDirection.INCOMING, service, IndividualAddress(source)))


def say(bus, key, value):
    bus.offer("GARAGE", Update(ConnectorId(1), key, value))


def test_a_command_is_posted_before_the_callback_returns(bus, wishes):
    hear(bus, "9/7/2", GroupValueWrite(ON))
    assert [(charger, wish.key, wish.value, wish.source) for charger, wish in wishes] == [
        ("GARAGE", "charging", True, "1.1.5")
    ]


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("9/7/2", GroupValueResponse(ON)),
        ("9/7/2", GroupValueRead()),
        ("9/7/1", GroupValueWrite(ON)),
        ("9/7/42", GroupValueWrite(DPTArray((1, 2)))),
        ("1/1/1", GroupValueWrite(ON)),
    ],
    ids=["a response", "a read", "a write on a state", "a wrong length", "an address of somebody else"],
)
def test_what_is_no_command_is_no_wish(bus, wishes, address, service):
    hear(bus, address, service)
    assert wishes == []
    assert bus.state.received == 1


def test_a_wrong_telegram_is_told_once_a_minute_with_its_sender_and_a_remedy(bus, caplog):
    for _ in range(3):
        hear(bus, "9/7/42", GroupValueWrite(DPTArray((1, 2))))
    (line,) = caplog.messages
    assert "1.1.5 sent 01 02 on 9/7/42 (max_current), which has the wrong length for 14.019" in line
    assert "ETS" in line


def test_a_foreign_write_on_a_state_is_told_once_a_minute_for_each_state(bus, caplog):
    for source, state in (("1.1.5", "9/7/1"), ("1.1.5", "9/7/1"), ("1.1.6", "9/7/1"), ("1.1.5", "9/7/0")):
        hear(bus, state, GroupValueWrite(ON), source)
    told = [message.split(", where")[0] for message in caplog.messages]
    assert told == ["ignored: 1.1.5 wrote $01 on 9/7/1", "ignored: 1.1.5 wrote $01 on 9/7/0"]


def test_only_objects_that_may_be_read_answer(bus):
    bus._up()
    for key, value in (("charging", True), ("status", 2)):
        say(bus, key, value)
    while bus._scheduler.take(time.monotonic()) is not None:
        bus._scheduler.confirmed(time.monotonic())
    hear(bus, "9/7/0", GroupValueRead())
    assert bus.state.waiting == 0
    hear(bus, "9/7/1", GroupValueRead())
    assert bus.state.waiting == 1


def test_a_value_that_cannot_be_told_is_unknown_to_the_bus_and_named_in_the_log(bus, caplog):
    bus._up()
    say(bus, "max_current", 10.0)
    assert bus.state.waiting == 1
    with caplog.at_level(logging.WARNING):
        say(bus, "max_current", math.nan)
    assert bus.state.waiting == 0
    assert "GARAGE/1 max_current on 9/7/41 is not told to the bus: nan" in caplog.text


def unknown(_key):
    return None


def test_a_value_is_asked_for_when_the_object_is_bound(bus):
    bus._up()
    say(bus, "online", True)
    assert bus.state.waiting == 0
    table = BindingTable((bound("online", "9/7/100"), bound("fault", "9/7/101")))
    bus.rebind(table, ZoneInfo("Europe/Amsterdam"), {next(iter(table.by_key)): True}.get)
    assert bus.state.waiting == 1
    told = bus._scheduler.take(time.monotonic())
    assert (told.address, told.payload) == (GroupAddress("9/7/100").raw, DPTBinary(1))


def test_an_object_that_is_inverted_at_a_reload_is_told_anew(bus):
    bus._up()
    say(bus, "charging", True)
    assert bus._scheduler.take(time.monotonic()).payload == DPTBinary(1)
    bus._scheduler.confirmed(time.monotonic())
    bus.rebind(BindingTable((bound("charging", "9/7/1", "9/7/2", invert=True),)), ZoneInfo("UTC"), unknown)
    assert bus._scheduler.take(time.monotonic() + 10).payload == DPTBinary(0)


def test_a_time_is_told_anew_when_the_site_has_another_time_zone(bus):
    bus._up()
    table = BindingTable((bound("start_time", "9/7/20"),))
    bus.rebind(table, ZoneInfo("Europe/Amsterdam"), unknown)
    say(bus, "start_time", datetime(2026, 11, 21, 12, tzinfo=UTC))
    bus.rebind(table, ZoneInfo("Europe/Berlin"), unknown)
    told = bus._scheduler.take(time.monotonic())
    assert told is not None
    assert told.payload.value == (6 << 5 | 13, 0, 0)
    bus._scheduler.confirmed(time.monotonic())
    bus.rebind(table, ZoneInfo("Australia/Lord_Howe"), unknown)
    assert bus._scheduler.take(time.monotonic() + 10).payload.value == (6 << 5 | 23, 0, 0)


def test_the_edge_says_whom_it_tries_to_reach(bus):
    assert (bus.state.connected, bus.state.gateway, bus.state.trouble) == (
        False,
        "127.0.0.1:3671",
        "not connected yet",
    )
