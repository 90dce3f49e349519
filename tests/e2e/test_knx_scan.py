"""Searching for gateways: discovery by multicast on loopback, and what an installer makes of it."""

import asyncio
import json
import socket

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.link import scan as scanning
from knx_ocpp_bridge.knx.link.scan import ScanError, Tunnel, describe, scan
from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bus_edge import Edge, running
from tests.kit.discovery import GROUP, Discovery, Gateway
from tests.kit.until import until

PLAIN = Gateway("Hall", 4001, tunnels=((0x1101, True), (0x1102, False)))
FULL = Gateway("Attic", 4002, 0x1200, tunnels=((0x1201, False),))
SECURE = Gateway("Cellar", 4003, 0x1300, secured=(4, 5), routing=True, tunnels=((0x1301, True),))
OLD = Gateway("Barn", 4004, 0x1400, core=1, tunnelling=1, routing=True)


@pytest.fixture
async def network(monkeypatch):
    async with Discovery(PLAIN, FULL, SECURE, OLD) as discovery:
        monkeypatch.setattr(scanning, "DISCOVERY", (GROUP, discovery.port))
        yield discovery


async def verb(*words):
    return await asyncio.to_thread(
        CliRunner().invoke, main, ["knx", "scan", "--local", "127.0.0.1", "--within", "1", *words]
    )


async def test_every_gateway_is_found_once_with_what_it_can_do(network):
    hall, attic, cellar, barn = await scan("127.0.0.1", 0.5)
    assert (hall.name, str(hall.gateway), hall.individual_address) == ("Hall", "127.0.0.1:4001", "1.1.0")
    assert hall.tunnels == (Tunnel("1.1.1", True), Tunnel("1.1.2", False))
    assert (hall.tunnelling_udp, hall.tunnelling_tcp, hall.routing, hall.free) == (True, True, False, 1)
    assert attic.full
    assert (cellar.secure_tunnelling, cellar.secure_routing, cellar.tunnelling_udp) == (True, True, False)
    assert (barn.tunnelling_udp, barn.tunnelling_tcp, barn.routing, barn.free) == (True, False, True, None)


async def test_an_installer_sees_a_table_and_what_to_write(network):
    shown = (await verb()).stdout.splitlines()
    assert [line.split() for line in shown[:5]] == [
        ["name", "address", "individual", "UDP", "TCP", "routing", "secure", "free", "tunnels"],
        ["Hall", "127.0.0.1:4001", "1.1.0", "yes", "yes", "no", "no", "1", "of", "2"],
        ["Attic", "127.0.0.1:4002", "1.2.0", "yes", "yes", "no", "no", "0", "of", "1"],
        ["Cellar", "127.0.0.1:4003", "1.3.0", "no", "yes", "secure", "required", "1", "of", "1"],
        ["Barn", "127.0.0.1:4004", "1.4.0", "yes", "no", "yes", "no", "-"],
    ]
    assert "the only tunnel of Attic (127.0.0.1:4002) is taken: free one, or name another gateway" in shown
    assert shown[-3:] == ["knx:", "  connection: tunneling_tcp", "  gateway: 127.0.0.1:4001"]


async def test_two_gateways_of_one_kind_are_proposed_as_first_and_second(network):
    network.gateways = (PLAIN, Gateway("Yard", 4009, tunnels=((0x1501, True),)))
    shown = (await verb()).stdout.splitlines()
    assert "  second_gateway: 127.0.0.1:4009" in shown


async def test_where_all_want_secure_the_keyring_is_named(network):
    network.gateways = (SECURE,)
    result = await verb()
    assert "  connection: tunneling_tcp_secure" in result.stdout
    assert "  keyring: site.knxkeys" in result.stdout
    assert "can only be used with KNX Secure" in result.stderr


async def test_programs_get_a_row_for_each_gateway(network):
    rows = [json.loads(line) for line in (await verb("--json")).stdout.splitlines()]
    assert [(row["name"], row["gateway"], row["free"]) for row in rows][:2] == [
        ("Hall", "127.0.0.1:4001", 1),
        ("Attic", "127.0.0.1:4002", 0),
    ]


@pytest.mark.parametrize("words", [(), ("--json",)])
async def test_silence_is_exit_code_5_with_a_remedy(network, words):
    network.gateways = ()
    result = await verb(*words)
    assert (result.exit_code, result.stdout) == (5, "")
    assert "no KNXnet/IP gateway answers on this network" in result.stderr


async def test_an_address_that_this_machine_has_not_is_said_so():
    with pytest.raises(ScanError, match=r"10\.254\.254\.254"):
        await scan("10.254.254.254", 0.2)


async def test_one_gateway_tells_of_itself_by_its_address_or_name(monkeypatch):
    """The machine need not know any name, not even localhost."""
    known = socket.gethostbyname
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "127.0.0.1" if name == "interface.lan" else known(name))
    async with VirtualBus(slots=2) as bus:
        found = await describe(HostPort("127.0.0.1", bus.port))
        assert found == await describe(HostPort("interface.lan", bus.port))
    assert found is not None
    assert (found.name, found.free, found.tunnelling_tcp) == ("Virtual KNX bus", 2, True)
    assert await describe(HostPort("127.0.0.1", bus.port)) is None
    assert await describe(HostPort("no-such-host.invalid", 3671)) is None


async def test_a_running_bridge_is_not_disturbed_and_its_tunnel_is_shown_as_taken():
    async with VirtualBus(slots=2) as bus, running(Edge("tunneling_tcp", bus.port)) as edge:
        await edge.is_up()
        found = await describe(HostPort("127.0.0.1", bus.port))
        assert found is not None
        assert found.tunnels == (Tunnel("1.1.1", False), Tunnel("1.1.2", True))
        assert edge.bus.state.connected
        edge.say("charging", True)
        await until(lambda: edge.bus.state.sent == 1, 1, "the state")
