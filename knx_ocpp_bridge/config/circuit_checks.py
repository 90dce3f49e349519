"""What is wrong with circuits and with what hangs in them: names, loops, meters, phases, fail-safe currents."""

from collections.abc import Iterator
from typing import Final

from knx_ocpp_bridge.config import circuit_tree
from knx_ocpp_bridge.config.circuit_tree import Behind
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.keys import nearest
from knx_ocpp_bridge.config.models import Bridge, Connector
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V

_NOISE_A: Final = 1e-6


def problems(bridge: Bridge, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    """All of it; nothing that follows from a name that was refused already."""
    for path, connector in _connectors(bridge):
        yield from _phases(connector, path, document)
        yield from _fail_safe(connector, path, document)
    if any(
        each in {(), ("circuits",)} or (each[:1] == ("circuits",) and each[2:] in {(), ("name",)}) for each in broken
    ):
        return
    yield from _names(bridge, document)
    yield from _loops(bridge, document)
    yield from _meters(bridge, document)
    yield from _references(bridge, document)
    yield from _sums(bridge, document)


def _connectors(bridge: Bridge) -> Iterator[tuple[KeyPath, Connector]]:
    for i, charger in enumerate(bridge.chargers):
        yield from ((("chargers", i, "connectors", j), each) for j, each in enumerate(charger.connectors))


def _phases(connector: Connector, path: KeyPath, document: Document) -> Iterator[Problem]:
    rotation = connector.phase_rotation
    if len(rotation) < connector.phases:
        reason = f"{rotation} is one phase, and the outlet is wired with {connector.phases}"
        remedy = "write all three, like STR, or put phases right"
        yield document.problem((*path, "phase_rotation"), reason, remedy)
    if connector.phase_switching and connector.phases == 1:
        reason = "an outlet with one phase has none to switch"
        yield document.problem((*path, "phase_switching"), reason, "take phase_switching out, or put phases right")


def _fail_safe(connector: Connector, path: KeyPath, document: Document) -> Iterator[Problem]:
    current_a = connector.fail_safe_current
    if current_a is None:
        return
    here = (*path, "fail_safe_current")
    if 0 < current_a < connector.min_current:
        reason = f"with {current_a:g} A nothing charges: min_current is {connector.min_current:g} A"
        yield document.problem(here, reason, f"write 0 (it pauses), or {connector.min_current:g} or more")
    if current_a > connector.max_current:
        reason = f"{current_a:g} A is above max_current ({connector.max_current:g} A)"
        yield document.problem(here, reason, "write no more than max_current")


def _names(bridge: Bridge, document: Document) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    known = tuple(each.name for each in bridge.circuits)
    for i, circuit in enumerate(bridge.circuits):
        here: KeyPath = ("circuits", i, "name")
        before = first.setdefault(circuit.name.casefold(), here)
        if before != here:
            reason = f"{circuit.name} is also the name at {document.where(before)}; upper and lower case are alike"
            yield document.problem(here, reason, "give each circuit a name of its own")
        if circuit.parent is not None and circuit.parent not in known:
            reason = f"there is no circuit {circuit.parent}"
            yield document.problem(("circuits", i, "parent"), reason, _meant(circuit.parent, known))


def _meant(written: str, known: tuple[str, ...]) -> str:
    close = nearest(written, known)
    return f"did you mean {close}?" if close else f"known: {', '.join(known) or 'none; add it under circuits'}"


def _loops(bridge: Bridge, document: Document) -> Iterator[Problem]:
    by_name = {each.name: each for each in reversed(bridge.circuits)}
    told: set[str] = set()
    for i, circuit in enumerate(bridge.circuits):
        way = [each.name for each in circuit_tree.way_up(circuit.name, by_name)]
        if by_name[way[-1]].parent != circuit.name or circuit.name in told:
            continue
        told |= set(way)
        reason = f"{' in '.join((*way, circuit.name))}: this is a loop"
        yield document.problem(("circuits", i, "parent"), reason, "take parent out of the circuit that is fed first")


def _meters(bridge: Bridge, document: Document) -> Iterator[Problem]:
    first: KeyPath | None = None
    for i, circuit in enumerate(bridge.circuits):
        path: KeyPath = ("circuits", i)
        if circuit.metered and first is not None:
            reason = f"the inputs grid_... measure one circuit, and {document.where(first)} is metered as well"
            yield document.problem((*path, "metered"), reason, "leave metered: true where the meter is, alone")
        if circuit.metered and first is None:
            first = (*path, "metered")
        if circuit.peak_power is not None and not circuit.metered:
            reason = "a mean of 15 minutes needs a meter, and this circuit has none"
            yield document.problem((*path, "peak_power"), reason, "write metered: true, or take peak_power out")
        if "fallback_current" in circuit.model_fields_set and not circuit.metered:
            reason = "there is no meter that could fall silent"
            yield document.problem((*path, "fallback_current"), reason, "write metered: true, or take it out")
        least_a = min(each for each in circuit.max_current if each)
        if circuit.metered and circuit.fallback_current > least_a:
            reason = (
                f"{circuit.fallback_current:g} A is above max_current ({least_a:g} A), and the house takes some of it"
            )
            remedy = "write what the house always leaves for all chargers together, in A per phase; 0 pauses them"
            yield document.problem((*path, "fallback_current"), reason, remedy)


def _references(bridge: Bridge, document: Document) -> Iterator[Problem]:
    known = tuple(each.name for each in bridge.circuits)
    for path, connector in _connectors(bridge):
        if connector.circuit is not None and connector.circuit not in known:
            reason = f"there is no circuit {connector.circuit}"
            yield document.problem((*path, "circuit"), reason, _meant(connector.circuit, known))


def _sums(bridge: Bridge, document: Document) -> Iterator[Problem]:
    fail_safes = circuit_tree.fail_safes(bridge)
    helpless = {each.id for each in bridge.chargers if circuit_tree.takes_no_limits(each)}
    circuits = circuit_tree.tree(bridge)
    for i, circuit in enumerate(bridge.circuits):
        behind = circuits[circuit.name]
        sums = tuple(_sum_a(behind, phase, fail_safes) for phase in range(3))
        sum_w = sum(sums) * NOMINAL_VOLTAGE_V
        if circuit.max_power is not None and sum_w > circuit.max_power + _NOISE_A:
            reason = f"when nobody steers them, the chargers in {circuit.name} may take {sum_w:g} W"
            remedy = "lower their fail_safe_current, or leave it out: then each has its share"
            yield document.problem(("circuits", i, "max_power"), f"{reason}, more than {circuit.max_power:g} W", remedy)
        over = [n for n, sum_a in enumerate(sums) if sum_a > circuit.max_current[n] + _NOISE_A]
        if over:
            worst = max(over, key=lambda n: sums[n] - circuit.max_current[n])
            reason = (
                f"when nobody steers them, the chargers in {circuit.name} may take {sums[worst]:g} A on L{worst + 1}, "
                f"and its fuse has {circuit.max_current[worst]:g} A"
            )
            names = ", ".join(f"{charger}/{number}" for (charger, number), _ in behind.on(worst))
            remedy = f"lower fail_safe_current of {names}, or leave it out: then each has its share"
            unlimited = [f"{key[0]}/{key[1]}" for key, _ in behind.on(worst) if key[0] in helpless]
            if unlimited:
                remedy += f"; {', '.join(unlimited)} takes no limits (flag limit_by: none) and counts with max_current"
            yield document.problem(("circuits", i, "max_current"), reason, remedy)


def _sum_a(behind: Behind, phase: int, fail_safes: dict[OutletKey, float | None]) -> float:
    return sum(fail_safes[key] or 0.0 for key, _ in behind.on(phase))
