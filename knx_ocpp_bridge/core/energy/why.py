"""Why an outlet has no more than it has: the one limit that binds it, and a sentence for people."""

from collections.abc import Iterable
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.amperes import allowed_a
from knx_ocpp_bridge.core.energy.ruling import OutletReport
from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.terms import OutletTerms
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason

NOTHING: Final = "-"
"""Nothing limits it."""
_NO_USE: Final = {
    ConnectorStatus.UNAVAILABLE: "unavailable",
    ConnectorStatus.FAULTED: "faulted",
    ConnectorStatus.RESERVED: "reserved",
}
_NAMES: Final = {
    LimitReason.SCHEDULE: "plan",
    LimitReason.TAG: "card",
    LimitReason.FAIL_SAFE: "fail-safe",
}


def binding(outlet: OutletTerms, view: OutletView, caps: Iterable[Cap]) -> Cap | None:
    """What leaves it less than its owner allows; of equals the rule that spoke first. None: nothing does.

    Currents that are the same once they are told (0.1 A, and 0 below the least current) are equal: a circuit that
    gives what an order has left does not bind.
    """
    said = list(caps)
    if view.tag_limit_a is not None:
        said.insert(0, Cap(LimitReason.TAG, view.tag_limit_a))
    lowest = min(said, key=lambda cap: _told_a(cap.current_a, outlet), default=None)
    if lowest is None or _told_a(lowest.current_a, outlet) >= _told_a(view.base_a, outlet):
        return None
    return lowest


def _told_a(current_a: float, outlet: OutletTerms) -> float:
    return allowed_a(min(current_a, outlet.max_current_a), outlet)


def words(binds: Cap | None, caps: Iterable[Cap]) -> str:
    """Those of the limit that binds; where none does, those of a plan that lets it charge."""
    if binds is not None:
        return binds.words
    return next((cap.words for cap in caps if cap.kind is LimitReason.SCHEDULE and cap.current_a > 0), "")


def sentence(view: OutletView, report: OutletReport | None, binds: LimitReason | None) -> str:
    """In a few words: `circuit garage, L1`, `grid operator`, `waits, too little sun`, `no car`."""
    if not view.online:
        return "offline"
    if not view.plugged and not view.charging:
        return "no car" if view.status is None else _NO_USE.get(view.status, "no car")
    if report is None:
        return NOTHING
    if binds is None:
        paused = "" if view.base_a else "paused"
        plan = f"plan: {report.words}" if report.words else ""
        return ", ".join(part for part in ("full" if report.full else "", paused or plan) if part) or NOTHING
    if binds is LimitReason.SURPLUS and view.charging and not report.granted_a and not report.full:
        return "waits, too little sun"
    state = "full" if report.full else "waits" if report.waiting else ""
    return ", ".join(part for part in (state, _limit(binds, report.words)) if part)


def _limit(kind: LimitReason, said: str) -> str:
    if kind is LimitReason.WAITING:
        return said
    name = _NAMES.get(kind, kind.name.lower().replace("_", " "))
    if kind is LimitReason.CIRCUIT:
        return f"{name} {said}".rstrip()
    return f"{name}: {said}" if said else name
