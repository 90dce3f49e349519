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
from benchmarks.messages import meter_values
from benchmarks.processes import daemon
from benchmarks.report import Line
from benchmarks.tunnel import Tunnel
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from tests.kit.ports import free_tcp_port

_FUSE_A: Final = 32
_STEP_A: Final = 3.0
_LEAST_A: Final = 7.0
_METERS: Final = (0x0101, 0x0102, 0x0103)
_WINDOW_MS: Final = 200.0
"""At most so often something urgent is decided."""
_MANY: Final = 1.5
_HOPS: Final = 10
_IDLE_S: Final = 0.12
_BUS_IS_UP_S: Final = 3.0
_RISES_WITHIN_S: Final = 60.0
_BETWEEN_S: Final = 1.43
"""Long enough for a look at the calm site, which comes each second, and no multiple of the window."""
_ANSWERED_WITHIN_S: Final = 10.0
_SLICE_S, _A_MOMENT_S = 0.05, 0.001
_SETTLED_S: Final = SETTLES_S + 1.0
"""Before that a car may be on its way to another current, and a step of the house could be the car's."""


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Each round goes down from the fuse's current to the least, three amperes a telegram."""
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
        drawn_a = _told(tunnel, charger, drawn_a, within_s=_ANSWERED_WITHIN_S, first=True)
        found.append(time.monotonic() - began_s)
        drawn_a, register = _told(tunnel, charger, drawn_a, within_s=_SETTLED_S), register + 10
        _draws(charger, drawn_a, register)
        _tell_meter(tunnel, _FUSE_A)
        drawn_a = _told(tunnel, charger, drawn_a, within_s=_BETWEEN_S)
    return found


def _rise(tunnel: Tunnel, charger: Charger) -> float:
    """The house takes nothing until the charger has all; what it draws then, in A."""
    limit_a, until_s = 0.0, time.monotonic() + _RISES_WITHIN_S
    while limit_a < _FUSE_A - 1:
        if time.monotonic() > until_s:
            raise TimeoutError(f"the charger was never let have more than {limit_a:g} A")
        _tell_meter(tunnel, limit_a)
        _draws(charger, limit_a, 10_000_050)
        limit_a = _told(tunnel, charger, limit_a, within_s=2.0)
    for wait_s in (_SETTLED_S, _BETWEEN_S):
        _tell_meter(tunnel, limit_a)
        _draws(charger, limit_a, 10_000_050)
        limit_a = _told(tunnel, charger, limit_a, within_s=wait_s)
    return limit_a


def _draws(charger: Charger, current_a: float, register: int) -> None:
    charger.call(meter_values(1, charger.transaction, current_a, f"{register}"))


def _tell_meter(tunnel: Tunnel, current_a: float) -> None:
    for address in _METERS:
        tunnel.write(address, struct.pack("!f", current_a))


def _told(tunnel: Tunnel, charger: Charger, limit_a: float, *, within_s: float, first: bool = False) -> float:
    """The limit of the transaction after this time, or, with `first`, as soon as less is said; all is accepted."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        told_a = _profile(charger)
        if told_a is None:
            tunnel.drain(_A_MOMENT_S)  # a tunnel whose client confirms nothing is closed
            continue
        if first and told_a < limit_a:
            return told_a
        limit_a = told_a
    if first:
        raise TimeoutError(f"nothing below {limit_a:g} A was said")
    return limit_a


def _profile(charger: Charger) -> float | None:
    """The limit of the TxProfile that is said next, if that is soon; everything is accepted."""
    text = charger.heard(_SLICE_S)
    message = [0] if text is None else json.loads(text)
    if message[0] != 2:
        return None
    charger.accept(message)
    if message[2] != "SetChargingProfile":
        return None
    profile = message[3]["csChargingProfiles"]
    if profile["chargingProfilePurpose"] != "TxProfile":
        return None
    return float(profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"])
