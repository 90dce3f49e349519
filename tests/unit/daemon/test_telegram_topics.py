"""The topic of the group monitor: pages, patterns, and words for what is none."""

import pytest
from xknx.dpt.payload import DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.control.options import MisuseError
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.knx.monitor.address_book import ProjectNames
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from tests.kit.front_desk import FrontDesk

LAMP = parse_group_address("3/1/2")


@pytest.fixture
async def desk(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.path.write_text(
        "knx: {group_address_style: two_level}\n"
        "chargers:\n  - id: GARAGE\n    name: Garage\n"
        "    connectors: [{id: 1, group_objects: {charging: {address: 9/7/2}}}]\n"
    )
    desk.reload()
    return desk


def pass_by(desk, *destinations, source="1.1.5"):
    for destination in destinations:
        address = parse_group_address(destination)
        desk.building._passed(Passed(desk.moment().utc, source, address, Service.WRITE, DPTBinary(1)))


def test_whatever_passes_the_bus_is_shown(desk):
    pass_by(desk, "9/7/2", "3/1/2")
    rows = desk.shows("telegrams").rows
    assert [(row["number"], row["destination"], row["name"]) for row in rows] == [
        (1, "9/1794", "Garage/1 charging"),
        (2, "3/258", ""),
    ]
    assert rows[0]["at"] == "2026-11-21T12:00:00.000+00:00"


def test_names_of_the_project_count_for_what_has_passed_as_well(desk):
    pass_by(desk, "3/1/2")
    desk.building.monitor.know(ProjectNames({LAMP: "Lamp"}, {LAMP: "1.001"}))
    ((row),) = desk.shows("telegrams").rows
    assert (row["name"], row["dpt"], row["value"]) == ("Lamp", "1.001", "on")
    desk.reload()
    assert desk.shows("telegrams").rows[0]["name"] == "Lamp"


def test_a_page_says_where_to_go_on(desk):
    pass_by(desk, *["9/7/2"] * 3)
    first = desk.shows("telegrams", limit=2)
    assert ([row["number"] for row in first.rows], first.next) == ([1, 2], 2)
    second = desk.shows("telegrams", limit=2, after=first.next)
    assert ([row["number"] for row in second.rows], second.next) == ([3], 3)
    newest = desk.shows("telegrams", newest=True, limit=1)
    assert ([row["number"] for row in newest.rows], newest.next) == ([3], 3)


def test_addresses_senders_and_our_own_objects_can_be_asked_for(desk):
    pass_by(desk, "9/7/2", "3/1/2", "3/1/3")
    pass_by(desk, "3/1/2", source="1.1.6")

    def numbers(**options):
        return [row["number"] for row in desk.shows("telegrams", **options).rows]

    assert numbers(address="3/1/*") == [2, 3, 4]
    assert numbers(address="3/258, 9/7/2") == [1, 2, 4]
    assert numbers(source="1.1.6") == [4]
    assert numbers(source="1.1.*", address="3/1/3") == [3]
    assert numbers(ours=True) == [1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"address": "9/8/*"}, "middle group"),
        ({"address": "hall"}, "not a group address"),
        ({"address": ",".join(["9/7/1"] * 65)}, "more than 64"),
        ({"source": "1.1"}, "not an individual address"),
    ],
)
def test_what_is_no_address_is_a_mistake_of_usage_told_in_words(desk, options, why):
    with pytest.raises(MisuseError, match=why):
        desk.shows("telegrams", **options)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"address": "9/8/1"}, "middle group"),
        ({"address": "0/0/0"}, "broadcast"),
        ({"address": "9/7/2", "dpt": "DPT-99"}, "no datapoint type"),
        ({"address": "9/7/2", "dpt": "warm"}, "no datapoint type"),
    ],
)
async def test_what_cannot_be_read_or_written_by_hand_is_a_mistake_of_usage(desk, options, why):
    with pytest.raises(MisuseError, match=why):
        await desk.does("knx_read", **options)
    with pytest.raises(MisuseError, match=why):
        await desk.does("knx_write", value="1", **options)


async def test_a_value_by_hand_is_short(desk):
    with pytest.raises(MisuseError, match="at most 64"):
        await desk.does("knx_write", address="9/7/2", value="1" * 65)


@pytest.mark.parametrize("dpt", ["9.001", "9.1", "DPST-9-1", "DPT9.001", "DPT-9", "9"])
async def test_a_type_may_be_spelled_as_the_ets_does(desk, dpt):
    managed = await desk.does("knx_read", address="9/7/200", dpt=dpt)
    assert managed.messages[0].startswith("there is no connection to the bus")


async def test_without_a_bus_nothing_is_read_or_written(desk):
    for act, more in (("knx_read", {}), ("knx_write", {"value": "1"})):
        managed = await desk.does(act, address="9/7/2", **more)
        assert (managed.done, managed.because) == (False, CommandResult.OFFLINE)
