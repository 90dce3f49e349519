"""Group addresses from the page into the file: what the installer wrote stays, and nothing half is written."""

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.control.options import AskError, MisuseError
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from tests.kit.front_desk import FrontDesk

FILE = """\
# the house of the tests
chargers:
  - id: GARAGE   # left
    name: Garage
    connectors:
      - id: 1
        group_objects_from: {scheme: xxter, base: 9/7/0}
        group_objects:
          pause: {address: 9/7/9}   # the push button
      - id: 2
  - id: YARD
    connectors: [{id: 1}]
group_objects:
  heartbeat: {state_address: 9/0/1}
"""
PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
  <GroupRange Name="House" RangeStart="2048" RangeEnd="4095">
    <GroupRange Name="Ground floor" RangeStart="2048" RangeEnd="2303">
      <GroupAddress Name="Lamp" Address="1/0/1" DPTs="DPST-1-1"/>
    </GroupRange>
  </GroupRange>
  <GroupRange Name="Cars" RangeStart="18432" RangeEnd="20479">
    <GroupRange Name="Garage" RangeStart="20224" RangeEnd="20479">
      <GroupAddress Name="Garage 1 status" Address="9/7/0" DPTs="DPST-5-10"/>
      <GroupAddress Name="Garage 1 charging state" Address="9/7/1" DPTs="DPST-9-1"/>
    </GroupRange>
  </GroupRange>
</GroupAddress-Export>
"""


@pytest.fixture
async def desk(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.path.write_text(FILE)
    desk.reload()
    return desk


@pytest.mark.parametrize("act", ["objects_fill", "object_set"])
async def test_two_levels_among_three_are_refused_in_words(desk: FrontDesk, act: str):
    given = {"base": "9/7", "check": True} if act == "objects_fill" else {"key": "pause", "address": "9/7"}
    with pytest.raises(MisuseError, match=r"9/7 has two levels.* like 9/7/0"):
        await desk.does(act, "GARAGE", connector=1, **given)


async def test_what_lies_beyond_the_sub_group_is_marked(desk: FrontDesk):
    told = await desk.does("objects_fill", "YARD", connector=1, base="9/6/200", check=True)
    beyond = [row for row in told.row["rows"] if row["beyond"]]
    assert beyond
    assert all(not row["address"] and row["weight"] == "error" for row in beyond)


def addresses(desk, charger, connector, key):
    bound = next(
        each
        for each in desk.loaded.objects
        if (each.charger, each.connector, each.row.key) == (charger, connector, key)
    )
    return bound.addresses, bound.state_address


def rows(desk, charger="", **options):
    return {(row["key"], row["direction"]): row for row in desk.shows("objects", charger, **options).rows}


async def test_a_block_is_shown_before_it_is_written(desk):
    managed = await desk.does("objects_fill", "GARAGE", connector=2, base="9/6/0", check=True)
    assert managed.done
    assert managed.row is not None
    first = managed.row["rows"][0]
    assert (first["key"], first["direction"], first["address"], first["conflict"]) == ("status", "out", "9/6/0", "")
    assert managed.row["taken"] == 0
    assert desk.path.read_text() == FILE


async def test_a_block_is_one_line_more_and_in_force(desk):
    managed = await desk.does("objects_fill", "GARAGE", connector=2, base="9/6/0")
    assert managed.done, managed.messages
    line = "        group_objects_from: {scheme: xxter, base: 9/6/0}\n"
    assert desk.path.read_text() == FILE.replace("      - id: 2\n", f"      - id: 2\n{line}")
    assert addresses(desk, "GARAGE", 2, "charging") == ((parse_group_address("9/6/2"),), parse_group_address("9/6/1"))


async def test_a_block_that_lies_on_another_is_refused_and_says_whose(desk):
    managed = await desk.does("objects_fill", "YARD", connector=1, base="9/7/0", force=True)
    assert not managed.done
    assert "9/7/0 is the state of status of GARAGE/1" in managed.messages[0]
    assert desk.path.read_text() == FILE


async def test_what_has_its_own_address_keeps_it_and_the_preview_says_so(desk):
    await desk.does("object_set", "GARAGE", connector=1, key="status", state_address="9/5/0")
    managed = await desk.does("objects_fill", "GARAGE", connector=1, base="9/6/0", check=True)
    assert managed.row is not None
    assert [row["key"] for row in managed.row["rows"] if row["kept"]] == ["status"]
    assert (await desk.does("objects_fill", "GARAGE", connector=1, base="9/6/0")).done
    assert addresses(desk, "GARAGE", 1, "status") == ((), parse_group_address("9/5/0"))


async def test_charge_point_and_bridge_get_their_objects_one_after_another(desk):
    keys = "online, hard_reset"
    managed = await desk.does("objects_fill", "GARAGE", scheme="in_turn", base="9/5/10", keys=keys)
    assert managed.done, managed.messages
    assert addresses(desk, "GARAGE", 0, "online") == ((), parse_group_address("9/5/10"))
    assert addresses(desk, "GARAGE", 0, "hard_reset")[0] == (parse_group_address("9/5/11"),)
    managed = await desk.does("objects_fill", scheme="in_turn", base="9/0/5", keys="chargers_online")
    assert managed.done, managed.messages
    assert "  chargers_online: {state_address: 9/0/5}\n" in desk.path.read_text()
    with pytest.raises(MisuseError, match="in_turn"):
        await desk.does("objects_fill", "GARAGE", base="9/5/10")


async def test_one_address_changes_and_the_comment_beside_it_stays(desk):
    assert (await desk.does("object_set", "GARAGE", connector=1, key="pause", address="9/7/8, 9/7/9")).done
    assert desk.path.read_text() == FILE.replace("{address: 9/7/9}", "{address: [9/7/8, 9/7/9]}")


async def test_an_object_of_a_scheme_gets_an_entry_of_its_own_and_keeps_the_rest(desk):
    assert (await desk.does("object_set", "GARAGE", connector=1, key="max_current", address="9/5/2", dpt="9.021")).done
    assert '          max_current: {address: 9/5/2, state_address: 9/7/41, dpt: "9.021"}\n' in desk.path.read_text()


async def test_an_object_of_a_scheme_is_taken_out_by_null_another_with_its_line(desk):
    assert (await desk.does("object_set", "GARAGE", connector=1, key="unlock", remove=True)).done
    assert "          unlock: null\n" in desk.path.read_text()
    assert (await desk.does("object_set", "GARAGE", connector=1, key="pause", remove=True)).done
    assert "pause" not in desk.path.read_text()
    assert ("unlock", "in") not in rows(desk, "GARAGE", connector=1)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"key": "chargin", "address": "1/1/1"}, "no object 'chargin'"),
        ({"key": "pause", "address": "9/8/1"}, "middle group"),
        ({"key": "pause", "address": ""}, "no group address"),
        ({"key": "pause", "connector": 7, "address": "1/1/1"}, "no connector 7"),
    ],
)
async def test_what_is_no_address_or_object_is_a_mistake_of_usage(desk, options, why):
    with pytest.raises(MisuseError, match=why):
        await desk.does("object_set", "GARAGE", **({"connector": 1} | options))


async def test_what_the_file_would_not_take_is_refused_with_the_reason_of_the_check(desk):
    managed = await desk.does("object_set", "GARAGE", connector=1, key="pause", address="9/7/1")
    assert not managed.done
    assert "pause of GARAGE/1 receives on 9/7/1, on which charging of GARAGE/1" in managed.messages[0]
    assert desk.path.read_text() == FILE


async def test_rows_are_numbered_as_a_device_of_the_ets(desk):
    shown = desk.shows("objects").rows
    assert [row["number"] for row in shown] == list(range(1, len(shown) + 1))
    status = rows(desk, "GARAGE")["status", "out"]
    assert (status["flags"], status["dpt"], status["length"], status["addresses"]) == (
        "CRT", "5.010", "1 byte", ["9/7/0"],
    )  # fmt: skip
    assert rows(desk, "GARAGE")["charging", "in"]["flags"] == "CW"
    assert list(rows(desk, bridge=True)) == [("heartbeat", "out")]
    assert rows(desk, "YARD") == {}
    german = rows(desk, "GARAGE", language="de")["status", "out"]
    assert german["length"] == "1 Byte"
    with pytest.raises(AskError, match="no charger"):
        desk.shows("objects", "NOBODY")


async def test_a_row_has_the_last_value_with_its_unit_and_when(desk):
    at = desk.moment().utc
    said = Passed(at, "1.1.9", parse_group_address("9/7/40"), Service.WRITE, DPTArray((65, 126, 102, 102)), ours=True)
    desk.building._passed(said)
    heard = Passed(at, "1.1.5", parse_group_address("9/7/9"), Service.WRITE, DPTBinary(1))
    desk.building._passed(heard)
    told = rows(desk, "GARAGE")
    current = told["current", "out"]
    assert (current["value"], current["at"], current["source"]) == ("15.9 A", "2026-11-21T12:00:00.000+00:00", "")
    assert (told["pause", "in"]["value"], told["pause", "in"]["source"]) == ("on", "1.1.5") or told["pause", "in"][
        "value"
    ]
    assert told["status", "out"]["value"] == ""


async def test_what_the_ets_says_otherwise_stands_at_the_row(desk, tmp_path):
    (tmp_path / "project.xml").write_text(PROJECT)
    desk.path.write_text(FILE + "knx: {project: project.xml}\n")
    desk.reload()
    assert rows(desk, "GARAGE")["status", "out"]["in_ets"] is None
    checked = await desk.does("ets_check")
    assert checked.row is not None
    assert (checked.row["group_addresses"], checked.row["errors"] > 0) == (3, True)
    told = rows(desk, "GARAGE")
    assert told["status", "out"]["problems"] == []
    (wrong,) = told["charging", "out"]["problems"]
    assert (wrong["weight"], wrong["kind"]) == ("error", "other size")
    assert told["current", "out"]["problems"][0]["kind"] == "unknown address"
    findings = desk.shows("ets_findings", limit=2)
    assert (len(findings.rows), findings.next) == (2, 2)
    managed = await desk.does("objects_fill", "YARD", connector=1, base="1/0/0", check=True)
    assert managed.row is not None
    assert {row["address"]: row["in_ets"] for row in managed.row["rows"]}["1/0/1"] is True


async def test_an_address_that_several_listen_on_says_who_else(desk):
    assert (await desk.does("object_set", "YARD", connector=1, key="charging", address="9/7/2")).done
    (shared,) = rows(desk, "YARD")["charging", "in"]["problems"]
    assert (shared["weight"], shared["text"]) == ("hint", "9/7/2 is also that of charging of GARAGE/1")
