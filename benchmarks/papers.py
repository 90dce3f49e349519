"""P12: a year of ten chargers: its size, what it costs a day, and how long a report takes while chargers are served."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.load import Charger, connect
from benchmarks.messages import heartbeat
from benchmarks.processes import ROOT, RefusedError, daemon_command, environment, serving
from benchmarks.report import Line
from benchmarks.sessions import CHARGERS
from benchmarks.year import Year, lived
from tests.kit.ports import free_tcp_port

_COMMAND: Final = "from knx_ocpp_bridge.cli.main import main; main()"
_FORMATS: Final = ("csv", "xlsx", "html")
_READ_AFTER_S: Final = 2.0
"""What a start reads of the log is read by then."""


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """The command as a person gives it, from its start to its end; medians over the rounds."""
    with lived(directory) as year:
        port = free_tcp_port()
        config = house.write(directory / "year.yaml", CHARGERS, port=port, gateway_port=gateway_port)
        with serving(daemon_command(config, year.state), port):
            (charger,) = connect(port, 1)
            time.sleep(_READ_AFTER_S)
            pulse = _Pulse(charger)
            pulse.start()
            found: dict[str, list[float]] = {}
            for _ in range(rounds):
                for what, arguments in _wanted(directory).items():
                    found.setdefault(what, []).append(_took_s(year, arguments))
            longest_ms = pulse.stop()
            charger.close()
    what = f"a year: {CHARGERS} chargers, {year.sessions:,} sessions of 4 h, a point a minute"
    return [
        Line("P12", what, year.size_mb, "MB", None, "minutes of the last week, hours of the rest"),
        Line("P12", "the daily upkeep of its journal", year.upkeep_s, "s"),
        *_lines(found),
        Line("P12", "the longest that a Heartbeat waited meanwhile", longest_ms, "ms"),
    ]


def _wanted(directory: Path) -> dict[str, list[str]]:
    today = datetime.now(UTC).replace(day=1)
    month = (today - timedelta(days=1)).strftime("%Y-%m")
    wanted = {
        f"report of a month, {form}": ["report", "--month", month, "--format", form, "--output"] for form in _FORMATS
    }
    wanted["report of a month for each card and charger, html"] = ["report", "--month", month, "--all", "--output"]
    return {what: [*arguments, str(directory / f"paper-{at}")] for at, (what, arguments) in enumerate(wanted.items())}


def _took_s(year: Year, arguments: list[str]) -> float:
    socket = str(year.state / "control.sock")
    began_s = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", _COMMAND, *arguments, "--force", "--socket", socket],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RefusedError(f"{' '.join(arguments)} ended with {ended.returncode}: {ended.stderr}")
    return time.perf_counter() - began_s


class _Pulse(threading.Thread):
    """A charger that sends one Heartbeat after the other."""

    def __init__(self, charger: Charger) -> None:
        super().__init__(daemon=True)
        self._charger = charger
        self._over = threading.Event()
        self._longest_s = 0.0

    def run(self) -> None:
        while not self._over.wait(0.002):
            began_s = time.perf_counter()
            self._charger.call(heartbeat())
            self._longest_s = max(self._longest_s, time.perf_counter() - began_s)

    def stop(self) -> float:
        """The longest that an answer took, in ms."""
        self._over.set()
        self.join()
        return self._longest_s * 1e3


def _lines(found: dict[str, list[float]]) -> Iterator[Line]:
    for what, took in found.items():
        yield Line("P12", what, statistics.median(took), "s")
