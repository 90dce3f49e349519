"""A charger's upkeep in a real browser: keys, maintenance, securing, self-test and trace."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from ocpp.v16.enums import ConfigurationStatus
from playwright.async_api import Page, expect

from knx_ocpp_bridge.ocpp.simulator.configuration import Configuration
from tests.kit.box import BOX, Box
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import stored
from tests.kit.until import until

EVIL = "<script>alert(1)</script>"
HOUSE = House(
    (
        charger("KEYS", connector(Outlet(1)), name="Garage left"),
        charger("CARED", connector(Outlet(2)), name="Carport"),
        charger("SAFE", connector(Outlet(3)), name="Yard"),
        charger("TRIED", connector(Outlet(4), normal_current=10, fast_current=16), name="Garage right"),
        charger("EMPTY", connector(Outlet(5)), name="Guests"),
        charger("EVIL", connector(Outlet(6)), name=EVIL),
        charger("AWAY", connector(Outlet(7)), name="Away"),
    ),
    web={},
)
TABS = ("keys", "maintenance", "selftest", "trace")
STEP_MS = 30_000
TEST_MS = 120_000


class Stubborn(Configuration):
    """Keys of a charger that acts after a restart only."""

    def change(self, key: str, value: str) -> ConfigurationStatus:
        status = super().change(key, value)
        accepted = status is ConfigurationStatus.accepted and key == "CpoName"
        return ConfigurationStatus.reboot_required if accepted else status


@pytest.fixture(scope="module")
def installer(bridge: BridgeProcess) -> dict[str, object]:
    return stored(bridge, "installer")


@pytest_asyncio.fixture
async def box(request: pytest.FixtureRequest, bridge: BridgeProcess) -> AsyncIterator[Box]:
    """The charger whose id is the parameter."""
    plan = replace(
        BOX, connectors=1, **({"vendor": EVIL, "model": EVIL, "firmware": EVIL} if request.param == "EVIL" else {})
    )
    async with Box(bridge.url, request.param, plan) as made:
        made.machine.configuration = Stubborn(made.machine.configuration.values)
        await made.comes_in("ws")
        yield made


async def opened(browser: Browser, bridge: BridgeProcess, installer: object, path: str, **more: object) -> Page:
    return await browser.page(f"{bridge.web_url}/chargers/{path}", storage_state=installer, **more)


@pytest.mark.parametrize("box", ["KEYS"], indirect=True)
async def test_a_key_is_read_searched_and_set_and_a_slip_is_caught(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "KEYS/keys")
    await page.get_by_role("button", name="Read all keys").click()
    await expect(page.get_by_text("keys were read.")).to_be_visible()
    await page.get_by_label("Search").fill("heartbeat")
    await expect(page.locator("#key-HeartbeatInterval")).to_be_visible()
    await expect(page.locator("#key-CpoName")).to_be_hidden()
    await page.get_by_label("Search").fill("")
    row = page.locator("#key-MeterValueSampleInterval")
    await row.get_by_text("Change").click()
    await row.get_by_label("New value").fill("15")
    await row.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("MeterValueSampleInterval was accepted.")).to_be_visible()
    await expect(page.locator("#key-MeterValueSampleInterval .value")).to_have_text("15")
    assert box.machine.configuration.values["MeterValueSampleInterval"] == "15"
    await expect(page.locator("#key-NumberOfConnectors")).to_contain_text("read-only")
    await expect(page.locator("#key-NumberOfConnectors details")).to_have_count(0)
    browser.announce("keys/set 422")
    await page.get_by_text("A key that is not listed").click()
    await page.get_by_label("Key", exact=True).fill("NumberOfConnectors")
    await page.get_by_label("New value", exact=True).fill("7")
    await page.get_by_role("button", name="Send").last.click()
    await expect(page.get_by_role("alert").get_by_text("is read-only")).to_be_visible()
    await expect(page.get_by_label("New value", exact=True)).to_have_value("7")


@pytest.mark.parametrize("box", ["KEYS"], indirect=True)
async def test_a_reboot_that_is_needed_is_marked_until_it_has_happened(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "KEYS/keys", java_script_enabled=False)
    await page.get_by_role("button", name="Read all keys").click()
    row = page.locator("#key-CpoName")
    await row.get_by_text("Change").click()
    await row.get_by_label("New value").fill("me")
    await row.get_by_role("button", name="Send").click()
    await expect(page.locator("#key-CpoName")).to_contain_text("reboot needed")
    await page.get_by_role("link", name="Restart").click()
    await page.get_by_text("Restart (soft)").click()
    form = page.locator("form", has_text="Transactions end orderly")
    await form.get_by_label("I am sure").check()
    await form.get_by_role("button").click()
    await expect(page.get_by_text("Restart: accepted")).to_be_visible()
    await until(lambda: box.connections() >= 2 and box.machine.settled, 20, "it is back")
    await page.goto(f"{bridge.web_url}/chargers/KEYS/keys")
    await expect(page.locator("#key-CpoName")).not_to_contain_text("reboot needed")


@pytest.mark.parametrize("box", ["CARED"], indirect=True)
async def test_everything_of_the_maintenance_is_answered_in_words(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "CARED/maintenance")
    await page.get_by_role("button", name="Unlock connector 1").click()
    await expect(page.get_by_text("Unlock: accepted (Unlocked)")).to_be_visible()
    await page.locator("#trigger-message").select_option("MeterValues")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_text("Ask for a message: accepted")).to_be_visible()
    await page.get_by_role("button", name="Ask for its version").click()
    await expect(page.get_by_text("holds version 0")).to_be_visible()
    upload = page.locator("form", has=page.get_by_role("button", name="Get diagnostics"))
    await upload.get_by_label("Upload to").fill("ftp://192.168.1.10/up/")
    await upload.get_by_role("button", name="Get diagnostics").click()
    await expect(page.get_by_text("diagnostics.log")).to_be_visible()
    await expect(page.locator("#notices")).to_contain_text("Uploaded", timeout=STEP_MS)
    await page.get_by_label("For this card").fill("04A2B3C4")
    await page.get_by_role("button", name="Reserve").click()
    await expect(page.get_by_text("Reserve: accepted")).to_be_visible()
    await page.goto(f"{bridge.web_url}/chargers/CARED/maintenance?action=GetCompositeSchedule#expert")
    await page.get_by_label("Request as JSON").fill('{"connectorId": 1, "duration": 60}')
    await page.get_by_label("I know what this does").check()
    await page.get_by_role("button", name="Send GetCompositeSchedule").click()
    await expect(page.get_by_text('"chargingSchedulePeriod"')).to_be_visible()


@pytest.mark.parametrize("box", ["SAFE"], indirect=True)
async def test_a_charger_is_brought_to_profile_two_from_the_page(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "SAFE/maintenance")
    await page.get_by_text("Bring it to a higher security profile").click()
    form = page.locator("form", has_text="It is not locked out".lower()).first
    await form.get_by_text("The usual aim.").click()
    await form.get_by_label("I am sure").check()
    await form.get_by_role("button", name="Secure").click()
    await expect(page.locator("#securing")).to_contain_text("came back with security profile 2", timeout=STEP_MS)
    assert box.profile == 2
    await screenshot(page, "upkeep-secured")


@pytest.mark.parametrize("box", ["TRIED"], indirect=True)
async def test_a_self_test_with_a_car_passes_and_all_is_as_before(browser, bridge, installer, box: Box):
    box.do("plug 1")
    page = await opened(browser, bridge, installer, "TRIED/selftest")
    await page.get_by_role("button", name="Test connector 1").click()
    await expect(page.get_by_text("The self-test is going on")).to_be_visible()
    await expect(page.get_by_text("Result of the self-test")).to_be_visible(timeout=TEST_MS)
    for trial in ("Starting", "Limit to the least current", "Pause", "Fast", "Stopping", "Unlock"):
        await expect(page.get_by_role("row", name=trial)).to_contain_text("passed")
    await expect(page.locator("#test-1")).to_contain_text("0 failed")
    assert box.machine.connectors[1].transaction is None
    await screenshot(page, "upkeep-selftest-desktop")
    await expect(page.get_by_role("button", name="Test connector 1")).to_be_enabled()
    outlet = box.machine.connectors[1]
    await until(lambda: box.machine.limit_a(outlet, datetime.now(UTC)) == 10, 20, "10 A are in force again")


@pytest.mark.parametrize("box", ["EMPTY"], indirect=True)
async def test_a_self_test_without_a_car_says_what_was_not_tried_and_why(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "EMPTY/selftest")
    await page.get_by_role("button", name="Test connector 1").click()
    await expect(page.get_by_text("Result of the self-test")).to_be_visible(timeout=TEST_MS)
    row = page.get_by_role("row", name="Starting")
    await expect(row).to_contain_text("not tried")
    await expect(row).to_contain_text("no car is plugged in")


@pytest.mark.parametrize("box", ["KEYS"], indirect=True)
async def test_the_trace_shows_frames_as_they_come_and_gives_them_away(browser, bridge, installer, box: Box):
    page = await opened(browser, bridge, installer, "KEYS/trace")
    await expect(page.locator("#exchanges")).to_contain_text("BootNotification")
    box.do("card 1 04A2B3C4D5E6")
    await expect(page.locator("#exchanges")).to_contain_text("Authorize", timeout=STEP_MS)
    assert "04A2B3C4D5E6" not in await page.content()
    await page.get_by_label("Operation").fill("Boot")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#exchanges tr")).not_to_have_count(0)
    await expect(page.locator("#exchanges")).not_to_contain_text("Authorize")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download (NDJSON)").click()
    text = (await (await download.value).path()).read_text()
    assert {json.loads(line)["action"] for line in text.splitlines()} == {"BootNotification"}


@pytest.mark.parametrize("box", ["EVIL"], indirect=True)
async def test_each_page_is_usable_by_everybody_and_what_a_charger_says_is_text(browser, bridge, installer, box: Box):
    box.do(f"event TamperDetectionActivated {EVIL}")
    box.machine.configuration.values["CpoName"] = EVIL
    page = await opened(browser, bridge, installer, "EVIL/keys")
    await page.get_by_role("button", name="Read all keys").click()
    await expect(page.locator("#key-CpoName")).to_contain_text(EVIL)
    await page.goto(f"{bridge.web_url}/chargers/EVIL/selftest")
    await page.get_by_role("button", name="Test connector 1").click()
    await expect(page.get_by_text("Result of the self-test")).to_be_visible(timeout=TEST_MS)
    for scheme in ("light", "dark"):
        for view, name in ((DESKTOP, "desktop"), (PHONE, "phone")):
            shown = await opened(browser, bridge, installer, "EVIL/keys", view=view, scheme=scheme)
            for tab in TABS:
                await shown.goto(f"{bridge.web_url}/chargers/EVIL/{tab}")
                await screenshot(shown, f"upkeep-{tab}-{name}-{scheme}")
                wide = await shown.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{tab} is wider than the screen by {wide} on a {name}"
                if name == "desktop":
                    assert await axe(shown) == []


async def test_a_charger_that_is_away_can_be_looked_at(browser, bridge, installer):
    page = await opened(browser, bridge, installer, "AWAY/maintenance")
    await expect(page.get_by_text("nothing can be done to it now")).to_be_visible()
    browser.announce("maintenance 409")
    await page.get_by_role("button", name="Unlock connector 1").click()
    await expect(page.get_by_text("Unlock: offline")).to_be_visible()
