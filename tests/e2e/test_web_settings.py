"""The configuration in a browser: an error is told at its line, the difference is seen, a charge survives a restart."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.login import stored
from tests.kit.panel import Panel
from tests.kit.payloads import energy

CHARGING = Outlet(1)
EVIL = "<script>alert(1)</script>"
HOUSE = House((charger("CHARGING", connector(CHARGING), name=EVIL),), web={"tls": "off"})
AT_ONCE_MS = 8000
AFTER_RESTART_MS = 25_000
COMMENT = "# written by the electrician in May\n"


@pytest.fixture(scope="module")
def bridge(knxd: Knxd, panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeProcess]:
    process = BridgeProcess(tmp_path_factory.mktemp("bridge"), HOUSE, knxd.port)
    process.config.write_text(COMMENT + process.config.read_text() + "\n")
    process.start()
    asyncio.run(on_the_bus(panel))
    yield process
    process.terminate()


@pytest.fixture(scope="module")
def installer(bridge: BridgeProcess) -> object:
    return stored(bridge, "installer")


async def looked_at(page: Page, name: str) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        findings = await axe(page)
        assert not findings, "\n".join(findings)
        await screenshot(page, f"settings-{name}-{scheme}")
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")


async def replaces(page: Page, old: str, new: str) -> None:
    """Somebody edits the text."""
    text = page.locator("#text")
    before = await text.input_value()
    assert old in before
    await text.fill(before.replace(old, new, 1))


async def test_an_error_is_told_at_its_line_while_it_is_typed(
    browser: Browser, bridge: BridgeProcess, installer: object
):
    before = bridge.config.read_text()
    page = await browser.page(f"{bridge.web_url}/settings/file", storage_state=installer)
    await looked_at(page, "file")
    await replaces(page, '"timezone"', '"timzone"')
    await expect(page.locator("#verdict")).to_contain_text("did you mean timezone?", timeout=AT_ONCE_MS)
    link = page.locator("#verdict a[data-line]").first
    wrong_line = int(await link.get_attribute("data-line") or 0)
    assert "timzone" in (await page.locator("#text").input_value()).split("\n")[wrong_line - 1]
    await expect(page.locator(".lines b").first).to_contain_text(str(wrong_line))
    await link.click()
    selected = await page.evaluate("text.value.slice(text.selectionStart, text.selectionEnd)")
    assert "timzone" in selected
    await looked_at(page, "file-wrong")
    browser.announce("/settings/file 422")
    await page.get_by_role("button", name="Show the difference").click()
    await expect(page.locator("#verdict")).to_contain_text("did you mean timezone?")
    assert bridge.config.read_text() == before


async def test_the_difference_is_seen_and_then_it_is_live(browser: Browser, bridge: BridgeProcess, installer: object):
    page = await browser.page(f"{bridge.web_url}/settings/file", storage_state=installer, view=PHONE)
    await replaces(page, "Test house", "House of tests")
    await page.get_by_role("button", name="Show the difference").click()
    await expect(page.locator("ins")).to_contain_text("House of tests")
    await expect(page.locator("del")).to_contain_text("Test house")
    await looked_at(page, "difference")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator("#said")).to_contain_text("The configuration is in force.")
    await expect(page.locator("header .site")).to_contain_text("House of tests")
    assert bridge.config.read_text().startswith(COMMENT)
    await page.goto(f"{bridge.web_url}/settings/file/1")
    await expect(page.locator("ins")).to_contain_text("Test house")
    await looked_at(page, "version")
    await page.get_by_role("button", name="Bring it back").click()
    await expect(page.locator("header .site")).to_contain_text("Test house")


async def test_whoever_is_slower_overwrites_nobody(browser: Browser, bridge: BridgeProcess, installer: object):
    page = await browser.page(f"{bridge.web_url}/settings/file", storage_state=installer)
    await replaces(page, "Test house", "Mine")
    bridge.config.write_text(bridge.config.read_text() + "# theirs\n")
    browser.announce("/settings/file 409")
    await page.get_by_role("button", name="Show the difference").click()
    await expect(page.get_by_text("Somebody else has changed the file meanwhile")).to_be_visible()
    text = await page.locator("#text").input_value()
    assert "# theirs" in text
    assert "Mine" in text
    await looked_at(page, "merge")
    assert "Mine" not in bridge.config.read_text()
    await page.get_by_role("button", name="Show the difference").click()
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator("#said")).to_contain_text("The configuration is in force.")
    assert "# theirs" in bridge.config.read_text()
    assert "Mine" in bridge.config.read_text()


async def test_a_setting_that_needs_a_restart_gets_it_and_a_charge_survives(
    browser: Browser, bridge: BridgeProcess, installer: object, arrive: Arrive, panel: Panel
):
    box = await arrive("CHARGING", CHARGING, strict=False)
    await box.plug()
    await panel.write(CHARGING.command("charging"), True)
    await box.charges()
    page = await browser.page(f"{bridge.web_url}/settings", storage_state=installer, view=DESKTOP)
    await looked_at(page, "all")
    await page.get_by_label("Telegrams per second, at most").fill("many")
    browser.announce("/settings 422")
    await page.locator("#group-knx").locator("..").get_by_role("button", name="Save").click()
    await expect(page.locator("#knx-rate_limit-wrong")).to_be_visible()
    await looked_at(page, "wrong")
    await page.get_by_label("Telegrams per second, at most").fill("35")
    await page.locator("#group-knx").locator("..").get_by_role("button", name="Save").click()
    await expect(page.locator("#restart")).to_contain_text("knx.rate_limit")
    await looked_at(page, "restart")
    mark = panel.mark()
    browser.announce("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE")
    await page.get_by_role("button", name="Restart now").first.click()
    await expect(page.get_by_role("heading", name="Settings")).to_be_visible(timeout=AFTER_RESTART_MS)
    await expect(page.locator("#restart")).to_have_count(0)
    await on_the_bus(panel, mark)
    await box.connect()
    await box.meter(1500)
    await box.says(1, "Charging")
    await panel.expect(CHARGING.state("charging"), True)
    await panel.write(CHARGING.command("charging"), False)
    await box.expect_call("RemoteStopTransaction")
    await panel.expect(CHARGING.state("transaction_energy"), energy(1500))
    await page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    await page.reload()
    await looked_at(page, "phone")
