"""All rules together: what outlets are told, when, and what is shown."""

from dataclasses import replace

from knx_ocpp_bridge.core.energy.manager import advance, new, reterm
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow
from knx_ocpp_bridge.core.energy.scene import Evidence
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, GridLimitTerms, LimitPer, SessionLimits
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import Clock
from tests.kit.scenes import NOON, at, key, outlet, reading, readings, scene, terms, view

A, B = key("A"), key("B")
SITE = terms(outlet("A"), outlet("B"))
CLOSED = readings(reading("grid_limit", True))
ENOUGH = SessionLimits(energy_wh=0)


def held(charger):
    return readings(reading("release", False, charger=charger))


def told(decision):
    return {grant.outlet: {cap.kind: cap.current_a for cap in grant.caps} for grant in decision.grants}


def test_every_outlet_is_told_once_that_nothing_limits_it():
    site, first = advance(new(SITE), scene(0, view(A), view(B)))
    _, second = advance(site, scene(1, view(A), view(B)))
    assert told(first) == {A: {}, B: {}}
    assert not second.grants


def test_only_news_is_told():
    site, _ = advance(new(SITE), scene(0, view(A), view(B)))
    site, changed = advance(site, scene(1, view(A), view(B), told=held("A")))
    _, same = advance(site, scene(2, view(A), view(B), told=held("A")))
    assert told(changed) == {A: {LimitReason.NOT_RELEASED: 0.0}}
    assert not same.grants


def test_other_words_alone_are_no_news():
    sunny = [view(A, mode=ChargeMode.SURPLUS, in_force_a=0.0, charging=False)]
    site = new(terms(outlet("A")))
    grants = 0
    for second in range(120):
        feeds_in = readings(reading("grid_power", -100.0 * second, told_at_s=1000.0 + second))
        site, decision = advance(site, scene(second, *sunny, told=feeds_in))
        grants += len(decision.grants)
    assert grants == 1


def test_reductions_come_first():
    site, _ = advance(new(SITE), scene(0, view(A), view(B), told=held("A")))
    _, decision = advance(site, scene(1, view(A), view(B), told=held("B")))
    assert [grant.outlet for grant in decision.grants] == [B, A]


def test_an_order_of_the_grid_operator_is_urgent_and_its_end_is_not():
    site, _ = advance(new(SITE), scene(0, view(A), view(B)))
    site, ordered = advance(site, scene(1, view(A), view(B), told=CLOSED))
    _, over = advance(site, scene(2, view(A), view(B), told=readings(reading("grid_limit", False))))
    assert [grant.urgent for grant in ordered.grants] == [True, True]
    assert [grant.urgent for grant in over.grants] == [False, False]


def test_a_session_that_has_had_enough_is_not_urgent():
    site, _ = advance(new(SITE), scene(0, view(A), view(B)))
    _, decision = advance(site, scene(1, view(A, limits=ENOUGH), view(B)))
    assert [grant.urgent for grant in decision.grants] == [False]


def test_the_current_of_a_card_is_kept_to_by_its_charger_and_what_is_left_goes_to_the_others():
    site = terms(outlet("A"), outlet("B"), grid_limit=GridLimitTerms(power_w=14_000.0, per=LimitPer.SUM))
    _, decision = advance(new(site), scene(0, view(A, tag_limit_a=8.0), view(B), told=CLOSED))
    assert told(decision) == {A: {LimitReason.GRID_OPERATOR: 8.0}, B: {LimitReason.GRID_OPERATOR: 12.2}}


def test_all_limits_are_told_with_the_time_since_which_they_hold():
    limited = [view(A, limits=ENOUGH), view(B)]
    site, _ = advance(new(SITE), scene(0, *limited))
    _, decision = advance(site, scene(60, *limited, told=CLOSED))
    caps = {cap.kind: cap for grant in decision.grants if grant.outlet == A for cap in grant.caps}
    assert caps[LimitReason.SESSION_LIMIT].since == NOON
    assert caps[LimitReason.GRID_OPERATOR].since == at(60).utc


def test_before_the_time_is_known_nobody_says_since_when():
    seen = scene(0, view(A, limits=ENOUGH), view(B))
    _, decision = advance(new(SITE), replace(seen, now=replace(seen.now, clock=Clock.WAITING)))
    assert decision.grants[0].caps[0].since is None


def test_an_order_for_the_sum_goes_to_the_car_that_may_charge():
    site = terms(outlet("A"), outlet("B"), grid_limit=GridLimitTerms(power_w=5000.0, per=LimitPer.SUM))
    cars = [view(A), view(B)]
    _, decision = advance(new(site), scene(0, *cars, told=CLOSED | held("A")))
    assert told(decision)[A][LimitReason.NOT_RELEASED] == 0.0
    assert told(decision)[B][LimitReason.GRID_OPERATOR] == 7.2


def test_an_open_order_of_the_log_holds_from_the_first_moment():
    never = readings(reading("grid_limit", None, state=InputState.UNKNOWN))
    rows = [EvidenceRow(Evidence.ORDERED, None, 4200.0, "grid_limit")]
    _, decision = advance(new(SITE, rows), scene(0, view(A), view(B), told=never))
    assert told(decision)[A] == {LimitReason.GRID_OPERATOR: 6.0}
    assert decision.report.grid_limit_w == 4200.0
    assert not decision.report.grid_limit_confirmed


def test_the_report_tells_what_each_outlet_has_and_why():
    site = terms(outlet("A", session_limits=SessionLimits(energy_wh=5000)), outlet("B"))
    _, decision = advance(new(site), scene(0, view(A, session_wh=5000), view(B)))
    reports = decision.report.outlets
    assert (reports[A].granted_a, reports[B].granted_a) == (0.0, 16.0)
    assert "5 kWh" in reports[A].words


def test_who_waits_under_an_order_and_who_is_full_is_shown():
    site = new(terms(outlet("A"), outlet("B"), grid_limit=GridLimitTerms(power_w=5000.0, per=LimitPer.SUM)))
    idle = view(A, current_a=0.0, status=ConnectorStatus.SUSPENDED_EV, session_wh=9000)
    for seconds in (0, 600):
        site, _ = advance(site, scene(seconds, idle, view(B)))
    _, decision = advance(site, scene(601, idle, view(B), told=CLOSED))
    assert decision.report.outlets[A].full
    site, decision = advance(new(site.terms), scene(0, view(A), view(B), told=CLOSED))
    assert [decision.report.outlets[one].waiting for one in (A, B)] == [False, True]


def test_a_configuration_that_is_read_again_forgets_nothing_of_what_stays():
    site, _ = advance(new(SITE), scene(0, view(A), view(B), told=CLOSED))
    site = reterm(site, terms(outlet("A")))
    _, decision = advance(site, scene(1, view(A), view(B), told=CLOSED))
    assert not decision.grants
    assert not decision.evidence


def test_an_outlet_that_is_new_is_told_at_once():
    site, _ = advance(new(terms(outlet("A"))), scene(0, view(A)))
    _, decision = advance(reterm(site, SITE), scene(1, view(A), view(B)))
    assert told(decision) == {B: {}}


def test_outlets_in_a_circuit_are_limited_by_it_and_by_the_rest():
    main = {"main": CircuitTerms("main", (16.0, 16.0, 16.0))}
    garage = [outlet(name, circuit="main", fail_safe_current_a=6.0) for name in "AB"]
    site = new(terms(*garage, circuits=main))
    cars = [view(one, in_force_a=6.0, promised_a=6.0, resting_a=6.0, leases=True) for one in (A, B)]
    for seconds in range(0, 600, 5):
        site, decision = advance(site, scene(seconds, *cars))
    assert sum(report.granted_a for report in decision.report.outlets.values()) <= 16.0
    assert {cap.kind for grant in site.given.values() for cap in grant.caps} <= {
        LimitReason.CIRCUIT,
        LimitReason.WAITING,
    }


def test_an_outlet_that_is_seen_but_not_configured_is_left_alone():
    _, decision = advance(new(terms(outlet("A"))), scene(0, view(A), view(B)))
    assert told(decision) == {A: {}}


def test_an_overload_and_an_order_that_is_not_kept_to_do_not_end_each_others_alarm():
    main = {"main": CircuitTerms("main", (32.0, 32.0, 32.0), metered=True)}
    site, alarms = new(terms(outlet("A", circuit="main"), circuits=main)), set()
    for seconds in range(0, 400, 5):
        over = [reading(f"grid_current_l{phase}", 40.0, told_at_s=1000.0 + seconds) for phase in (1, 2, 3)]
        order = reading("grid_limit", seconds < 200)
        site, decision = advance(site, scene(seconds, view(A), told=readings(*over, order)))
        for note in (note for note in decision.notes if note.alarm):
            (alarms.discard if note.over else alarms.add)(note.outlet)
        if seconds == 150:
            assert alarms == {None, A}
    assert alarms == {None}
