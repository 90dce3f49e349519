"""Measure everything: `python -m benchmarks` from the root of the repository; `--write` puts it into the docs."""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    boots,
    circuits,
    cpu,
    day,
    latency,
    memory,
    pages,
    papers,
    pressure,
    reaction,
    report,
    start,
    wear,
    writing,
)
from benchmarks.processes import ROOT, pin
from benchmarks.report import Line
from tests.kit.knxd import Knxd


def main() -> None:
    arguments = _arguments()
    os.chdir(ROOT)
    pin(0, 1)  # what generates the load, and knxd with it, stays off the servers' core
    scratch = Path("build/bench")
    scratch.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        directory = Path(name).resolve()
        bus = Knxd(directory)
        bus.start()
        try:
            for group, measure in _groups(directory, bus.port, arguments.rounds, arguments.seconds).items():
                if not arguments.only or group in arguments.only:
                    found = measure()
                    print(report.table(found), flush=True)
                    lines += found
        finally:
            bus.stop()
    if arguments.write:
        report.write(lines)


def _groups(directory: Path, gateway: int, rounds: int, seconds: float) -> dict[str, Callable[[], list[Line]]]:
    return {
        "P1": lambda: cpu.measure(directory, gateway, rounds, seconds),
        "P3": lambda: latency.measure(directory, gateway, rounds),
        "P4": lambda: memory.measure(directory, gateway, max(1, rounds // 2)),
        "P5": lambda: [*start.measure(directory, gateway, rounds), memory.smallest(directory, gateway)],
        "P6": lambda: pressure.measure(rounds),
        "P7": lambda: wear.measure(directory, gateway, max(1, rounds // 5)),
        "P10": lambda: boots.measure(directory, gateway, max(1, rounds // 2)),
        "P11": lambda: writing.measure(directory, rounds),
        "P12": lambda: papers.measure(directory, gateway, rounds),
        "P13": lambda: pages.measure(directory, gateway, rounds),
        "P14": lambda: circuits.measure(rounds),
        "P15": day.measure,
        "P16": lambda: reaction.measure(directory, gateway, max(1, rounds // 2)),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of load per server, kind and round")
    groups = ("P1", "P3", "P4", "P5", "P6", "P7", "P10", "P11", "P12", "P13", "P14", "P15", "P16")
    parser.add_argument("--only", action="append", choices=groups)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
