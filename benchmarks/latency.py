"""P3: from a telegram to the call on the wire, and from a status frame to the telegram, on an idle bus."""

import contextlib
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.cpu import spread
from benchmarks.load import Charger, connect
from benchmarks.messages import NUMBER, status
from benchmarks.processes import daemon, python, serving
from benchmarks.report import Line
from benchmarks.tunnel import Tunnel
from tests.kit.ports import free_tcp_port

_HOPS_PER_ROUND: Final = 10
_IDLE_S: Final = 0.12
"""Between two hops, so that the pace of the bus never matters: it is 40 telegrams/s here, the highest."""
_BUS_IS_UP_S: Final = 3.0

Hop = Callable[[Tunnel, Charger, int], float]


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Medians of ten hops, round by round in turn."""
    with contextlib.ExitStack() as stack:
        port = free_tcp_port()
        config = house.write(directory / "latency.yaml", 1, port=port, gateway_port=gateway_port, rate_limit=40)
        stack.enter_context(daemon(config, port))
        raw_port = free_tcp_port()
        command, state = house.command_address(1, "unlock"), house.state_address(1, "status")
        raw = python("raw_hop.py", raw_port, gateway_port, command, state)
        stack.enter_context(serving(raw, raw_port))
        tunnel = stack.enter_context(Tunnel(gateway_port))
        sides = [connect(one, 1, transaction=True)[0] for one in (port, raw_port)]
        for charger in sides:
            stack.callback(charger.close)
        tunnel.drain(_BUS_IS_UP_S)
        for charger in sides:
            charger.settle(0.2)
        return [
            *_compare("KNX telegram -> call", to_call, tunnel, sides, rounds),
            *_compare("status frame -> telegram", _to_telegram, tunnel, sides, rounds),
        ]


def _compare(what: str, hop: Hop, tunnel: Tunnel, sides: list[Charger], rounds: int) -> list[Line]:
    medians: tuple[list[float], list[float]] = ([], [])
    for number in range(-1, rounds):
        for side, charger in enumerate(sides):
            hops = []
            for turn in range(_HOPS_PER_ROUND):
                hops.append(hop(tunnel, charger, side * 1000 + (number + 1) * _HOPS_PER_ROUND + turn) * 1e6)
                tunnel.drain(_IDLE_S)
                charger.settle()
            if number >= 0:
                medians[side].append(statistics.median(hops))
    ratios = [ours / raw for ours, raw in zip(*medians, strict=True)]
    return [
        Line("P3", f"{what}: bridge", statistics.median(medians[0]), "µs"),
        Line("P3", f"{what}: raw xknx + raw websockets", statistics.median(medians[1]), "µs"),
        Line("P3", f"{what}: bridge / raw", statistics.median(ratios), "", 1.5, spread(ratios)),
    ]


def to_call(tunnel: Tunnel, charger: Charger, turn: int) -> float:
    """From the telegram to UnlockConnector, in s; `turn` counts from 1000 for the second charger."""
    began_s = tunnel.press(house.command_address(turn // 1000, "unlock"))
    text = charger.receive()
    took_s = time.monotonic() - began_s
    message = json.loads(text)
    assert message[2] == "UnlockConnector", message
    charger.accept(message)
    return took_s


def _to_telegram(tunnel: Tunnel, charger: Charger, turn: int) -> float:
    side, number = divmod(turn, 1000)
    state = "Charging" if number % 2 else "SuspendedEV"
    began_s = time.monotonic()
    charger.send(status(1, state).replace(NUMBER, f"{turn:08d}"))
    return tunnel.heard(house.state_address(side, "status")) - began_s
