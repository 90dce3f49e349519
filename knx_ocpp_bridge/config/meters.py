"""Inputs that measure the house: which a circuit needs, and how long one may be silent."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.models import Bridge

CURRENTS: Final = ("grid_current_l1", "grid_current_l2", "grid_current_l3")
POWERS: Final = ("grid_power_l1", "grid_power_l2", "grid_power_l3")
TOTAL: Final = "grid_power"
METERS: Final = frozenset({*CURRENTS, *POWERS, TOTAL})
SILENT_S: Final = 120.0
"""A meter that a fuse relies on is stale after so long where its `timeout` says nothing, so that a lost one is seen."""


def bound_inputs(objects: Iterable[BoundObject]) -> frozenset[str]:
    """The inputs of the building that something is listened to for."""
    return frozenset(each.row.key for each in objects if each.row.input and each.charger is None and each.addresses)


def missing(inputs: frozenset[str], max_current: tuple[float, float, float]) -> tuple[str, ...]:
    """What the meter of a circuit lacks: of each phase that it has the current or the power, or the power of all."""
    if TOTAL in inputs:
        return ()
    needed = (phase for phase, fuse_a in enumerate(max_current) if fuse_a)
    return tuple(CURRENTS[phase] for phase in needed if not inputs & {CURRENTS[phase], POWERS[phase]})


def tells_surplus(inputs: frozenset[str]) -> bool:
    """The power from the grid is measured, of all phases, or that of the roof alone."""
    each = inputs & set(POWERS)
    return TOTAL in inputs or len(each) == len(POWERS) or (not each and "pv_power" in inputs)


def watched(objects: tuple[BoundObject, ...], bridge: Bridge) -> tuple[BoundObject, ...]:
    """The objects, where a circuit is metered with a timeout for each of its meters."""
    if not any(each.metered for each in bridge.circuits):
        return objects
    return tuple(
        replace(each, timeout_s=SILENT_S) if each.row.key in METERS and not each.timeout_s else each for each in objects
    )
