"""The command line and the daemon meet at a socket that only their user can open."""

import asyncio
import contextlib
import json
import socket
import stat
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.protocol import (
    LONGEST_REQUEST,
    Ended,
    Failed,
    Reload,
    Request,
    Response,
    Snapshot,
    Status,
    Wish,
)
from knx_ocpp_bridge.control.server import ControlServer
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

START = Wish(ChargerId("GARAGE"), ConnectorId(1), "charging", True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "control.sock"


@pytest.fixture(autouse=True)
def _no_fault_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert caplog.get_records("call") == []


async def echo(request: Request) -> Response:
    if isinstance(request, Wish):
        return Ended(CommandResult.ACCEPTED, f"{request.charger} {request.key}")
    return Snapshot({"asked": type(request).__name__}, tuple({"id": str(n) * 100} for n in range(3000)))


@contextlib.asynccontextmanager
async def serving(path: Path, handler: Callable[[Request], Awaitable[Response]] = echo) -> AsyncIterator[None]:
    server = ControlServer(path, handler)
    task = asyncio.create_task(server.run())
    await asyncio.wait_for(server.listening.wait(), 5)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def list_of(directory: Path) -> list[str]:
    return [file.name for file in directory.iterdir()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def said_back(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line)
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_wish_is_answered(path: Path) -> None:
    async with serving(path):
        assert await asyncio.to_thread(ask, path, START, 5) == Ended(CommandResult.ACCEPTED, "GARAGE charging")


async def test_a_large_snapshot_arrives_whole(path: Path) -> None:
    async with serving(path):
        answer = await asyncio.to_thread(ask, path, Status(), 5)
    assert isinstance(answer, Snapshot)
    assert len(answer.chargers) == 3000


async def test_only_the_owner_can_open_the_socket(path: Path) -> None:
    async with serving(path):
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700


async def test_the_socket_is_gone_when_the_bridge_has_ended(path: Path) -> None:
    async with serving(path):
        pass
    assert list_of(path.parent) == []
    with pytest.raises(ControlError, match=r"control\.sock: the bridge is not running, or runs with another socket"):
        ask(path, Status(), 1)


async def test_the_socket_of_a_bridge_that_was_killed_is_taken_over(path: Path) -> None:
    path.parent.mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with pytest.raises(ControlError, match="not running"):
        ask(path, Status(), 1)
    async with serving(path):
        assert b"Reload" in await said_back(path, b'{"verb":"reload"}\n')


async def test_a_second_bridge_is_refused_and_the_first_goes_on(path: Path) -> None:
    async with serving(path):
        with pytest.raises(ControlError, match="a bridge is running already; stop it first"):
            await ControlServer(path, echo).run()
        assert await asyncio.to_thread(ask, path, START, 5) == Ended(CommandResult.ACCEPTED, "GARAGE charging")


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(ControlError, match="this is no socket"):
        asyncio.run(ControlServer(path, echo).run())
    assert path.read_text() == "mine"


async def test_a_name_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="shorter than 100 characters"):
        await ControlServer(tmp_path / ("x" * 120), echo).run()


NONSENSE = [b"nonsense\n", b'{"verb":"dance"}\n', b"[" * 1000 + b"\n", b"x" * (LONGEST_REQUEST + 4096)]


@pytest.mark.parametrize("line", NONSENSE)
async def test_nonsense_is_answered_and_the_next_client_served(path: Path, line: bytes) -> None:
    async with serving(path):
        assert list(json.loads(await said_back(path, line))) == ["error"]
        assert await asyncio.to_thread(ask, path, START, 5) == Ended(CommandResult.ACCEPTED, "GARAGE charging")


async def test_a_fault_in_a_handler_costs_one_answer_and_nothing_else(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def faulty(request: Request) -> Response:
        if isinstance(request, Reload):
            raise KeyError("a fault")
        return await echo(request)

    async with serving(path, faulty):
        with pytest.raises(ControlError, match="it hung up without an answer"):
            await asyncio.to_thread(ask, path, Reload(), 5)
        assert await asyncio.to_thread(ask, path, START, 5) == Ended(CommandResult.ACCEPTED, "GARAGE charging")
    assert "a fault of the program" in caplog.text
    caplog.clear()


async def test_a_handler_whose_client_has_gone_is_cancelled(path: Path) -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def for_ever(_request: Request) -> Response:
        began.set()
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    async with serving(path, for_ever):
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"verb":"reload"}\n')
        await began.wait()
        writer.close()
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_the_seventeenth_client_is_told_to_come_again(path: Path) -> None:
    release = asyncio.Event()

    async def waiting(request: Request) -> Response:
        await release.wait()
        return await echo(request)

    async with serving(path, waiting):
        asking = [asyncio.create_task(said_back(path, b'{"verb":"reload"}\n')) for _ in range(17)]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert [json.loads(task.result()) for task in done] == [
            {"error": "16 commands are being served already; try again"}
        ]
        release.set()
        answers = await asyncio.gather(*asking)
    assert sum(b"asked" in answer for answer in answers) == 16


def test_a_bridge_that_does_not_answer_is_not_waited_for_longer_than_said(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with pytest.raises(ControlError, match=r"no answer within 0\.05 s"):
            ask(path, Status(), 0.05)


@pytest.mark.parametrize("said", [b'{"surprise": 1}\n', b"?\n", b'{"result":"WONDERFUL","reason":""}\n'])
def test_a_bridge_of_another_version_is_told_as_such(path: Path, said: bytes) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()

        def answer() -> None:
            link, _ = other.accept()
            with link:
                link.recv(1000)
                link.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ControlError, match="restart it, if it was upgraded"):
            ask(path, Status(), 5)
        thread.join()


async def test_an_error_of_the_bridge_arrives_in_words(path: Path) -> None:
    async def refuse(_request: Request) -> Response:
        return Failed("there is no charger GARAGE")

    async with serving(path, refuse):
        assert await asyncio.to_thread(ask, path, START, 5) == Failed("there is no charger GARAGE")
