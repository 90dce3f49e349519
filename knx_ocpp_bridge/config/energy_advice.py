"""What is no error about circuits, meters, plans and tariffs, and still worth a sentence to the installer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from knx_ocpp_bridge.config import circuit_tree, meter_checks, meters
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.circuit_tree import Behind
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.energy_checks import BY_SURPLUS, priced
from knx_ocpp_bridge.config.models import Bridge, Connector
from knx_ocpp_bridge.config.outlet_models import mode_word
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.settings import Registration, TagBook
from knx_ocpp_bridge.core.status import ChargeMode

_PHASES: Final = range(3)


def advice(
    bridge: Bridge,
    document: Document,
    objects: Sequence[BoundObject],
    fail_safes: Mapping[OutletKey, float | None],
) -> Iterator[str]:
    """Sentences that begin with `file:line`."""
    yield from _unused_meters(bridge, objects)
    yield from meter_checks.advice(bridge, objects)
    yield from _beside_circuits(bridge, document)
    circuits = circuit_tree.tree(bridge)
    for i, circuit in enumerate(bridge.circuits):
        behind = circuits[circuit.name]
        here = document.where(("circuits", i))
        if not behind.connectors:
            yield f"{here}: nothing hangs in {circuit.name}"
        else:
            yield from _without_bridge(behind, fail_safes, here)
    inputs = meters.bound_inputs(objects)
    for i, charger in enumerate(bridge.chargers):
        for j, connector in enumerate(charger.connectors):
            path: KeyPath = ("chargers", i, "connectors", j)
            name = f"{charger.id}/{connector.id}"
            if bridge.circuits and connector.circuit is None:
                yield f"{document.where(path)}: {name} hangs in no circuit: no fuse limits it with the others"
            yield from _plans(connector, path, name, document)
            if connector.mode is ChargeMode.SCHEDULED and not connector.plans and not priced(bridge.tariff, inputs):
                where = document.where((*path, "mode"))
                yield f"{where}: {name} is scheduled, and there is neither plan nor tariff: only a goal gives it a time"


def of_cards(books: Sequence[TagBook], places: Mapping[str, str], objects: Sequence[BoundObject]) -> Iterator[str]:
    """Sentences that begin with `file:line`: cards that charge by a surplus that nothing tells."""
    if meters.tells_surplus(meters.bound_inputs(objects)):
        return
    cards = {key: tag for book in books for key, tag in book.tags.items()}
    for key, tag in cards.items():
        if tag.mode is not None and tag.mode in BY_SURPLUS:
            yield (
                f"{places[key]}: card {masked(tag.id)} charges in its own mode {mode_word(tag.mode)}, and nothing "
                "tells the surplus; bind grid_power (or all of grid_power_l1 to l3, or pv_power) under group_objects, "
                "or take mode out"
            )


def _unused_meters(bridge: Bridge, objects: Sequence[BoundObject]) -> Iterator[str]:
    """Currents, and where there are circuits powers as well: without circuits a power tells the surplus."""
    if any(each.metered for each in bridge.circuits):
        return
    looked_for = meters.METERS if bridge.circuits else frozenset(meters.CURRENTS)
    found = [each for each in objects if each.row.key in looked_for]
    if found:
        names = ", ".join(each.row.key for each in found)
        yield f"{found[0].where}: no circuit is metered, so {names} protect no fuse; write metered: true at the circuit"


def _beside_circuits(bridge: Bridge, document: Document) -> Iterator[str]:
    """What no circuit can count, or tell."""
    if not bridge.circuits:
        return
    if bridge.ocpp.unknown_chargers is Registration.ACCEPTED:
        where = document.where(("ocpp", "unknown_chargers"))
        yield f"{where}: chargers that are not listed may charge, and no circuit counts them"
    if bridge.ocpp.quiet:
        where = document.where(("ocpp", "quiet"))
        yield f"{where}: chargers are told nothing of their own accord, so no circuit is kept"


def _without_bridge(behind: Behind, fail_safes: Mapping[OutletKey, float | None], where: str) -> Iterator[str]:
    """More than `fallback_current`, as a sum of what connectors say themselves."""
    if not behind.circuit.metered:
        return
    sums = [sum(fail_safes[key] or 0.0 for key, _ in behind.on(phase)) for phase in _PHASES]
    if max(sums) > behind.circuit.fallback_current:
        yield (
            f"{where}: when the bridge is away, chargers in {behind.circuit.name} may take {max(sums):g} A per phase "
            f"beside a house that nobody measures then; fallback_current says {behind.circuit.fallback_current:g} A"
        )


def _plans(connector: Connector, path: KeyPath, name: str, document: Document) -> Iterator[str]:
    by_percent = next((number for number, plan in enumerate(connector.plans) if plan.soc is not None), None)
    if by_percent is not None and connector.battery_capacity is None:
        where = document.where((*path, "plans", by_percent))
        yield f"{where}: {name} plans by soc; without battery_capacity nobody knows how long that takes"
