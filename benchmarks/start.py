"""P5: from the start of the process to listening, against importing the five packages and listening."""

import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import house
from benchmarks.cpu import spread
from benchmarks.processes import daemon_command, environment, pin, python, wait_for
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Medians, in turn; the first round, in which files are compiled and the certificates made, counts by itself."""
    first_s = 0.0
    ours, imports = [], []
    for number in range(-1, rounds):
        port = free_tcp_port()
        config = house.write(directory / "start.yaml", 2, port=port, gateway_port=gateway_port)
        one = _listening_after_s(daemon_command(config, directory / "start"), port)
        port = free_tcp_port()
        other = _listening_after_s(python("imports.py", port), port)
        if number < 0:
            first_s = one
        else:
            ours.append(one)
            imports.append(other)
    ratios = [a / b for a, b in zip(ours, imports, strict=True)]
    return [
        Line("P5", "the very first start, which makes the certificates", first_s * 1e3, "ms"),
        Line("P5", "start to listening: bridge", statistics.median(ours) * 1e3, "ms"),
        Line("P5", "start to listening: five imports", statistics.median(imports) * 1e3, "ms"),
        Line("P5", "start: bridge / imports", statistics.median(ratios), "", 1.5, spread(ratios)),
    ]


def _listening_after_s(command: Sequence[str | Path], port: int) -> float:
    began_s = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        pin(process.pid, 0)
        try:
            wait_for(port, process)
            return time.monotonic() - began_s
        finally:
            process.kill()
