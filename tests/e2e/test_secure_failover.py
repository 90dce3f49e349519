"""Two secure interfaces: which one serves by which tunnel, and what is said of one that the keyring does not know."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.knx.link import connection, gateways
from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bus_edge import Edge, running
from tests.kit.keyrings import PASSWORD, Interface, Keyring
from tests.kit.secure_server import SecureServer
from tests.kit.secure_session import User
from tests.kit.until import until

COMMAND = ga("9/7/2")
NEAR = Interface("1.1.5", "1.1.0", user=2, password="near")
FAR = Interface("1.2.5", "1.2.0", user=2, password="far")


@asynccontextmanager
async def interface(tunnel: Interface, port: int = 0) -> AsyncIterator[SecureServer]:
    """A line, and the secure interface with this tunnel."""
    users = {2: User(tunnel.password, (tunnel.address,))}
    async with VirtualBus(address=tunnel.host) as bus, SecureServer(bus, users, address=tunnel.host, port=port) as one:
        yield one


def edge(folder: Path, first: int, second: int, *tunnels: Interface, **knx: Any) -> Edge:
    keyring = Keyring(interfaces=tunnels).write(folder / "house.knxkeys")
    secure = {"keyring": str(keyring), "keyring_password": PASSWORD, "second_gateway": f"127.0.0.1:{second}"}
    return Edge("tunneling_tcp_secure", first, **secure | knx)


@pytest.mark.parametrize("wished", [None, "1.1.5"])
async def test_the_second_secure_gateway_serves_while_the_first_does_not(tmp_path, monkeypatch, wished):
    for module, name, value in (
        (connection, "PROBE_S", 0.2), (connection, "STILL_S", 0.1), (gateways, "RETURN_S", 0.5),
        (gateways, "STILL_S", 0.1),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    async with interface(FAR) as far, AsyncExitStack() as first:
        near = await first.enter_async_context(interface(NEAR))
        async with running(edge(tmp_path, near.port, far.port, NEAR, FAR, individual_address=wished)) as bridge:
            await bridge.is_up()
            assert (near.bus.clients, far.bus.clients, bridge.bus.state.second) == (("1.1.5",), (), False)
            await first.aclose()
            await until(lambda: far.bus.clients, 10, "the second gateway")
            await bridge.is_up()
            assert (far.bus.clients, bridge.bus.state.second) == (("1.2.5",), True)
            await far.bus.group_write(COMMAND, 1)
            await until(lambda: len(bridge.wishes) == 1, 2, "the wish, by the second gateway")
            async with interface(NEAR, near.port) as near:
                await until(lambda: near.bus.clients, 10, "going back")
                await bridge.is_up()
                assert (bridge.bus.state.second, far.bus.clients) == (False, ())
                await near.bus.group_write(COMMAND, 0)
                await until(lambda: len(bridge.wishes) == 2, 2, "the wish, by the first gateway")


async def test_a_second_gateway_that_the_keyring_does_not_know_is_named_and_the_first_is_gone_back_to(tmp_path):
    async with interface(FAR) as far:
        async with interface(NEAR) as near:
            port = near.port
        async with running(edge(tmp_path, port, far.port, NEAR)) as bridge:
            await until(
                lambda: any("1.2.0" in each for each in bridge.troubles), 10, "it is said what is wrong with the second"
            )
            first, _, second = bridge.troubles[-1].partition("; ")
            assert f"127.0.0.1:{port}" in first
            assert "the keyring has no tunnel of Secure KNX bus" in second
            assert "which is 1.2.0, but 1.1.5 of 1.1.0" in second
            assert (far.opened, dict(far.refused)) == (0, {})
            async with interface(NEAR, port) as near:
                await bridge.is_up(15)
                assert (near.bus.clients, bridge.bus.state.second, bridge.troubles[-1]) == (("1.1.5",), False, "")


async def test_while_the_first_serves_nobody_asks_for_the_second_that_the_keyring_does_not_know(tmp_path):
    async with (
        interface(NEAR) as near,
        interface(FAR) as far,
        running(edge(tmp_path, near.port, far.port, NEAR)) as bridge,
    ):
        await bridge.is_up()
        near.drop(politely=False)
        await until(lambda: near.opened == 2, 10, "the first, again")
        await bridge.is_up()
        assert (bridge.bus.state.second, far.opened) == (False, 0)
