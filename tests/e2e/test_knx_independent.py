"""KNX Secure against a stack that shares nothing with this project: npm's knxultimate, on loopback.

Needs `npm ci --prefix tests/e2e/npm` once.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.virtual_bus import BusTelegram, VirtualBus
from tests.kit.house import Outlet
from tests.kit.keyrings import Backbone, Interface, Keyring, key_of, raw
from tests.kit.payloads import ampere
from tests.kit.secure_panel import SecurePanel
from tests.kit.secure_server import SecureServer
from tests.kit.secure_session import User
from tests.kit.stranger import Stranger
from tests.kit.until import until

WALL = "1.1.200"
BRIDGE = "1.1.250"
GROUP = "239.192.39.238"
"""A multicast group of its own: whoever tests routing at the same time uses another."""
OUTLET = Outlet(1)
SWITCH, CHARGING, STATUS = OUTLET.command("charging"), OUTLET.state("charging"), OUTLET.state("status")
SECURED = (SWITCH, CHARGING, STATUS)
USERS = {2: User("two-pw", ("1.1.1",)), 3: User("three-pw", ("1.1.2",))}
SENDERS = (WALL, BRIDGE, "1.1.1", "1.1.2")
KEYRING = Keyring(
    backbone=Backbone(multicast=GROUP, latency_ms=200),
    interfaces=tuple(
        Interface(tunnel, user=number, password=user.password, groups=dict.fromkeys(SECURED, SENDERS))
        for number, user in USERS.items()
        for tunnel in user.tunnels
    ),
    groups={ga: key_of(ga) for ga in SECURED},
)


@pytest.fixture
def keyring(tmp_path: Path) -> Path:
    return KEYRING.write(tmp_path / "house.knxkeys")


@pytest.fixture
async def server() -> AsyncIterator[SecureServer]:
    async with VirtualBus() as bus, SecureServer(bus, dict(USERS)) as server:
        yield server


async def test_its_session_and_its_data_secure_are_understood_here_and_ours_there(server: SecureServer, keyring: Path):
    plain, line = "9/0/1", list[BusTelegram]()
    server.bus.listen(line.append)
    async with (
        SecurePanel(server.bus, KEYRING.groups) as panel,
        Stranger(keyring, hostProtocol="TunnelTCP", ipAddr="127.0.0.1", ipPort=server.port, tunnel="1.1.2") as stranger,
    ):
        assert set(server.bus.clients) == {"1.1.1", "1.1.2"}
        stranger.switch(SWITCH, True)
        said = await panel.hears(SWITCH, True)
        assert (said.source, said.sequence is not None) == ("1.1.2", True)
        panel.write(STATUS, b"\x02")
        assert (await stranger.hears(STATUS, b"\x02")).source == WALL
        stranger.write(plain, 16.0, "14.019")
        await until(lambda: any(told.destination == raw(plain) for told in line), 5, "what is plain")
        assert [told.payload for told in line if told.destination == raw(plain)] == [ampere(16.0)]
    assert not server.refused


async def test_a_plain_tunnel_of_its_hears_and_is_heard():
    line = list[BusTelegram]()
    async with VirtualBus() as bus, Stranger(hostProtocol="TunnelUDP", ipAddr="127.0.0.1", ipPort=bus.port) as stranger:
        bus.listen(line.append)
        stranger.switch("1/2/3", True)
        await until(lambda: bool(line), 5, "the switch")
        assert (line[0].destination, line[0].payload) == (raw("1/2/3"), b"\x01")
        await bus.group_write(raw("1/2/4"), b"\x0c\x33")
        await stranger.hears("1/2/4", b"\x0c\x33")
