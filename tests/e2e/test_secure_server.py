"""The kit's KNX IP Secure interface, judged by a client that nobody here wrote: what the tests of Secure stand on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from xknx import XKNX
from xknx.dpt.payload import DPTBinary
from xknx.exceptions import CommunicationError, InvalidSecureConfiguration, XKNXException
from xknx.io import ConnectionConfig, ConnectionType, SecureConfig
from xknx.io.self_description import request_description
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.apci import GroupValueWrite

from knx_ocpp_bridge.knx.virtual.virtual_bus import BusTelegram, VirtualBus
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of, raw
from tests.kit.secure_panel import SecurePanel
from tests.kit.secure_server import SecureServer, Speech
from tests.kit.secure_session import User
from tests.kit.until import until

GA, SECURED = "1/2/3", "1/2/4"
USERS = {2: User("two-pw", ("1.1.1",)), 3: User("three-pw", ("1.1.2",)), 4: User("four-pw", ())}
SENDERS = ("1.1.1", "1.1.2", "1.1.200")
KEYRING = Keyring(
    interfaces=tuple(
        Interface(tunnel, user=number, password=user.password, groups={SECURED: SENDERS})
        for number, user in USERS.items()
        for tunnel in user.tunnels
    ),
    groups={SECURED: key_of(SECURED)},
)


class Client:
    """One end of xknx."""

    def __init__(self, server: SecureServer, secure: SecureConfig) -> None:
        self.heard: list[tuple[str, bool]] = []
        self.xknx = XKNX(
            connection_config=ConnectionConfig(
                connection_type=ConnectionType.TUNNELING_TCP_SECURE,
                gateway_ip="127.0.0.1",
                gateway_port=server.port,
                secure_config=secure,
                auto_reconnect=False,
            ),
            telegram_received_cb=lambda telegram: self.heard.append(
                (str(telegram.destination_address), bool(telegram.payload.value.value))
            ),
        )

    async def says(self, ga: str, value: bool) -> None:
        await self.xknx.cemi_handler.send_telegram(
            Telegram(GroupAddress(ga), payload=GroupValueWrite(DPTBinary(int(value))))
        )


@pytest.fixture
async def server() -> AsyncIterator[SecureServer]:
    async with VirtualBus() as bus, SecureServer(bus, dict(USERS)) as server:
        yield server


@pytest.fixture
async def comes(server: SecureServer) -> AsyncIterator[Callable]:
    """`await comes(user_id=…, user_password=…)` or with a keyring."""
    async with contextlib.AsyncExitStack() as stack:

        async def come(**secure: object) -> Client:
            client = Client(server, SecureConfig(**secure))
            await stack.enter_async_context(client.xknx)
            return client

        yield come


def as_user(number: int) -> dict[str, object]:
    return {
        "user_id": number,
        "user_password": USERS[number].password,
        "device_authentication_password": "dev-auth",
    }


@pytest.fixture
def ring(tmp_path: Path) -> dict[str, object]:
    path = KEYRING.write(tmp_path / "house.knxkeys")
    return {"knxkeys_file_path": str(path), "knxkeys_password": PASSWORD}


async def test_it_says_that_its_tunnels_want_security(server: SecureServer):
    found = await request_description("127.0.0.1", server.port)
    assert (found.supports_tunnelling_tcp, found.tunnelling_requires_secure, found.supports_secure) == (True,) * 3
    assert {str(slot): told.free for slot, told in found.tunnelling_slots.items()} == {"1.1.1": True, "1.1.2": True}


async def test_two_users_hear_each_other_by_tunnels_of_their_own(server: SecureServer, comes: Callable):
    one, two = await comes(**as_user(2)), await comes(**as_user(3))
    assert server.bus.clients == ("1.1.1", "1.1.2")
    await one.says(GA, True)
    await two.says(GA, False)
    await until(lambda: bool(one.heard and two.heard), 2, "both")
    assert (one.heard, two.heard, server.opened) == ([(GA, False)], [(GA, True)], 2)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [({"user_password": "wrong"}, "password"), ({"user_id": 9}, "password"), ({"user_id": 4}, "password")],
    ids=["wrong password", "unknown user", "password of another"],
)
async def test_who_does_not_know_the_password_stays_outside(
    server: SecureServer, comes: Callable, changed: dict[str, object], kind: str
):
    with pytest.raises(CommunicationError):
        await comes(**as_user(2) | changed)
    assert (server.refused[kind], server.opened, server.bus.clients) == (1, 0, ())


async def test_an_interface_with_another_authentication_code_is_noticed(server: SecureServer, comes: Callable):
    with pytest.raises(XKNXException):
        await comes(**as_user(2) | {"device_authentication_password": "another"})


async def test_a_user_whose_tunnel_is_taken_gets_none(server: SecureServer, comes: Callable, ring: dict[str, object]):
    server.taken |= {"1.1.1", "1.1.2"}
    with pytest.raises(CommunicationError):
        await comes(**as_user(2))
    with pytest.raises(InvalidSecureConfiguration, match="No free tunnelling slots"):
        await comes(**ring)
    server.taken.remove("1.1.2")
    await comes(**ring)
    assert server.bus.clients == ("1.1.2",)


async def test_nothing_plain_is_let_in(server: SecureServer):
    for kind in (ConnectionType.TUNNELING, ConnectionType.TUNNELING_TCP):
        config = ConnectionConfig(
            connection_type=kind, gateway_ip="127.0.0.1", gateway_port=server.port, auto_reconnect=False
        )
        with pytest.raises(CommunicationError):
            await XKNX(connection_config=config).start()
    assert server.refused["plain"] == 2


@pytest.mark.parametrize("speech", [Speech.TAMPERED, Speech.FORGED, Speech.PLAIN])
async def test_what_is_changed_forged_or_plain_is_not_heard_and_what_follows_is(
    server: SecureServer, comes: Callable, speech: Speech
):
    client = await comes(**as_user(2))
    server.speech = speech
    await server.bus.group_write(raw(GA), 1)
    await asyncio.sleep(0.1)
    server.speech = Speech.SEALED
    await server.bus.group_write(raw(GA), 0)
    await until(lambda: bool(client.heard), 2, "the good one")
    assert client.heard == [(GA, False)]


async def test_a_wrapper_that_comes_again_is_heard_once(server: SecureServer, comes: Callable):
    client = await comes(**as_user(2))
    await server.bus.group_write(raw(GA), 1)
    await until(lambda: bool(client.heard), 2, "the telegram")
    assert server.replay() >= 2
    await server.bus.group_write(raw(GA), 0)
    await until(lambda: len(client.heard) > 1, 2, "the next")
    assert client.heard == [(GA, True), (GA, False)]


@pytest.mark.parametrize("politely", [True, False])
async def test_a_session_that_is_dropped_frees_its_tunnel(server: SecureServer, comes: Callable, politely: bool):
    client = await comes(**as_user(2))
    server.drop(politely=politely)
    await until(lambda: not server.bus.clients and not client.xknx.connection_manager.connected.is_set(), 2, "both")


async def test_frozen_it_says_nothing_and_loses_nothing(server: SecureServer, comes: Callable):
    client = await comes(**as_user(2))
    server.freeze()
    await server.bus.group_write(raw(GA), 1)
    sending = asyncio.create_task(client.says(GA, True))
    await asyncio.sleep(0.2)
    assert (client.heard, sending.done()) == ([], False)
    server.thaw()
    await sending
    await until(lambda: bool(client.heard), 2, "what was said meanwhile")


async def test_confirmations_are_withheld_and_negated(server: SecureServer, comes: Callable):
    client, line = await comes(**as_user(2)), list[BusTelegram]()
    server.bus.listen(line.append)
    server.bus.faults.withhold_confirmations = True
    with pytest.raises(CommunicationError):
        await client.says(GA, True)
    server.bus.faults.withhold_confirmations = False
    server.bus.faults.negative_confirmations = True
    await client.says(GA, False)
    assert [telegram.payload for telegram in line] == [b"\x01"]


async def test_data_secure_goes_through_both_ways(server: SecureServer, comes: Callable, ring: dict[str, object]):
    client = await comes(**ring)
    async with SecurePanel(server.bus, KEYRING.groups) as panel:
        panel.write(SECURED, True)
        await until(lambda: bool(client.heard), 2, "the switch")
        await client.says(SECURED, False)
        said = await panel.hears(SECURED, False, 2)
        assert said.sequence is not None
        panel.write(GA, True)
        await until(lambda: len(client.heard) > 1, 2, "the plain one")
    assert client.heard == [(SECURED, True), (GA, True)]


async def test_what_is_wrong_with_a_secured_telegram_is_not_heard(
    server: SecureServer, comes: Callable, ring: dict[str, object]
):
    client = await comes(**ring)
    async with SecurePanel(server.bus, KEYRING.groups) as panel:
        panel.write(SECURED, True)
        panel.replay()
        panel.write(SECURED, True, sequence=panel.sequence - 2)
        panel.write(SECURED, True, source="1.1.99")
        panel.write_plain(SECURED, True)
        panel.write_tampered(SECURED, True)
        panel.write(SECURED, False)
        await until(lambda: (SECURED, False) in client.heard, 2, "the last")
    assert client.heard == [(SECURED, True), (SECURED, False)]
