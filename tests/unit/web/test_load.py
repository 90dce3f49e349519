"""The page about the current of the site: circuits, who has what and why, plans, prices, the grid operator."""

from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control.protocol import Ended, Listing, Managed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web import load_parts, load_view
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.desk.arrives("GARAGE")
    return site


def outlet(**values: Any) -> dict[str, Any]:
    return {
        "charger": "GARAGE", "connector": 1, "online": True, "status": "Charging", "charging": True, "mode": "fast",
        "priority": 1, "phases": [1, 2, 3], "wants_a": 16.0, "granted_a": 10.0, "in_force_a": 10.0, "promised_a": 10.0,
        "fail_safe_a": 6.0, "leases": True, "disobeys": False, "current_a": 9.84, "currents_a": None, "power_w": 6900.0,
        "waiting": False, "full": False, "words": "", "binds": "circuit",
        "caps": [{"kind": "circuit", "current_a": 10.0, "words": "L1 of main"}],
    } | values  # fmt: skip


def circuit(name: str, parent: str = "", **values: Any) -> dict[str, Any]:
    return {
        "name": name, "parent": parent, "max_current_a": [32.0, 32.0, 25.0], "max_power_w": None, "peak_power_w": None,
        "unbalanced_current_a": None, "metered": True, "strategy": "equal", "limit_a": [22.0] * 3,
        "house_a": [10.0, 4.0, 30.0], "granted_a": [10.0, 10.0, 10.0], "drawn_a": [9.8, 9.8, 0.0],
        "free_a": [12.0, 18.0, 0.0], "words": "", "settling": False, "outlets": [],
    } | values  # fmt: skip


def plan(**values: Any) -> dict[str, Any]:
    return {
        "charger": "GARAGE", "connector": 1, "mode": "scheduled", "plugged": True, "session_wh": 0, "soc": None,
        "goal": {"energy_wh": 20_000, "soc": None, "ready_by": "07:00"}, "limits": None, "weekly": [], "full": False,
        "ready_by": "2026-11-22T06:00:00+00:00", "energy_wh": 12_345, "reachable": True, "cost": 3.21, "words": "",
        "next_start": "2026-11-22T01:00:00Z",
        "slots": [{"begins": "2026-11-22T01:00:00+00:00", "ends": "2026-11-22T03:00:00+00:00", "current_a": 16.0}],
    } | values  # fmt: skip


async def shown(site: Site, role: Role = Role.VIEWER, path: str = "/load", language: str = "en") -> str:
    async with site.visit(role, language=language) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


async def test_a_site_without_circuits_says_so(site):
    site.answers["circuits"] = Listing(())
    assert "There is no circuit in the configuration" in await shown(site)


async def test_a_circuit_stands_below_the_one_it_hangs_in_with_who_hangs_in_it(site):
    site.answers["circuits"] = Listing(
        (circuit("garage", "main", outlets=[outlet()]), circuit("main", strategy="strict"), circuit("shed", "main"))
    )
    page = await shown(site)
    assert page.index(">main</h2>") < page.index(">garage</h2>") < page.index(">shed</h2>")
    for text in ("Share of the circuit", "L1 of main", "9.8", "by priority, one after the other", "depth-1"):
        assert text in page


async def test_who_waits_is_offline_or_does_not_obey_is_told(site):
    outlets = [outlet(waiting=True, binds="waiting"), outlet(online=False), outlet(disobeys=True), outlet(full=True)]
    site.answers["circuits"] = Listing((circuit("main", outlets=outlets),))
    page = await shown(site, language="de")
    for text in ("Wartend", "Offline", "Gehorcht nicht", "Voll"):
        assert text in page


async def test_who_is_held_back_is_not_said_to_be_paused_by_the_charger(site):
    held = outlet(status="SuspendedEVSE", in_force_a=0.0, binds="surplus")
    site.answers["circuits"] = Listing((circuit("main", outlets=[held]),))
    page = await shown(site)
    assert '<span class="badge info">Waiting</span>' in page
    site.answers["circuits"] = Listing((circuit("main", outlets=[held | {"binds": None}]),))
    assert "Paused by the charger" in await shown(site)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (circuit("main", words="silent", house_a=None), "Der Zähler schweigt."),
        (circuit("main", words="over", drawn_a=[30.0] * 3), "Es fließt mehr, als die Sicherung tragen darf."),
        (circuit("main", words="peak", outlets=[outlet(binds="peak")]), "Die Viertelstundenspitze ist nahe"),
        (circuit("main", words="odd", outlets=[outlet(binds="unbalanced")]), "Die Phasen unterscheiden sich"),
    ],
    ids=lambda each: "",
)
async def test_what_troubles_a_circuit_is_told_in_the_visitors_language(site, row, told):
    site.answers["circuits"] = Listing((row,))
    page = await shown(site, language="de")
    assert told in page
    assert row["words"] in page


@pytest.mark.parametrize(("surplus_w", "told"), [(-17_500.0, "0.0"), (2344.0, "2.3")])
def test_at_night_there_is_nothing_to_spare(surplus_w, told):
    energy = {
        "settling": False, "waiting": 0, "price": None, "grid_limit_w": None, "grid_limit_confirmed": False,
        "surplus_w": surplus_w,
    }  # fmt: skip
    assert f"{load_parts.now(energy)['surplus_w'] / 1000:.1f}" == told


async def test_an_installer_is_led_to_where_circuits_are_set(site):
    assert "docs/load-management.md" in await shown(site, Role.INSTALLER)
    assert "docs/load-management.md" not in await shown(site, Role.OPERATOR)


async def test_a_circuit_of_which_nothing_is_decided_yet_has_no_numbers(site):
    unknown = dict.fromkeys(("limit_a", "house_a", "granted_a", "drawn_a", "free_a"))
    site.answers["circuits"] = Listing((circuit("main", **unknown),))
    assert '<td class="number">–</td>' in await shown(site)


async def test_a_plan_has_its_goal_its_time_and_what_it_costs(site):
    site.answers["plans"] = Listing((plan(), plan(reachable=False)))
    page = await shown(site)
    for text in ("20.0 kWh", "by 07:00", "12.3", "22 Nov 2026", "about 3.21", "too late"):
        assert text in page


async def test_prices_and_plans_share_a_chart_and_the_prices_stand_in_a_table(site):
    begins, ends = "2026-11-22T01:00:00+00:00", "2026-11-22T02:00:00+00:00"
    site.answers["prices"] = Listing(({"begins": begins, "ends": ends, "price": 0.2345},))
    site.answers["plans"] = Listing((plan(),))
    page = await shown(site)
    assert "0.2345" in page
    assert "data-chart=" in page


def test_a_chart_has_a_step_wherever_something_changes():
    drawn = load_view.chart(
        [{"begins": "2026-11-22T00:00:00Z", "ends": "2026-11-22T02:00:00Z", "price": 0.3}],
        [{"name": "Garage", "slots": plan()["slots"]}],
        {"price": "Price", "unit": "per kWh", "axis": "Time"},
        "UTC",
    )
    assert drawn is not None
    assert [at - drawn["x"][0] for at in drawn["x"]] == [0, 3600, 7200, 10_800]
    assert [each["values"] for each in drawn["series"]] == [[0.3, 0.3, None, None], [0.0, 16.0, 16.0, 0.0]]


WORDS = {
    "charging": "Charge points", "allowed": "Allowed", "grid": "Grid", "surplus": "Sun", "price": "Price",
    "unit": "per kWh", "axis": "Time",
}  # fmt: skip


def test_the_last_day_has_a_line_for_all_that_was_known_and_a_gap_where_nothing_was():
    point = {"charging_w": 7000, "allowed_w": 11_000, "grid_w": None, "surplus_w": None, "price": 0.3}
    drawn = load_view.past([{"at": 0, **point}, {"at": 60}, {"at": 5000, **point}], WORDS, "UTC")
    assert drawn is not None
    assert {each["label"]: each["values"] for each in drawn["series"]} == {
        "Charge points": [7.0, None, 7.0],
        "Allowed": [11.0, None, 11.0],
        "Price": [0.3, None, 0.3],
    }
    assert load_view.past([{"at": 0, **point}], WORDS, "UTC") is None


def test_the_last_price_is_drawn_to_its_end():
    stretch = {"begins": "2026-11-22T00:00:00Z", "ends": "2026-11-22T02:00:00Z", "price": 0.3}
    drawn = load_view.chart([stretch], [], WORDS, "UTC")
    assert drawn is not None
    assert drawn["series"][0]["values"] == [0.3, 0.3]


def test_nothing_known_draws_nothing():
    assert load_view.chart([], [], {"price": "", "unit": "", "axis": ""}, "UTC") is None


async def test_the_grid_operators_log_is_on_the_page_and_in_a_file_that_calculates_nothing(site):
    row = {
        "number": 1, "at": "2026-11-22T01:00:00+00:00", "clock": "sane", "what": "ordered", "charger": "GARAGE",
        "connector": 1, "limit_w": 4200.0, "detail": "=1+1;x",
    }  # fmt: skip
    site.answers["grid_log"] = Listing((row,))
    assert "ordered" in await shown(site)
    asked = iter((Listing((row,), 1), Listing((), 1)))
    site.answers.pop("grid_log")
    original = site.ask

    async def ask(request, caller):
        return next(asked) if getattr(request, "topic", "") == "grid_log" else await original(request, caller)

    site.ask = ask
    async with site.visit(Role.VIEWER) as browser:
        answer = await browser.get("/load/grid-operator.csv")
    assert answer.text.splitlines()[1] == '1;2026-11-22T01:00:00+00:00;sane;ordered;GARAGE;1;4200.0;"\'=1+1;x"'


async def test_hostile_names_are_text(site):
    site.answers["circuits"] = Listing((circuit(HOSTILE, words=HOSTILE, outlets=[outlet(words=HOSTILE)]),))
    site.answers["plans"] = Listing((plan(words=HOSTILE),))
    assert HOSTILE not in await shown(site)


@pytest.mark.parametrize(
    ("path", "form", "options"),
    [
        ("plan", {"energy": "20,5", "by": "07:00"}, {"connector": 1, "energy_wh": 20_500, "by": "07:00"}),
        ("plan", {"soc": "80", "energy": ""}, {"connector": 1, "soc": 80}),
        ("plan", {"off": "1", "energy": "3"}, {"connector": 1, "off": True}),
        ("session-limit", {"minutes": "90"}, {"connector": 1, "energy_wh": 0, "minutes": 90, "soc": 0}),
        ("session-limit", {"off": "1"}, {"connector": 1, "off": True}),
    ],
)
async def test_a_goal_and_a_limit_of_a_session_are_asked_for(site, path, form, options):
    site.answers["plan"] = site.answers["session_limit"] = Managed(done=True, messages=("told",))
    async with site.visit(Role.OPERATOR) as browser:
        answer = await browser.post(f"/outlets/GARAGE/1/{path}", data=form)
    assert answer.status_code == 303
    assert dict(site.asked[-1].options) == options


async def test_what_is_no_number_is_told_and_nothing_is_asked(site):
    async with site.visit(Role.OPERATOR) as browser:
        answer = await browser.post("/outlets/GARAGE/1/plan", data={"energy": "much"})
        page = (await browser.get(answer.headers["location"])).text
    assert "much is no number." in page
    assert not any(getattr(each, "act", "") == "plan" for each in site.asked)


async def test_a_charge_mode_is_commanded(site):
    site.answers["charge_mode"] = Ended(CommandResult.ACCEPTED, "")
    async with site.visit(Role.OPERATOR) as browser:
        answer = await browser.post("/outlets/GARAGE/1", data={"charge_mode": "3"})
    assert answer.status_code == 303
    assert [(each.key, each.value) for each in site.asked if hasattr(each, "key")] == [("charge_mode", 3.0)]
