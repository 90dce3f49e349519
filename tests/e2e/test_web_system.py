"""The page about the system in a real browser: what is wrong, and what can be carried away."""

import tarfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot, sideways
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import stored
from tests.kit.panel import Panel
from tests.kit.until import until

GARAGE = Outlet(1)
LOOKS = (("en-GB", PHONE, "light"), ("de-DE", PHONE, "dark"), ("nl-NL", DESKTOP, "light"), ("de-DE", DESKTOP, "dark"))
EVIL = "<script>alert(1)</script>"
HOUSE = House(
    (charger("GARAGE", connector(GARAGE), name="Garage"), charger("YARD", connector(Outlet(2)), name=EVIL)),
    web={},
    site={"name": "Villa Linde"},
)


async def opened(browser: Browser, bridge: BridgeProcess, **more: object) -> Page:
    return await browser.page(f"{bridge.web_url}/system", storage_state=stored(bridge, "installer"), **more)


async def test_what_is_wrong_stands_above_with_its_remedy(
    browser: Browser, bridge: BridgeProcess, arrive: Arrive, panel: Panel
):
    await arrive("GARAGE", GARAGE, strict=False)
    page = await opened(browser, bridge)
    findings = page.locator("#health li")
    await expect(findings.filter(has_text=f"{EVIL} has not been heard of")).to_contain_text("it has to dial port")
    await expect(findings.filter(has_text="The bridge is on the KNX bus")).to_contain_text("Good")
    await expect(findings.filter(has_text="Garage is offline")).to_have_count(0)


async def test_everybody_can_use_it_on_a_phone_and_a_desk(browser: Browser, bridge: BridgeProcess):
    for language, view, scheme in LOOKS:
        page = await opened(browser, bridge, language=language, view=view, scheme=scheme)
        await screenshot(page, f"system-{view.width}-{scheme}-{language}")
        await page.locator("section details > summary").last.click()
        assert not await axe(page)
        assert not await sideways(page)


async def test_a_backup_and_the_file_for_support_are_downloaded(
    browser: Browser, bridge: BridgeProcess, tmp_path: Path
):
    page = await opened(browser, bridge)
    await page.get_by_label("Password of the file", exact=True).fill("open sesame")
    await page.get_by_label("The same again").fill("open sesame")
    async with page.expect_download() as sent:
        await page.get_by_role("button", name="Make a backup").click()
    download = await sent.value
    assert download.suggested_filename.startswith("Villa-Linde-")
    await until(lambda: not list((bridge.state / "tray").iterdir()), 5, "what was downloaded is gone")
    async with page.expect_download() as sent:
        await page.get_by_role("link", name="Download").click()
    file = tmp_path / "support.tar.gz"
    await (await sent.value).save_as(file)
    with tarfile.open(file) as tar:
        assert {"support-bundle/README.txt", "support-bundle/health.json"} <= set(tar.getnames())


async def test_a_password_that_was_mistyped_is_told_where_it_was_typed(browser: Browser, bridge: BridgeProcess):
    page = await opened(browser, bridge, language="de-DE")
    await page.get_by_label("Passwort der Datei", exact=True).fill("open sesame")
    await page.get_by_role("button", name="Sicherung herunterladen").click()
    await expect(page.get_by_role("alert").filter(has_text="verschieden")).to_be_visible()
    browser.announce("answer: POST .*/system/backup 422")


async def test_what_is_no_backup_is_refused_and_nothing_changes(
    browser: Browser, bridge: BridgeProcess, tmp_path: Path
):
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff" * 2000)
    page = await opened(browser, bridge, java_script_enabled=False)
    await page.get_by_label("File of the backup").set_input_files(wrong)
    await page.get_by_role("button", name="Check it and put it back").click()
    await expect(page.get_by_role("alert").filter(has_text="backup")).to_be_visible()
    browser.announce("answer: POST .*/system/restore 409")


async def test_a_backup_that_was_sent_is_put_back_while_the_bridge_starts_again(
    browser: Browser, bridge: BridgeProcess, tmp_path: Path
):
    page = await opened(browser, bridge)
    async with page.expect_download() as sent:
        await page.get_by_role("button", name="Make a backup").click()
    file = tmp_path / "villa.backup"
    await (await sent.value).save_as(file)
    before = bridge.config.read_text()
    bridge.config.write_text(f"# changed since\n{before}")
    bridge.new_log()

    await page.get_by_label("File of the backup").set_input_files(file)
    await page.get_by_role("button", name="Check it and put it back").click()
    await expect(page.get_by_text("is sound; it is put back now")).to_be_visible()
    browser.tolerate("ERR_")  # the page asks whether the bridge is back while it is not
    said = ""

    def is_back() -> bool:
        nonlocal said
        said += bridge.new_log()
        return "is put back; moved aside" in said and "pages: " in said

    await until(is_back, 20, "the bridge is there again")
    assert bridge.config.read_text() == before
    assert (bridge.config.parent / "bridge.yaml.before-restore-1").read_text().startswith("# changed since")
    assert (bridge.state / "bridge.db.before-restore-1").exists()
    await page.wait_for_url(f"{bridge.web_url}/login**")
    again = await opened(browser, bridge)
    await expect(again.get_by_role("heading", name="System")).to_be_visible()
