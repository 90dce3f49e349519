"""P1: server CPU per message, 50 connections in a closed loop, all servers in the same rounds."""

import contextlib
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks import house, messages
from benchmarks.load import Charger, Load, connect
from benchmarks.processes import Server, daemon, node, python, serving
from benchmarks.report import Line
from tests.kit.ports import free_tcp_port

CONNECTIONS: Final = 50
_WARM_UP_S: Final = 0.3

OURS: Final = "bridge"
LAYER: Final = "protocol layer"
OCPP: Final = "ocpp"
OCPP_RPC: Final = "ocpp-rpc"

Texts = Callable[[Charger], list[str]]

KINDS: Final[dict[str, Texts]] = {
    "hb": lambda _: [messages.heartbeat()],
    "sn, repeated": lambda _: [messages.status(1, "Charging")],
    "sn, news": lambda _: [messages.status(1, "SuspendedEV"), messages.status(1, "Charging")],
    "mv, repeated": lambda charger: [messages.meter_values(1, charger.transaction, 15.8, "10000000")],
    "mv, news": lambda charger: [
        messages.meter_values(1, charger.transaction, current_a, messages.NUMBER) for current_a in (12.3, 15.8)
    ],
}
"""Repeated: nothing that the building does not know. News: every frame changes a state, or all measurements."""

_AGAINST_OCPP: Final = {"hb": 0.15, "sn": 0.10, "mv": 0.03}


def measure(directory: Path, gateway_port: int, rounds: int, seconds: float) -> list[Line]:
    """Medians over the rounds; a ratio is the median of the ratios of its rounds."""
    load = Load()
    found: dict[str, dict[str, list[float]]] = {}
    with _servers(directory, gateway_port) as servers:
        for number in range(-1, rounds):
            for name, server in servers.items():
                figures = _round(load, server, seconds if number >= 0 else _WARM_UP_S)
                for kind, figure in figures.items() if number >= 0 else ():
                    found.setdefault(kind, {}).setdefault(name, []).append(figure)
    return [line for kind, figures in found.items() for line in _lines(kind, figures)]


@contextlib.contextmanager
def _servers(directory: Path, gateway_port: int) -> Iterator[dict[str, Server]]:
    with contextlib.ExitStack() as stack:
        port = free_tcp_port()
        config = house.write(directory / "cpu.yaml", CONNECTIONS, port=port, gateway_port=gateway_port)
        servers = {OURS: stack.enter_context(daemon(config, port))}
        port = free_tcp_port()
        servers[LAYER] = stack.enter_context(serving(python("protocol_layer.py", port), port))
        port = free_tcp_port()
        servers[OCPP] = stack.enter_context(serving(python("ocpp_readme.py", port), port))
        port = free_tcp_port()
        servers[OCPP_RPC] = stack.enter_context(serving(node("ocpp_rpc.mjs", port), port))
        yield servers


def _round(load: Load, server: Server, seconds: float) -> dict[str, float]:
    """Microseconds of CPU per message of each kind."""
    chargers = connect(server.port, CONNECTIONS, transaction=True)
    try:
        figures = {}
        for kind, texts in KINDS.items():
            frames = [texts(charger) for charger in chargers]
            load.drive(chargers, frames, seconds / 10)
            before_s = server.cpu_s()
            answered = load.drive(chargers, frames, seconds)
            figures[kind] = (server.cpu_s() - before_s) / answered * 1e6
        return figures
    finally:
        for charger in chargers:
            charger.close()


def _lines(kind: str, figures: dict[str, list[float]]) -> Iterator[Line]:
    for name, values in figures.items():
        yield Line("P1", f"{kind}: {name}", statistics.median(values), "µs")
    short = kind.partition(",")[0]
    yield _ratio(kind, figures, OURS, OCPP_RPC, 1.0)
    yield _ratio(kind, figures, OURS, OCPP, _AGAINST_OCPP[short])
    if "news" not in kind:
        # Nothing is news to the layer alone: both variants are the same to it.
        yield _ratio(kind, figures, LAYER, OCPP_RPC, 0.6)
        yield _ratio(kind, figures, LAYER, OCPP, 0.6)


def _ratio(kind: str, figures: dict[str, list[float]], ours: str, peer: str, goal: float) -> Line:
    ratios = [a / b for a, b in zip(figures[ours], figures[peer], strict=True)]
    return Line("P1", f"{kind}: {ours} / {peer}", statistics.median(ratios), "", goal, spread(ratios))


def spread(values: Sequence[float]) -> str:
    """The lowest and the highest of the rounds."""
    return f"{min(values):.3g} to {max(values):.3g} in {len(values)} rounds"
