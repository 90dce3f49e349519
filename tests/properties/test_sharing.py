"""Whatever hangs in whatever tree and whoever comes, goes, lags or falls silent: no fuse is promised to two."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.energy.fair import Claim, rise
from knx_ocpp_bridge.core.energy.sharing_state import SharingMemory
from knx_ocpp_bridge.core.energy.terms import Strategy
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.parking import Parking, circuit, key, outlet

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ROTATIONS = ["RST", "STR", "TRS", "RTS", "SRT", "TSR"]
NAMES = "ABCDEFGH"


@st.composite
def trees(draw, strategies=tuple(Strategy), *, metered=False):
    """Up to five circuits, parents before children."""
    count = draw(st.integers(1, 5))
    found = []
    one = draw(st.sampled_from(strategies))
    mixed = draw(st.booleans())
    for number in range(count):
        parent = "" if number == 0 else f"c{draw(st.integers(0, number - 1))}"
        found.append(
            circuit(
                f"c{number}",
                draw(st.sampled_from([10, 16, 20, 25, 32, 63])),
                parent,
                metered=metered and number == 0,
                power_w=draw(st.sampled_from([None, None, 7000, 15000])),
                unbalanced_a=draw(st.sampled_from([None, None, 20])),
                strategy=draw(st.sampled_from(strategies)) if mixed else one,
            )
        )
    return found


@st.composite
def parkings(draw, strategies=tuple(Strategy), *, metered=False):
    circuits = draw(trees(strategies, metered=metered))
    outlets = [
        outlet(
            name,
            draw(st.sampled_from(circuits)).name,
            phases=draw(st.sampled_from([1, 1, 3, 3, 2])),
            rotation=draw(st.sampled_from(ROTATIONS)),
            max_a=draw(st.sampled_from([10, 16, 32])),
            priority=draw(st.integers(1, 10)),
        )
        for name in NAMES[: draw(st.integers(1, len(NAMES)))]
    ]
    return Parking(circuits, outlets)


names = st.sampled_from(NAMES)
events = st.lists(
    st.one_of(
        st.tuples(st.just("plug"), names, st.sampled_from([None, 0.0, 4.0, 7.5, 16.0])),
        st.tuples(st.just("unplug"), names, st.none()),
        st.tuples(st.just("obey"), names, st.none()),
        st.tuples(st.just("all obey"), names, st.none()),
        st.tuples(st.just("offline"), names, st.none()),
        st.tuples(st.just("online"), names, st.none()),
        st.tuples(st.just("sleep"), names, st.none()),
        st.tuples(st.just("draw"), names, st.sampled_from([0.0, 1.0, 6.0, 9.9, 16.0])),
        st.tuples(st.just("allow"), names, st.sampled_from([0.0, 6.0, 8.0, 16.0])),
        st.tuples(st.just("wait"), names, st.sampled_from([1.0, 12.0, 31.0, 61.0, 301.0, 901.0])),
    ),
    max_size=40,
)


def happens(site, what, name, figure):
    """One event; of an outlet that there is not, none."""
    if what == "wait":
        site.now_s += figure
        return
    if what == "all obey":
        site.obey()
        return
    if key(name) not in site.views:
        return
    view = site.views[key(name)]
    match what:
        case "plug" if not view.charging and view.online:
            site.plug(name, takes_a=figure)
        case "unplug" if view.online:
            site.unplug(name)
        case "obey":
            site.obey(name)
        case "offline" | "online":
            site.set(name, online=what == "online")
        case "sleep" if view.charging:
            site.set(name, status=ConnectorStatus.SUSPENDED_EV, current_a=0.0, measured_at_s=site.now_s)
        case "draw" if view.charging:
            drawn_a = min(figure, view.promised_a)
            site.set(name, status=ConnectorStatus.CHARGING, current_a=drawn_a, measured_at_s=site.now_s)
        case "allow":
            site.ceilings[key(name)] = figure


def look(site):
    """The site is looked at; what is said is on its way, so that it may be drawn as well as what was said before."""
    ruling = site.look(0.5)
    for each, view in site.views.items():
        if view.charging and view.online:
            site.views[each] = replace(view, promised_a=max(view.promised_a, site.said[each].current_a))
    return ruling


def keeps_the_fuses(site):
    """The sum of all that may flow, on each phase of each circuit."""
    for name, terms in site.terms.circuits.items():
        for phase in range(3):
            assert site.promised(phase, name) <= terms.max_current_a[phase] + 0.01, (name, phase)


def keeps_the_law(site, ruling):
    assert set(site.said) == set(site.views)
    for each, cap in site.said.items():
        assert cap.current_a == 0 or 6 <= cap.current_a <= site.terms.outlets[each].max_current_a
        assert round(cap.current_a * 10, 6) == round(cap.current_a * 10)
    keeps_the_fuses(site)
    assert ruling.ruling.wake_at_s is None or ruling.ruling.wake_at_s > site.now_s


def live(site, story):
    keeps_the_law(site, look(site))
    for what, name, figure in story:
        happens(site, what, name, figure)
        keeps_the_law(site, look(site))


def settle(site):
    """Nothing happens any more, and all obey."""
    for after_s in (*[31.0] * 6, *[0.0] * 4):
        site.look(after_s)
        site.obey()


@given(parkings(), events)
@FEW
def test_no_fuse_is_promised_more_than_it_carries(site, story):
    live(site, story)


@pytest.mark.long
@given(parkings(), events)
@MANY
def test_no_fuse_is_ever_promised_more_than_it_carries(site, story):
    live(site, story)


def stays_as_it_is(site, story):
    live(site, story)
    for each in list(site.views):
        site.set(str(each[0]), online=True)
    settle(site)
    before = site.amperes()
    site.look()
    assert site.amperes() == before


@given(parkings(), events)
@FEW
def test_what_all_have_taken_on_stays_as_it_is(site, story):
    stays_as_it_is(site, story)


@pytest.mark.long
@given(parkings(), events)
@MANY
def test_what_all_have_taken_on_always_stays_as_it_is(site, story):
    stays_as_it_is(site, story)


def is_fair(site, story):
    """In a tree of one strategy: who has less than he wants shares a full bottleneck with nobody who has more."""
    live(site, story)
    for each in list(site.views):
        view = site.views[each]
        site.set(str(each[0]), online=True, current_a=None, status=ConnectorStatus.CHARGING)
        if not view.charging:
            site.unplug(str(each[0]))
    site.memory = SharingMemory()
    for each, view in site.views.items():
        site.views[each] = replace(view, in_force_a=0.0, promised_a=0.0)
    settle(site)


@st.composite
def claims(draw):
    rooms = draw(st.lists(st.integers(0, 60).map(float), min_size=1, max_size=6))
    found = []
    for _ in range(draw(st.integers(1, 8))):
        places = draw(st.sets(st.integers(0, len(rooms) - 1), min_size=1))
        loads = tuple((place, float(draw(st.integers(1, 3)))) for place in sorted(places))
        found.append(
            Claim(
                loads,
                float(draw(st.integers(0, 40))),
                floor_a=float(draw(st.sampled_from([0, 0, 0, 5, 20]))),
                weight=float(draw(st.integers(1, 10))),
            )
        )
    for claim in found:
        for place, load in claim.loads:
            rooms[place] -= claim.floor_a * load
    return found, rooms


def nobody_could_have_more(found, rooms):
    budgets = list(rooms)
    for claim in found:
        for place, load in claim.loads:
            budgets[place] += claim.floor_a * load
    rise(found, rooms)
    for place, budget_a in enumerate(budgets):
        taken_a = sum(load * claim.used_a for claim in found for where, load in claim.loads if where == place)
        floors_a = sum(load * claim.floor_a for claim in found for where, load in claim.loads if where == place)
        assert taken_a <= max(budget_a, floors_a) + 1e-3
        assert abs((budget_a - taken_a) - rooms[place]) < 1e-3
    for claim in found:
        if claim.base_a >= claim.top_a - 1e-6:
            continue
        assert claim.narrow is not None
        assert rooms[claim.narrow] <= 1e-3
        others = [other for other in found if any(place == claim.narrow for place, _ in other.loads)]
        assert all(
            other.base_a / other.weight <= claim.base_a / claim.weight + 1e-3 or other.base_a <= 1e-3
            for other in others
        )


@given(claims())
@settings(max_examples=100, deadline=None)
def test_nobody_could_have_more_without_taking_from_one_who_has_no_more(case):
    nobody_could_have_more(*case)


@pytest.mark.long
@given(claims())
@settings(max_examples=4000, deadline=None)
def test_nobody_could_ever_have_more_without_taking_from_one_who_has_no_more(case):
    nobody_could_have_more(*case)
