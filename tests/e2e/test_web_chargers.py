"""Charge points in a real browser: one is adopted, one fails, and the page says why only 6 A."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from websockets.asyncio.client import connect

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.fake_charger import PLAN, FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.login import stored
from tests.kit.panel import Panel
from tests.kit.payloads import ampere

LIMITED, CHARGED, SEEN = Outlet(1), Outlet(2), Outlet(3)
EVIL = "<script>alert(1)</script>"
COMMENT = "# the fuse of this house has 25 A\n"
HOUSE = House(
    (
        charger("LIMITED", connector(LIMITED, normal_current=10, fast_current=16), name="Garage left"),
        charger("CHARGED", connector(CHARGED), name="Carport"),
        charger("SEEN", connector(SEEN), name=EVIL),
    ),
    ocpp={"pending_retry_interval": 1},
    web={},
)
AT_ONCE_MS = 8000
Dials = Callable[..., Awaitable[FakeCharger]]


@pytest.fixture(scope="module")
def bridge(knxd: Knxd, panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeProcess]:
    """With a configuration as people write it: in lines, with a comment."""
    process = BridgeProcess(tmp_path_factory.mktemp("bridge"), HOUSE, knxd.port)
    document = json.loads(process.config.read_text())
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in document.items() if key != "chargers"]
    lines += ["chargers:\n", *(f"  - {json.dumps(one)}\n" for one in document["chargers"])]
    process.config.write_text(COMMENT + "".join(lines))
    process.start()
    asyncio.run(on_the_bus(panel))
    yield process
    process.terminate()


@pytest.fixture(scope="module")
def installer(bridge: BridgeProcess) -> object:
    return stored(bridge, "installer")


@pytest_asyncio.fixture
async def dials(bridge: BridgeProcess) -> AsyncIterator[Dials]:
    """`box = await dials("NEWBOX")`: it dials, and is not waited for."""
    boxes: list[FakeCharger] = []

    async def dial(charger_id: str, plan: Plan = PLAN) -> FakeCharger:
        boxes.append(FakeCharger(bridge.url, charger_id, plan))
        await boxes[-1].connect(settle=False)
        return boxes[-1]

    yield dial
    for box in boxes:
        await box.close()


async def opened(browser: Browser, bridge: BridgeProcess, installer: object, path: str, **more: object) -> Page:
    return await browser.page(f"{bridge.web_url}{path}", storage_state=installer, **more)


async def test_a_charger_that_dials_is_in_the_inbox_by_itself_and_is_adopted(
    browser: Browser, bridge: BridgeProcess, installer: object, dials: Dials
):
    page = await opened(browser, bridge, installer, "/chargers")
    inbox = page.locator("#inbox")
    await expect(inbox).to_contain_text("Nobody unknown has dialled in")
    await page.wait_for_timeout(300)
    await dials("NEWBOX")
    stranger = page.locator("#stranger-NEWBOX")
    await expect(stranger).to_contain_text("NEWBOX", timeout=AT_ONCE_MS)
    await expect(stranger).to_contain_text("127.0.0.1")
    await stranger.locator("summary", has_text="Adopt").click()
    await stranger.get_by_label("Name").fill("Garage right")
    await stranger.get_by_label("Connectors").fill("two")
    await stranger.get_by_role("button", name="Adopt it").click()
    browser.announce("POST .*/chargers/adopt 422")
    await expect(page.locator("#said")).to_contain_text("a whole number from 1 to 31")
    await expect(stranger.get_by_label("Name")).to_have_value("Garage right")
    await stranger.get_by_label("Connectors").fill("2")
    await stranger.get_by_role("button", name="Adopt it").click()
    await expect(page.locator("#said")).to_contain_text("NEWBOX stands in")
    row = page.locator("[id='row-NEWBOX']")
    await expect(row).to_contain_text("Garage right")
    await expect(row).to_contain_text("Online", timeout=20_000)
    text = bridge.config.read_text()
    assert text.startswith(COMMENT)
    assert "Garage right" in text


async def test_a_charger_is_rejected_and_forgotten_and_the_window_counts_down(
    browser: Browser, bridge: BridgeProcess, installer: object, dials: Dials
):
    box = await dials("UNWANTED")
    page = await opened(browser, bridge, installer, "/chargers")
    await page.get_by_role("button", name="Reject: UNWANTED").click()
    await expect(page.locator("#said")).to_contain_text("is answered Rejected from now on")
    await box.close()
    await page.get_by_text("Rejected (1)").click()
    await page.get_by_role("button", name="Forget: UNWANTED").click()
    await expect(page.locator("#said")).to_contain_text("is forgotten")
    window = page.locator("#window")
    await window.get_by_label("Minutes").fill("3")
    await window.get_by_role("button", name="Open it").click()
    await expect(window).to_contain_text("Open for 3 more minutes")
    await window.get_by_role("button", name="Close it now").click()
    await expect(window.get_by_role("button", name="Open it")).to_be_visible()


async def test_a_charger_that_does_not_trust_us_shows_the_remedy_by_itself(
    browser: Browser, bridge: BridgeProcess, installer: object
):
    page = await opened(browser, bridge, installer, "/chargers")
    failures = page.locator("#failures")
    await page.wait_for_timeout(300)
    strict = ssl.create_default_context()
    with pytest.raises((ssl.SSLError, OSError)):
        await connect(bridge.url.replace("ws:", "wss:") + "/DISTRUSTFUL", ssl=strict, proxy=None)
    await expect(failures).to_contain_text("It does not trust the certificate of the bridge.", timeout=AT_ONCE_MS)
    await expect(failures).to_contain_text("Download the root certificate on this page")
    await page.get_by_text("How to connect a charger").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="PEM").click()
    path = await (await download.value).path()
    root = ssl.create_default_context(cafile=str(path))
    async with connect(
        bridge.url.replace("ws:", "wss:") + "/LIMITED", ssl=root, proxy=None, subprotocols=["ocpp1.6"]
    ) as link:
        assert link.subprotocol == "ocpp1.6"


async def test_why_only_six_amperes_is_answered_after_a_wall_switch_has_set_them(
    browser: Browser, bridge: BridgeProcess, installer: object, panel: Panel, arrive: Arrive
):
    box = await arrive("LIMITED", LIMITED, strict=False)
    page = await opened(browser, bridge, installer, "/chargers/LIMITED/limits")
    why = page.locator("#limits-1")
    await expect(why).to_contain_text("10 A: the normal current.")
    await page.wait_for_timeout(300)
    await panel.write(LIMITED.command("max_current"), ampere(6.0))
    await expect(why).to_contain_text("6 A: set by KNX (", timeout=10_000)
    await expect(why.get_by_role("row", name="Limit that was set")).to_contain_text("decides")
    await expect(why.get_by_role("row", name="every transaction")).to_contain_text("confirmed", timeout=10_000)
    await box.meters(1, {"value": "6.0", "measurand": "Current.Offered", "unit": "A"})
    await expect(why.get_by_role("row", name="Offered by the charge point")).to_contain_text("6.0", timeout=AT_ONCE_MS)
    await page.get_by_text("Set a limit").click()
    await page.get_by_label("Limit in A per phase").fill("8.5")
    await page.get_by_role("button", name="Set", exact=True).click()
    await expect(page.locator("#said")).to_contain_text("8.5 A is in force", timeout=20_000)
    await expect(why).to_contain_text("8.5 A: set by a page (installer)")
    await page.get_by_role("button", name="Ask the charge point for its schedule").click()
    await expect(page.locator("#said")).to_contain_text("The schedule of connector 1")
    await expect(page.locator("#said")).to_contain_text("8.5 A")
    await shots(browser, bridge, installer, "/chargers/LIMITED/limits", "charger-limits")


async def test_the_last_day_is_a_chart_and_a_table(
    browser: Browser, bridge: BridgeProcess, installer: object, arrive: Arrive, panel: Panel
):
    box = await arrive("CHARGED", CHARGED, strict=False)
    box.clock_offset = timedelta(minutes=-3)
    await box.plug()
    await panel.write(CHARGED.command("charging"), True)
    number = await box.charges()
    box.clock_offset = timedelta()
    sample = {"measurand": "Power.Active.Import", "unit": "kW", "value": "7.2"}
    current = {"measurand": "Current.Import", "unit": "A", "value": "10.4", "phase": "L1"}
    await box.meters(1, sample, current, {"value": "10100"}, transaction=number)
    page = await opened(browser, bridge, installer, "/chargers/CHARGED")
    await expect(page.locator("#outlet-1")).to_contain_text("Charging")
    await expect(page.locator("#outlet-1")).to_contain_text("7.2 kW")
    await expect(page.locator(".chart canvas")).to_be_visible()
    await page.get_by_text("The same as a table").click()
    await expect(page.get_by_role("row", name="7.20")).to_be_visible()
    await box.meters(1, sample | {"value": "3.6"}, transaction=number)
    await expect(page.locator("#outlet-1")).to_contain_text("3.6 kW", timeout=AT_ONCE_MS)
    plain = await opened(browser, bridge, installer, "/chargers/CHARGED", java_script_enabled=False)
    await expect(plain.get_by_role("row", name="7.20")).to_be_visible()
    await shots(browser, bridge, installer, "/chargers/CHARGED", "charger")
    measured = await opened(browser, bridge, installer, "/chargers/CHARGED/measurands")
    await expect(measured.get_by_role("row", name="Current.Import")).to_contain_text("10.4")
    await measured.get_by_role("button", name="Read these keys now").click()
    await expect(measured.locator("#said")).to_contain_text("MeterValuesSampledData: ")
    await shots(browser, bridge, installer, "/chargers/CHARGED/measurands", "charger-measurands")


async def test_a_charger_that_calls_itself_script_is_only_text(
    browser: Browser, bridge: BridgeProcess, installer: object, dials: Dials
):
    plan = replace(PLAN, vendor=EVIL, model=EVIL, firmware=EVIL)
    box, stranger = await dials("SEEN", plan), await dials("ALIEN", plan)
    for one in (box, stranger):
        evil = {"chargePointVendor": EVIL, "chargePointModel": EVIL, "chargePointSerialNumber": EVIL}
        await one.send("BootNotification", {**evil, "firmwareVersion": EVIL, "iccid": EVIL, "meterType": EVIL})
    await box.send("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": EVIL, "sampledValue": [
        {"value": EVIL, "measurand": EVIL, "unit": EVIL}]}]})  # fmt: skip
    await box.says(1, "Faulted", "OtherError", info=EVIL, vendorErrorCode=EVIL)
    for path in ("/chargers", "/chargers/SEEN", "/chargers/SEEN/limits", "/chargers/SEEN/measurands"):
        page = await opened(browser, bridge, installer, path)
        await expect(page.locator("main")).to_contain_text(EVIL)
        assert await page.locator("main script").count() == 0
    await page.goto(f"{bridge.web_url}/chargers/SEEN")
    await page.wait_for_timeout(1200)  # the stream has shown it all anew
    assert await page.locator("main script").count() == 0
    await shots(browser, bridge, installer, "/chargers", "chargers", "How to connect a charger")


async def test_without_scripts_a_charger_is_adopted_as_well(
    browser: Browser, bridge: BridgeProcess, installer: object, dials: Dials
):
    await dials("PLAIN")
    page = await opened(browser, bridge, installer, "/chargers", java_script_enabled=False)
    stranger = page.locator("#stranger-PLAIN")
    await stranger.locator("summary", has_text="Adopt").click()
    await stranger.get_by_label("Connectors").fill("1")
    await stranger.get_by_role("button", name="Adopt it").click()
    await expect(page.locator("#said")).to_contain_text("PLAIN stands in")
    await expect(page.get_by_role("link", name="PLAIN")).to_be_visible()


async def shots(
    browser: Browser, bridge: BridgeProcess, installer: object, path: str, name: str, opening: str = ""
) -> None:
    """The page on a desk by day and on a phone by night: usable, and no wider than the screen."""
    for word, view, scheme in (("desktop", DESKTOP, "light"), ("phone", PHONE, "dark")):
        seen = await opened(browser, bridge, installer, path, view=view, scheme=scheme)
        if opening:
            await seen.get_by_text(opening).click()
        await seen.wait_for_timeout(200)
        assert await axe(seen) == []
        wide = await seen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} px too wide for a {word}"
        await screenshot(seen, f"{name}-{word}-{scheme}")
