"""The KNX edge on real sockets: our own virtual bus by UDP and TCP, and a real knxd."""

import asyncio
import time
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.link import connection
from knx_ocpp_bridge.knx.virtual.virtual_bus import BusTelegram, Kind, VirtualBus
from tests.kit.bus_edge import Edge, running
from tests.kit.knx_objects import bound
from tests.kit.knxd import Knxd
from tests.kit.until import until

CHARGING, CURRENT = ga("9/7/1"), ga("9/7/40")


@pytest.fixture
async def virtual():
    async with VirtualBus() as bus:
        heard = []
        bus.listen(lambda telegram: heard.append(telegram) if telegram.source == "1.1.1" else None)
        bus.heard = heard
        yield bus


@pytest.fixture(params=["tunneling", "tunneling_tcp"])
async def edge(request, virtual):
    async with running(Edge(request.param, virtual.port)) as edge:
        await edge.is_up()
        yield edge
    assert virtual.clients == ()  # it has said goodbye


def said(virtual):
    return [(telegram.destination, telegram.kind, telegram.payload) for telegram in virtual.heard]


async def test_a_wall_switch_becomes_a_wish_and_its_state_comes_back(virtual, edge):
    await virtual.group_write(ga("9/7/2"), 1, "1.1.5")
    await until(lambda: edge.wishes, 1, "the wish")
    edge.say("charging", True)
    await until(lambda: virtual.heard, 1, "the state")
    assert edge.wishes == [("GARAGE", "charging", True, "1.1.5")]
    assert said(virtual) == [(CHARGING, Kind.WRITE, b"\x01")]
    await until(lambda: len(edge.lines) == 2, 1, "the trace")
    assert edge.lines == ["KNX <- 9/7/2 charging 1 (1.1.5)", "KNX -> 9/7/1 charging 1"]
    assert (edge.bus.state.sent, edge.bus.state.own_address) == (1, "1.1.1")


async def test_feedback_is_on_the_bus_at_once(virtual, edge):
    began = time.monotonic()
    edge.say("charging", True)
    await until(lambda: virtual.heard, 1, "the state")
    assert time.monotonic() - began < 0.1


async def test_a_state_answers_reads_only_once_it_is_known(virtual, edge):
    assert await virtual.group_read(CURRENT, 0.2) is None
    edge.say("current", 16.0)
    await until(lambda: virtual.heard, 1, "the state")
    answer = await virtual.group_read(CURRENT)
    assert answer is not None
    assert (answer.source, answer.payload) == ("1.1.1", bytes.fromhex("561A"))
    edge.say("current", None)
    assert await virtual.group_read(CURRENT, 0.2) is None


async def test_what_is_no_command_changes_nothing(virtual, edge):
    edge.say("charging", True)
    await virtual.group_write(ga("9/7/42"), bytes(2))  # wrong length
    await virtual.group_write(CHARGING, 0)  # somebody else's write on our state
    virtual._say(BusTelegram("1.1.5", ga("9/7/2"), Kind.RESPONSE, b"\x01", small=True))
    await virtual.group_write(ga("9/7/42"), bytes.fromhex("41200000"), "1.1.9")
    await until(lambda: edge.wishes, 1, "the only wish")
    assert edge.wishes == [("GARAGE", "max_current", 10.0, "1.1.9")]
    answer = await virtual.group_read(CHARGING)
    assert answer is not None
    assert answer.payload == b"\x01"


async def test_a_negative_confirmation_is_a_failure_and_the_newest_value_is_tried_again(virtual, edge):
    virtual.faults.negative_confirmations = True
    edge.say("charging", True)
    await until(lambda: edge.bus.state.failed == 1, 2, "the refusal")
    edge.say("charging", False)
    virtual.faults.negative_confirmations = False
    await until(lambda: virtual.heard, 3, "the second try")
    assert said(virtual) == [(CHARGING, Kind.WRITE, b"\x00")]
    assert edge.bus.state.connected


async def test_after_a_short_loss_only_what_was_not_said_is_said(virtual, edge):
    edge.say("charging", True)
    await until(lambda: edge.bus.state.sent == 1, 1, "the state")
    virtual.drop_all()
    await until(lambda: not edge.bus.state.connected, 1, "the loss")
    edge.say("status", 2)
    edge.say("status", 3)
    await edge.is_up()
    await until(lambda: len(virtual.heard) == 2, 2, "the news")
    await asyncio.sleep(0.3)
    assert said(virtual)[1:] == [(ga("9/7/0"), Kind.WRITE, b"\x03")]


async def test_a_gateway_that_confirms_nothing_is_dialled_again(virtual, caplog):
    async with running(Edge("tunneling_tcp", virtual.port)) as edge:
        await edge.is_up()
        virtual.faults.withhold_confirmations = True
        edge.say("charging", True)
        edge.say("status", 1)
        await until(lambda: len(virtual.heard) == 2, 5, "both tries")
        virtual.faults.withhold_confirmations = False
        await until(lambda: "confirms nothing" in caplog.text, 5, "giving up the connection")
        await until(lambda: edge.bus.state.sent == 2, 5, "both states")


async def test_a_frozen_gateway_is_noticed_without_a_telegram(virtual, monkeypatch):
    monkeypatch.setattr(connection, "QUIET_S", 0.2)
    async with running(Edge("tunneling_tcp", virtual.port)) as edge:
        await edge.is_up()
        await asyncio.sleep(0.5)
        assert edge.bus.state.connected  # asked for a sign of life, and got it
        assert virtual.heard == []  # without a telegram on the line
        virtual.faults.frozen = True
        await until(lambda: "no sign of life" in edge.bus.state.trouble, 6, "noticing")
        virtual.faults.frozen = False
        edge.say("charging", True)
        await until(lambda: virtual.heard, 10, "the state")


async def test_a_gateway_that_restarted_in_silence_is_dialled_again(virtual, monkeypatch):
    monkeypatch.setattr(connection, "QUIET_S", 0.2)
    async with running(Edge("tunneling", virtual.port)) as edge:
        await edge.is_up()
        virtual.drop_all(silently=True)
        await until(lambda: not edge.bus.state.connected, 2, "noticing")
        await edge.is_up()
        await virtual.group_write(ga("9/7/2"), 1)
        await until(lambda: edge.wishes, 1, "the wish")


async def test_another_table_keeps_what_stays_and_tells_what_moved(virtual, edge):
    edge.say("charging", True)
    edge.say("status", 1)
    await until(lambda: edge.bus.state.sent == 2, 1, "both states")
    edge.bus.rebind(
        BindingTable((bound("status", "9/7/0"), bound("charging", "9/7/9", "9/7/8"))),
        ZoneInfo("UTC"),
        lambda _key: None,
    )
    await until(lambda: len(virtual.heard) == 3, 1, "the moved state")
    assert said(virtual)[2] == (ga("9/7/9"), Kind.WRITE, b"\x01")
    await virtual.group_write(ga("9/7/2"), 0)
    await virtual.group_write(ga("9/7/8"), 0)
    await until(lambda: edge.wishes, 1, "the wish")
    assert len(edge.wishes) == 1
    assert len(virtual.heard) == 3


async def test_the_first_connection_is_tried_until_somebody_is_there():
    async with VirtualBus() as gone:
        port = gone.port
    async with running(Edge("tunneling_tcp", port)) as edge:
        edge.say("charging", True)
        await until(lambda: "cannot reach" in edge.bus.state.trouble, 2, "the complaint")
        async with VirtualBus(port=port) as bus:
            heard = []
            bus.listen(heard.append)
            await until(lambda: heard, 5, "the state")


async def test_with_knxd_as_gateway_and_its_tools_as_wall_switch(tmp_path):
    knxd = Knxd(tmp_path).start()
    try:
        async with running(Edge("tunneling", knxd.port)) as edge:
            await edge.is_up()
            await knxd.tool("groupswrite", "9/7/2", "1")
            await knxd.tool("groupwrite", "9/7/42", "41", "20", "00", "00")
            await until(lambda: len(edge.wishes) == 2, 2, "both wishes")
            assert [wish[1:3] for wish in edge.wishes] == [("charging", True), ("max_current", 10.0)]
            edge.say("current", 16.0)
            await until(lambda: edge.bus.state.sent == 1, 2, "the state")
            assert "56 1A" in (await knxd.tool("groupreadresponse", "9/7/40"))[1]
            await killed_and_back(knxd, edge)
    finally:
        knxd.stop()


async def killed_and_back(knxd, edge):
    """The state that changed while nobody was there is told, and nothing else."""
    knxd.stop()
    mark = len(edge.lines)
    edge.say("charging", True)
    await until(lambda: not edge.bus.state.connected, 5, "noticing that knxd is gone")
    knxd.start()
    await until(lambda: "KNX -> 9/7/1 charging 1" in edge.lines, 20, "the state")
    assert [line for line in edge.lines[mark:] if "did not confirm" not in line] == ["KNX -> 9/7/1 charging 1"]


async def test_nothing_is_left_behind(virtual):
    before = asyncio.all_tasks()
    async with running(Edge("tunneling", virtual.port)) as edge:
        await edge.is_up()
        edge.say("charging", True)
        await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
    assert virtual.clients == ()
