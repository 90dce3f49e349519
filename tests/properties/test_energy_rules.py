"""Whatever is seen of a site: the rules answer, say nothing that a control pilot does not know, and keep their word."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.energy.granting import is_same, lowest_a
from knx_ocpp_bridge.core.energy.manager import advance, new, reterm
from knx_ocpp_bridge.core.energy.scene import Goal, OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import (
    CircuitTerms,
    GridLimitTerms,
    LimitPer,
    LoadTerms,
    OutletTerms,
    SessionLimits,
    SiteTerms,
    SurplusTerms,
    TariffTerms,
)
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import Clock, TransactionId
from tests.kit.scenes import BEGIN_S, Played, PlayedSite, at, key, outlet, reading, readings, terms

KEYS = (key("A"), key("A", 2), key("B"), key("C"))
CURRENTS = st.sampled_from([0.0, 5.9, 6.0, 6.04, 9.99, 13.3, 16.0, 32.0])
MAYBE = st.none() | CURRENTS
POWERS = st.sampled_from([-20_000.0, -5000.0, -1.0, 0.0, 1380.0, 4140.0, 4200.0, 11_040.0, 1e6])
NAMES = (
    "grid_limit", "grid_limit_contact_1", "grid_limit_contact_2", "grid_limit_power", "release", "grid_power",
    "grid_power_l1", "grid_power_l2", "grid_power_l3", "grid_current_l1", "pv_power", "battery_power", "battery_soc",
)  # fmt: skip
SWITCHES = ("grid_limit", "grid_limit_contact_1", "grid_limit_contact_2", "release")

SESSION_LIMITS = st.builds(
    SessionLimits,
    energy_wh=st.none() | st.integers(1, 20_000),
    duration_s=st.none() | st.integers(1, 7200),
    soc=st.none() | st.floats(1, 100),
    cost=st.none() | st.floats(0.01, 20),
)


@st.composite
def outlets(draw: st.DrawFn, number: int) -> OutletTerms:
    phases = draw(st.integers(1, 3))
    least = draw(st.sampled_from([6.0, 8.0]))
    return OutletTerms(
        KEYS[number],
        circuit=draw(st.sampled_from(["", "main", "garage"])),
        phases=phases,
        rotation=draw(st.sampled_from(["RST", "STR", "TRS"])),
        min_current_a=least,
        max_current_a=draw(st.sampled_from([16.0, 32.0])),
        priority=draw(st.integers(1, 10)),
        fail_safe_current_a=draw(st.sampled_from([0.0, 6.0])),
        can_switch_phases=draw(st.booleans()),
        session_limits=draw(SESSION_LIMITS),
    )


@st.composite
def sites(draw: st.DrawFn) -> SiteTerms:
    known = [draw(outlets(number)) for number in range(draw(st.integers(1, len(KEYS))))]
    main = CircuitTerms("main", (32.0, 25.0, 32.0), metered=draw(st.booleans()))
    return SiteTerms(
        circuits={"main": main, "garage": CircuitTerms("garage", (20.0, 20.0, 20.0), "main")},
        outlets={one.key: one for one in known},
        load=draw(st.sampled_from([LoadTerms(), LoadTerms(raise_after_s=0.0, hold_s=0.0, rotate_s=60.0)])),
        surplus=draw(st.builds(SurplusTerms, start_power_w=st.none() | POWERS, grid_tolerance_w=st.just(200.0))),
        grid_limit=GridLimitTerms(draw(POWERS.map(abs)), draw(st.sampled_from(LimitPer)), {1: 4200.0, 2: 0.0}),
        tariff=draw(st.sampled_from([TariffTerms(), TariffTerms(price=0.3)])),
    )


@st.composite
def views(draw: st.DrawFn, of: OutletTerms) -> OutletView:
    promised = draw(CURRENTS)
    flows = draw(st.none() | st.tuples(MAYBE, MAYBE, MAYBE))
    return OutletView(
        of.key,
        online=draw(st.booleans()),
        status=draw(st.none() | st.sampled_from(ConnectorStatus)),
        plugged=draw(st.booleans()),
        charging=draw(st.booleans()),
        mode=draw(st.sampled_from(ChargeMode)),
        base_a=draw(CURRENTS),
        in_force_a=draw(MAYBE),
        promised_a=promised,
        resting_a=draw(MAYBE),
        leases=draw(st.booleans()),
        can_limit=draw(st.booleans()),
        disobeys=draw(st.booleans()),
        current_a=draw(MAYBE),
        currents_a=flows,
        measured_at_s=draw(st.none() | st.just(BEGIN_S)),
        power_w=draw(st.none() | POWERS),
        session=draw(st.none() | st.sampled_from([TransactionId(1), TransactionId(2)])),
        session_wh=draw(st.integers(0, 30_000)),
        session_s=draw(st.floats(0, 8000)),
        soc=draw(st.none() | st.floats(0, 100)),
        limits=draw(SESSION_LIMITS),
        goal=draw(st.builds(Goal, st.none() | st.integers(1, 30_000), ready_minute=st.none() | st.integers(0, 1439))),
        tag_limit_a=draw(MAYBE),
        phases_in_force=draw(st.sampled_from([None, 1, 2, 3])),
        since=draw(st.none() | st.just(at(0).utc)),
    )


@st.composite
def scenes(draw: st.DrawFn, site: SiteTerms, second: float) -> Scene:
    told = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        value = draw(st.booleans() if name in SWITCHES else POWERS)
        state = draw(st.sampled_from(InputState))
        charger = draw(st.sampled_from([None, "A"])) if name in SWITCHES else None
        fallback = draw(st.none() | st.just(0.0) | st.just(1.0))
        heard = None if state is InputState.UNKNOWN else value
        told.append(reading(name, heard, charger=charger, state=state, fallback=fallback, told_at_s=BEGIN_S + second))
    now = replace(at(second), clock=draw(st.sampled_from(Clock)))
    seen = {one.key: draw(views(one)) for one in site.outlets.values() if draw(st.integers(0, 9))}
    prices = draw(st.sampled_from([(), (PriceSlot(at(-3600).utc, at(7200).utc, 0.2),)]))
    return Scene(now, seen, readings(*told), prices, started_at_s=BEGIN_S)


@st.composite
def stories(draw: st.DrawFn) -> tuple[SiteTerms, list[tuple[SiteTerms, Scene]]]:
    first, second = draw(sites()), 0.0
    site, moments = first, []
    for _ in range(draw(st.integers(1, 6))):
        second += draw(st.sampled_from([0.0, 0.2, 5.0, 70.0, 700.0, 4000.0]))
        site = draw(sites()) if not draw(st.integers(0, 5)) else site
        moments.append((site, draw(scenes(site, second))))
    return first, moments


def holds(story: tuple[SiteTerms, list[tuple[SiteTerms, Scene]]]) -> None:
    """Each outlet has an answer, of currents that exist, and within its order; nothing that holds is told twice."""
    terms_, moments = story
    site = new(terms_)
    for now, seen in moments:
        if now != site.terms:
            site = reterm(site, now)
        before = site.given
        site, decision = advance(site, seen)
        assert not [grant for grant in decision.grants if is_same(grant, before.get(grant.outlet))]
        assert set(site.given) == set(now.outlets) & set(seen.outlets)
        assert set(decision.report.outlets) == set(site.given)
        for one, grant in site.given.items():
            lowest = lowest_a(grant.caps)
            assert lowest == 0.0 or lowest >= now.outlets[one].min_current_a
            assert all(cap.current_a == 0.0 or cap.current_a >= 6.0 for cap in grant.caps)
            assert grant.phases is None or 1 <= grant.phases <= now.outlets[one].phases
        within_orders(site, seen)


def within_orders(site, seen: Scene) -> None:
    """What is given under an order for the sum is never more than the order."""
    order = site.grid.orders.by_scope.get(None)
    if order is None or site.terms.grid_limit.per is not LimitPer.SUM:
        return
    total = 0.0
    for one, grant in site.given.items():
        own, view = site.terms.outlets[one], seen.outlets[one]
        phases = own.phases if view.phases_in_force is None else max(1, min(own.phases, view.phases_in_force))
        total += min(cap.current_a for cap in grant.caps if cap.kind is LimitReason.GRID_OPERATOR) * 230.0 * phases
    assert total <= order.limit_w + 1.0


@settings(deadline=None, max_examples=30)
@given(stories())
def test_whatever_is_seen_every_outlet_has_an_answer_that_a_pilot_can_say(story):
    holds(story)


@pytest.mark.long
@settings(deadline=None, max_examples=1000)
@given(stories())
def test_whatever_is_seen_every_outlet_has_an_answer_that_a_pilot_can_say_at_length(story):
    holds(story)


SKIES = st.lists(
    st.tuples(st.integers(5, 400), st.sampled_from([0, 800, 2000, 4000, 6500, 11_000])), min_size=3, max_size=20
)
DELAYS = st.builds(
    SurplusTerms,
    start_after_s=st.sampled_from([30.0, 60.0, 120.0]),
    stop_after_s=st.sampled_from([60.0, 180.0]),
    switch_phases_after_s=st.sampled_from([300.0, 600.0]),
)


def sky(plan):
    """Power of the house less that of the roof, by the second."""
    return [300.0 - power_w for lasts_s, power_w in plan for _ in range(lasts_s)]


def never_flaps(plan, delays: SurplusTerms, cars: int, *, switching: bool) -> None:
    """Nothing begins, stops or changes its phases sooner than the installer allows."""
    course = sky(plan)
    known = [outlet(name, can_switch_phases=switching) for name in "ABC"[:cars]]
    played = tuple(Played(one, meter_s=15.0 + 20 * place) for place, one in enumerate(known))
    site = PlayedSite(terms(*known, surplus=delays), played, lambda second: course[int(second) - 1])
    site.runs(len(course))
    for car in played:
        changes = [(at_s, current_a > 0.0, phases) for at_s, current_a, phases in car.changes]
        flips = [now for before, now in pairwise(changes) if before[1] != now[1]]
        for earlier, later in pairwise(flips):
            least_s = delays.stop_after_s if earlier[1] else delays.start_after_s
            assert later[0] - earlier[0] >= least_s
        switched = [now[0] for before, now in pairwise(changes) if before[2] != now[2]]
        assert all(later - earlier >= delays.switch_phases_after_s for earlier, later in pairwise(switched))


@settings(deadline=None, max_examples=6)
@given(SKIES, DELAYS, st.integers(1, 2), st.booleans())
def test_under_any_sky_nothing_flaps(plan, delays, cars, switching):
    never_flaps(plan, delays, cars, switching=switching)


@pytest.mark.long
@settings(deadline=None, max_examples=60)
@given(SKIES, DELAYS, st.integers(1, 3), st.booleans())
def test_under_any_sky_nothing_flaps_at_length(plan, delays, cars, switching):
    never_flaps(plan, delays, cars, switching=switching)


DEEDS = st.lists(
    st.tuples(st.integers(1, 120), st.integers(0, 2), st.sampled_from(["comes", "goes", "takes 8 A", "takes 16 A"])),
    max_size=12,
)


def keeps_the_order(limit_w: float, deeds, lags, per: LimitPer) -> None:
    """Some time after it came, whoever comes and goes, no more flows than was ordered."""
    known = [outlet(name) for name in "ABC"]
    played = tuple(
        Played(one, mode=ChargeMode.FAST, lag_s=lag_s, here=False, in_force_a=16.0)
        for one, lag_s in zip(known, lags, strict=True)
    )
    told = readings(reading("grid_limit", True))
    grid_limit = GridLimitTerms(power_w=limit_w, per=per)
    site = PlayedSite(
        terms(*known, grid_limit=grid_limit, load=LoadTerms(rotate_s=120.0)),
        played,
        inputs=lambda second: told if second >= 10 else {},
    )
    site.runs(10 + int(max(lags)) + 2)
    for wait_s, number, deed in deeds:
        match deed:
            case "comes" | "goes":
                played[number].here = deed == "comes"
            case _:
                played[number].takes_a = float(deed.split()[1])
        for _ in range(wait_s):
            site.runs(1)
            flows = [car.power_w for car in played]
            assert (sum(flows) if per is LimitPer.SUM else max(flows)) <= limit_w + 1.0


LIMITS = st.sampled_from([0.0, 4200.0, 5000.0, 8300.0, 9000.0, 14_000.0, 30_000.0])
LAGS = st.lists(st.sampled_from([0.0, 1.0, 5.0, 20.0]), min_size=3, max_size=3)


@settings(deadline=None, max_examples=15)
@given(LIMITS, DEEDS, LAGS, st.sampled_from(LimitPer))
def test_an_order_is_never_exceeded(limit_w, deeds, lags, per):
    keeps_the_order(limit_w, deeds, lags, per)


@pytest.mark.long
@settings(deadline=None, max_examples=300)
@given(LIMITS, DEEDS, LAGS, st.sampled_from(LimitPer))
def test_an_order_is_never_exceeded_at_length(limit_w, deeds, lags, per):
    keeps_the_order(limit_w, deeds, lags, per)
