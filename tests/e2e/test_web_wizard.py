"""From `init` to a wall switch that charges a car, by one hand on a phone, with nothing but the pages."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel

EVIL = "<script>alert(1)</script>"
AT_ONCE_MS = 10_000
AFTER_RESTART_MS = 25_000
SWITCH, LED = "9/7/2", "9/7/1"
CHARGER = "ACE0208004"
PASSWORD = "correct horse battery"
PLAN = Plan(reboot_s=0.3, time_lapse=0.0, connectors=1, vendor=EVIL)


@pytest.fixture(scope="module")
def bridge(knxd: Knxd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeProcess]:
    """As `init` leaves it, but for the ports, which tests share with others."""
    process = BridgeProcess(tmp_path_factory.mktemp("bridge"), House((), web={}), knxd.port)
    process.config.unlink()
    said = subprocess.run(
        [sys.executable, "-c", COMMAND, "init", "-c", str(process.config)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ":8018/" in said.stdout
    text = process.config.read_text().replace("0.0.0.0:8018", f"127.0.0.1:{process.web_port}")
    text = text.replace("ocpp:\n", f"ocpp:\n  listen: 127.0.0.1:{process.ocpp_port}\n")
    process.config.write_text(text)
    process.start()
    yield process
    process.terminate()


async def looked_at(page: Page, name: str) -> None:
    """No serious finding in the light and in the dark, and a picture of both, on a phone and on a desk."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        findings = await axe(page)
        assert not findings, "\n".join(findings)
        await screenshot(page, f"welcome-{name}-{scheme}")
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px wider than the phone"


async def goes_on(page: Page) -> None:
    await page.locator(".onward a.button").last.click()


async def begins(page: Page, bridge: BridgeProcess) -> None:
    """A first password, and the name of the building."""
    await page.goto(bridge.web_url)
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await looked_at(page, "start")
    await page.get_by_label("Password, 8 characters at least").fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()
    await looked_at(page, "overview")
    await page.get_by_role("link", name="Go on").click()
    await page.get_by_label("Name of the building").fill("Villa Linde")
    await looked_at(page, "building")
    await page.get_by_role("button", name="Save and go on").click()


async def connects_the_bus(page: Page, knxd: Knxd) -> None:
    """The gateway is typed in; the bridge starts again by itself and comes back connected."""
    await expect(page.get_by_text("Not connected").first).to_be_visible()
    await looked_at(page, "knx")
    await page.get_by_text("Type the address of a gateway").click()
    await page.get_by_label("Address", exact=True).fill(f"127.0.0.1:{knxd.port}")
    await page.get_by_role("button", name="Take this one").click()
    await expect(page.get_by_role("heading", name="The bridge starts again")).to_be_visible()
    await expect(page.locator("#knx-live")).to_contain_text("Connected", timeout=AFTER_RESTART_MS)
    await looked_at(page, "knx-connected")
    await goes_on(page)
    await looked_at(page, "ets")
    await page.get_by_role("button", name="Leave it out").click()


async def dials_in(page: Page, bridge: BridgeProcess) -> None:
    """Its address is on the page, and nobody has used it yet."""
    await expect(page.get_by_label("Address for chargers, not encrypted")).to_have_value(f"{bridge.url}/")
    await expect(page.get_by_text("Waiting for charge points").last).to_be_visible()


async def adopts(page: Page) -> None:
    """A charger that has dialled in appears by itself, and is adopted with its name and currents."""
    await expect(page.locator("article.stranger")).to_contain_text(CHARGER, timeout=AT_ONCE_MS)
    await expect(page.locator("article.stranger")).to_contain_text(EVIL, timeout=AT_ONCE_MS)
    await page.get_by_label("Name", exact=True).fill("Garage links")
    await page.wait_for_timeout(2500)
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Garage links")
    await looked_at(page, "charger")
    await page.get_by_role("button", name="Adopt", exact=True).click()
    await expect(page.get_by_role("group", name="Connector 1")).to_be_visible()
    await expect(page.locator("#adopt-live")).to_contain_text("is served", timeout=AT_ONCE_MS)
    await looked_at(page, "adopt")
    await page.get_by_label("Normal (A)").fill("10")
    await page.get_by_label("Fast (A)").fill("16")
    await page.get_by_role("button", name="Save and go on").click()


async def gives_addresses(page: Page) -> None:
    await page.get_by_label("Base address").fill("9/7/0")
    await page.get_by_role("button", name="Show what it would be").click()
    await expect(page.get_by_role("table").first).to_contain_text(SWITCH)
    await looked_at(page, "addresses")
    await page.get_by_role("button", name="Take these addresses").click()
    await expect(page.get_by_role("region", name="Group objects")).to_contain_text(SWITCH)
    await goes_on(page)


async def tries_the_switch(page: Page, box: FakeCharger, panel: Panel) -> None:
    """Armed without a car; it starts when it is plugged in, and the telegrams are on the same page."""
    await expect(page.locator(".todo")).to_contain_text(SWITCH)
    await panel.write(SWITCH, True)
    await expect(page.locator("#try-live")).to_contain_text(SWITCH, timeout=AT_ONCE_MS)
    await looked_at(page, "armed")
    await box.plug()
    await box.charges()
    await panel.expect(LED, False, 10)  # nobody charged when it got its address
    await panel.expect(LED, True, 10)
    await expect(page.locator("#try-live")).to_contain_text(LED, timeout=AT_ONCE_MS)
    await looked_at(page, "charging")
    await panel.write(SWITCH, False)
    await panel.expect(LED, False, 10)
    await goes_on(page)


async def finishes(page: Page, bridge: BridgeProcess) -> None:
    await looked_at(page, "check")
    await goes_on(page)
    await looked_at(page, "secure")
    await goes_on(page)
    await looked_at(page, "finish")
    await page.get_by_role("button", name="Turn strangers away").click()
    await expect(page.get_by_text("are turned away.").first).to_be_visible()
    assert "unknown_chargers: rejected" in bridge.config.read_text()
    await page.get_by_role("link", name="Handover report").click()
    await expect(page.get_by_role("table").first).to_contain_text(SWITCH)
    await looked_at(page, "handover")
    await page.goto(f"{bridge.web_url}/welcome")
    assert await page.locator(".steps .badge.good").count() >= 7


async def test_the_whole_first_run_on_a_phone(browser: Browser, bridge: BridgeProcess, knxd: Knxd, panel: Panel):
    page = await browser.page(view=PHONE)
    browser.announce("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE")
    await begins(page, bridge)
    await connects_the_bus(page, knxd)
    await dials_in(page, bridge)
    box = FakeCharger(bridge.url, CHARGER, PLAN)
    await box.connect(settle=False)
    try:
        await adopts(page)
        await gives_addresses(page)
        await tries_the_switch(page, box, panel)
        await finishes(page, bridge)
    finally:
        await box.close()
    text = bridge.config.read_text()
    assert "# automatic: the first gateway that is found; tunneling: the one named under gateway" in text
    assert 'name: "Garage links"' in text


async def test_the_same_pages_on_a_desk(browser: Browser, bridge: BridgeProcess):
    """Reading and every form work without scripts."""
    page = await browser.page(f"{bridge.web_url}/welcome", view=DESKTOP, java_script_enabled=False, language="de-DE")
    await page.locator("input[name=name]").fill("installer")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("form[action='/login'] button").first.click()
    await expect(page.locator("h1")).to_have_text("Erste Schritte")
    for key in ("knx", "charger", "addresses", "try", "finish"):
        await page.goto(f"{bridge.web_url}/welcome/{key}")
        await screenshot(page, f"welcome-{key}-desk")
    await page.goto(f"{bridge.web_url}/handover")
    await screenshot(page, "handover-desk")
