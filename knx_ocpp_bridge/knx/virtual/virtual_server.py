"""The sockets of the virtual bus: KNXnet/IP by UDP and TCP on one port, every request answered by its table row."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from knx_ocpp_bridge.knx.virtual.virtual_frames import (
    HEADER_LENGTH,
    MessageCode,
    Service,
    Status,
    description,
    endpoint,
    endpoint_of,
    frame,
    frame_length,
    individual,
    individual_raw,
    is_data,
    service_of,
)
from knx_ocpp_bridge.knx.virtual.virtual_tunnel import Tunnel, Verdict

_TUNNEL: Final = 4
_LINK_LAYER: Final = 2
_MOST_STREAMS: Final = 32
_PORT_TRIES: Final = 10


@dataclass(slots=True)
class Faults:
    """What a bad gateway does; switched by tests and by the demo while it runs."""

    withhold_confirmations: bool = False
    negative_confirmations: bool = False
    frozen: bool = False
    """Sockets stay open, nothing is read or written any more."""


@dataclass(frozen=True, slots=True)
class _Peer:
    """Whoever sent this frame, and the way back."""

    host: str
    port: int
    send: Callable[[bytes], None]
    stream: "_Stream | None" = None


@dataclass(slots=True)
class _Client:
    tunnel: Tunnel
    peer: _Peer
    """The way back for control frames."""


class TunnellingServer:
    """Up to as many tunnels as there are addresses; each hears what the others say."""

    def __init__(
        self, name: str, address: str, slots: tuple[str, ...], heard: Callable[[Tunnel, bytes], None], faults: Faults
    ) -> None:
        """`heard` gets each whole L_Data.req."""
        self._name = name
        self._address = address
        self._slots = tuple(individual_raw(slot) for slot in slots)
        self._heard = heard
        self._faults = faults
        self._clients: dict[int, _Client] = {}
        self._streams: set[_Stream] = set()
        self._channel = 0
        self._host, self.port = "", 0
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._services: dict[Service, Callable[[bytes, _Peer], None]] = {
            Service.SEARCH_REQUEST: self._search,
            Service.SEARCH_REQUEST_EXTENDED: self._search_extended,
            Service.DESCRIPTION_REQUEST: self._describe,
            Service.CONNECT_REQUEST: self._connect,
            Service.CONNECTIONSTATE_REQUEST: self._connection_state,
            Service.DISCONNECT_REQUEST: self._disconnect,
            Service.TUNNELLING_REQUEST: self._tunnelling,
            Service.TUNNELLING_ACK: self._acknowledged,
        }

    @property
    def clients(self) -> tuple[str, ...]:
        """Individual addresses of the tunnels in use."""
        return tuple(individual(client.tunnel.address) for client in self._clients.values())

    async def open(self, host: str, port: int) -> None:
        """Listen by UDP and TCP on one port; 0 takes a free one.

        Raises:
            OSError: the port is in use.
        """
        loop = asyncio.get_running_loop()
        for tries_left in reversed(range(_PORT_TRIES if port == 0 else 1)):
            tcp = await loop.create_server(lambda: _Stream(self), host, port)
            chosen = tcp.sockets[0].getsockname()[1]
            try:
                udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(host, chosen))
            except OSError:
                tcp.close()
                if not tries_left:
                    raise
                continue
            self._host, self.port, self._tcp, self._udp = host, chosen, tcp, udp
            return

    async def close(self) -> None:
        """Tell every client goodbye and let go of the port."""
        self.drop_all()
        for stream in tuple(self._streams):
            stream.abort()
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
            await self._tcp.wait_closed()
        await asyncio.sleep(0)  # transports close their sockets in the next turn of the loop

    def publish(self, cemi: bytes, speaker: Tunnel | None) -> None:
        """Let every tunnel but the speaker's own hear this L_Data.ind."""
        if self._faults.frozen:
            return
        for client in tuple(self._clients.values()):
            if client.tunnel is not speaker:
                client.tunnel.deliver(cemi)

    def drop_all(self, *, silently: bool = False) -> None:
        """End every tunnel: by a DISCONNECT_REQUEST, or without a word as after a power cut. TCP is closed anyway."""
        for client in tuple(self._clients.values()):
            self._drop(client.tunnel, silently=silently)

    def received(self, data: bytes, peer: _Peer) -> None:
        """One whole frame came."""
        if self._faults.frozen:
            return
        known = service_of(data)
        if known is not None and known[0] in self._services:
            self._services[known[0]](known[1], peer)

    def opened(self, stream: "_Stream") -> bool:
        """Whether there is room for one more TCP connection."""
        if len(self._streams) >= _MOST_STREAMS:
            return False
        self._streams.add(stream)
        return True

    def closed(self, stream: "_Stream") -> None:
        """A TCP connection is gone, and its tunnels with it."""
        self._streams.discard(stream)
        for channel, client in tuple(self._clients.items()):
            if client.peer.stream is stream:
                client.tunnel.close()
                del self._clients[channel]

    def _search(self, body: bytes, peer: _Peer) -> None:
        self._tell(Service.SEARCH_RESPONSE, body, peer)

    def _search_extended(self, body: bytes, peer: _Peer) -> None:
        self._tell(Service.SEARCH_RESPONSE_EXTENDED, body, peer)

    def _describe(self, body: bytes, peer: _Peer) -> None:
        self._tell(Service.DESCRIPTION_RESPONSE, body, peer)

    def _tell(self, service: Service, body: bytes, peer: _Peer) -> None:
        taken = {client.tunnel.address for client in self._clients.values()}
        slots = [(individual(slot), slot not in taken) for slot in self._slots]
        told = description(self._name, self._address, slots, extended=service is Service.SEARCH_RESPONSE_EXTENDED)
        if service is not Service.DESCRIPTION_RESPONSE:
            told = self._endpoint(peer) + told
        self._back(body, peer)(frame(service, told))

    def _connect(self, body: bytes, peer: _Peer) -> None:
        back, data_end = self._back(body, peer), endpoint_of(body[8:16], (peer.host, peer.port))
        request = body[16:]
        if data_end is None or len(request) < 4 or len(request) < request[0]:
            return
        address = self._free_address(request)
        if isinstance(address, Status):
            back(frame(Service.CONNECT_RESPONSE, bytes([0, address])))
            return
        self._channel = next(c for n in range(1, 256) if (c := (self._channel + n - 1) % 255 + 1) not in self._clients)
        send = peer.send if peer.stream is not None else self._sender(data_end)
        tunnel = Tunnel(self._channel, address, send, self._drop, tcp=peer.stream is not None)
        self._clients[self._channel] = _Client(tunnel, _Peer(peer.host, peer.port, back, peer.stream))
        answer = bytes([self._channel, Status.NO_ERROR]) + self._endpoint(peer)
        back(frame(Service.CONNECT_RESPONSE, answer + bytes([4, _TUNNEL]) + address.to_bytes(2, "big")))

    def _free_address(self, request: bytes) -> int | Status:
        """An address for this connection request information (KNX Tunnelling 03.08.04), or why there is none."""
        if request[1] != _TUNNEL:
            return Status.CONNECTION_TYPE
        if request[2] != _LINK_LAYER:
            return Status.TUNNELLING_LAYER
        taken = {client.tunnel.address for client in self._clients.values()}
        if request[0] >= 6:
            wanted = int.from_bytes(request[4:6], "big")
            if wanted not in self._slots:
                return Status.NO_TUNNELLING_ADDRESS
            return Status.CONNECTION_IN_USE if wanted in taken else wanted
        return next((slot for slot in self._slots if slot not in taken), Status.NO_MORE_CONNECTIONS)

    def _connection_state(self, body: bytes, peer: _Peer) -> None:
        client = self._client(body, peer)
        if client is not None:
            client.tunnel.is_alive()
        status = Status.CONNECTION_ID if client is None else Status.NO_ERROR
        self._back(body[2:], peer)(frame(Service.CONNECTIONSTATE_RESPONSE, bytes([*body[:1], status])))

    def _disconnect(self, body: bytes, peer: _Peer) -> None:
        client = self._client(body, peer)
        status = Status.CONNECTION_ID if client is None else Status.NO_ERROR
        self._back(body[2:], peer)(frame(Service.DISCONNECT_RESPONSE, bytes([*body[:1], status])))
        if client is not None:
            client.tunnel.close()
            del self._clients[client.tunnel.channel]

    def _tunnelling(self, body: bytes, peer: _Peer) -> None:
        client = self._client(body[1:], peer)
        if client is None or len(body) < 4:
            return
        verdict = client.tunnel.judge(body[2])
        if verdict is Verdict.STRAY:
            return
        client.tunnel.acknowledge(body[2])
        cemi = body[4:]
        if verdict is Verdict.NEW and is_data(cemi) and cemi[0] == MessageCode.L_DATA_REQ:
            self._heard(client.tunnel, cemi)

    def _acknowledged(self, body: bytes, peer: _Peer) -> None:
        client = self._client(body[1:], peer)
        if client is not None and len(body) == 4:
            client.tunnel.acknowledged(body[2], body[3])

    def _client(self, body: bytes, peer: _Peer) -> _Client | None:
        """Whose channel this is; by TCP only the connection that made it may use it."""
        client = self._clients.get(body[0]) if body else None
        return client if client is not None and client.peer.stream is peer.stream else None

    def _drop(self, tunnel: Tunnel, *, silently: bool = False) -> None:
        client = self._clients.pop(tunnel.channel, None)
        if client is None:
            return
        tunnel.close()
        if not silently:
            own = self._endpoint(client.peer)
            client.peer.send(frame(Service.DISCONNECT_REQUEST, bytes([tunnel.channel, 0]) + own))
        if client.peer.stream is not None and silently:
            client.peer.stream.abort()
        elif client.peer.stream is not None:
            client.peer.stream.close()

    def _back(self, body: bytes, peer: _Peer) -> Callable[[bytes], None]:
        """The way to the control endpoint that a request names."""
        if peer.stream is not None:
            return peer.send
        return self._sender(endpoint_of(body[:8], (peer.host, peer.port)) or (peer.host, peer.port))

    def _sender(self, to: tuple[str, int]) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if self._udp is not None and not self._faults.frozen:
                self._udp.sendto(data, to)

        return send

    def _endpoint(self, peer: _Peer) -> bytes:
        return endpoint(self._host, self.port, tcp=peer.stream is not None)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: TunnellingServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        transport = self._transport
        if transport is not None:
            self._server.received(data, _Peer(*addr[:2], lambda reply: transport.sendto(reply, addr)))


@dataclass(slots=True, eq=False)
class _Stream(asyncio.Protocol):
    server: TunnellingServer
    _peer: _Peer | None = None
    _transport: asyncio.Transport | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self.server.opened(self):
            self._transport.abort()
            return
        host, port = self._transport.get_extra_info("peername")[:2]
        self._peer = _Peer(host, port, self._transport.write, self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (length := frame_length(bytes(self._buffer[:HEADER_LENGTH]))) is not None and len(
                self._buffer
            ) >= length:
                whole = bytes(self._buffer[:length])
                del self._buffer[:length]
                if self._peer is not None:
                    self.server.received(whole, self._peer)
        except ValueError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.server.closed(self)

    def close(self) -> None:
        """Close once everything is written."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
