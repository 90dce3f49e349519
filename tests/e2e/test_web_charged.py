"""What was charged, cards, reports, alarms and the log in a real browser."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import PHONE, Browser, axe, screenshot
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import stored

GARAGE, CARPORT = Outlet(1), Outlet(2)
HOSTILE = "<script>alert(1)</script>"
HOUSE = House(
    (charger("GARAGE", connector(GARAGE), name="Garage"), charger("CARPORT", connector(CARPORT), name=HOSTILE)),
    authorization={"mode": "allow_list"},
    site={"prices": {"2026": 0.34}},
    web={},
)
PAGES = ("/sessions", "/sessions/1", "/tags", "/tags/edit", "/tags/learn", "/reports", "/alarms", "/log")


async def charges(box: FakeCharger, card: str, minutes: int = 50) -> None:
    """A charge that has just ended; the charger tells its meter every five minutes."""
    begun = datetime.now(UTC) - timedelta(minutes=minutes)
    start = {"connectorId": 1, "idTag": card, "meterStart": 1000, "timestamp": begun.isoformat()}
    number = (await box.send("StartTransaction", start))["transactionId"]
    for minute in range(5, minutes, 5):
        at = (begun + timedelta(minutes=minute)).isoformat()
        value = {
            "timestamp": at,
            "sampledValue": [
                {"value": str(1000 + 120 * minute), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
                {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
                {"value": str(10 + minute % 4), "measurand": "Current.Import", "unit": "A", "phase": "L1"},
            ],
        }
        await box.send("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]})
    stop = {"transactionId": number, "meterStop": 1000 + 120 * minutes, "timestamp": datetime.now(UTC).isoformat()}
    await box.send("StopTransaction", stop | {"idTag": card, "reason": "Local"})


async def test_a_card_is_learned_charges_and_its_session_has_a_curve(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive
):
    box = await arrive("GARAGE", GARAGE, strict=False)
    page = await browser.page(f"{bridge.web_url}/tags", storage_state=stored(bridge, "installer"))
    await page.get_by_label("Name", exact=True).fill(HOSTILE)
    await page.get_by_role("button", name="Wait for the card").click()
    await page.get_by_text("Hold the card of").wait_for()
    await box.send("Authorize", {"idTag": "04AABBCC"})
    await page.get_by_text("is on disk and in force").wait_for()

    await charges(box, "04AABBCC")
    await page.goto(f"{bridge.web_url}/sessions")
    row = page.get_by_role("row").filter(has_text=HOSTILE)
    assert "6.00" in await row.inner_text()
    await row.get_by_role("link").click()
    await page.locator(".chart canvas").wait_for()
    await page.get_by_text("The curve as a table").click()
    assert await page.get_by_role("rowheader").count() >= 9
    assert re.search(r"2\.04 EUR", await page.inner_text("main"))


async def test_every_page_is_usable_by_everybody_on_a_phone_and_a_desk(browser: Browser, bridge: BridgeProcess):
    state = stored(bridge, "installer")
    for view, scheme, language in ((None, "light", "en-GB"), (PHONE, "dark", "de-DE")):
        more = {} if view is None else {"view": view}
        page = await browser.page(scheme=scheme, language=language, storage_state=state, **more)
        for path in PAGES:
            await page.goto(bridge.web_url + path)
            assert await axe(page) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            assert not wide, f"{path} is wider than the screen"
            name = path.strip("/").replace("/", "-")
            await screenshot(page, f"{name}-{'desktop' if view is None else 'phone'}-{scheme}")


async def test_without_scripts_a_card_is_learned_as_well(browser: Browser, bridge: BridgeProcess, arrive: Arrive):
    box = await arrive("GARAGE", GARAGE, strict=False)
    page = await browser.page(
        f"{bridge.web_url}/tags", storage_state=stored(bridge, "installer"), java_script_enabled=False
    )
    await page.get_by_label("Name", exact=True).fill("Second floor")
    await page.get_by_role("button", name="Wait for the card").click()
    await asyncio.sleep(0.2)
    await box.send("Authorize", {"idTag": "04DDEEFF"})
    await page.get_by_text("is on disk and in force").wait_for()
    await page.get_by_role("link", name="Cards", exact=True).first.click()
    assert "…EEFF" in await page.inner_text("main")
