"""Whatever hangs in whatever tree and whoever comes, goes, lags or falls silent: no fuse is promised to two."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.energy.fair import Claim, rise
from knx_ocpp_bridge.core.energy.terms import Strategy
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.parking import Parking, circuit, key, outlet

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ROTATIONS = ["RST", "STR", "TRS", "RTS", "SRT", "TSR"]
NAMES = "ABCDEFGH"


@st.composite
def trees(draw, strategies=tuple(Strategy), *, plain=False):
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
                power_w=None if plain else draw(st.sampled_from([None, None, 7000, 15000])),
                unbalanced_a=None if plain else draw(st.sampled_from([None, None, 20])),
                strategy=draw(st.sampled_from(strategies)) if mixed else one,
            )
        )
    return found


@st.composite
def parkings(draw, strategies=tuple(Strategy), *, plain=False):
    circuits = draw(trees(strategies, plain=plain))
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


@st.composite
def full_houses(draw, strategies=tuple(Strategy), *, plain=False):
    """A car at every outlet."""
    site = draw(parkings(strategies, plain=plain))
    return charging(site)


def charging(site):
    site.look()
    site.plug(*(str(each[0]) for each in site.views))
    settle(site)
    return site


def again(site, circuits=None, outlets=None):
    """The same day with other circuits, or in another order."""
    return charging(Parking(list(circuits or site.circuits), list(outlets or site.outlets)))


def nobody_is_passed_over(site):
    """Who has less than it may take goes through something that is used up, and nobody there has more, but who has
    no more than the least that there is.
    """
    said = {each: site.said[each].current_a for each in site.views}
    for each, has_a in said.items():
        terms = site.terms.outlets[each]
        if 6 <= has_a < terms.max_current_a:
            used_up = [
                (name, phase)
                for name in chain(site, terms.circuit)
                for phase in lines(terms)
                if site.promised(phase, name) > site.terms.circuits[name].max_current_a[phase] - 1.0
            ]
            assert any(all(said[other] <= has_a + 1.0 for other in through(site, *place)) for place in used_up), each


def through(site, name, phase):
    return [
        other
        for other, terms in site.terms.outlets.items()
        if phase in lines(terms) and name in chain(site, terms.circuit)
    ]


def lines(terms):
    return ["RST".index(letter) for letter in terms.rotation[: terms.phases]]


def chain(site, name):
    while name:
        yield name
        name = site.terms.circuits[name].parent


@given(full_houses([Strategy.EQUAL], plain=True))
@FEW
def test_nobody_has_more_at_the_cost_of_one_who_has_less(site):
    nobody_is_passed_over(site)


@pytest.mark.long
@given(full_houses([Strategy.EQUAL], plain=True))
@MANY
def test_nobody_ever_has_more_at_the_cost_of_one_who_has_less(site):
    nobody_is_passed_over(site)


@given(full_houses(), st.randoms(use_true_random=False))
@FEW
def test_the_order_of_the_configuration_is_no_matter(site, random):
    roots = [each for each in site.circuits if not each.parent]
    others = [each for each in site.circuits if each.parent]
    outlets = list(site.outlets)
    random.shuffle(outlets)
    assert again(site, [*roots, *others], outlets).amperes() == site.amperes()


@given(
    st.lists(st.tuples(st.sampled_from([10.0, 16.0, 32.0]), st.integers(6, 8)), min_size=1, max_size=6),
    st.integers(5, 60),
    st.sampled_from([Strategy.EQUAL, Strategy.FIRST_COME]),
)
@settings(FEW, max_examples=30)
def test_a_greater_fuse_gives_all_together_no_less(wants, fuse_a, strategy):
    def all_together(current_a):
        outlets = [
            outlet(NAMES[number], "main", max_a=max_a, min_a=min_a) for number, (max_a, min_a) in enumerate(wants)
        ]
        return sum(charging(Parking([circuit("main", current_a, strategy=strategy)], outlets)).amperes().values())

    assert all_together(fuse_a + 1) >= all_together(fuse_a) - 0.1 * len(wants)


@given(parkings([Strategy.EQUAL, Strategy.PRIORITY]))
@settings(FEW, max_examples=5)
def test_nobody_who_could_charge_alone_waits_for_ever(site):
    charging(site)
    alone = {
        each: charging(Parking(list(site.circuits), [site.terms.outlets[each]])).said[each].current_a
        for each in site.views
    }
    had = dict.fromkeys(site.views, 0)
    for _ in range(len(site.views) * 12 * 12):
        site.look(95.0)
        site.obey()
        for each, cap in site.said.items():
            had[each] += cap.current_a > 0
    assert all(had[each] for each, could_a in alone.items() if could_a)


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
