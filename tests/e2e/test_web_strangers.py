"""Whoever means no good at the pages' port, or is merely broken: on real sockets."""

import asyncio
import contextlib
import shutil
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Listing, Query
from knx_ocpp_bridge.web.server import MOST_PER_ADDRESS
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.station import Station
from tests.kit.until import until

HOUSE = House((charger("GARAGE", connector(Outlet(1)), name="Garage"),), web={"anonymous": "view"})
HEAD = b"POST /login HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 200_000
FEW = 300
"""Descriptors of a process that has few."""


def raw(bridge: BridgeProcess, sent: bytes = b"", of: str = "127.0.0.1") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", bridge.web_port), source_address=(of, 0))
    made.settimeout(40)
    made.sendall(sent)
    return made


async def gone(connection: socket.socket, within_s: float) -> float | None:
    """The seconds until the bridge has dropped it; None: it has not."""
    connection.setblocking(False)
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(within_s):
            with contextlib.suppress(ConnectionError):
                while await loop.sock_recv(connection, 65536):
                    pass
    except TimeoutError:
        return None
    return time.monotonic() - began


def serves(bridge: BridgeProcess) -> bool:
    return httpx.get(f"{bridge.web_url}/login", timeout=5).status_code in {200, 303}


def descriptors(bridge: BridgeProcess) -> int:
    return len(list(Path(f"/proc/{bridge.pid}/fd").iterdir()))


async def test_slow_senders_are_dropped_and_everybody_else_is_served(bridge: BridgeProcess):
    drops = raw(bridge, HEAD + b"Content-Length: 5000\r\n\r\n")
    slow = [
        raw(bridge),
        raw(bridge, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "),
        raw(bridge, b"\x16\x03\x01\x02\x00\x01"),
    ]
    for _ in range(22):
        await asyncio.sleep(1)
        with contextlib.suppress(ConnectionError):
            drops.send(b"a")
    assert serves(bridge)
    for connection in (drops, *slow):
        assert await gone(connection, 3) is not None
        connection.close()


def test_a_body_that_is_too_large_is_cut_off(bridge: BridgeProcess):
    large = raw(bridge, HEAD + b"Content-Length: 900000\r\n\r\n" + b"a" * 300_000)
    assert b" 413 " in large.recv(4096)
    large.close()


def test_a_form_of_somebody_who_has_not_logged_in_is_small(bridge: BridgeProcess):
    large = raw(bridge, HEAD + b"Content-Length: 9000\r\n\r\n")
    assert b" 413 " in large.recv(4096)
    large.close()


def test_a_charger_is_answered_at_once_beside_bodies_of_very_many_chunks(bridge: BridgeProcess):
    def flood() -> None:
        for _ in range(3):
            sender = raw(bridge)
            with contextlib.suppress(ConnectionError):
                sender.sendall(CHUNKED)
            sender.close()

    floods = [threading.Thread(target=flood) for _ in range(4)]
    with Station(bridge.url, "GARAGE") as garage:
        for each in floods:
            each.start()
        took_s = []
        while any(each.is_alive() for each in floods) or len(took_s) < 5:
            began = time.monotonic()
            garage.send("Heartbeat")
            took_s.append(time.monotonic() - began)
            time.sleep(0.02)
    assert max(took_s) < 0.3


def test_chunks_are_told_what_is_wanted(bridge: BridgeProcess):
    told = raw(bridge, CHUNKED[: len(HEAD) + 40])
    assert told.recv(4096).startswith(b"HTTP/1.1 411 Length Required\r\n")
    told.close()


async def test_a_flood_of_connections_leaves_descriptors_to_chargers_and_the_control_socket(
    bridge: BridgeProcess, tmp_path: Path
):
    prlimit = shutil.which("prlimit")
    assert prlimit is not None
    few = BridgeProcess(tmp_path, HOUSE, bridge.gateway_port, under=(prlimit, f"--nofile={FEW}:{FEW}"))
    few.start()
    try:
        await until(lambda: "pages: http" in few.log.read_text(), 10, "the pages are there")
        flood = [raw(few, of=f"127.0.7.{1 + number % 20}") for number in range(2 * FEW)]
        with Station(few.url, "GARAGE") as garage:
            garage.send("Heartbeat")
            assert standing(few) == []
            assert serves(few)
            assert descriptors(few) < FEW // 2
        for connection in flood:
            connection.close()
        assert "open files" not in few.new_log()
    finally:
        few.terminate()


async def test_a_flood_of_connections_leaves_room_and_nothing_behind(bridge: BridgeProcess):
    flood = [raw(bridge) for _ in range(MOST_PER_ADDRESS + 40)]
    await asyncio.sleep(0.2)
    dropped = [connection for connection in flood if await gone(connection, 0.02) is not None]
    assert 40 <= len(dropped) < len(flood)
    for connection in flood:
        connection.close()
    await asyncio.sleep(0.2)
    assert serves(bridge)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 4096, b"GET\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"a" * 5000, b"GET / HTTP/1.1\r\nHost: x\r\n" * 4000,
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
    ids=range(8),
)  # fmt: skip
async def test_garbage_is_no_trouble(bridge: BridgeProcess, garbage: bytes):
    with contextlib.suppress(ConnectionError):
        connection = raw(bridge, garbage)
        connection.settimeout(3)
        with contextlib.suppress(TimeoutError, ConnectionError):
            connection.recv(65536)
        connection.close()
    assert serves(bridge)
    assert "Traceback" not in bridge.new_log()


async def test_a_port_that_is_taken_costs_the_pages_alone_until_it_is_free(bridge: BridgeProcess, tmp_path: Path):
    other = BridgeProcess(tmp_path, HOUSE, bridge.gateway_port)
    taken = socket.create_server(("127.0.0.1", other.web_port))
    try:
        other.start()
        await until(lambda: standing(other) == ["pages"], 5, "the alarm stands")
        with socket.create_connection(("127.0.0.1", other.ocpp_port)):
            taken.close()
        await until(lambda: standing(other) == [], 15, "the alarm is over")
        assert serves(other)
    finally:
        taken.close()
        other.terminate()


def standing(bridge: BridgeProcess) -> list[str]:
    said = ask(bridge.socket, Query("alarms", options={"standing": True}), 5)
    assert isinstance(said, Listing)
    return [row["kind"] for row in said.rows if row["kind"] == "pages"]
