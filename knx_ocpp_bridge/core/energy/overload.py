"""Tells people when more flows than a fuse may carry for longer than anybody could foresee, and what hides it."""

from knx_ocpp_bridge.core.energy.circuits import Tree
from knx_ocpp_bridge.core.energy.house import House
from knx_ocpp_bridge.core.energy.ruling import SiteNote
from knx_ocpp_bridge.core.energy.sharing_state import HouseMemory
from knx_ocpp_bridge.core.energy.signs import told
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import AlarmKind, Level


def overload(before: HouseMemory, house: House, tree: Tree, now_s: float) -> tuple[HouseMemory, tuple[SiteNote, ...]]:
    """Once when it has lasted for `overload_s`, and once when it is over; and which sign of the meter is wrong."""
    if tree.metered is None:
        return before, ()
    signs, notes = told(before.signs)
    after, others = _lasting(replace(before, signs=signs), house, tree, tree.metered, now_s)
    return after, (*notes, *others)


def _lasting(
    before: HouseMemory, house: House, tree: Tree, name: str, now_s: float
) -> tuple[HouseMemory, tuple[SiteNote, ...]]:
    lasts_s = tree.circuits[name].overload_s
    is_long = before.over_since_s is not None and now_s - before.over_since_s >= lasts_s
    if is_long and not before.told:
        text = (
            f"circuit {name}: the meter shows more than the fuse may carry for {lasts_s:.0f} s, although the chargers "
            f"have made room as far as they can; switch off other loads"
        )
        return replace(before, told=True), (SiteNote(Level.WARNING, None, text, AlarmKind.LOAD),)
    if before.told and not house.is_over:
        text = f"circuit {name}: no more flows than the fuse may carry"
        return replace(before, told=False), (SiteNote(Level.INFO, None, text, AlarmKind.LOAD, over=True),)
    return before, ()


def wake_at_s(memory: HouseMemory, lasts_s: float) -> float | None:
    """When it has lasted too long; None: it does not last, or is told."""
    return None if memory.over_since_s is None or memory.told else memory.over_since_s + lasts_s
