"""P16: the house takes more, and the charger is told less: from the meter's telegram to the profile on the wire."""

import contextlib
import json
import statistics
import struct
import time
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.latency import to_call
from benchmarks.load import Charger, connect
from benchmarks.messages import NUMBER, meter_values
from benchmarks.processes import daemon
from benchmarks.report import Line
from benchmarks.tunnel import Tunnel
from tests.kit.ports import free_tcp_port

_FUSE_A: Final = 32
_STEP_A: Final = 1.0
_LEAST_A: Final = 7.0
_METERS: Final = (0x0101, 0x0102, 0x0103)
_WINDOW_MS: Final = 200.0
"""At most so often something urgent is decided."""
_MANY: Final = 1.5
_HOPS: Final = 10
_IDLE_S: Final = 0.12
_BUS_IS_UP_S: Final = 3.0
_RISES_WITHIN_S: Final = 60.0
_BETWEEN_S: Final = 0.53
"""Not a multiple of the window."""


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Each round goes down from the fuse's current to the least, one ampere a telegram."""
    with contextlib.ExitStack() as stack:
        port = free_tcp_port()
        stack.enter_context(daemon(_write(directory / "reaction.yaml", port, gateway_port), port))
        tunnel = stack.enter_context(Tunnel(gateway_port))
        charger = connect(port, 1, transaction=True)[0]
        stack.callback(charger.close)
        tunnel.drain(_BUS_IS_UP_S)
        charger.settle(0.5)
        hop_ms = statistics.median(_hops(tunnel, charger)) * 1e3
        took_ms = [one * 1e3 for _ in range(rounds) for one in _descent(tunnel, charger)]
    goal = _MANY * hop_ms + _WINDOW_MS
    cuts = statistics.quantiles(took_ms, n=20)
    words = f"{len(took_ms)} telegrams"
    return [
        Line("P16", "telegram -> call, as in P3", hop_ms, "ms"),
        Line("P16", "meter telegram -> profile: median", statistics.median(took_ms), "ms", goal, words),
        Line("P16", "meter telegram -> profile: 95 of 100", cuts[-1], "ms", goal, f"{max(took_ms):.0f} ms at most"),
    ]


def _write(path: Path, port: int, gateway_port: int) -> Path:
    house.write(path, 1, port=port, gateway_port=gateway_port, rate_limit=40)
    text = path.read_text()
    text = text.replace("      - id: 1\n", f"      - id: 1\n        circuit: main\n        max_current: {_FUSE_A}\n", 1)
    text = text.replace("        group_objects:", f"        fast_current: {_FUSE_A}\n        group_objects:", 1)
    text = text.replace("        group_objects:", f"        normal_current: {_FUSE_A}\n        group_objects:", 1)
    inputs = "".join(
        f"  grid_current_l{phase}: {{address: 0/1/{address & 255}}}\n" for phase, address in enumerate(_METERS, 1)
    )
    text += f"circuits: [{{name: main, max_current: {_FUSE_A}, metered: true}}]\n"
    text += f"load: {{raise_after: 0, hold: 0}}\ngroup_objects:\n{inputs}"
    path.write_text(text)
    return path


def _hops(tunnel: Tunnel, charger: Charger) -> list[float]:
    found = []
    for turn in range(_HOPS):
        found.append(to_call(tunnel, charger, turn))
        tunnel.drain(_IDLE_S)
        charger.settle(_IDLE_S)
    return found


def _descent(tunnel: Tunnel, charger: Charger) -> list[float]:
    """Times in s, of each step from the top to the bottom."""
    drawn_a, register = _rise(tunnel, charger), 10_000_100
    found = []
    while drawn_a - _STEP_A >= _LEAST_A:
        _tell_meter(tunnel, _FUSE_A + _STEP_A)
        began_s = time.monotonic()
        told_a = _told(charger, below_a=drawn_a)
        found.append(time.monotonic() - began_s)
        drawn_a, register = told_a, register + 10
        charger.settle(0.05)
        charger.call(meter_values(1, charger.transaction, drawn_a, f"{register}").replace(NUMBER, f"{register}"))
        _tell_meter(tunnel, _FUSE_A)
        charger.settle(_BETWEEN_S)
        tunnel.drain(0.01)
    return found


def _rise(tunnel: Tunnel, charger: Charger) -> float:
    """The house takes nothing until the charger has all; what it draws then, in A."""
    limit_a, until_s = 0.0, time.monotonic() + _RISES_WITHIN_S
    while limit_a < _FUSE_A - 1 and time.monotonic() < until_s:
        _tell_meter(tunnel, limit_a)
        charger.call(meter_values(1, charger.transaction, limit_a, "10000050"))
        limit_a = max(limit_a, _told(charger, above_a=limit_a, within_s=2.0))
        tunnel.drain(0.01)
    if limit_a < _FUSE_A - 1:
        raise TimeoutError(f"the charger was never let have more than {limit_a:g} A")
    charger.call(meter_values(1, charger.transaction, limit_a, "10000050"))
    _tell_meter(tunnel, limit_a)
    charger.settle(_BETWEEN_S)
    return limit_a


def _tell_meter(tunnel: Tunnel, current_a: float) -> None:
    for address in _METERS:
        tunnel.write(address, struct.pack("!f", current_a))


def _told(charger: Charger, *, below_a: float = 1e9, above_a: float = -1.0, within_s: float = 10.0) -> float:
    """The limit of the next profile of the transaction between the two, in A; everything else is accepted."""
    charger.socket.settimeout(within_s)
    with contextlib.suppress(TimeoutError):
        while True:
            message = json.loads(charger.receive())
            if message[0] != 2:
                continue
            charger.accept(message)
            if message[2] != "SetChargingProfile":
                continue
            profile = message[3]["csChargingProfiles"]
            limit_a = profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
            if profile["chargingProfilePurpose"] == "TxProfile" and above_a < limit_a < below_a:
                return float(limit_a)
    if above_a >= 0:
        return above_a
    raise TimeoutError(f"nothing below {below_a:g} A was said")
