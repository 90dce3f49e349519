"""Charging by plan: in mode `scheduled` only when energy is cheapest and yet in time, and in the modes of the surplus
from the grid as soon as the sun alone would be too late.

Nothing of it is stored: a plan is made again each minute of what is still to be charged, of what the car takes, and of
the prices as they are known. Whoever has begun goes on unless a pause makes it cheaper, so that new plans do not chop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy import plan_words
from knx_ocpp_bridge.core.energy.crowding import parts
from knx_ocpp_bridge.core.energy.goals import EFFICIENCY, Target, is_asked, target
from knx_ocpp_bridge.core.energy.pace import Pace, expected, offered_w, watched
from knx_ocpp_bridge.core.energy.plan_memory import Order, Outlet, PlansMemory, PlansRuling
from knx_ocpp_bridge.core.energy.planner import MARGIN, Plan, Run, in_time, joined_runs
from knx_ocpp_bridge.core.energy.prices import SAME, Market, Stretch, cheap_hours, curve, market, price_now
from knx_ocpp_bridge.core.energy.ruling import PlanReport, Ruling, SiteNote
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import Clock, Moment

_SUN: Final = frozenset({ChargeMode.SURPLUS, ChargeMode.MINIMUM_AND_SURPLUS})
_AGAIN_S: Final = 60.0
"""A plan is as old as that at most."""
_WOBBLE_WH: Final = 1000
"""A car that was done and lacks less is done still: percent go up and down."""
_LARGE_BATTERY_WH: Final = 100_000
_MORE_WH: Final = 10_000
_AHEAD: Final = timedelta(days=1)
"""So far cheap hours are looked for."""
_SUN_MAY_COME: Final = timedelta(minutes=30)
"""A car that is charged by the sun, and for its goal from the grid, pauses if there is so much time left; so one that
takes more than was believed does not go on at night. A plan's margin makes less of it than that."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One outlet now."""

    view: OutletView
    own: OutletTerms
    terms: SiteTerms
    now: Moment
    known: Market
    price: float | None
    courses: dict[datetime, tuple[Stretch, ...]]
    """Of the price until then, as far as they were needed already."""
    pace_w: float
    """What the car is taken to charge with."""
    surely_w: float
    """What it could charge with at most, as far as anybody knows."""
    share_a: float
    """A per phase that it is expected to have."""
    is_known: bool
    """Its charger is there, and some car has shown what it takes."""

    @property
    def by_sun(self) -> bool:
        return self.view.mode in _SUN

    def course(self, ready: datetime) -> tuple[Stretch, ...]:
        """From now until then."""
        if ready not in self.courses:
            self.courses[ready] = curve(self.known, self.terms, self.now.utc, ready)
        return self.courses[ready]


def plan(memory: PlansMemory, scene: Scene, terms: SiteTerms) -> PlansRuling:
    """What plans ask of each outlet now. Total; while the clock is not set, what is planned is charged at once."""
    if scene.now.clock is not Clock.SANE:
        return _without_clock(memory, scene, terms)
    known = market(scene, terms)
    is_new = memory.market is None or replace(known, now=memory.market.now) != memory.market
    paces = _paces(memory, scene, terms)
    cases = _cases(memory, scene, terms, known, paces)
    outlets: dict[OutletKey, Outlet] = {}
    notes: list[SiteNote] = []
    for key, case in cases.items():
        outlet, told = _advanced(key, memory.outlets.get(key), case, is_new=is_new)
        outlets[key] = outlet
        notes.extend(told)
    kept = PlansMemory(outlets, paces, known if is_new else memory.market)
    caps = {
        key: _from_the_grid(each, cases[key]) if each.flows else _cap(each, scene.now, terms)
        for key, each in outlets.items()
        if each.flows is cases[key].by_sun
    }
    return PlansRuling(
        Ruling(kept, caps, notes=tuple(notes), wake_at_s=_wake_at_s(outlets, scene.now)),
        reports={key: each.report for key, each in outlets.items() if each.report is not None},
        must={key: _ceiling_a(case) for key, case in cases.items() if case.by_sun and outlets[key].flows},
        price=price_now(known, terms),
    )


def _cases(
    memory: PlansMemory, scene: Scene, terms: SiteTerms, known: Market, paces: Mapping[OutletKey, Pace]
) -> dict[OutletKey, _Case]:
    done = [key for key, each in memory.outlets.items() if each.target.is_done and not each.flows]
    left = parts(scene, terms, done)
    price, courses = price_now(known, terms), dict[datetime, tuple[Stretch, ...]]()
    cases = {}
    for key, view in scene.outlets.items():
        own = terms.outlets.get(key)
        if own is None or not _concerns(view, own):
            continue
        pace, part = paces[key], left.get(own.circuit, 1.0)
        ceiling_a = max(view.base_a, own.min_current_a)
        offered = offered_w(own, ceiling_a)
        cases[key] = _Case(
            view,
            own,
            terms,
            scene.now,
            known,
            price,
            courses,
            pace_w=offered * expected(pace, own) * part,
            surely_w=offered * (1.0 if pace.latest is None else pace.latest),
            share_a=max(round(ceiling_a * part, 1), own.min_current_a),
            is_known=view.online and pace.is_known,
        )
    return cases


def _paces(memory: PlansMemory, scene: Scene, terms: SiteTerms) -> dict[OutletKey, Pace]:
    return {
        key: watched(memory.paces.get(key, Pace()), view, terms.outlets[key])
        for key, view in scene.outlets.items()
        if key in terms.outlets
    }


def _concerns(view: OutletView, own: OutletTerms) -> bool:
    return view.mode is ChargeMode.SCHEDULED or (view.mode in _SUN and is_asked(view, own))


def _advanced(
    key: OutletKey, before: Outlet | None, case: _Case, *, is_new: bool
) -> tuple[Outlet, tuple[SiteNote, ...]]:
    now = case.now
    outlet = _flowing(_aimed(_ordered(before, case), case, is_new=is_new), case)
    if outlet.is_known is not case.is_known:
        outlet = replace(outlet, is_known=case.is_known)
    if outlet is before:
        return outlet, ()
    outlet = replace(outlet, report=plan_words.report(key, outlet, now.utc, case.terms.zone))
    what = plan_words.trouble(outlet)
    if what is None or what in outlet.told:
        return outlet, ()
    told = plan_words.note(key, outlet, what, now.utc, case.terms.zone)
    return replace(outlet, told=outlet.told | {what}), (told,)


def _aimed(outlet: Outlet, case: _Case, *, is_new: bool) -> Outlet:
    """With what is still to be done, and the plan for it where that is another or the plan is old."""
    now, was = case.now, outlet.target
    seen = case.view.session_wh, case.view.soc
    aged = outlet.planned_at_s is None or now.monotonic_s - outlet.planned_at_s >= _AGAIN_S
    is_new = is_new or not _is_same(case.price, outlet.price)
    over = was.ready is not None and now.utc >= was.ready
    if not (aged or is_new or over or seen != outlet.seen):
        return outlet
    aim = target(case.view, case.own, outlet.asked_at, now.utc, case.terms.zone)
    if was.is_done and was.ready == aim.ready and aim.need_wh is not None and aim.need_wh < _WOBBLE_WH:
        aim = replace(aim, need_wh=0)
    outlet = replace(outlet, seen=seen, target=aim, takes_nothing=_takes_nothing(case.view))
    if aged or is_new or (was.ready, was.is_late, was.is_done) != (aim.ready, aim.is_late, aim.is_done):
        return replace(
            outlet,
            plan=_planned(case, aim),
            planned_at_s=now.monotonic_s,
            price=case.price,
            pace_w=case.pace_w,
            share_a=case.share_a,
        )
    return outlet


def _takes_nothing(view: OutletView) -> bool:
    return view.status is ConnectorStatus.SUSPENDED_EV and bool(view.in_force_a)


def _ordered(before: Outlet | None, case: _Case) -> Outlet:
    """What is remembered of this order. The first transaction of a car is no other order, the next car is."""
    view = case.view
    order = Order(view.mode, view.goal, case.own.plans, view.plugged or view.charging)
    if before is not None and before.order == order and before.session in {None, view.session}:
        return before if before.session == view.session else replace(before, session=view.session)
    rests = before if before is not None and not before.flows else None
    return Outlet(
        order=order,
        session=view.session,
        asked_at=case.now.utc,
        changed_at_s=case.now.monotonic_s if rests is None else rests.changed_at_s,
        changed_at=case.now.utc if rests is None else rests.changed_at,
    )


def _planned(case: _Case, aim: Target) -> Plan:
    if aim.is_done or (case.by_sun and (not aim.fixed or aim.need_wh is None)):
        return Plan()
    now, ready = case.now.utc, aim.ready
    if ready is None:
        return Plan(joined_runs(cheap_hours(case.known, case.terms, now, now + _AHEAD)))
    need_wh = _at_most_wh(case) if aim.need_wh is None else aim.need_wh
    need_s, surely_s = need_wh / case.pace_w * 3600, need_wh / case.surely_w * 3600
    if aim.is_late:
        return Plan((Run(now, now + timedelta(seconds=need_s * MARGIN)),), reachable=False)
    if case.by_sun:
        course: tuple[Stretch, ...] = (Stretch(now, ready, None, 0.0, steady=True),)
    else:
        course = case.course(ready)
    late = case.by_sun or case.terms.tariff.late
    made = in_time(course, need_s, case.terms.tariff.reserve_s, surely_s=surely_s, late=late)
    return made if aim.need_wh is not None else replace(made, reachable=True, cost_per_kw=None)


def _at_most_wh(case: _Case) -> float:
    """What a car may take that is to have as much as it takes: an empty battery, and always some more."""
    battery_wh = case.own.battery_wh or _LARGE_BATTERY_WH
    return max(battery_wh / EFFICIENCY - case.view.session_wh, _MORE_WH)


def _flowing(outlet: Outlet, case: _Case) -> Outlet:
    """Whether it charges now: by the plan, or because it has just begun or nothing is gained by a pause."""
    now = case.now
    flows = outlet.plan.covers(now.utc)
    if outlet.flows and not flows and not outlet.target.is_done:
        is_young = now.monotonic_s - outlet.changed_at_s < case.terms.load.hold_s
        flows = is_young or not _may_pause(outlet.plan, case)
    if flows == outlet.flows:
        return outlet
    return replace(outlet, flows=flows, changed_at_s=now.monotonic_s, changed_at=now.utc)


def _may_pause(made: Plan, case: _Case) -> bool:
    """Something is gained by a pause: cheaper energy, or the chance of some sun."""
    start = made.next_start(case.now.utc)
    if not case.by_sun or start is None:
        return made.may_pause
    return start - case.now.utc >= _SUN_MAY_COME


def _is_same(one: float | None, other: float | None) -> bool:
    return one is other or (one is not None and other is not None and abs(one - other) < SAME)


def _ceiling_a(case: _Case) -> float:
    return max(case.view.base_a, case.own.min_current_a)


def _cap(outlet: Outlet, now: Moment, terms: SiteTerms) -> Cap:
    return Cap(
        LimitReason.SCHEDULE,
        0.0,
        since=outlet.changed_at,
        until=outlet.plan.next_start(now.utc),
        words=plan_words.held_back(outlet, now.utc, terms.zone),
    )


def _from_the_grid(outlet: Outlet, case: _Case) -> Cap:
    """It lets charge what the owner allows; it says why, although there is no sun."""
    words = plan_words.from_the_grid(outlet, case.now.utc, case.terms.zone)
    return Cap(LimitReason.SCHEDULE, _ceiling_a(case), outlet.changed_at, outlet.target.ready, words)


def _wake_at_s(outlets: Mapping[OutletKey, Outlet], now: Moment) -> float | None:
    borders: list[datetime] = []
    for each in outlets.values():
        borders.extend(at for at in (each.plan.next_start(now.utc), each.plan.run_end(now.utc)) if at is not None)
    looks = [now.monotonic_s + (at - now.utc).total_seconds() for at in borders]
    looks.extend(each.planned_at_s + _AGAIN_S for each in outlets.values() if each.planned_at_s is not None)
    return min(looks, default=None)


def _without_clock(memory: PlansMemory, scene: Scene, terms: SiteTerms) -> PlansRuling:
    """While it is still waited for the time, whoever charges goes on and the others wait; then all are charged."""
    caps, must, reports = {}, {}, {}
    for key, view in scene.outlets.items():
        own = terms.outlets.get(key)
        if own is None or not _concerns(view, own):
            continue
        if view.mode in _SUN:
            must[key] = max(view.base_a, own.min_current_a)
        elif scene.now.clock is Clock.WAITING and not (view.charging and view.in_force_a):
            caps[key] = Cap(LimitReason.SCHEDULE, 0.0, words="waits until somebody tells the time")
            continue
        if view.plugged or view.charging:
            reports[key] = PlanReport(key, (), "", 0, reachable=True, words=plan_words.CLOCK)
    is_news = bool(reports) and scene.now.clock is Clock.UNKNOWN and not memory.told_clock
    kept = PlansMemory(paces=_paces(memory, scene, terms), told_clock=memory.told_clock or is_news)
    notes = (plan_words.clock_note(),) if is_news else ()
    return PlansRuling(Ruling(kept, caps, notes=notes), reports, must)
