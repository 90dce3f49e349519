"""P4: what a further idle charger costs, and P5: what the smallest bridge takes."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.boots import PASSWORD
from benchmarks.load import Charger, connect, secured
from benchmarks.processes import daemon, python, serving
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port

_FEW: Final = 50
_MANY: Final = 450
_WAYS: Final = {"ws": "", "wss": PASSWORD}
_GOALS: Final = {"ws": (24.0, 10.0), "wss": (44.0, 28.0)}
_SETTLED_S: Final = 3.0
"""The states of the many still wait for their turn on the bus then, which costs no less than having said them."""


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """PSS of the daemon with 50 and with 450 chargers configured, connected, booted and idle, by ws and by wss."""
    whole: dict[str, list[float]] = {}
    layer: dict[str, list[float]] = {}
    for _ in range(rounds):
        for way, password in _WAYS.items():
            few, many = (_bridge(directory, gateway_port, count, password) for count in (_FEW, _MANY))
            whole.setdefault(way, []).append((many - few) / (_MANY - _FEW))
            layer.setdefault(way, []).append(_layer(directory, way))
    return [line for way in _WAYS for line in _lines(way, whole[way], layer[way])]


def _lines(way: str, whole: list[float], layer: list[float]) -> Iterator[Line]:
    goal, goal_of_layer = _GOALS[way]
    yield Line("P4", f"a further idle charger, {way}", statistics.median(whole), "KiB", goal, _range(whole))
    yield Line("P4", f"its protocol layer alone, {way}", statistics.median(layer), "KiB", goal_of_layer, _range(layer))


def smallest(directory: Path, gateway_port: int) -> Line:
    """RSS of the daemon with two chargers."""
    port = free_tcp_port()
    config = house.write(directory / "two.yaml", 2, port=port, gateway_port=gateway_port)
    with daemon(config, port) as server:
        chargers = connect(port, 2)
        time.sleep(_SETTLED_S)
        rss_kib = server.rss_kib()
        _close(chargers)
    return Line("P5", "RSS with two chargers", rss_kib / 1024, "MB", 80, "no console in this version")


def _bridge(directory: Path, gateway_port: int, count: int, password: str) -> int:
    port = free_tcp_port()
    path = directory / f"{count}.yaml"
    config = house.write(path, count, port=port, gateway_port=gateway_port, password=password)
    with daemon(config, port, core=None) as server:
        chargers = connect(port, count, by=secured(port, password) if password else None)
        time.sleep(_SETTLED_S)
        pss_kib = server.pss_kib()
        _close(chargers)
    return pss_kib


def _layer(directory: Path, way: str) -> float:
    port = free_tcp_port()
    certificates = [] if way == "ws" else [directory / "certs"]
    with serving(python("protocol_layer.py", port, *certificates), port, core=None) as server:
        by = None if way == "ws" else secured(port, PASSWORD)
        chargers = connect(port, _FEW, by=by)
        few = server.pss_kib()
        chargers += connect(port, _MANY - _FEW, first=_FEW, by=by)
        many = server.pss_kib()
        _close(chargers)
    return (many - few) / (_MANY - _FEW)


def _close(chargers: list[Charger]) -> None:
    for charger in chargers:
        charger.close()


def _range(values: list[float]) -> str:
    return f"{min(values):.3g} to {max(values):.3g}, PSS, {_FEW} to {_MANY} chargers"
