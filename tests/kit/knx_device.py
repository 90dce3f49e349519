"""A device on the line that is not of our making: `knxdclient`, with its own codec and its own way to knxd."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from knxdclient.client import KNXDConnection
from knxdclient.packets import GroupAddress, KNXDAPDUType, ReceivedGroupAPDU

from tests.kit.knxd import Knxd

Value = int | bytes
"""A number is the short form of up to six bits, bytes are everything longer."""


class Device:
    """Answers reads of the group addresses in `knows`, and writes what it is told to."""

    def __init__(self, line: KNXDConnection, knows: Mapping[str, Value]) -> None:
        self.knows = dict(knows)
        self.asked: list[str] = []
        """Group addresses that it was asked for."""
        self.heard: list[tuple[str, Value]] = []
        """What others wrote."""
        self._line = line
        self._arrived: asyncio.Queue[ReceivedGroupAPDU] = asyncio.Queue()
        line.set_group_apdu_handler(self._arrived.put_nowait)

    async def write(self, ga: str, value: Value) -> None:
        """GroupValueWrite."""
        await self._send(ga, KNXDAPDUType.WRITE, value)

    async def listen(self) -> None:
        """Until cancelled."""
        while True:
            telegram = await self._arrived.get()
            ga, payload = str(telegram.dst), telegram.payload
            if payload.type is KNXDAPDUType.WRITE:
                self.heard.append((ga, payload.value))
            elif payload.type is KNXDAPDUType.READ:
                self.asked.append(ga)
                if ga in self.knows:
                    await self._send(ga, KNXDAPDUType.RESPONSE, self.knows[ga])

    async def _send(self, ga: str, kind: KNXDAPDUType, value: Value) -> None:
        await self._line.group_write(GroupAddress(*map(int, ga.split("/"))), kind, value)


@asynccontextmanager
async def device(knxd: Knxd, knows: Mapping[str, Value] | None = None) -> AsyncIterator[Device]:
    """A device on the line of this knxd, until the block ends."""
    line = KNXDConnection()
    made = Device(line, knows or {})
    await line.connect("127.0.0.1", knxd.tool_port)
    running = asyncio.create_task(line.run())  # type: ignore[no-untyped-call]  # knxdclient tells no types
    await line.open_group_socket()
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        listening.cancel()
        await line.stop()  # type: ignore[no-untyped-call]  # as above
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(running, listening)
