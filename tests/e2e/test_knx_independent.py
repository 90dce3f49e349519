"""KNX Secure against a stack that shares nothing with this project: npm's knxultimate, on loopback.

Needs `npm ci --prefix tests/e2e/npm` once.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.virtual.virtual_bus import BusTelegram, VirtualBus
from knx_ocpp_bridge.knx.virtual.virtual_frames import MessageCode
from tests.kit.bridge import BridgeProcess
from tests.kit.ether import Ether
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.keyrings import PASSWORD, Backbone, Interface, Keyring, key_of, raw
from tests.kit.payloads import ampere
from tests.kit.secure_group import request
from tests.kit.secure_panel import SecurePanel
from tests.kit.secure_server import SecureServer
from tests.kit.secure_session import User, packed
from tests.kit.stranger import Heard, Stranger
from tests.kit.until import until

WALL = "1.1.200"
BRIDGE = "1.1.250"
GROUP = f"239.192.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}"
"""A multicast group of its own: whoever tests routing at the same time uses another."""
LATENCY_S = 0.2
OUTLET, OPEN = Outlet(1), Outlet(2)
SWITCH, CHARGING, STATUS = OUTLET.command("charging"), OUTLET.state("charging"), OUTLET.state("status")
CURRENT, TEXT = OUTLET.state("current"), OUTLET.state("error_text")
SECURED = (SWITCH, CHARGING, STATUS, CURRENT, TEXT)
USERS = {2: User("two-pw", ("1.1.1",)), 3: User("three-pw", ("1.1.2",))}
SENDERS = (WALL, BRIDGE, "1.1.1", "1.1.2")
KEYRING = Keyring(
    backbone=Backbone(key=key_of(f"backbone {GROUP}"), multicast=GROUP, latency_ms=round(1000 * LATENCY_S)),
    interfaces=tuple(
        Interface(tunnel, user=number, password=user.password, groups=dict.fromkeys(SECURED, SENDERS))
        for number, user in USERS.items()
        for tunnel in user.tunnels
    ),
    groups={ga: key_of(ga) for ga in SECURED},
)
HOUSE = House(
    (charger("BOX", connector(OUTLET, "error_text")), charger("OPEN", connector(OPEN))),
    knx={
        "connection": "routing_secure",
        "gateway": None,
        "keyring": "house.knxkeys",
        "keyring_password": PASSWORD,
        "local_address": "127.0.0.1",
        "individual_address": BRIDGE,
    },
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


@pytest.fixture
async def routed(keyring: Path, tmp_path: Path) -> AsyncIterator[BridgeProcess]:
    """The bridge on secure routing."""
    process = BridgeProcess(tmp_path, HOUSE, 0)
    await asyncio.to_thread(process.start)
    yield process
    print(process.new_log())
    await asyncio.to_thread(process.terminate)


@contextlib.asynccontextmanager
async def neighbour(keyring: Path) -> AsyncIterator[Stranger]:
    """The other one on secure routing, as soon as both have the same timer and it is answered."""
    ga = OPEN.state("charging")
    async with Stranger(keyring, hostProtocol="Multicast", ipAddr=GROUP, ipPort=3671, physAddr=WALL) as stranger:
        for _ in range(30):
            stranger.read(ga)
            with contextlib.suppress(TimeoutError):
                await stranger.hears(ga, False, 0.5, "response")
                break
        yield stranger


async def test_its_wall_switch_starts_a_charge_by_secure_routing_and_it_sees_the_charge(
    routed: BridgeProcess, keyring: Path
):
    async with FakeCharger(routed.url, "OPEN"), FakeCharger(routed.url, "BOX") as box, neighbour(keyring) as stranger:
        await box.plug()
        await stranger.hears(STATUS, b"\x01")
        stranger.switch(SWITCH, True)
        number = await box.charges()
        assert (await stranger.hears(CHARGING, True)).source == BRIDGE
        await stranger.hears(STATUS, b"\x02")
        await box.meters(1, {"value": "13.0", "measurand": "Current.Import", "phase": "L1", "unit": "A"})
        await stranger.hears(CURRENT, ampere(13.0))
        await box.says(1, "Charging", "WeakSignal", info="A weak signal!")
        await stranger.hears(TEXT, b"A weak signal!")
        stranger.read(CHARGING)
        await stranger.hears(CHARGING, True, kind="response")
        stranger.switch(SWITCH, False)
        assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
        await stranger.hears(CHARGING, False)


async def test_who_knows_the_backbone_and_no_group_key_reads_nothing_that_is_secured(
    routed: BridgeProcess, tmp_path: Path
):
    blind = replace(KEYRING, groups={}, interfaces=(), created="2026-01-02T00:00:00").write(tmp_path / "blind.knxkeys")
    async with FakeCharger(routed.url, "OPEN") as box, neighbour(blind) as stranger:
        await box.plug()
        await stranger.hears(OPEN.state("status"), b"\x01")
        stranger.read(STATUS)
        stranger.read(OPEN.state("status"))
        await stranger.hears(OPEN.state("status"), b"\x01", kind="response")
        async with FakeCharger(routed.url, "BOX"):
            await until(lambda: any(each.ga == STATUS for each in of_the_bridge(stranger)), 5, "a secured telegram")
        assert {each.kind for each in of_the_bridge(stranger) if each.ga in SECURED} == {"other"}


def of_the_bridge(stranger: Stranger) -> list[Heard]:
    return [each for each in stranger.heard if each.source == BRIDGE]


async def test_who_repeats_or_changes_what_it_said_by_secure_routing_starts_nothing(
    routed: BridgeProcess, keyring: Path
):
    async with FakeCharger(routed.url, "OPEN") as box, Ether(GROUP) as ether, neighbour(keyring) as stranger:
        await box.plug()
        await stranger.hears(OPEN.state("status"), b"\x01")
        recorded = len(ether.wrappers)
        stranger.switch(OPEN.command("charging"), True)
        number = await box.charges()
        pressed = ether.wrappers[recorded]
        stranger.switch(OPEN.command("charging"), False)
        assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
        await stranger.hears(OPEN.state("charging"), False)
        box.forget_calls()
        await asyncio.sleep(2 * LATENCY_S)
        ether.say(pressed)
        recorded = len(ether.wrappers)
        stranger.write(OPEN.command("max_current"), 10.0, "14.019")
        await until(lambda: len(ether.wrappers) > recorded, 5, "a fresh wrapper")
        ether.say(with_one_bit_changed(ether.wrappers[recorded]))
        ether.say(plain_switch())
        stranger.read(OPEN.state("charging"))
        await stranger.hears(OPEN.state("charging"), False, kind="response")
        assert "RemoteStartTransaction" not in box.fresh_calls()
        stranger.switch(OPEN.command("charging"), True)
        await box.charges()


def with_one_bit_changed(wrapper: bytes) -> bytes:
    """Of the last sealed octet, the MAC being behind it."""
    return wrapper[:-17] + bytes([wrapper[-17] ^ 0x01]) + wrapper[-16:]


def plain_switch() -> bytes:
    """A ROUTING_INDICATION without security: the wall switch is pressed."""
    said = request(WALL, raw(OPEN.command("charging")), bytes([0x00, 0x81]))
    return packed(0x0530, bytes([MessageCode.L_DATA_IND]) + said[1:])
