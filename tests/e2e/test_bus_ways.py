"""Which way to the bus is taken, whom a gateway turns away and why, and what is on the way back."""

import asyncio
import contextlib
import socket
import time

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.knx.link import connection, gateways, scan
from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bus_edge import Edge, running
from tests.kit.discovery import GROUP, Discovery, Gateway
from tests.kit.ports import free_udp_port
from tests.kit.until import until

COMMAND = ga("9/7/2")
FREE, TAKEN = ((0x1101, True),), ((0x1101, False),)


@pytest.fixture
async def first():
    async with VirtualBus(name="First") as bus:
        yield bus


@pytest.fixture
async def second():
    async with VirtualBus(name="Second", address="1.2.0") as bus:
        yield bus


def two(kind, first, second, **knx):
    return Edge(kind, first.port, second_gateway=f"127.0.0.1:{second.port}", **knx)


# Two gateways


async def test_the_first_gateway_is_preferred(first, second):
    async with running(two("tunneling_tcp", first, second)) as edge:
        await edge.is_up()
        assert (first.clients, second.clients, edge.bus.state.second) == (("1.1.1",), (), False)


@pytest.mark.parametrize("kind", ["tunneling", "tunneling_tcp"])
async def test_a_first_gateway_that_is_not_there_is_passed_over_and_named(second, kind, caplog):
    async with VirtualBus() as gone:
        port = gone.port
    edge = Edge(kind, port, second_gateway=f"127.0.0.1:{second.port}")
    async with running(edge):
        await edge.is_up(3)
        assert (second.clients, edge.bus.state.second) == (("1.2.1",), True)
    assert f"127.0.0.1:{second.port} serves meanwhile" in caplog.text
    assert f"cannot reach 127.0.0.1:{port}" in caplog.text


async def test_a_first_gateway_that_answers_nothing_at_all_is_waited_for_5_seconds(second):
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(2):  # its queue is full: whoever else dials is not even refused
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        edge = Edge("tunneling_tcp", full.getsockname()[1], second_gateway=f"127.0.0.1:{second.port}")
        async with running(edge):
            began = time.monotonic()
            await edge.is_up(8)
            assert 4 < time.monotonic() - began < 7
            assert edge.bus.state.second


async def test_the_wished_address_is_a_tunnel_of_the_first_gateway_alone(first, second):
    async with running(two("tunneling_tcp", first, second, individual_address="1.1.5")) as edge:
        await edge.is_up()
        assert first.clients == ("1.1.5",)
        first.faults.frozen = True
        edge.say("charging", True)
        await until(lambda: second.clients, 5, "the second gateway")
        assert second.clients == ("1.2.1",)


@pytest.mark.parametrize("kind", ["tunneling", "tunneling_tcp"])
async def test_a_gateway_that_freezes_while_something_is_sent_is_left_within_3_seconds(first, second, kind):
    async with running(two(kind, first, second)) as edge:
        await edge.is_up()
        first.faults.frozen = True
        began = time.monotonic()
        edge.say("charging", True)
        await until(lambda: second.clients, 4, "the second gateway")
        assert time.monotonic() - began < 3
        await until(lambda: edge.bus.state.sent == 1, 3, "the state")
        state = edge.bus.state
        assert (state.second, state.reconnections, state.failed, state.repeated) == (True, 1, 1, 1)


@pytest.mark.parametrize("kind", ["tunneling", "tunneling_tcp"])
async def test_a_gateway_that_freezes_while_all_is_quiet_is_left_within_20_seconds(first, second, kind):
    async with running(two(kind, first, second)) as edge:
        await edge.is_up()
        first.faults.frozen = True
        began = time.monotonic()
        await until(lambda: second.clients, 20, "the second gateway")
        assert time.monotonic() - began < 9  # 5 s of silence, and 2 s for an answer


async def test_a_gateway_that_confirms_slowly_but_answers_is_kept(first):
    async with running(Edge("tunneling_tcp", first.port)) as edge:
        await edge.is_up()
        first.faults.withhold_confirmations = True
        edge.say("charging", True)
        await asyncio.sleep(2.8)
        assert edge.bus.state.connected
        await until(lambda: edge.bus.state.failed == 1, 2, "giving up that telegram")
        first.faults.withhold_confirmations = False
        await until(lambda: edge.bus.state.sent == 1, 3, "the state, again")
        assert edge.bus.state.reconnections == 0


async def test_the_bridge_goes_back_to_the_first_gateway_once_that_was_there_for_a_while(second, monkeypatch):
    for name, value in (("PROBE_S", 0.2), ("STILL_S", 0.1)):
        monkeypatch.setattr(connection, name, value)
    monkeypatch.setattr(gateways, "RETURN_S", 1.0)
    monkeypatch.setattr(gateways, "STILL_S", 0.1)
    async with VirtualBus() as gone:
        port = gone.port
    edge = Edge("tunneling", port, second_gateway=f"127.0.0.1:{second.port}")
    async with running(edge):
        await edge.is_up()
        assert edge.bus.state.second
        async with VirtualBus(port=port) as first:
            began = time.monotonic()
            await until(lambda: first.clients, 5, "going back")
            assert time.monotonic() - began > 1
            await edge.is_up()
            assert (edge.bus.state.second, second.clients) == (False, ())
            await first.group_write(COMMAND, 1)
            await until(lambda: edge.wishes, 1, "the wish")


async def test_the_bridge_does_not_go_back_to_a_gateway_whose_tunnels_are_taken(second, monkeypatch):
    for name, value in (("PROBE_S", 0.2), ("STILL_S", 0.1)):
        monkeypatch.setattr(connection, name, value)
    monkeypatch.setattr(gateways, "RETURN_S", 0.3)
    monkeypatch.setattr(gateways, "STILL_S", 0.1)
    async with VirtualBus(slots=1) as full, running(Edge("tunneling", full.port)) as other:
        await other.is_up()
        async with running(two("tunneling", full, second)) as edge:
            await edge.is_up()
            await asyncio.sleep(1.5)
            assert (edge.bus.state.second, edge.bus.state.reconnections) == (True, 0)


# Who is turned away


async def test_if_all_tunnels_are_taken_it_is_said_so():
    async with VirtualBus(slots=1) as full, running(Edge("tunneling_tcp", full.port)) as lucky:
        await lucky.is_up()
        async with running(Edge("tunneling_tcp", full.port)) as edge:
            await until(lambda: "taken" in edge.bus.state.trouble, 5, "the reason")
            assert edge.bus.state.trouble == (
                f"the only tunnel of Virtual KNX bus (127.0.0.1:{full.port}) is taken: "
                "free one, or name another gateway"
            )


async def test_the_tunnel_with_the_wished_address_is_used(first):
    async with running(Edge("tunneling_tcp", first.port, individual_address="1.1.5")) as edge:
        await edge.is_up()
        assert (edge.bus.state.own_address, first.clients) == ("1.1.5", ("1.1.5",))
        async with running(Edge("tunneling_tcp", first.port, individual_address="1.1.5")) as late:
            await until(lambda: "taken" in late.bus.state.trouble, 5, "the reason")
            assert "tunnel 1.1.5 of First" in late.bus.state.trouble
            assert "choose a free one (1.1.1, 1.1.2" in late.bus.state.trouble


async def test_a_wished_address_that_is_no_tunnel_of_this_gateway_is_said_so(first):
    async with running(Edge("tunneling_tcp", first.port, individual_address="9.9.9")) as edge:
        await until(lambda: "has no tunnel 9.9.9 (individual_address)" in edge.bus.state.trouble, 5, "the reason")


async def test_trouble_is_told_at_once_and_that_it_is_over(first):
    async with VirtualBus() as gone:
        port = gone.port
    async with running(Edge("tunneling_tcp", port)) as edge:
        await until(lambda: len(edge.troubles) == 2, 3, "the trouble")
        assert edge.troubles[0] == "not connected yet"
        assert f"cannot reach 127.0.0.1:{port}" in edge.troubles[1]
        async with VirtualBus(port=port) as bus:
            await edge.is_up()
            assert edge.troubles[2:] == [""]
            bus.drop_all()
            await until(lambda: len(edge.troubles) > 3, 2, "the loss")
            assert "closed the connection" in edge.troubles[3]


# Whichever answers


@contextlib.asynccontextmanager
async def network(monkeypatch, *gateways):
    async with Discovery(*gateways) as discovery:
        monkeypatch.setattr(scan, "DISCOVERY", (GROUP, discovery.port))
        monkeypatch.setattr(scan, "SCAN_S", 0.5)
        yield discovery


def automatic(**knx):
    return Edge("automatic", None, local_address="127.0.0.1", **knx)


async def test_automatic_takes_a_gateway_with_a_free_tunnel(first, second, monkeypatch):
    full = Gateway("First", first.port, tunnels=TAKEN)
    free = Gateway("Second", second.port, tunnels=FREE)
    async with network(monkeypatch, full, free), running(automatic()) as edge:
        await edge.is_up()
        assert (first.clients, second.clients) == ((), ("1.2.1",))
        state = edge.bus.state
        assert (state.gateway, state.connection) == (f"Second (127.0.0.1:{second.port})", "tunneling_tcp")


async def test_automatic_finds_another_gateway_when_its_own_is_gone(first, second, monkeypatch):
    one, other = Gateway("First", first.port, tunnels=FREE), Gateway("Second", second.port, tunnels=FREE)
    async with network(monkeypatch, one) as discovery, running(automatic()) as edge:
        await edge.is_up()
        await until(lambda: first.clients, 1, "the only one")
        discovery.gateways = (other,)
        first.faults.frozen = True
        edge.say("charging", True)
        await until(lambda: second.clients, 10, "the other one")


async def test_if_every_gateway_is_full_automatic_says_so(first, monkeypatch):
    async with network(monkeypatch, Gateway("First", first.port, tunnels=TAKEN)), running(automatic()) as edge:
        await until(lambda: "the only tunnel of First" in edge.bus.state.trouble, 5, "the reason")
        assert first.clients == ()


async def test_if_nobody_answers_automatic_says_so(monkeypatch):
    async with network(monkeypatch), running(automatic()) as edge:
        await until(lambda: "no KNXnet/IP gateway answers" in edge.bus.state.trouble, 5, "the reason")


# The way back


class Nat(asyncio.DatagramProtocol):
    """A router before the gateway: whoever is behind it sees the router's address instead of the client's."""

    def __init__(self, gateway_port):
        self.port = free_udp_port()
        self.brought_back = 0
        self.stated = set()
        """Where the client says that it is."""
        self._gateway = ("127.0.0.1", gateway_port)
        self._client = None

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self._inside, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        self._outside, _ = await loop.create_datagram_endpoint(lambda: Outside(self.back), local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(self, *_):
        self._inside.close()
        self._outside.close()

    def datagram_received(self, data, addr):
        self._client = addr
        if data[2:4] == b"\x02\x05":
            self.stated.add((socket.inet_ntoa(data[8:12]), int.from_bytes(data[12:14], "big")))
        self._outside.sendto(data, self._gateway)

    def back(self, data):
        self.brought_back += data[2:4] == b"\x04\x20"
        self._inside.sendto(data, self._client)


class Outside(asyncio.DatagramProtocol):
    def __init__(self, back):
        self._back = back

    def datagram_received(self, data, _addr):
        self._back(data)


async def test_through_nat_the_answers_come_the_way_the_questions_went(first):
    async with Nat(first.port) as nat, running(Edge("tunneling", nat.port, route_back=True)) as edge:
        await edge.is_up()
        await first.group_write(COMMAND, 1)
        await until(lambda: edge.wishes, 1, "the wish")
        edge.say("charging", True)
        await until(lambda: edge.bus.state.sent == 1, 1, "the state")
        assert nat.stated == {("0.0.0.0", 0)}
        assert nat.brought_back == 2  # the command, and the confirmation


async def test_without_route_back_the_gateway_answers_past_the_router(first):
    async with Nat(first.port) as nat, running(Edge("tunneling", nat.port)) as edge:
        await edge.is_up()
        await first.group_write(COMMAND, 1)
        await until(lambda: edge.wishes, 1, "the wish")
        assert ("0.0.0.0", 0) not in nat.stated
        assert nat.brought_back == 0


async def test_the_bus_is_reached_from_the_address_that_was_chosen(first):
    async with Nat(first.port) as nat, running(Edge("tunneling", nat.port, local_address="127.0.0.3")) as edge:
        await edge.is_up()
        assert {host for host, _ in nat.stated} == {"127.0.0.3"}
