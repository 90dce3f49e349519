"""P14: the CPU of a decision for 200 connectors in five levels of circuits, on a site that changes all the time."""

import gc
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from benchmarks.cpu import spread
from benchmarks.report import Line
from knx_ocpp_bridge.core.energy import manager
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, OutletKey
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.inputs import InputKey, InputState, InputTerms, Reading, Told
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId, Moment
from tests.kit.life import Life, garage, outlet
from tests.kit.site.building import Bay, Building, circuit

_CONNECTORS: Final = 200
_LEVELS: Final = 5
_DECISIONS: Final = 200
_BEGINS: Final = datetime(2026, 11, 23, 18, tzinfo=UTC)
_ROTATIONS: Final = ("RST", "STR", "TRS")


def measure(rounds: int) -> list[Line]:
    """Medians of the rounds; each has two hundred decisions, a second apart, and as many bare divisions in turn."""
    building = _building()
    ours, bare, most = [], [], []
    for turn in range(rounds):
        times = _round(building, Random(turn))
        ours.append(statistics.median(times[0]))
        most.append(max(times[0]))
        bare.append(statistics.median(times[1]))
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    looks = [_look_us() for _ in range(rounds)]
    words = f"{_CONNECTORS} connectors, {_LEVELS} levels"
    return [
        Line("P14", f"one decision, {words}", statistics.median(ours), "ms", 20.0, spread(ours)),
        Line("P14", f"the longest of {_DECISIONS}, {words}", statistics.median(most), "ms", None, spread(most)),
        Line("P14", f"water into {_LEVELS} levels of vessels, nothing else", statistics.median(bare), "ms"),
        Line("P14", "decision / water", statistics.median(ratios), "", None, spread(ratios)),
        Line("P14", f"{_CONNECTORS} views of chargers", statistics.median(looks) * _CONNECTORS / 1000, "ms"),
    ]


def _building() -> Building:
    """A house, two wings, four floors, eight rows, sixteen and more sub-distributions; a third of all on one phase."""
    circuits = [circuit("0-0", 400.0, metered=True)]
    for level in range(1, _LEVELS):
        fuse_a = 600.0 / 1.7**level
        circuits += [
            circuit(f"{level}-{number}", fuse_a, parent=f"{level - 1}-{number // 2}") for number in range(2**level)
        ]
    last = 2 ** (_LEVELS - 1)
    bays = tuple(
        Bay(
            f"BAY{number:03d}",
            f"{_LEVELS - 1}-{number % last}",
            phases=1 if number % 3 == 0 else 3,
            rotation=_ROTATIONS[number % 3][: 1 if number % 3 == 0 else 3],
            fail_safe_a=0.0,
        )
        for number in range(_CONNECTORS)
    )
    return Building(tuple(circuits), bays)


def _round(building: Building, random: Random) -> tuple[list[float], list[float]]:
    terms = building.terms()
    site = manager.new(terms)
    views = {bay.key: _seen(bay, random) for bay in building.bays}
    chains = {bay.key: [one.name for one in building.above(bay.circuit)] for bay in building.bays}
    site_ms: list[float] = []
    water_ms: list[float] = []
    granted: dict[OutletKey, float] = {}
    for second in range(_DECISIONS):
        now = Moment(5000.0 + second, _BEGINS + timedelta(seconds=second))
        scene = Scene(now, _changed(views, granted, now, random), _readings(now, random), (), 0.0)
        gc.collect(0)
        began_s = time.process_time()
        site, decision = manager.advance(site, scene)
        decided_s = time.process_time()
        _water(building.bays, terms.circuits, chains)
        site_ms.append((decided_s - began_s) * 1000)
        water_ms.append((time.process_time() - decided_s) * 1000)
        for grant in decision.grants:
            granted[grant.outlet] = min((cap.current_a for cap in grant.caps), default=16.0)
    return site_ms, water_ms


def _seen(bay: Bay, random: Random) -> OutletView:
    there = random.random() < 0.8
    return OutletView(
        key=bay.key,
        online=True,
        status=ConnectorStatus.CHARGING if there else ConnectorStatus.AVAILABLE,
        plugged=there,
        charging=there,
        mode=bay.mode,
        base_a=bay.max_a,
        in_force_a=0.0,
        promised_a=0.0,
        resting_a=0.0,
        leases=True,
        can_limit=True,
        disobeys=False,
        current_a=0.0,
        since=_BEGINS,
    )


def _changed(
    views: dict[OutletKey, OutletView], granted: Mapping[OutletKey, float], now: Moment, random: Random
) -> Mapping[OutletKey, OutletView]:
    """Every charger obeys at once, and a tenth of them has something to tell."""
    for key, seen in views.items():
        limit_a = granted.get(key, 0.0)
        if limit_a == seen.in_force_a and random.random() > 0.1:
            continue
        drawn_a = limit_a * random.choice((0.0, 0.9, 1.0)) if seen.charging else 0.0
        views[key] = replace(
            seen, in_force_a=limit_a, promised_a=limit_a, current_a=drawn_a, measured_at_s=now.monotonic_s
        )
    return dict(views)


def _readings(now: Moment, random: Random) -> Mapping[InputKey, Reading]:
    """The house takes what it likes."""
    found = {}
    for phase in (1, 2, 3):
        key = (None, CHARGE_POINT, f"grid_current_l{phase}")
        told = Told(random.uniform(100.0, 420.0), now, "1.1.9")
        found[key] = Reading(InputTerms(key, (phase,), "14.019"), InputState.FRESH, told, now.monotonic_s, told.value)
    return found


def _water(
    bays: tuple[Bay, ...], circuits: Mapping[str, CircuitTerms], chains: Mapping[OutletKey, list[str]]
) -> dict[OutletKey, float]:
    """The bare thing: all rise together until a vessel is full; no meters, minima, hysteresis, phases or reasons."""
    level = dict.fromkeys((bay.key for bay in bays), 0.0)
    room = {name: min(terms.max_current_a) for name, terms in circuits.items()}
    rising = {bay.key for bay in bays}
    while rising:
        behind: dict[str, int] = {}
        for key in rising:
            for name in chains[key]:
                behind[name] = behind.get(name, 0) + 1
        step = min(room[name] / count for name, count in behind.items())
        step = min(step, 16.0 - max(level[key] for key in rising))
        for key in rising:
            level[key] += step
        for name, count in behind.items():
            room[name] -= step * count
        full = {name for name in behind if room[name] < 1e-9}
        rising = {key for key in rising if level[key] < 16.0 - 1e-9 and not full.intersection(chains[key])}
    return level


def _look_us() -> float:
    """One view of a charger that charges."""
    life = Life(garage(outlet(circuit="main", fail_safe_a=6.0)))
    life.arrives()
    life.charges()
    connector = life.charger.connectors[ConnectorId(1)]
    began_s = time.process_time()
    for _ in range(_CONNECTORS):
        view(life.charger, connector, life.moment)
    return (time.process_time() - began_s) / _CONNECTORS * 1e6
