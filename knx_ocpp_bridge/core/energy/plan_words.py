"""A plan in words and as a report."""

from datetime import datetime, timedelta, tzinfo
from typing import Final

from knx_ocpp_bridge.core.energy.plan_memory import Outlet, Trouble
from knx_ocpp_bridge.core.energy.planner import first
from knx_ocpp_bridge.core.energy.ruling import PlanReport, SiteNote
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.step import Level

_SUN: Final = frozenset({ChargeMode.SURPLUS, ChargeMode.MINIMUM_AND_SURPLUS})
CLOCK: Final = "nobody knows what time it is: charged at once"
_DAY: Final = timedelta(days=1)


def clock_time(when: datetime, now: datetime, zone: tzinfo) -> str:
    """As clocks of the site show it; with the date where it is not within a day."""
    return when.astimezone(zone).strftime("%H:%M" if abs(when - now) < _DAY else "%Y-%m-%d %H:%M")


def held_back(outlet: Outlet, now: datetime, zone: tzinfo) -> str:
    """Why it does not charge now."""
    start = outlet.plan.next_start(now)
    if outlet.target.is_done:
        return "what was asked for is in the car"
    if outlet.order.mode in _SUN:
        grid = "" if start is None else f"; from the grid as well from {clock_time(start, now, zone)} on"
        return f"by the sun alone{grid}"
    if start is None:
        return "no more charging is planned"
    return f"the plan begins at {clock_time(start, now, zone)}"


def from_the_grid(outlet: Outlet, now: datetime, zone: tzinfo) -> str:
    """Why a car that is charged by the sun charges without it."""
    target = outlet.target
    by = "" if target.ready is None else f" by {clock_time(target.ready, now, zone)}"
    return f"{target.asked}{by}, from the grid as well"


def words(outlet: Outlet, now: datetime, zone: tzinfo) -> str:
    """The plan in one sentence, and the power that it was made with."""
    said = _plan(outlet, now, zone)
    if outlet.target.is_done or not outlet.target.need_wh or not outlet.plan.runs:
        return said
    guess = "" if outlet.is_known else ", as nobody knows the car yet"
    return f"{said}; reckoned with {outlet.pace_w / 1000:.1f} kW{guess}"


def _plan(outlet: Outlet, now: datetime, zone: tzinfo) -> str:
    target = outlet.target
    if outlet.takes_nothing and outlet.flows and not target.is_done:
        return "the car takes no more"
    if target.is_late and target.ready is not None:
        return f"was to be done by {clock_time(target.ready, now, zone)}: charged at once"
    if not outlet.plan.reachable and target.ready is not None:
        return f"cannot be done by {clock_time(target.ready, now, zone)}: charged at once"
    if not outlet.flows:
        return held_back(outlet, now, zone)
    if outlet.order.mode in _SUN:
        return from_the_grid(outlet, now, zone)
    end = outlet.plan.run_end(now)
    return "charged by plan" if end is None else f"charged by plan until {clock_time(end, now, zone)}"


def report(key: OutletKey, outlet: Outlet, now: datetime, zone: tzinfo) -> PlanReport | None:
    """What is shown of the plan; None: there is nothing to show, as no car is there.

    Slots come to the energy at the power that is reckoned with, without the margin, and so does the cost. It is not
    told before the car has shown what it takes, nor while the charger is away.
    """
    if not outlet.order.present:
        return None
    target, made = outlet.target, outlet.plan
    runs = made.runs if not target.need_wh else first(made.runs, target.need_wh / outlet.pace_w * 3600)
    cost = None if made.cost_per_kw is None else made.cost_per_kw * outlet.pace_w / 1000
    return PlanReport(
        outlet=key,
        slots=tuple(
            (each.begins.isoformat(), each.ends.isoformat(), outlet.share_a) for each in runs if each.ends > now
        ),
        ready_by="" if target.ready is None else target.ready.isoformat(),
        energy_wh=round(target.need_wh or 0),
        reachable=outlet.takes_nothing or (made.reachable and not target.is_late),
        cost=cost if outlet.is_known else None,
        words=words(outlet, now, zone),
    )


def trouble(outlet: Outlet) -> Trouble | None:
    """What is wrong with the plan."""
    if not outlet.order.present or outlet.target.is_done or outlet.takes_nothing:
        return None
    if outlet.target.is_late:
        return Trouble.LATE
    return None if outlet.plan.reachable else Trouble.UNREACHABLE


def note(key: OutletKey, outlet: Outlet, what: Trouble, now: datetime, zone: tzinfo) -> SiteNote:
    """The trouble in words."""
    ready = outlet.target.ready
    by = "" if ready is None else f" by {clock_time(ready, now, zone)}"
    energy = "" if outlet.target.need_wh is None else f"{outlet.target.need_wh / 1000:.1f} kWh"
    text = {
        Trouble.UNREACHABLE: f"{energy} more cannot be in the car{by}; it is charged at once and without a pause:"
        " plug in earlier, ask for less, or allow more current",
        Trouble.LATE: f"{energy} of what was to be in the car{by} are missing; it is charged on until they are in it",
    }[what]
    return SiteNote(Level.WARNING, key, text)


def clock_note() -> SiteNote:
    """Plans cannot be kept."""
    return SiteNote(
        Level.WARNING,
        None,
        "the clock of this machine is not set, so that plans cannot be kept: what is to be charged by plan is charged"
        " at once; connect a time server, or let the building tell date and time",
    )
