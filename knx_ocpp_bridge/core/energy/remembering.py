"""What is kept of each outlet for the next look, and when that is due."""

from collections.abc import Iterator
from math import inf

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy import habit, overload, peak
from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A
from knx_ocpp_bridge.core.energy.giving import Given
from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from knx_ocpp_bridge.core.energy.queueing import Place
from knx_ocpp_bridge.core.energy.sharing_state import OutletMemory, SharingMemory
from knx_ocpp_bridge.core.energy.telling import Told
from knx_ocpp_bridge.core.energy.terms import LoadTerms
from knx_ocpp_bridge.core.energy.wiring import SAMPLE_COUNTS_S
from knx_ocpp_bridge.core.values import Moment

_A_MOMENT_S = 0.01
"""Behind the time that is waited for, so that it has come."""


def remembered(guest: Guest, demand_a: float, given: Given, cap: Cap, load: LoadTerms, now_s: float) -> OutletMemory:
    """The outlet as the next look needs it."""
    before = guest.before
    plugged = guest.view is not None and (guest.view.plugged or guest.view.charging)
    wants = guest.is_open and guest.wanted_a >= guest.least_a and not guest.habit.asleep
    has = given.current_a >= guest.least_a
    admitted_at_s = waits_since_s = None
    if not guest.is_open and plugged and before is not None:
        admitted_at_s, waits_since_s = before.admitted_at_s, before.waits_since_s
    elif wants and has:
        admitted_at_s = now_s if before is None or before.admitted_at_s is None else before.admitted_at_s
    elif wants:
        waits_since_s = now_s if before is None or before.waits_since_s is None else before.waits_since_s
    paused_at_s, cools_s = _paused(guest, load, now_s, interrupted=wants and not has, plugged=plugged)
    is_told_else = before is None or abs(before.granted_a - given.current_a) >= NO_LESS_A
    return OutletMemory(
        guest.seen,
        now_s if is_told_else and before is not None else guest.changed_at_s,
        _arrived(guest, now_s) if plugged else None,
        guest.phases,
        guest.habit,
        demand_a,
        given.current_a,
        guest.is_open or (plugged and before is not None and before.charged),
        admitted_at_s,
        waits_since_s,
        paused_at_s,
        cools_s,
        given.more_since_s,
        given.at_once,
        guest.held_since_s,
        cap.kind,
        cap.since,
        guest.excess,
    )


def wakes(told: Told, memory: SharingMemory, load: LoadTerms, now: Moment, settled_at_s: float | None) -> float | None:
    """The next time at which something may change by time alone; never in the past."""
    times = [each for each in (settled_at_s, *_times(told, memory, load, now)) if each is not None and each < inf]
    return max(min(times) + _A_MOMENT_S, now.monotonic_s + _A_MOMENT_S) if times else None


def _times(told: Told, memory: SharingMemory, load: LoadTerms, now: Moment) -> Iterator[float | None]:
    for slow in (*memory.house.currents, *(each for three in memory.balance.values() for each in three)):
        if slow is not None:
            yield slow.wake_at_s(load.raise_after_s)
    if memory.peak is not None:
        yield peak.wake_at_s(memory.peak, now)
    metered = told.party.tree.metered
    if metered is not None:
        yield overload.wake_at_s(memory.house, told.party.tree.circuits[metered].overload_s)
    for guest in told.party.guests:
        yield told.given[guest.key].wake_at_s
        yield from _times_of(guest, memory.outlets[guest.key], load, now.monotonic_s)
    standings = [share.standing for share in told.shares.values() if share.standing is not None]
    some_wait = any(kept.waits_since_s is not None for kept in memory.outlets.values())
    yield from (each.until_s for each in standings if some_wait or each.place is Place.COOLING)


def _times_of(guest: Guest, kept: OutletMemory, load: LoadTerms, now_s: float) -> Iterator[float | None]:
    yield habit.wake_at_s(kept.habit)
    if guest.is_open:
        yield _ahead(kept.changed_at_s + SETTLES_S, now_s)
    if kept.held_since_s is not None:
        yield _ahead(kept.held_since_s + load.disobeyed_s, now_s)
    if kept.phases is not None and guest.view is not None and guest.view.measured_at_s is not None:
        yield _ahead(guest.view.measured_at_s + SAMPLE_COUNTS_S, now_s)
    if not guest.is_open and guest.floor_a > (guest.outlet.fail_safe_current_a or 0.0):
        yield now_s + load.raise_after_s  # what it was lent runs out, and nobody tells


def _ahead(at_s: float, now_s: float) -> float | None:
    return at_s if at_s > now_s else None


def _arrived(guest: Guest, now_s: float) -> float:
    before, view = guest.before, guest.view
    if before is not None and before.arrived_at_s is not None:
        return before.arrived_at_s
    return now_s - view.session_s if before is None and view is not None and view.session is not None else now_s


def _paused(guest: Guest, load: LoadTerms, now_s: float, *, interrupted: bool, plugged: bool) -> tuple[float, float]:
    """When it was, and how long it may not begin anew: `raise_after_s` at first, and twice as long each time that it
    had not charged for `hold_s` in between, up to that.
    """
    before = guest.before
    if before is None or not plugged:
        return -inf, 0.0
    if not interrupted or before.admitted_at_s is None:
        return before.paused_at_s, before.cools_s
    again = before.cools_s > 0 and now_s - before.admitted_at_s < load.hold_s
    return now_s, min(load.hold_s, 2 * before.cools_s if again else max(load.raise_after_s, SETTLES_S))
