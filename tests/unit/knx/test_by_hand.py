"""The bus does not hear itself: what is sent by hand is obeyed like a device's; what a read would be answered with."""

from zoneinfo import ZoneInfo

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound

STATE, COMMAND, MUTE, INPUT = (parse_group_address(f"9/7/{sub}") for sub in (1, 2, 0, 50))
TABLE = BindingTable(
    (
        bound("charging", "9/7/1", "9/7/2"),
        bound("status", "9/7/0", respond_to_read=False),
        bound("grid_power", None, "9/7/50", charger=None, dpt="14.056"),
    )
)


@pytest.fixture
def wishes():
    return []


@pytest.fixture
def inputs():
    return []


@pytest.fixture
def bus(wishes, inputs):
    settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1"})
    told = means(
        lambda _charger, wish: wishes.append(wish), told=lambda charger, heard: inputs.append((charger, heard))
    )
    return Bus(settings, TABLE, ZoneInfo("UTC"), told)


def test_a_command_by_hand_is_a_wish_from_the_command_line(bus, wishes):
    bus.obey(COMMAND, DPTBinary(1), Origin.PAGE)
    ((key, value, origin),) = [(wish.key, wish.value, wish.origin) for wish in wishes]
    assert (key, value, origin) == ("charging", True, Origin.PAGE)


def test_an_input_by_hand_is_told_to_the_bridge(bus, wishes, inputs):
    bus.obey(INPUT, DPTArray((0x44, 0xBB, 0x80, 0x00)), Origin.CLI)
    ((charger, heard),) = inputs
    assert (charger, heard.key, heard.value) == (None, "grid_power", 1500.0)
    assert wishes == []


def test_a_foreign_address_by_hand_is_nothing_to_the_bridge(bus, wishes, inputs):
    bus.obey(parse_group_address("3/1/1"), DPTBinary(1), Origin.CLI)
    assert (wishes, inputs) == ([], [])


def test_what_is_heard_is_still_a_wish_of_the_building(bus, wishes):
    bus._hearing._written(COMMAND, DPTBinary(1), "1.1.5")
    assert [wish.origin for wish in wishes] == [Origin.KNX]


def test_a_read_would_be_answered_with_what_is_known(bus):
    assert bus.answer(STATE) is None
    bus.offer("GARAGE", Update(ConnectorId(1), "charging", value=True))
    assert bus.answer(STATE) == DPTBinary(1)
    bus.offer("GARAGE", Update(ConnectorId(1), "charging", value=None))
    assert bus.answer(STATE) is None


def test_what_must_not_be_read_would_not_be_answered(bus):
    bus.offer("GARAGE", Update(ConnectorId(1), "status", value=2))
    assert bus.answer(MUTE) is None
    assert bus.answer(COMMAND) is None


def test_nothing_goes_by_hand_where_the_bridge_sends_or_while_there_is_no_bus(bus):
    assert not bus.order(STATE, DPTBinary(1))
    assert not bus.order(parse_group_address("3/1/1"), DPTBinary(1))
