"""The current of the site in a real browser: modes, plans, circuits and the grid operator."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, expect

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel

LEFT, RIGHT, LONE = (Outlet(main) for main in range(1, 4))
PLAN = Plan(reboot_s=0.3, time_lapse=20.0, car_max_a=16.0)
GRID_LIMIT = "30/1/1"
HOUSE = House(
    (
        charger("LEFT", connector(LEFT, "waiting", circuit="garage", fail_safe_current=6), name="Garage left"),
        charger("RIGHT", connector(RIGHT, "waiting", circuit="garage", fail_safe_current=6), name="Garage right"),
        charger("LONE", connector(LONE, "charge_mode"), name="Yard"),
    ),
    web={"anonymous": "operate"},
    more={
        "circuits": [{"name": "main", "max_current": 32}, {"name": "garage", "parent": "main", "max_current": 20}],
        "load": {"raise_after": 1},
        "tariff": {"price": 0.34, "zones": [{"days": ["mon", "sun"], "from": "22:00", "to": "06:00", "price": 0.24}]},
        "group_objects": {
            "chargers_online": {"state_address": "31/0/1"},
            "grid_limit": {"address": GRID_LIMIT, "read_on_init": False},
        },
    },
)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True)).first


async def test_two_cars_share_a_circuit_and_the_page_says_who_has_what(
    browser: Browser, bridge: BridgeProcess, panel: Panel, arrive: Arrive
):
    boxes = [await arrive(name, outlet, plan=PLAN, strict=False) for name, outlet in (("LEFT", LEFT), ("RIGHT", RIGHT))]
    page = await browser.page(f"{bridge.web_url}/load", view=DESKTOP)
    for box in boxes:
        await box.plug()
        await box.card("CARD")
        await box.charges()
    for name in ("Garage left", "Garage right"):
        await expect(row(page, name)).to_contain_text("Share of the circuit", timeout=20_000)
        await expect(row(page, name)).to_contain_text("10", timeout=20_000)
    await screenshot(page, "load")
    assert await axe(page) == []
    await panel.write(GRID_LIMIT, True)
    await expect(page.locator("#load-now")).to_contain_text("The grid operator limits to", timeout=10_000)
    for name in ("Garage left", "Garage right"):
        await expect(row(page, name)).to_contain_text("Grid operator", timeout=20_000)
    await page.reload()
    await expect(page.locator("#grid-operator")).to_contain_text("ordered")
    await panel.write(GRID_LIMIT, False)
    await expect(page.locator("#load-now")).not_to_contain_text("The grid operator limits to", timeout=10_000)


async def test_a_mode_and_a_plan_are_chosen_on_the_card(
    browser: Browser, bridge: BridgeProcess, panel: Panel, arrive: Arrive
):
    box = await arrive("LONE", LONE, plan=PLAN, strict=False)
    page = await browser.page(bridge.web_url, view=PHONE)
    mine = page.locator("[id='outlet-LONE-1']")
    await box.plug()
    await mine.get_by_role("button", name="Plan", exact=True).click()
    await panel.hears(LONE.state("charge_mode"), b"\x05", 15)
    await mine.locator("summary", has_text="Goal").click()
    await mine.get_by_label("Energy, kWh").first.fill("12,5")
    await mine.get_by_label("Ready by").fill("07:00")
    await mine.get_by_role("button", name="Plan it").click()
    await page.wait_for_load_state()
    await page.goto(bridge.web_url)
    await expect(mine).to_contain_text("Goal: 12.5 kWh by 07:00")
    await page.goto(f"{bridge.web_url}/load")
    await expect(page.locator("#load-plans")).to_contain_text("12.5 kWh", timeout=10_000)
    await expect(page.locator("#load-plans")).to_contain_text("by 07:00")
    await screenshot(page, "load-plan")
    assert await axe(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_is_readable_in_german_on_a_phone(browser: Browser, bridge: BridgeProcess, theme: str):
    page = await browser.page(f"{bridge.web_url}/load", view=PHONE)
    await page.context.add_cookies(
        [
            {"name": name, "value": value, "url": bridge.web_url}
            for name, value in (("language", "de"), ("theme", theme))
        ]
    )
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Energie")
    await asyncio.sleep(0.5)
    await screenshot(page, f"load-{theme}")
    assert await axe(page) == []
