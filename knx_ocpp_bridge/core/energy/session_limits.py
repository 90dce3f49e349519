"""The rule of the sessions that have had enough: energy, time, percent or money.

What the configuration says holds for every session, what somebody sets for this one besides it. A session that has
had enough is paused, and its transaction stays open: until the cable is pulled, or the limit raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SessionLimits, SiteTerms
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.values import TransactionId

N = TypeVar("N", int, float)
_SEEN_AT_ONCE_WH: Final = 100
"""Less has flowed when a session is seen first, unless the bridge was started in the midst of it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a session has had. Nothing of it falls: a battery that is told as 79 % again had its 80."""

    session: TransactionId
    energy_wh: int = 0
    soc: float | None = None
    cost: float = 0.0
    """In the currency of the site, each kWh at the price of its time."""
    unpriced_wh: int = 0
    """Energy of a time without a price: it is reckoned at the next one."""
    seen_late: bool = False
    """It had begun when it was seen first, after a start of the bridge: that energy has the price of then."""
    enough: str = ""
    """Why it rests; empty: it does not."""


@dataclass(frozen=True, slots=True)
class SessionMemory:
    """The running sessions."""

    spent: Mapping[OutletKey, Spent] = field(default_factory=dict)


def limit_sessions(
    memory: SessionMemory, scene: Scene, terms: SiteTerms, price: float | None = None
) -> Ruling[SessionMemory]:
    """0 A for every session that has reached a limit. `price`: of a kWh now; None: nobody knows."""
    spent: dict[OutletKey, Spent] = {}
    notes: list[SiteNote] = []
    wakes: list[float] = []
    for key, view in scene.outlets.items():
        outlet, before = terms.outlets.get(key), memory.spent.get(key)
        if outlet is None or view.session is None:
            continue
        limits = limits_of(outlet, view)
        spent[key] = now = _spent(before, view, view.session, limits, price)
        was = "" if before is None or before.session != now.session else before.enough
        if bool(now.enough) != bool(was):
            notes.append(_note(key, now.enough))
        if not now.enough and limits.duration_s is not None:
            wakes.append(scene.now.monotonic_s + limits.duration_s - view.session_s)
    caps = {
        key: Cap(LimitReason.SESSION_LIMIT, 0.0, words=session.enough)
        for key, session in spent.items()
        if session.enough
    }
    return Ruling(SessionMemory(spent), caps, notes=tuple(notes), wake_at_s=min(wakes, default=None))


def limits_of(outlet: OutletTerms, view: OutletView) -> SessionLimits:
    """Of each kind the lower one of those that the installer and somebody else have set."""
    always, now = outlet.session_limits, view.limits
    return SessionLimits(
        energy_wh=_lower(always.energy_wh, now.energy_wh),
        duration_s=_lower(always.duration_s, now.duration_s),
        soc=_lower(always.soc, now.soc),
        cost=_lower(always.cost, now.cost),
    )


def _lower(one: N | None, other: N | None) -> N | None:
    known = [each for each in (one, other) if each is not None]
    return min(known, default=None)


def _spent(
    before: Spent | None, view: OutletView, session: TransactionId, limits: SessionLimits, price: float | None
) -> Spent:
    if before is None or before.session != session:
        before = Spent(session, seen_late=view.session_wh > _SEEN_AT_ONCE_WH)
    energy_wh = max(before.energy_wh, view.session_wh)
    unpriced_wh = before.unpriced_wh + energy_wh - before.energy_wh
    if price is None:
        cost = before.cost
    else:
        cost, unpriced_wh = before.cost + unpriced_wh / 1000 * price, 0
    soc = max((each for each in (before.soc, view.soc) if each is not None), default=None)
    now = replace(before, energy_wh=energy_wh, soc=soc, cost=cost, unpriced_wh=unpriced_wh)
    return replace(now, enough=_enough(now, view.session_s, limits))


def _enough(spent: Spent, lasted_s: float, limits: SessionLimits) -> str:
    if limits.energy_wh is not None and spent.energy_wh >= limits.energy_wh:
        return f"the session has had its {limits.energy_wh / 1000:g} kWh"
    if limits.duration_s is not None and lasted_s >= limits.duration_s:
        return f"the {limits.duration_s / 60:g} min of the session are over"
    if limits.soc is not None and spent.soc is not None and spent.soc >= limits.soc:
        return f"the battery of the car has its {limits.soc:g} %"
    if limits.cost is not None and spent.cost >= limits.cost:
        late = " (what was charged before the bridge was started at the price of then)" if spent.seen_late else ""
        return f"the session has cost its {limits.cost:.2f}{late}"
    return ""


def _note(key: OutletKey, enough: str) -> SiteNote:
    if enough:
        return SiteNote(Level.INFO, key, f"{enough}: it rests until the cable is pulled, or the limit raised")
    return SiteNote(Level.INFO, key, "the limit of the session was raised: it goes on")
