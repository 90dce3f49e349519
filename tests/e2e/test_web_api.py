"""The page about the API in a real browser: each route, and a line for the shell that works."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector

HOUSE = House((charger("GARAGE", connector(Outlet(1)), name="Garage"),), web={"anonymous": "view"})


async def test_a_line_of_the_page_works_in_a_shell(browser: Browser, bridge: BridgeProcess):
    page = await browser.page(f"{bridge.web_url}/api")
    route = page.locator("details", has_text="GET /chargers/{charger}/connectors/{connector}").first
    await route.locator("summary").click()
    line = await route.get_by_label("Line for the shell").input_value()
    shell = await asyncio.create_subprocess_shell(line.replace("Bearer $TOKEN", ""), stdout=asyncio.subprocess.PIPE)
    said, _ = await shell.communicate()
    assert b'"id":1' in said
    await page.goto(f"{bridge.web_url}/api#not-done")
    await expect(page.locator("#not-done")).to_contain_text("409")


@pytest.mark.parametrize(
    ("view", "scheme", "language"),
    [(PHONE, "light", "de-DE"), (PHONE, "dark", "nl-NL"), (DESKTOP, "light", "en-GB"), (DESKTOP, "dark", "de-DE")],
)
async def test_everybody_can_read_it_on_a_phone_and_a_desk(
    browser: Browser, bridge: BridgeProcess, view, scheme, language
):
    page = await browser.page(f"{bridge.web_url}/api", view=view, scheme=scheme, language=language)
    for path in ("PUT /chargers/{charger}/connectors/{connector}/charging", "GET /telegrams"):
        await page.locator("details", has_text=path).first.locator("summary").click()
    assert await axe(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await screenshot(page, f"api-{'phone' if view.phone else 'desktop'}-{scheme}")
