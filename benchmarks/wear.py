"""P7: what a charger's day makes the bridge write to its SD card, with the time of both running many times as fast.

Every timer of the daemon, of SQLite's writer and of the simulated charger runs at the same pace (`hurry.c`); only the
disk and the bus are as slow as they are.
"""

import contextlib
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.load import name
from benchmarks.processes import ROOT, RefusedError, Server, daemon, environment
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port

HURRY: Final = 120
_SESSION_H: Final = 8
_EVERY_S: Final = 10
_SETTLE_S: Final = 20 * 60
_IDLE_S: Final = 3600
_SIMULATE: Final = "from knx_ocpp_bridge.cli.main import main; main()"
_SCRIPT: Final = ("plug 1", "card 1 04A2B3C4")
_GOAL_KB: Final = 256.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes: handed to files, and taken to the disk by the page."""

    written: int
    to_disk: int


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """One session of eight hours with a sample every ten seconds, and an hour with nobody there."""
    sessions, hours = [], []
    for _ in range(rounds):
        idle, session = _day(directory, gateway_port)
        hours.append(idle)
        sessions.append(session)
    what = f"a session of {_SESSION_H} h, a reading every {_EVERY_S} s"
    return [
        Line("P7", f"{what}: to the disk", _kb(f.to_disk for f in sessions), "kB", _GOAL_KB, _pace(sessions)),
        Line("P7", f"{what}: handed to files", _kb(f.written for f in sessions), "kB"),
        Line("P7", "an hour with nobody there: to the disk", _kb(f.to_disk for f in hours), "kB"),
    ]


def _day(directory: Path, gateway_port: int) -> tuple[Figures, Figures]:
    port = free_tcp_port()
    config = house.write(directory / "wear.yaml", 1, port=port, gateway_port=gateway_port)
    with daemon(config, port, hurry=HURRY) as server, _charger(port) as hands:
        _pass(_SETTLE_S)
        with _counted(server) as idle:
            _pass(_IDLE_S)
        with _counted(server) as session:
            _do(hands, *_SCRIPT)
            _pass(_SESSION_H * 3600)
            _do(hands, "unplug 1")
            _pass(_SETTLE_S)
        _check(next(directory.glob("state-*")))
    return idle[0], session[0]


@contextlib.contextmanager
def _charger(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    url = f"ws://127.0.0.1:{port}"
    options = ["--connectors", "1", "--configure", f"MeterValueSampleInterval={_EVERY_S}"]
    command = [sys.executable, "-c", _SIMULATE, "simulate", "charge-point", "--id", name(0), "--url", url, *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment(HURRY)
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _counted(server: Server) -> Iterator[list[Figures]]:
    found: list[Figures] = []
    written, to_disk = server.written(), server.to_disk()
    yield found
    found.append(Figures(server.written() - written, server.to_disk() - to_disk))


def _do(hands: "subprocess.Popen[bytes]", *lines: str) -> None:
    if hands.stdin is None or hands.poll() is not None:
        raise RefusedError("the simulated charger has gone")
    hands.stdin.write("".join(f"{line}\n" for line in lines).encode())
    hands.stdin.flush()


def _pass(seconds: float) -> None:
    time.sleep(seconds / HURRY)


def _check(state: Path) -> None:
    """What was measured was a whole session and its whole curve."""
    database = next(state.glob("*.db"))
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as journal:
        ended = journal.execute("SELECT count(*) FROM transactions WHERE stopped_at IS NOT NULL").fetchone()[0]
        points = journal.execute("SELECT count(*) FROM samples").fetchone()[0]
    if ended != 1 or points < _SESSION_H * 60 * 0.9:
        raise RefusedError(f"{ended} sessions and {points} points are on the disk")


def _kb(figures: Iterator[int]) -> float:
    return statistics.median(figures) / 1000


def _pace(sessions: list[Figures]) -> str:
    lowest, highest = (pick(f.to_disk for f in sessions) / 1000 for pick in (min, max))
    return f"{lowest:.3g} to {highest:.3g} in {len(sessions)} rounds; time runs {HURRY} times as fast"
