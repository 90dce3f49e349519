"""One outlet as the sharing reckons with it: what it wants, what it may be given, what cannot be taken back from it."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A, allowed_a, least_a
from knx_ocpp_bridge.core.energy.circuits import Line, wired
from knx_ocpp_bridge.core.energy.excess import NO_EXCESS, Excess, excess, flows_beyond_a
from knx_ocpp_bridge.core.energy.habit import NO_HABIT, habit
from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.sharing_state import Habit, OutletMemory, PhasesSeen, Seen
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms
from knx_ocpp_bridge.core.energy.wiring import counted, phases_seen

_DRAWS_A: Final = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """One outlet, and what is to be known to reckon with it."""

    key: OutletKey
    outlet: OutletTerms
    view: OutletView | None
    before: OutletMemory | None
    ceiling_a: float
    """What the other rules allow."""
    switching_to: int | None
    """On so many phases it is to charge, by the other rules."""
    now_s: float
    stuck_after_s: float
    """What it was to give back, and has not for so long, is not reckoned with any more."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Currents in A per phase, times of the monotonic clock."""

    key: OutletKey
    outlet: OutletTerms
    view: OutletView | None
    """None: nothing was ever seen of it."""
    before: OutletMemory | None
    seen: Seen
    changed_at_s: float
    line: Line
    """The phases of the building on which it counts."""
    phases: PhasesSeen | None
    habit: Habit
    least_a: float
    wanted_a: float
    """What its owner and the other rules allow a car that may charge; 0 or not below `least_a`."""
    rest_a: float
    """What it is told while it does not charge."""
    promised_a: float
    """The most that it may draw now by what it was told."""
    floor_a: float
    """Of that, what cannot be taken back."""
    held_since_s: float | None
    """It may draw more than it was told last since then."""
    is_open: bool
    """A car may draw current there, and limits reach its charger."""
    wires: Line
    """The phases of the building that its own L1, L2, L3 are."""
    excess: Excess
    beyond_a: float
    """It takes so much more than `promised_a`."""

    @property
    def is_known(self) -> bool:
        """It has said what it does, and what limit holds."""
        view = self.view
        if view is None or not view.online or view.status is None:
            return False
        return view.in_force_a is not None or not view.charging

    @property
    def granted_a(self) -> float:
        """What it was told last; before the first time, what it has."""
        if self.before is not None:
            return self.before.granted_a
        known_a = None if self.view is None else self.view.in_force_a
        return self.rest_a if known_a is None else known_a


def guest(asked: Question) -> Guest:
    """The outlet as it is now. Nothing that is said of it is believed to its disadvantage of the fuse."""
    view, before, outlet, now_s = asked.view, asked.before, asked.outlet, asked.now_s
    seen = _seen(view)
    changed_at_s = now_s if before is not None and before.seen != seen else _unchanged(before)
    line = wired(outlet)
    phases = None if view is None else phases_seen(before, view, line, now_s)
    least = least_a(outlet)
    held_since_s = _held_since(view, before, now_s)
    is_stuck = held_since_s is not None and now_s - held_since_s >= asked.stuck_after_s
    floor_a = _floor(view, outlet, is_stuck=is_stuck)
    is_open = view is not None and view.online and view.charging
    is_same = before is not None and before.seen.session == seen.session
    known = before.habit if before is not None and is_same else NO_HABIT
    more = _excess(asked, is_same=is_same)
    return Guest(
        asked.key,
        outlet,
        view,
        before,
        seen,
        changed_at_s,
        line if view is None else counted(phases, view, line, asked.switching_to),
        phases,
        NO_HABIT if view is None else habit(known, view, least, changed_at_s, now_s),
        least,
        allowed_a(min(view.base_a, asked.ceiling_a, outlet.max_current_a), outlet) if view and is_open else 0.0,
        allowed_a(min(outlet.fail_safe_current_a or 0.0, outlet.max_current_a), outlet),
        max(view.promised_a, floor_a) if view is not None and is_open else floor_a,
        floor_a,
        held_since_s,
        is_open,
        line,
        more,
        flows_beyond_a(more, view) if view is not None and is_open and not _is_free(view) else 0.0,
    )


def _seen(view: OutletView | None) -> Seen:
    if view is None:
        return Seen(None, charging=False, status=None, in_force_a=None)
    return Seen(view.session, view.charging, view.status, view.in_force_a)


def _unchanged(before: OutletMemory | None) -> float:
    return float("-inf") if before is None else before.changed_at_s


def _held_since(view: OutletView | None, before: OutletMemory | None, now_s: float) -> float | None:
    if view is None or before is None or not (view.online and view.charging):
        return None
    if view.promised_a <= before.granted_a + NO_LESS_A:
        return None
    return now_s if before.held_since_s is None else before.held_since_s


def _excess(asked: Question, *, is_same: bool) -> Excess:
    if asked.view is None:
        return NO_EXCESS
    before = asked.before.excess if asked.before is not None and is_same else NO_EXCESS
    return excess(before, asked.view, asked.now_s, asked.stuck_after_s)


def _is_free(view: OutletView) -> bool:
    """What it takes does not depend on what it is told: all of it counts as what cannot be taken back."""
    return view.disobeys or not view.can_limit


def _floor(view: OutletView | None, outlet: OutletTerms, *, is_stuck: bool) -> float:
    """What it may draw whatever it is told. A charger that has never spoken rests at its fail-safe."""
    fail_safe_a = outlet.fail_safe_current_a or 0.0
    if view is None or (view.status is None and not view.online and view.leases):
        return fail_safe_a
    drawn_a = view.current_a or 0.0
    if not view.online:
        return max(view.promised_a, drawn_a) if view.disobeys else view.promised_a
    if not view.charging:
        # A car that comes is told of before it draws anything, and then others make room at once.
        return drawn_a if drawn_a >= _DRAWS_A else 0.0
    if not view.can_limit:
        return max(view.promised_a, drawn_a, outlet.max_current_a)
    if view.disobeys:
        return max(view.promised_a, drawn_a)
    return view.promised_a if is_stuck else 0.0
