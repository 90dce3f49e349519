"""Home in a real browser: what one presses there, and what it shows of what happens elsewhere, without a reload."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import token
from tests.kit.panel import Panel

PRESSED, SWITCHED, REFUSING, LEAVING, PLAIN, HOSTILE, EMBEDDED = (Outlet(main) for main in range(1, 8))
NAME = "<script>alert(1)</script>"
HOUSE = House(
    (
        charger("PRESSED", connector(PRESSED, normal_current=10, fast_current=16), name="Garage left"),
        charger("SWITCHED", connector(SWITCHED), name="Garage right"),
        charger("REFUSING", connector(REFUSING), name="Carport"),
        charger("LEAVING", connector(LEAVING), name="Yard"),
        charger("PLAIN", connector(PLAIN), name="Cellar"),
        charger("EMBEDDED", connector(EMBEDDED), name="Hall"),
        charger("HOSTILE", connector(HOSTILE), name=NAME),
    ),
    site={"offline_after": 1},
    web={"anonymous": "operate", "frames": ["http://panel.test"]},
)
AT_ONCE_MS = 3000


def card(page: Page, charger_id: str) -> Locator:
    return page.locator(f"[id='outlet-{charger_id}-1']")


async def stays(page: Page) -> None:
    """A mark that a reload would wipe away."""
    await page.evaluate("window.stayed = true")


async def stayed(page: Page) -> bool:
    return bool(await page.evaluate("window.stayed === true"))


async def test_a_press_on_start_charges_the_car_and_the_card_follows(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive
):
    box = await arrive("PRESSED", PRESSED, strict=False)
    page = await browser.page(bridge.web_url)
    await stays(page)
    mine = card(page, "PRESSED")
    await expect(mine).to_contain_text("No car is plugged in.")
    await box.plug()
    await expect(mine).to_contain_text("Plugged in", timeout=AT_ONCE_MS)
    await mine.get_by_role("button", name="Start").click()
    await box.charges()
    await expect(mine).to_contain_text("Charging with the normal current, up to 10 A.", timeout=10_000)
    await box.meter(4321)
    await expect(mine).to_contain_text("4.32 kWh", timeout=AT_ONCE_MS)
    await mine.get_by_role("button", name="Fast", exact=True).click()
    await expect(mine).to_contain_text("Charging with the fast current, up to 16 A.", timeout=10_000)
    await mine.get_by_text("Limit", exact=True).click()
    await mine.get_by_label("Most current, in A per phase").fill("7,5".replace(",", "."))
    await mine.get_by_role("button", name="Set").click()
    await expect(mine).to_contain_text("Limited to 7.5 A by the received limit.", timeout=15_000)
    await mine.get_by_role("button", name="Stop").click()
    await expect(mine).to_contain_text("The charge has ended", timeout=10_000)
    assert await stayed(page)


async def test_the_wall_switch_changes_the_card_and_opened_details_stay_open(
    browser: Browser, bridge: BridgeProcess, panel: Panel, arrive: Arrive
):
    box = await arrive("SWITCHED", SWITCHED, strict=False)
    page = await browser.page(bridge.web_url)
    await stays(page)
    mine = card(page, "SWITCHED")
    await mine.get_by_text("Limit", exact=True).click()
    field = mine.get_by_label("Most current, in A per phase")
    await field.fill("9")
    await panel.write(SWITCHED.command("charging"), True)
    await expect(mine).to_contain_text(re.compile(r"Armed: plug in within [12]:\d\d"), timeout=AT_ONCE_MS)
    await box.plug()
    await box.charges()
    await expect(mine).to_contain_text("Charging", timeout=AT_ONCE_MS)
    await expect(field).to_have_value("9")
    await expect(field).to_be_visible()
    await expect(page.locator("#totals")).to_contain_text("1 / ", timeout=AT_ONCE_MS)
    await panel.write(SWITCHED.command("charging"), False)
    await expect(mine).to_contain_text("The charge has ended", timeout=10_000)
    assert await stayed(page)


async def test_a_refusal_says_why_at_the_card(browser: Browser, bridge: BridgeProcess, arrive: Arrive):
    box = await arrive("REFUSING", REFUSING, strict=False)
    box.answer("RemoteStartTransaction", status="Rejected")
    await box.plug()
    for scripts in (True, False):
        page = await browser.page(bridge.web_url, java_script_enabled=scripts)
        await card(page, "REFUSING").get_by_role("button", name="Start").click()
        told = card(page, "REFUSING") if scripts else page.locator("#said")
        await expect(told).to_contain_text("Start or stop: The charger refused it.", timeout=12_000)
        await expect(told).to_contain_text("the charger refused the start")


async def test_what_a_charger_cannot_do_is_not_offered(browser: Browser, bridge: BridgeProcess, arrive: Arrive):
    box = await arrive("PLAIN", PLAIN, strict=False)
    box.answer("UnlockConnector", status="NotSupported")
    page = await browser.page(bridge.web_url)
    mine = card(page, "PLAIN")
    await mine.get_by_text("Unlock", exact=True).click()
    await mine.get_by_role("button", name="Unlock now").click()
    await expect(mine).to_contain_text("This charger cannot do that.")
    await expect(mine.get_by_text("Unlock", exact=True)).to_have_count(0)


async def test_a_charger_that_is_gone_is_shown_as_offline_since_when(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive
):
    box = await arrive("LEAVING", LEAVING, strict=False)
    page = await browser.page(bridge.web_url)
    mine = card(page, "LEAVING")
    await expect(mine.get_by_role("button", name="Start")).to_be_visible()
    await box.close()
    await expect(mine).to_contain_text(re.compile(r"Offline since .*\d\d:\d\d\."), timeout=8000)
    await expect(mine.get_by_role("button")).to_have_count(0)


async def test_the_card_alone_works_in_the_frame_of_a_panel_with_the_token_of_a_screen(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive
):
    await arrive("EMBEDDED", EMBEDDED, strict=False)
    key = token(bridge, "operator", "hall", kiosk=True)
    page = await browser.page(f"{bridge.web_url}/embed/EMBEDDED/1?theme=dark&lang=de&token={key}", view=PHONE)
    mine = card(page, "EMBEDDED")
    await stays(page)
    await mine.get_by_role("button", name="Reservieren").click()
    await expect(mine).to_contain_text("Reserviert: Niemand kann starten", timeout=8000)
    assert await stayed(page)
    assert await axe(page) == []
    await screenshot(page, "embed-phone-dark")


async def test_what_was_charged_stands_in_the_statistics(browser: Browser, bridge: BridgeProcess, arrive: Arrive):
    box = await arrive("EMBEDDED", EMBEDDED, strict=False)
    begun = datetime.now(UTC) - timedelta(hours=3)
    start = {"connectorId": 1, "idTag": "04AABBCC", "meterStart": 0, "timestamp": begun.isoformat()}
    number = (await box.send("StartTransaction", start))["transactionId"]
    for minute in range(10, 170, 10):
        sample = {"value": str(minute * 110), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        at = (begun + timedelta(minutes=minute)).isoformat()
        values = [{"timestamp": at, "sampledValue": [sample]}]
        await box.send("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
    stop = {"transactionId": number, "meterStop": 18_700, "timestamp": datetime.now(UTC).isoformat()}
    await box.send("StopTransaction", stop)
    for view, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        page = await browser.page(view=view, scheme=scheme)
        for period in ("day", "month", "year"):
            await page.goto(f"{bridge.web_url}/statistics?charger=EMBEDDED&connector=1&period={period}")
            await page.locator(".chart canvas").first.wait_for()
            assert await axe(page) == []
            assert not await page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            await screenshot(page, f"statistics-{period}-{'phone' if view.phone else 'desktop'}-{scheme}")
    assert "18" in await page.locator(".figures").inner_text()


async def test_home_is_usable_by_everybody_on_a_phone_and_a_desk(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive
):
    box = await arrive("PRESSED", PRESSED, strict=False)
    await box.plug()
    await box.card("04AABBCC")
    await box.charges()
    for view, scheme, language in ((DESKTOP, "light", "en-GB"), (PHONE, "dark", "de-DE"), (PHONE, "light", "nl-NL")):
        page = await browser.page(bridge.web_url, view=view, scheme=scheme, language=language)
        await expect(card(page, "HOSTILE")).to_contain_text(NAME)
        assert await axe(page) == []
        assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        await screenshot(page, f"home-{'phone' if view.phone else 'desktop'}-{scheme}")
