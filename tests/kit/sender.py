"""A device of somebody else on the line: sends values, and answers reads of those it has. knxd's own protocol by TCP.

Message types and layouts: knxd, `include/eibtypes.h` (EIB_OPEN_GROUPCON, EIB_GROUP_PACKET).
"""

import asyncio
import contextlib
import struct
from typing import Final, Self

from knx_ocpp_bridge.config.addresses import parse_group_address
from tests.kit.knxd import Knxd

_OPEN_GROUPCON: Final = 0x0026
_GROUP_PACKET: Final = 0x0027
_RESPONSE: Final = 0x40
_WRITE: Final = 0x80
_SERVICE: Final = 0xC0


class Sender:
    """Usable as `async with`; knows its values by group address. A bool is 1 bit, bytes are anything longer."""

    def __init__(self, knxd: Knxd) -> None:
        self._knxd = knxd
        self.values: dict[str, bool | bytes] = {}
        """What it answers when it is read; on other addresses it is silent."""
        self.asked: list[str] = []
        """What was read, by whomever, in the order of the telegrams; of the addresses that it watches."""
        self.watches: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._knxd.tool_port)
        self._send(_OPEN_GROUPCON, bytes(3))
        await _message(reader)
        self._task = asyncio.create_task(self._listen(reader))
        return self

    async def __aexit__(self, *_raised: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    def write(self, ga: str, value: bool | bytes) -> None:
        """GroupValueWrite."""
        self._say(ga, _WRITE, value)

    def _say(self, ga: str, service: int, value: bool | bytes) -> None:
        octets = bytes([0, service | value]) if isinstance(value, bool) else bytes([0, service]) + value
        self._send(_GROUP_PACKET, parse_group_address(ga).to_bytes(2, "big") + octets)

    def _send(self, kind: int, body: bytes) -> None:
        if self._writer is not None:
            self._writer.write(struct.pack("!HH", 2 + len(body), kind) + body)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):  # the line is gone
            while True:
                self._heard(*await _message(reader))

    def _heard(self, kind: int, body: bytes) -> None:
        if kind != _GROUP_PACKET or len(body) < 6 or body[5] & _SERVICE:
            return
        ga = int.from_bytes(body[2:4], "big")
        shown = f"{ga >> 11}/{ga >> 8 & 7}/{ga & 255}"
        if shown in self.watches or shown in self.values:
            self.asked.append(shown)
        if shown in self.values:
            self._say(shown, _RESPONSE, self.values[shown])


async def _message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    size, kind = struct.unpack("!HH", await reader.readexactly(4))
    return kind, await reader.readexactly(size - 2)
