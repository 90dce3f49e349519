"""One attempt after another at secure interfaces: which tunnel is taken, and what is told when there is none."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from xknx.dpt.payload import DPTBinary
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueWrite

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.link.dialling import DialError, Dialler, Ears, Link, hang_up
from knx_ocpp_bridge.knx.secure.data_secure import Ours
from knx_ocpp_bridge.knx.secure.security import Security
from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.keyrings import PASSWORD, Backbone, Interface, Keyring, key_of, raw
from tests.kit.secure_crypto import device_key
from tests.kit.secure_server import SecureServer
from tests.kit.secure_session import User
from tests.kit.until import until

SECURED = raw("9/7/1")
USERS = {2: User("two-pw", ("1.1.5",)), 3: User("three-pw", ("1.1.6",)), 4: User("four-pw", ("1.1.7",))}
OURS = Ours(lambda: (SECURED,), lambda address: "GARAGE/1 charging on 9/7/1" if address == SECURED else "")
ON = Telegram(GroupAddress("9/7/1"), payload=GroupValueWrite(DPTBinary(1)))


def keyring(tunnels: Sequence[Interface] = ()) -> Keyring:
    its_own = tuple(
        Interface(tunnel, user=number, password=user.password, groups={"9/7/1": ("1.1.200",)})
        for number, user in USERS.items()
        for tunnel in user.tunnels
    )
    return Keyring(Backbone(), (*its_own, *tunnels), {"9/7/1": key_of("9/7/1")})


class Caller:
    """Who dials."""

    def __init__(self, folder: Path, keys: Keyring, port: int, **knx: object) -> None:
        keys.write(folder / "house.knxkeys")
        settings = {"connection": "tunneling_tcp_secure", "keyring": str(folder / "house.knxkeys")} | knx
        self.gateway = HostPort("127.0.0.1", port)
        self._settings = Knx.model_validate(
            {"gateway": f"127.0.0.1:{port}", "keyring_password": PASSWORD} | settings
        ).model_copy(update={"keyring": folder / "house.knxkeys"})
        self.security = Security(self._settings, folder, lambda: Moment(0.0, datetime.now(UTC)), OURS)
        self.heard: list[Telegram] = []
        self._dialler = Dialler(self._settings, Ears(self.heard.append, lambda _state: None), self.security)

    @asynccontextmanager
    async def connected(self, gateway: HostPort | None = None) -> AsyncIterator[Link]:
        """On the bus."""
        running = asyncio.create_task(self.security.run())
        link = await self._dialler.dial(gateway or self.gateway if self._settings.gateway else None)
        try:
            yield link
        finally:
            await hang_up(link.xknx)
            running.cancel()
            await asyncio.wait([running])

    async def fails(self) -> str:
        """Why there is no connection."""
        with pytest.raises(DialError) as error:
            await self._dialler.dial(self.gateway)
        return str(error.value)


@pytest.fixture
async def server() -> AsyncIterator[SecureServer]:
    async with VirtualBus(slots=7) as bus, SecureServer(bus, dict(USERS)) as server:
        yield server


async def test_the_first_free_tunnel_of_the_keyring_is_taken(tmp_path, server):
    server.taken.add("1.1.5")
    async with Caller(tmp_path, keyring(), server.port).connected() as link:
        assert str(link.xknx.current_address) == "1.1.6"


async def test_an_interface_that_is_silent_by_udp_is_tried_tunnel_by_tunnel(tmp_path, server):
    server.taken.update({"1.1.5", "1.1.6"})
    server._udp.close()
    async with Caller(tmp_path, keyring(), server.port).connected() as link:
        assert str(link.xknx.current_address) == "1.1.7"
    assert server.refused["slot"] == 2


async def test_all_tunnels_taken_is_told_as_it_is(tmp_path, server):
    server.taken.update({"1.1.5", "1.1.6", "1.1.7"})

    assert (
        "all 3 tunnels that the keyring has of it are taken: free one"
        in await Caller(tmp_path, keyring(), server.port).fails()
    )


async def test_the_wished_tunnel_taken_is_told_as_it_is(tmp_path, server):
    server.taken.add("1.1.6")

    told = await Caller(tmp_path, keyring(), server.port, individual_address="1.1.6").fails()

    assert "the tunnel 1.1.6 (knx.individual_address) is taken by somebody else: free it, or choose" in told
    assert "(1.1.5, 1.1.7)" in told


async def test_another_interface_than_that_of_the_keyring_is_told(tmp_path, server):
    strange = Keyring(interfaces=(Interface("1.5.1", "1.5.0", user=2, password="p"),))

    told = await Caller(tmp_path, strange, server.port).fails()

    assert "the keyring has no tunnel of Secure KNX bus" in told
    assert "which is 1.1.0, but 1.5.1 of 1.5.0" in told


async def test_at_the_second_gateway_the_wished_tunnel_of_the_first_is_not_asked_for(tmp_path, server):
    far = Interface("1.5.1", "1.5.0", user=2, password="far-pw")
    second = f"127.0.0.1:{server.port}"
    caller = Caller(tmp_path, keyring([far]), 1, individual_address="1.5.1", second_gateway=second)
    async with caller.connected(HostPort("127.0.0.1", server.port)) as link:
        assert str(link.xknx.current_address) == "1.1.5"


async def test_a_gateway_without_secure_sessions_is_told_as_such(tmp_path):
    async with VirtualBus() as bus:
        told = await Caller(tmp_path, keyring(), bus.port).fails()

    assert "offers no KNX IP Secure" in told
    assert "connection: tunneling_tcp" in told


async def test_a_wished_tunnel_at_a_gateway_without_secure_sessions_is_told_as_such(tmp_path):
    async with VirtualBus() as bus:
        told = await Caller(tmp_path, keyring(), bus.port, individual_address="1.1.5").fails()

    assert "it offers no secure session: switch Secure Tunneling on in ETS" in told


async def test_nobody_there_is_told_as_such(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    told = await Caller(tmp_path, keyring(), port, individual_address="1.1.5").fails()

    assert told.startswith(f"cannot reach 127.0.0.1:{port}: it refuses the connection")


async def test_a_gateway_whose_key_is_none_harms_nobody(tmp_path):
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(6 + 8 + 32)
        session, public, code = (1).to_bytes(2, "big"), bytes(32), bytes(16)
        writer.write(struct.pack("!BBHH", 6, 0x10, 0x0952, 56) + session + public + code)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    open_server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_server)
        port = open_server.sockets[0].getsockname()[1]
        trusting = keyring()
        trusting = replace(trusting, interfaces=tuple(replace(each, authentication="") for each in trusting.interfaces))
        told = await Caller(tmp_path, trusting, port, individual_address="1.1.5").fails()
        await asyncio.wait_for(gone.wait(), 2)

    assert "it offers a key that is none" in told


async def test_a_password_in_letters_that_knx_has_not_is_told_without_showing_one(tmp_path, server):
    odd = Keyring(interfaces=(Interface("1.1.5", user=2, password="user-€-pw"),))

    told = await Caller(tmp_path, odd, server.port).fails()

    assert "the password of the tunnel has a letter that KNX IP Secure has not" in told
    assert "€" not in told
    assert "20ac" not in told


async def test_a_keyring_that_is_put_right_is_used_at_the_next_attempt(tmp_path, server):
    caller = Caller(tmp_path, keyring(), server.port)
    path = tmp_path / "house.knxkeys"
    good = path.read_bytes()
    path.write_bytes(good[:-20])
    assert "this is no keyring" in await caller.fails()
    assert "this is no keyring" in await caller.fails()
    path.unlink()
    assert "this keyring is not there" in await caller.fails()
    path.write_bytes(good)
    async with caller.connected() as link:
        assert str(link.xknx.current_address) == "1.1.5"


async def test_the_first_telegram_after_the_connection_is_sent_secured(tmp_path, server):
    async with Caller(tmp_path, keyring(), server.port).connected() as link:
        assert await link.handler.deliver(ON) is Delivery.CONFIRMED
        assert ON.data_secure


async def test_an_address_that_is_not_linked_in_ets_is_pointed_out(tmp_path, server, caplog):
    unlinked = keyring()
    unlinked = replace(unlinked, interfaces=tuple(replace(each, groups={}) for each in unlinked.interfaces))
    async with Caller(tmp_path, unlinked, server.port).connected():
        pass

    assert "1 secured group address is not linked to 1.1.5" in caplog.text
    assert "GARAGE/1 charging on 9/7/1" in caplog.text


def member(folder: Path, address: str, key: str = "backbone") -> Caller:
    """Of a group of secure routing on this machine, that nobody else is in."""
    folder.mkdir()
    house = replace(keyring(), backbone=Backbone(key_of(key), multicast="239.77.3.9", latency_ms=100))
    knx = {"connection": "routing_secure", "gateway": None, "local_address": "127.0.0.1"}
    return Caller(folder, house, 1, individual_address=address, **knx)


async def test_alone_in_secure_routing_the_log_has_a_hint(tmp_path, caplog):
    caplog.set_level(logging.INFO, "")
    async with member(tmp_path / "here", "1.1.5").connected() as link:
        assert await link.handler.deliver(ON) is Delivery.CONFIRMED

    assert "nobody in secure routing has answered" in caplog.text


async def test_secure_routing_and_data_secure_go_together(tmp_path):
    here, there = member(tmp_path / "here", "1.1.5"), member(tmp_path / "there", "1.1.200")
    async with here.connected(), there.connected() as link:
        assert await link.handler.deliver(ON) is Delivery.CONFIRMED
        await until(lambda: here.heard, 2, "the telegram")
    assert here.heard[0].payload == ON.payload
    assert here.heard[0].data_secure


async def test_with_another_backbone_key_nothing_is_heard(tmp_path):
    stranger = member(tmp_path / "stranger", "1.1.7", "of another house")
    here, there = member(tmp_path / "here", "1.1.5"), member(tmp_path / "there", "1.1.200")
    async with stranger.connected(), here.connected(), there.connected() as link:
        await link.handler.deliver(ON)
        await until(lambda: here.heard, 2, "the telegram")
    assert stranger.heard == []


async def test_no_secret_is_logged_at_any_level(tmp_path, server, caplog):
    caplog.set_level(logging.DEBUG, "")
    for name in ("xknx.raw_socket", "xknx.knx", "xknx.log", "xknx.cemi", "xknx.data_secure", "xknx.ip_secure"):
        caplog.set_level(logging.DEBUG, name)
    async with Caller(tmp_path, keyring(), server.port).connected() as link:
        await link.handler.deliver(ON)
    wrong = Caller(tmp_path, Keyring(interfaces=(Interface("1.1.5", user=2, password="wrong-pw"),)), server.port)
    told = await wrong.fails()

    assert "it refuses the password of the tunnel's user (authentication failed)" in told
    assert len(caplog.records) > 20
    keys = [key_of("9/7/1"), key_of("backbone"), device_key("dev-auth")]
    secrets = [PASSWORD, "dev-auth", "two-pw", "three-pw", "wrong-pw", *(each.hex() for each in keys)]
    secrets += [repr(each)[2:-1] for each in keys]
    assert [each for each in secrets if each.lower() in caplog.text.lower()] == []
