"""P10: the power is back, and every charger of the building boots at the same moment."""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import house
from benchmarks.cpu import spread
from benchmarks.load import Secured, address, answer_to, frame, name, opening, secured
from benchmarks.messages import NUMBER, boot, status
from benchmarks.processes import RefusedError, Server, daemon, node, python, serving
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port

CHARGERS: Final = 200
PASSWORD: Final = "benchmark of this house"
_SERVED_WITHIN_S: Final = 60.0
_AFTER_S: Final = 1.0
"""The bridge still asks what it wants to know of each; that belongs to what a boot costs."""

OURS: Final = "bridge, ws"
OURS_SECURED: Final = "bridge, wss + Basic"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one server with `CHARGERS` chargers: until the last was served, per charger, and at the end."""

    last_s: float
    cpu_ms: float
    rss_mib: float


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Each round every server is started anew, and dialled by all at once."""
    found: dict[str, list[Figures]] = {}
    for _ in range(rounds):
        found.setdefault(OURS, []).append(_bridge(directory, gateway_port, ""))
        found.setdefault(OURS_SECURED, []).append(_bridge(directory, gateway_port, PASSWORD))
        found.setdefault("ocpp", []).append(_peer("ocpp_readme.py"))
        found.setdefault("ocpp-rpc", []).append(_peer("ocpp_rpc.mjs"))
    return list(_lines(found))


def _bridge(directory: Path, gateway_port: int, password: str) -> Figures:
    port = free_tcp_port()
    config = house.write(directory / "boots.yaml", CHARGERS, port=port, gateway_port=gateway_port, password=password)
    with daemon(config, port) as server:
        return _all_at_once(server, secured(port, password) if password else None)


def _peer(script: str) -> Figures:
    port = free_tcp_port()
    command = node(script, port) if script.endswith(".mjs") else python(script, port)
    with serving(command, port) as server:
        return _all_at_once(server, None)


def _all_at_once(server: Server, by: Secured | None) -> Figures:
    before_s = server.cpu_s()
    last_s = asyncio.run(_boot_all(server.port, by))
    return Figures(last_s, (server.cpu_s() - before_s) / CHARGERS * 1e3, server.rss_kib() / 1024)


async def _boot_all(port: int, by: Secured | None) -> float:
    """Seconds from the first dial until the last charger has the answers to its boot and its statuses."""
    began_s = time.monotonic()
    async with asyncio.timeout(_SERVED_WITHIN_S):
        chargers = await asyncio.gather(*(_Box.dial(port, number, by) for number in range(CHARGERS)))
        await asyncio.gather(*(charger.served() for charger in chargers))
    took_s = time.monotonic() - began_s
    listening = [asyncio.create_task(charger.listen()) for charger in chargers]
    await asyncio.sleep(_AFTER_S)
    for task in listening:
        task.cancel()
    await asyncio.wait(listening)
    for charger in chargers:
        charger.writer.transport.abort()
    return took_s


class _Box:
    """One charger that boots."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._identity = name(number)
        self._reader = reader

    @classmethod
    async def dial(cls, port: int, number: int, by: Secured | None) -> "_Box":
        """Its WebSocket is open."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=by.tls if by else None, local_addr=(address(number), 0)
        )
        writer.write(opening(name(number), by))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise RefusedError(f"{name(number)} was not let in: {head!r}")
        return cls(number, reader, writer)

    async def served(self) -> None:
        """Its boot is Accepted, and the statuses of charge point and connector are answered."""
        answer = await self._call(1, boot())
        if answer.get("status") != "Accepted":
            raise RefusedError(f"{self._identity} is {answer}")
        for connector in (0, 1):
            await self._call(2 + connector, status(connector, "Available"))

    async def listen(self) -> None:
        """Accept whatever is asked, until cancelled."""
        while True:
            await self._next()

    async def _call(self, number: int, text: str) -> dict[str, Any]:
        id_ = f"{number:08d}"
        self.writer.write(frame(text.replace(NUMBER, id_).encode()))
        while (message := await self._next())[:2] != [3, id_]:
            if message[0] == 4:
                raise RefusedError(f"{text[:60]} was answered by {message}")
        payload: dict[str, Any] = message[2]
        return payload

    async def _next(self) -> list[Any]:
        """The next message; a question of the server is answered."""
        while True:
            first, size = await self._reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            payload = await self._reader.readexactly(size)
            if first & 15 == 1:
                message: list[Any] = json.loads(payload)
                if message[0] == 2:
                    self.writer.write(frame(answer_to(message).encode()))
                return message


def _lines(found: dict[str, list[Figures]]) -> Iterator[Line]:
    for server, figures in found.items():
        yield Line("P10", f"until the last is served: {server}", statistics.median(f.last_s for f in figures), "s")
    for server, figures in found.items():
        yield Line("P10", f"CPU per charger: {server}", statistics.median(f.cpu_ms for f in figures), "ms")
    for server, figures in found.items():
        yield Line("P10", f"RSS with all of them: {server}", statistics.median(f.rss_mib for f in figures), "MB")
    for one, other in ((OURS, "ocpp-rpc"), (OURS, "ocpp"), (OURS_SECURED, OURS)):
        ratios = [a.cpu_ms / b.cpu_ms for a, b in zip(found[one], found[other], strict=True)]
        yield Line("P10", f"CPU: {one} / {other}", statistics.median(ratios), "", None, spread(ratios))
