"""The virtual bus as a gateway: what a KNXnet/IP client may rely on, by hand-made frames over real sockets."""

import asyncio
import contextlib
import socket
import struct

import pytest
from xknx import XKNX
from xknx.dpt.payload import DPTArray
from xknx.io import ConnectionConfig, ConnectionType
from xknx.io.self_description import request_description
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.apci import GroupValueWrite

from knx_ocpp_bridge.knx.virtual.virtual_bus import Kind, VirtualBus
from tests.kit.until import until

NAT = bytes([8, 1, 0, 0, 0, 0, 0, 0])
LINK_LAYER = bytes([4, 4, 2, 0])
WRITE_1_2_3 = bytes.fromhex("1100BCE000000A03010081")


@pytest.fixture
async def virtual():
    async with VirtualBus(slots=2) as bus:
        yield bus


class Client:
    """A UDP client that says exactly what the test says."""

    def __init__(self, port):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", port))
        self.channel = 0

    def send(self, service, body):
        self._socket.send(struct.pack("!BBHH", 6, 0x10, service, 6 + len(body)) + body)

    async def receive(self, within_s=1.0):
        async with asyncio.timeout(within_s):
            data = await asyncio.get_running_loop().sock_recv(self._socket, 1024)
        return int.from_bytes(data[2:4], "big"), data[6:]

    async def connect(self, request=LINK_LAYER):
        self.send(0x0205, NAT + NAT + request)
        service, body = await self.receive()
        assert service == 0x0206
        self.channel = body[0]
        return body

    def close(self):
        self._socket.close()


@pytest.fixture
async def client(virtual):
    client = Client(virtual.port)
    yield client
    client.close()


async def test_a_description_names_the_gateway_and_its_tunnels(virtual):
    found = await request_description("127.0.0.1", virtual.port)
    assert found.name == "Virtual KNX bus"
    assert found.supports_tunnelling
    assert found.supports_tunnelling_tcp
    assert str(found.individual_address) == "1.1.0"


async def test_each_client_has_an_address_of_its_own_until_none_is_left(virtual):
    clients = [Client(virtual.port) for _ in range(3)]
    try:
        answers = [await client.connect() for client in clients]
    finally:
        for client in clients:
            client.close()
    assert [answer[-2:] for answer in answers[:2]] == [b"\x11\x01", b"\x11\x02"]
    assert answers[2][:2] == b"\x00\x24"
    assert virtual.clients == ("1.1.1", "1.1.2")


@pytest.mark.parametrize(
    ("request_information", "status"),
    [("04030200", 0x22), ("04048000", 0x29), ("060402001163", 0x2D)],
    ids=["device management", "bus monitor", "an address that is not ours"],
)
async def test_what_it_cannot_be_is_refused_with_the_reason(client, request_information, status):
    assert (await client.connect(bytes.fromhex(request_information)))[:2] == bytes([0, status])


async def test_a_certain_address_can_be_asked_for(client):
    assert (await client.connect(bytes.fromhex("060402001102")))[-2:] == b"\x11\x02"


async def test_a_telegram_is_acknowledged_confirmed_and_heard_once_even_if_sent_twice(virtual, client):
    heard = []
    virtual.listen(heard.append)
    await client.connect()
    for _ in range(2):
        client.send(0x0420, bytes([4, client.channel, 0, 0]) + WRITE_1_2_3)
    assert await client.receive() == (0x0421, bytes([4, client.channel, 0, 0]))
    service, body = await client.receive()
    assert (service, body[4:]) == (0x0420, bytes.fromhex("2E00BCE011010A03010081"))
    assert await client.receive() == (0x0421, bytes([4, client.channel, 0, 0]))
    assert [(telegram.source, telegram.kind, telegram.payload) for telegram in heard] == [
        ("1.1.1", Kind.WRITE, b"\x01")
    ]


async def test_a_telegram_out_of_order_is_ignored(virtual, client):
    heard = []
    virtual.listen(heard.append)
    await client.connect()
    client.send(0x0420, bytes([4, client.channel, 7, 0]) + WRITE_1_2_3)
    with pytest.raises(TimeoutError):
        await client.receive(0.1)
    assert heard == []


async def test_who_does_not_acknowledge_is_asked_once_more_and_then_dropped(virtual, client):
    await client.connect()
    await virtual.group_write(0x0A03, 1)
    first, second = await client.receive(), await client.receive(1.5)
    assert first == second
    assert first[0] == 0x0420
    assert (await client.receive(1.5))[0] == 0x0209
    assert virtual.clients == ()


async def test_telegrams_to_one_client_wait_for_its_acknowledgements_in_order(virtual, client):
    await client.connect()
    for value in range(3):
        await virtual.group_write(0x0A03, bytes([value]))
    for sequence in range(3):
        service, body = await client.receive()
        assert (service, body[2], body[-1]) == (0x0420, sequence, sequence)
        client.send(0x0421, bytes([4, client.channel, sequence, 0]))


async def test_the_sign_of_life_is_answered_and_an_unknown_channel_is_told(client):
    await client.connect()
    client.send(0x0207, bytes([client.channel, 0]) + NAT)
    assert await client.receive() == (0x0208, bytes([client.channel, 0]))
    client.send(0x0207, bytes([99, 0]) + NAT)
    assert await client.receive() == (0x0208, bytes([99, 0x21]))


async def test_goodbye_frees_the_address(virtual, client):
    await client.connect()
    client.send(0x0209, bytes([client.channel, 0]) + NAT)
    assert await client.receive() == (0x020A, bytes([client.channel, 0]))
    assert virtual.clients == ()


async def test_noise_breaks_nothing(virtual, client):
    for noise in (
        b"",
        b"\x06\x10",
        bytes(64),
        struct.pack("!BBHH", 6, 0x10, 0x0420, 6),
        struct.pack("!BBHHB", 6, 0x10, 0x0205, 7, 8),
    ):
        client._socket.send(noise)
    _, writer = await asyncio.open_connection("127.0.0.1", virtual.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.close()
    assert (await client.connect())[1] == 0


async def test_frozen_it_says_nothing_until_it_thaws(virtual, client):
    virtual.faults.frozen = True
    client.send(0x0203, NAT)
    with pytest.raises(TimeoutError):
        await client.receive(0.1)
    virtual.faults.frozen = False
    client.send(0x0203, NAT)
    assert (await client.receive())[0] == 0x0204


@pytest.mark.parametrize("kind", [ConnectionType.TUNNELING, ConnectionType.TUNNELING_TCP])
async def test_two_clients_hear_each_other_but_not_themselves(virtual, kind):
    heard = []
    async with contextlib.AsyncExitStack() as stack:
        ends = []
        for name in ("one", "two"):
            end = XKNX(
                connection_config=ConnectionConfig(
                    connection_type=kind, gateway_ip="127.0.0.1", gateway_port=virtual.port
                ),
                telegram_received_cb=lambda telegram, name=name: heard.append((name, telegram.payload.value.value)),
            )
            ends.append(await stack.enter_async_context(end))
        await ends[0].cemi_handler.send_telegram(
            Telegram(GroupAddress("1/2/3"), payload=GroupValueWrite(DPTArray((1, 2, 3))))
        )
        await until(lambda: heard, 1, "the telegram")
    assert heard == [("two", (1, 2, 3))]
