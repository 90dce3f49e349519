"""P4: what a further idle charger costs, and P5: what the smallest bridge takes."""

import statistics
import time
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.load import Charger, connect
from benchmarks.processes import daemon, python, serving
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port

_FEW: Final = 50
_MANY: Final = 450
_SETTLED_S: Final = 3.0
"""The states of the many still wait for their turn on the bus then, which costs no less than having said them."""


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """PSS of the daemon with 50 and with 450 chargers configured, connected, booted and idle."""
    whole, layer = [], []
    for _ in range(rounds):
        few, many = (_bridge(directory, gateway_port, count) for count in (_FEW, _MANY))
        whole.append((many - few) / (_MANY - _FEW))
        layer.append(_layer())
    return [
        Line("P4", "a further idle charger, ws", statistics.median(whole), "KiB", 24, _range(whole)),
        Line("P4", "its protocol layer alone", statistics.median(layer), "KiB", 10, _range(layer)),
    ]


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


def _bridge(directory: Path, gateway_port: int, count: int) -> int:
    port = free_tcp_port()
    config = house.write(directory / f"{count}.yaml", count, port=port, gateway_port=gateway_port)
    with daemon(config, port, core=None) as server:
        chargers = connect(port, count)
        time.sleep(_SETTLED_S)
        pss_kib = server.pss_kib()
        _close(chargers)
    return pss_kib


def _layer() -> float:
    port = free_tcp_port()
    with serving(python("protocol_layer.py", port), port, core=None) as server:
        chargers = connect(port, _FEW)
        few = server.pss_kib()
        chargers += connect(port, _MANY - _FEW, first=_FEW)
        many = server.pss_kib()
        _close(chargers)
    return (many - few) / (_MANY - _FEW)


def _close(chargers: list[Charger]) -> None:
    for charger in chargers:
        charger.close()


def _range(values: list[float]) -> str:
    return f"{min(values):.3g} to {max(values):.3g}, PSS, {_FEW} to {_MANY} chargers"
