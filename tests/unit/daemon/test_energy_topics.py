"""What can be looked at of the energy of a site, and said about that of one connector."""

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import (
    CircuitReport,
    EvidenceRow,
    Grant,
    OutletReport,
    PlanReport,
    SiteReport,
)
from knx_ocpp_bridge.core.energy.scene import Evidence, Goal, OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import (
    CircuitTerms,
    OutletTerms,
    SiteTerms,
    Strategy,
    TariffTerms,
    TariffZone,
    WeekPlan,
)
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.daemon.energy import rows
from tests.kit.front_desk import FrontDesk

GARAGE = (ChargerId("GARAGE"), ConnectorId(1))
EVERY_DAY = frozenset(range(7))
TERMS = SiteTerms(
    circuits={
        "main": CircuitTerms("main", (32.0, 32.0, 25.0), metered=True),
        "garage": CircuitTerms("garage", (20.0,) * 3, parent="main", strategy=Strategy.PRIORITY),
    },
    outlets={GARAGE: OutletTerms(GARAGE, "garage", plans=(WeekPlan(EVERY_DAY, time(7), energy_wh=20000),))},
    tariff=TariffTerms(0.31, (TariffZone(EVERY_DAY, time(22), time(6), 0.22),)),
)
VIEW = OutletView(
    GARAGE, online=True, status=ConnectorStatus.CHARGING, plugged=True, charging=True, mode=ChargeMode.SCHEDULED,
    base_a=16.0, in_force_a=10.0, promised_a=10.0, resting_a=6.0, leases=True, can_limit=True, disobeys=False,
    current_a=9.83333, currents_a=(9.83333, None, None), goal=Goal(20000, ready_minute=420), session_wh=7600,
)  # fmt: skip
CAPS = (
    Cap(LimitReason.CIRCUIT, 10.0, words="garage, L1"),
    Cap(LimitReason.SCHEDULE, 16.0),
    Cap(LimitReason.GRID_OPERATOR, 18.2, datetime(2026, 11, 21, 11, tzinfo=UTC), lasting=True),
)
REPORT = SiteReport(
    circuits=(CircuitReport("main", (32.0, 32.0, 25.0), (3.04, 4.0, 0.0), (10.0,) * 3, (9.83, 0.0, 0.0), (18.9,) * 3),),
    outlets={GARAGE: OutletReport(GARAGE, 10.0, waiting=False, words="garage, L1", phases=(2, 3, 1))},
    plans={
        GARAGE: PlanReport(
            GARAGE,
            (("2026-11-21T23:00:00+00:00", "2026-11-22T01:00:00+00:00", 16.0),),
            "2026-11-22T06:00:00+00:00",
            12400,
            reachable=True,
            cost=2.72801,
        )
    },
    surplus_w=1234.5,
    price=0.31,
    grid_limit_w=4200.0,
    grid_limit_confirmed=False,
)


@pytest.fixture
def desk(tmp_path):
    one = FrontDesk(tmp_path)
    one.energy.configure(replace(one.loaded, site_terms=TERMS))
    return one


@pytest.fixture
def driven(desk):
    """Everything is known, and was decided about."""
    scene = Scene(desk.moment(), {GARAGE: VIEW})
    desk.energy.driver = SimpleNamespace(scene=scene, report=REPORT, grants={GARAGE: Grant(GARAGE, CAPS)})
    return desk


def test_before_anything_is_decided_the_circuits_stand_there_without_figures(desk):
    main, garage = desk.shows("circuits").rows
    assert (main["name"], main["parent"], main["max_current_a"], main["metered"]) == ("main", "", [32, 32, 25], True)
    assert (garage["strategy"], garage["free_a"], garage["outlets"]) == ("priority", None, [])


def test_each_circuit_shows_its_phases_and_each_outlet_what_binds_it(driven):
    main, garage = driven.shows("circuits").rows
    assert (main["house_a"], main["free_a"], main["outlets"]) == ([3.0, 4.0, 0.0], [18.9] * 3, [])
    (outlet,) = garage["outlets"]
    assert (outlet["charger"], outlet["connector"], outlet["status"]) == ("GARAGE", 1, "Charging")
    assert (outlet["binds"], outlet["words"], outlet["phases"]) == ("circuit", "garage, L1", [2, 3, 1])
    assert outlet["why"] == "circuit garage, L1"
    assert (outlet["wants_a"], outlet["granted_a"], outlet["current_a"]) == (16.0, 10.0, 9.83)
    assert [cap["kind"] for cap in outlet["caps"]] == ["circuit", "schedule", "grid_operator"]


def test_a_limit_that_is_not_below_what_the_owner_allows_binds_nobody(driven):
    driven.energy.driver.grants = {GARAGE: Grant(GARAGE, CAPS[1:])}
    assert driven.shows("circuits").rows[1]["outlets"][0]["binds"] is None


def test_a_plan_shows_what_is_wanted_what_is_left_and_when_it_goes_on(driven):
    (row,) = driven.shows("plans").rows
    assert row["goal"] == {"energy_wh": 20000, "soc": None, "ready_by": "07:00"}
    assert (row["energy_wh"], row["reachable"], row["cost"], row["limits"]) == (12400, True, 2.728, None)
    assert row["next_start"] == "2026-11-21T23:00:00Z"
    assert row["slots"] == [
        {"begins": "2026-11-21T23:00:00+00:00", "ends": "2026-11-22T01:00:00+00:00", "current_a": 16.0}
    ]
    assert row["weekly"] == [{"days": [0, 1, 2, 3, 4, 5, 6], "ready_by": "07:00", "energy_wh": 20000, "soc": None}]
    assert driven.shows("plans", "GARAGE").rows == (row,)
    with pytest.raises(AskError, match="no charger"):
        driven.shows("plans", "NOBODY")


def test_prices_are_those_of_the_week_until_others_are_told(desk):
    now = desk.moment().utc  # 12:00 UTC
    prices = [(row["begins"][11:16], row["price"]) for row in desk.shows("prices", hours=24).rows]
    assert prices == [("12:00", 0.31), ("22:00", 0.22), ("06:00", 0.31)]
    desk.energy.priced((PriceSlot(now, now + timedelta(hours=1), 0.1),))
    first, *_ = desk.shows("prices", hours=2).rows
    assert (first["price"], first["ends"]) == (0.1, "2026-11-21T13:00:00+00:00")
    desk.energy.configure(replace(desk.loaded, site_terms=SiteTerms()))
    desk.energy.priced(())
    assert desk.shows("prices").rows == ()


def test_an_order_of_the_grid_operator_is_shown_with_each_outlet_that_it_limits(driven):
    driven.energy.means.evidence.add([EvidenceRow(Evidence.ORDERED, None, 4200.0, "contact 1")], driven.moment())
    (row,) = driven.shows("grid_limit").rows
    assert (row["active"], row["limit_w"], row["confirmed"], row["per"]) == (True, 4200.0, False, "charger")
    assert row["outlets"] == [
        {
            "charger": "GARAGE", "connector": 1, "limit_a": 18.2, "in_force_a": 10.0, "promised_a": 10.0,
            "current_a": 9.83, "online": True, "since": "2026-11-21T11:00:00Z", "words": "",
        }
    ]  # fmt: skip
    assert [(each["limit_w"], each["detail"]) for each in row["orders"]] == [(4200.0, "contact 1")]


def test_the_log_of_orders_goes_on_where_it_was_left_and_takes_a_span(desk):
    evidence = desk.energy.means.evidence
    evidence.add([EvidenceRow(Evidence.ORDERED, None, 4200.0)], desk.moment())
    desk.now_s += 3600
    evidence.add([EvidenceRow(Evidence.CONFIRMED, GARAGE, 4200.0, "6 A flow")], desk.moment())
    first = desk.shows("grid_log", limit=1)
    assert (first.next, first.rows[0]["what"], first.rows[0]["connector"]) == (1, "ordered", None)
    (second,) = desk.shows("grid_log", after=first.next).rows
    assert (second["charger"], second["connector"], second["detail"], second["clock"]) == (
        "GARAGE", 1, "6 A flow", "sane",
    )  # fmt: skip
    assert [row["number"] for row in desk.shows("grid_log", since="2026-11-21T13:30:00+01:00").rows] == [2]
    with pytest.raises(AskError, match="since is not before until"):
        desk.shows("grid_log", since="2026-11-21T13:00:00Z", until="2026-11-21T13:00:00Z")


def test_the_sun_shows_what_is_left_and_who_charges_by_it(driven):
    (row,) = driven.shows("surplus").rows
    assert (row["surplus_w"], row["grid_power"], row["outlets"]) == (1234.5, None, [])
    view = replace(VIEW, mode=ChargeMode.MINIMUM_AND_SURPLUS)
    driven.energy.driver.scene = Scene(driven.moment(), {GARAGE: view})
    (row,) = driven.shows("surplus").rows
    assert [each["charger"] for each in row["outlets"]] == ["GARAGE"]


def test_whoever_watches_sees_the_site_at_a_glance(driven, tmp_path):
    site = rows.site(driven.energy)
    assert site is not None
    assert (site["waiting"], site["grid_limit_w"], site["price"], site["settling"]) == (0, 4200.0, 0.31, False)
    assert site["circuits"][0]["drawn_a"] == [9.8, 0.0, 0.0]
    driven.energy.driver = None
    assert rows.site(driven.energy) is None


def wishes(desk):
    return desk.roster.charger(ChargerId("GARAGE")).connectors[ConnectorId(1)].wishes


async def test_so_much_by_a_time_of_day_is_wanted_and_taken_back(desk):
    done = await desk.does("plan", "GARAGE", energy_wh=20000, by="7:05", scheduled=False)
    assert done.done, done.messages
    assert done.messages == ("GARAGE: 20 kWh by 07:05, for the next session; it is planned within a minute",)
    assert (wishes(desk).goal_wh, wishes(desk).goal_soc, wishes(desk).goal_minute) == (20000, None, 425)
    done = await desk.does("plan", "GARAGE", soc=80, scheduled=False)
    assert done.done, done.messages
    assert (wishes(desk).goal_wh, wishes(desk).goal_soc, wishes(desk).goal_minute) == (None, 80, None)
    done = await desk.does("plan", "GARAGE", off=True)
    assert (done.done, done.messages) == (True, ("GARAGE: nothing is wanted any more",))
    assert (wishes(desk).goal_wh, wishes(desk).goal_soc, wishes(desk).goal_minute) == (None, None, None)


async def test_whoever_asks_for_a_plan_is_answered_when_it_is_made_and_told_if_it_is_too_late(desk):
    seen = []
    missed = PlanReport(GARAGE, (), "", 20000, reachable=False, words="cannot be done by 07:00: charged at once")
    report = SiteReport(plans={GARAGE: missed})
    desk.energy.driver = SimpleNamespace(
        changed=seen.append, look=lambda: seen.append(wishes(desk).goal_wh), report=report
    )
    done = await desk.does("plan", "GARAGE", energy_wh=20000, by="07:00", scheduled=False)
    assert seen == ["GARAGE", 20000]
    told = "GARAGE: 20 kWh by 07:00, for the next session; cannot be done by 07:00: charged at once"
    assert done.messages == (told,)
    again = await desk.does("plan", "GARAGE", energy_wh=20000, by="07:00", scheduled=False)
    assert (again.done, again.messages) == (True, (told,))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "say what is wanted"),
        ({"off": True, "soc": 80}, "say what is wanted"),
        ({"energy_wh": 1000, "soc": 80}, "either energy_wh or soc"),
        ({"energy_wh": 1000, "by": "25:00"}, "'25:00' is no time of day"),
    ],
)
async def test_half_a_plan_is_refused_in_words(desk, options, why):
    with pytest.raises(AskError, match=why):
        await desk.does("plan", "GARAGE", **options)


async def test_limits_of_a_session_are_set_one_by_one_and_taken_back_together(desk):
    assert (await desk.does("session_limit", "GARAGE", energy_wh=10000, minutes=90)).done
    done = await desk.does("session_limit", "GARAGE", cost="7,50", minutes=0)
    assert done.messages == ("GARAGE: pauses after 10 kWh or a cost of 7.50, in the next session",)
    assert (wishes(desk).session_limit_wh, wishes(desk).session_limit_s, wishes(desk).session_limit_cost) == (
        10000, None, 7.5,
    )  # fmt: skip
    done = await desk.does("session_limit", "GARAGE", off=True)
    assert (done.done, done.messages) == (True, ("GARAGE: the session has no limit any more",))
    assert (wishes(desk).session_limit_wh, wishes(desk).session_limit_cost) == (None, None)
    with pytest.raises(AskError, match="no amount of money"):
        await desk.does("session_limit", "GARAGE", cost="much")
    with pytest.raises(AskError, match="say a limit"):
        await desk.does("session_limit", "GARAGE")


async def test_what_the_connector_refuses_is_said_and_ends_it(desk):
    done = await desk.does("session_limit", "GARAGE", connector=9, soc=80)
    assert (done.done, done.because) == (False, CommandResult.REJECTED)
