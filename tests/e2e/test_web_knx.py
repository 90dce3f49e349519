"""KNX on the pages in a real browser, on a real line: what an installer does from the search to the wall switch."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Download, Page, expect

from knx_ocpp_bridge.ets.reading import read
from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of
from tests.kit.knx_device import device
from tests.kit.knxd import Knxd
from tests.kit.login import stored
from tests.kit.panel import Panel
from tests.kit.payloads import ampere
from tests.kit.until import until

EVIL = "<script>alert(1)</script>"
HALL, LAMP, STRANGE = "3/1/1", "3/1/2", "3/1/3"
GARAGE = Outlet(9, 7)
SECOND = Outlet(9, 6)
CONFIGURATION = f"""\
# The house of Linden lane, wired in May.
site: {{name: Villa Linde, timezone: Europe/Amsterdam}}
knx:
  connection: tunneling   # the interface in the cellar
  gateway: 127.0.0.1:%(gateway)d
  rate_limit: 40
  project: project.xml
ocpp: {{listen: "127.0.0.1:%(ocpp)d"}}
web: {{listen: "127.0.0.1:%(web)d"}}
authorization: {{mode: all}}
chargers:
  - id: GARAGE
    name: "Garage"
    connectors:
      - id: 1             # left
        group_objects_from: {{scheme: xxter, base: 9/7/0}}
      - id: 2             # right: nobody has given it addresses yet
  - id: YARD
    name: "{EVIL}"
    connectors: [{{id: 1}}]
group_objects:
  chargers_online: {{state_address: {CHARGERS_ONLINE_GA}}}
  grid_power: {{address: 1/7/1, timeout: 300, fallback: 5000}}   # the meter
"""
PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
  <GroupRange Name="House" RangeStart="6144" RangeEnd="8191">
    <GroupRange Name="Ground floor" RangeStart="6400" RangeEnd="6655">
      <GroupAddress Name="Temperature of the hall" Address="{HALL}" DPTs="DPST-9-1"/>
      <GroupAddress Name="Lamp" Address="{LAMP}" DPTs="DPST-1-1"/>
      <GroupAddress Name="{EVIL.replace("<", "&lt;")}" Address="{STRANGE}" DPTs="DPST-1-1"/>
    </GroupRange>
  </GroupRange>
  <GroupRange Name="Cars" RangeStart="18432" RangeEnd="20479">
    <GroupRange Name="Garage" RangeStart="20224" RangeEnd="20479">
      <GroupAddress Name="Garage 1 status" Address="9/7/0" DPTs="DPST-5-10"/>
      <GroupAddress Name="Garage 1 charging state" Address="9/7/1" DPTs="DPST-9-1"/>
    </GroupRange>
  </GroupRange>
</GroupAddress-Export>
"""
LOOKS = (("de-DE", PHONE, "dark"), ("nl-NL", DESKTOP, "light"))
PAGES = ("/knx", "/knx/monitor", "/knx/objects", "/knx/ets", "/chargers/GARAGE/objects", "/chargers/YARD/objects")


class Installation(BridgeProcess):
    """The bridge with a file that a person has written."""

    def configure(self, house: House) -> None:
        ports = {"gateway": self.gateway_port, "ocpp": self.ocpp_port, "web": self.web_port}
        self.config.write_text(CONFIGURATION % ports)
        (self.directory / "project.xml").write_text(PROJECT, encoding="utf-8")

    @property
    def text(self) -> str:
        return self.config.read_text()


@pytest.fixture(scope="module")
def bridge(knxd: Knxd, panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    process = Installation(tmp_path_factory.mktemp("bridge"), House(()), knxd.port)
    process.start()
    asyncio.run(on_the_bus(panel))
    yield process
    process.terminate()


async def opened(browser: Browser, bridge: BridgeProcess, path: str, **more: object) -> Page:
    return await browser.page(f"{bridge.web_url}{path}", storage_state=stored(bridge, "installer"), **more)


def row_of(page: Page, address: str):
    """The group object with this address."""
    return page.locator(".objects tbody tr").filter(has=page.locator("td strong", has_text=re.compile(f"^{address}$")))


async def content(download: Download) -> bytes:
    """What was saved."""
    return await asyncio.to_thread(Path(await download.path()).read_bytes)


def telegram(page: Page, address: str):
    """The rows of the monitor with this group address."""
    return page.locator("#telegrams tr").filter(has=page.get_by_role("cell", name=address, exact=True))


async def test_the_connection_card_says_how_the_bridge_is_on_the_bus(browser: Browser, bridge: Installation):
    page = await opened(browser, bridge, "/knx")
    bus = page.locator("#bus")
    await expect(bus).to_contain_text("The bridge is on the bus")
    await expect(bus).to_contain_text("Tunnelling (UDP)")
    await expect(bus).to_contain_text(re.compile(r"15\.15\.\d+"))
    await expect(page.locator("#inputs")).to_contain_text("fallback in force")


async def test_the_search_finds_knxd_and_its_choice_stands_in_the_file(
    browser: Browser, bridge: Installation, tmp_path: Path
):
    before = bridge.text
    neighbour = Knxd(tmp_path, port=3671).start()
    try:
        page = await opened(browser, bridge, "/knx")
        await page.get_by_role("button", name="Search for gateways").click()
        row = page.locator("#gateways tbody tr").filter(has_text=":3671")
        await expect(row).to_contain_text("knxd")
        await row.get_by_role("button", name="As the second").click()
        await expect(page.locator("#said")).to_contain_text("The gateway stands in the configuration.")
    finally:
        neighbour.stop()
    added = [line for line in bridge.text.splitlines() if line not in before.splitlines()]
    assert len(added) == 1
    assert re.fullmatch(r'  second_gateway: "[0-9.]+:3671"', added[0])
    bridge.config.write_text(before)
    bridge.sighup()


async def test_the_monitor_shows_what_passes_with_name_and_value_and_really_pauses(
    browser: Browser, bridge: Installation, knxd: Knxd, panel: Panel
):
    page = await opened(browser, bridge, "/knx/monitor")
    async with device(knxd) as thermometer:
        await thermometer.write(HALL, bytes.fromhex("0c33"))
        row = telegram(page, HALL).first
        await expect(row).to_contain_text("Temperature of the hall")
        await expect(row).to_contain_text("21.5 °C")
        await expect(row).to_contain_text("0C 33")
        await page.get_by_role("button", name="Pause").click()
        await thermometer.write(HALL, bytes.fromhex("0c65"))
        await expect(page.locator("#held")).to_contain_text("1 new telegrams wait")
        await expect(telegram(page, HALL)).to_have_count(1)
        await page.get_by_role("button", name="Pause").click()
        await expect(telegram(page, HALL)).to_have_count(2)
        await expect(telegram(page, HALL).first).to_contain_text("22.5 °C")
    await panel.write(STRANGE, True)
    await expect(telegram(page, STRANGE).first).to_contain_text(EVIL)


async def test_the_monitor_can_be_read_filtered_and_carried_away_without_scripts(
    browser: Browser, bridge: Installation, panel: Panel
):
    await panel.write(LAMP, True)
    page = await opened(browser, bridge, "/knx/monitor", java_script_enabled=False)
    await page.get_by_label("Group addresses", exact=True).fill("3/1/2")
    await page.get_by_role("button", name="Filter").click()
    await expect(telegram(page, LAMP).first).to_contain_text("Lamp")
    await expect(telegram(page, HALL)).to_have_count(0)
    await panel.write(LAMP, False)
    await page.get_by_role("link", name="Load again").first.click()
    await expect(telegram(page, LAMP).first).to_contain_text("off")
    async with page.expect_download() as sent:
        await page.get_by_role("link", name="CSV").click()
    text = (await content(await sent.value)).decode("utf-8-sig")
    assert all(",3/1/2,Lamp," in line for line in text.splitlines()[1:])


async def test_what_the_page_sends_is_on_the_line_and_what_it_reads_is_told(
    browser: Browser, bridge: Installation, knxd: Knxd
):
    page = await opened(browser, bridge, "/knx/monitor")
    async with device(knxd, {HALL: bytes.fromhex("0c33")}) as display:
        await page.get_by_label("Group address", exact=True).fill(HALL)
        await page.get_by_label("Value", exact=True).fill("-3.5")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#by-hand-said")).to_contain_text("sent to 3/1/1 (Temperature of the hall): 86 A2")
        await until(lambda: (HALL, b"\x86\xa2") in display.heard, 5, "the value from the page")
        await page.get_by_role("button", name="Read").click()
        await expect(page.locator("#by-hand-said")).to_contain_text("21.5 °C")
    await page.get_by_label("Group address", exact=True).fill("9/7/1")
    await page.get_by_label("Value", exact=True).fill("1")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#by-hand-said")).to_contain_text("the bridge itself sends on 9/7/1")


async def test_the_tab_has_live_values_and_the_marks_of_the_ets(
    browser: Browser, bridge: Installation, arrive: Arrive, panel: Panel
):
    box = await arrive("GARAGE", GARAGE, strict=False)
    page = await opened(browser, bridge, "/chargers/GARAGE/objects")
    status = row_of(page, "9/7/0")
    await expect(status).to_contain_text("0 (Available)")
    await expect(status).to_contain_text("Garage 1 status")
    await box.plug()
    await expect(status).to_contain_text("1 (Plugged in)")
    wrong = row_of(page, "9/7/1")
    await expect(wrong).to_contain_text("other size in ETS")
    await status.get_by_role("button", name="Read").click()
    await expect(page.locator("#telegram-said")).to_contain_text("would answer 01, 1 (preparing)")
    limit = row_of(page, "9/7/42")
    await limit.locator("summary", has_text="Send").click()
    await limit.get_by_label("Value for 9/7/42 (14.019)").fill("10")
    await limit.get_by_role("button", name="Send").click()
    await expect(page.locator("#telegram-said")).to_contain_text("sent to 9/7/42")
    await panel.expect("9/7/42", ampere(10.0))
    await expect(limit).to_contain_text("10 A")
    await box.unplug()


async def test_addresses_from_a_base_are_in_force_at_once_and_the_comments_stay(
    browser: Browser, bridge: Installation, arrive: Arrive, panel: Panel
):
    before = bridge.text
    box = await arrive("GARAGE", GARAGE, strict=False)
    page = await opened(browser, bridge, "/chargers/GARAGE/objects")
    form = page.locator("#fill")
    await form.get_by_label("For", exact=True).select_option("2")
    await form.get_by_label("Base address").fill("9/7/0")
    await form.get_by_role("button", name="Show what would be written").click()
    await expect(page.locator("#fill")).to_contain_text("9/7/0 is the state of status of GARAGE/1")
    await page.locator("#fill").get_by_label("Base address").fill("9/6/0")
    await page.locator("#fill").get_by_role("button", name="Show what would be written").click()
    await expect(page.locator("#fill")).to_contain_text("free")
    await screenshot(page, "knx-fill-1280-light-en-GB")
    assert not await axe(page)
    await page.get_by_role("button", name="Write it into the configuration").click()
    await expect(page.locator("#said")).to_contain_text("in force")
    line = "        group_objects_from: {scheme: xxter, base: 9/6/0}\n"
    place = "      - id: 2             # right: nobody has given it addresses yet\n"
    assert bridge.text == before.replace(place, place + line)
    await box.plug(2)
    await panel.write(SECOND.command("charging"), True)
    assert (await box.expect_call("RemoteStartTransaction"))["connectorId"] == 2


async def test_one_object_more_for_the_charge_point_and_one_less(browser: Browser, bridge: Installation):
    before = bridge.text
    page = await opened(browser, bridge, "/chargers/YARD/objects", java_script_enabled=False)
    await page.get_by_label("For", exact=True).last.select_option("0")
    await page.get_by_label("Object", exact=True).fill("online")
    await page.get_by_label("Group address that it sends on").last.fill("9/5/1")
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("#said")).to_contain_text("in force")
    assert (
        "group_objects: {online: {state_address: 9/5/1}}" in bridge.text
        or "online: {state_address: 9/5/1}" in bridge.text
    )
    row = row_of(page, "9/5/1")
    await row.get_by_text("Change", exact=True).click()
    await row.get_by_role("button", name="Remove the object").click()
    await expect(page.locator("#said")).to_contain_text("in force")
    assert bridge.text == before


async def test_a_keyring_with_the_wrong_password_changes_nothing_and_a_right_one_says_what_it_covers(
    browser: Browser, bridge: Installation, tmp_path: Path
):
    before = bridge.text
    heard = {"9/7/2": ("1.1.5",)}
    keyring = Keyring(interfaces=(Interface("1.1.240", groups=heard),), groups={"9/7/2": key_of("switch")})
    file = keyring.write(tmp_path / "house.knxkeys")
    page = await opened(browser, bridge, "/knx")
    for password in ("guessed", PASSWORD):
        section = page.locator("#keyring")
        if not await section.get_by_label("Password of the export").is_visible():
            await section.get_by_text("Load a keyring").click()
        await section.get_by_label("Keyring (.knxkeys)").set_input_files(file)
        await section.get_by_label("Password of the export").fill(password)
        await section.get_by_role("button", name="Check it and use it").click()
        if password == "guessed":
            await expect(page.locator("#keyring").get_by_role("alert")).to_contain_text("cannot be opened")
            assert bridge.text == before
            assert not (bridge.directory / "site.knxkeys").exists()
    await expect(page.locator("#said")).to_contain_text("The keyring is in its place.")
    await expect(page.locator("#keyring")).to_contain_text("1 of")
    assert (bridge.directory / "site.knxkeys").stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in bridge.text
    browser.announce("answer: POST .*/knx/keyring 422")
    bridge.config.write_text(before)
    bridge.sighup()


async def test_the_export_of_the_page_can_be_loaded_again(browser: Browser, bridge: Installation):
    page = await opened(browser, bridge, "/knx/ets")
    await expect(page.locator("main")).to_contain_text("group address export (XML)")
    async with page.expect_download() as sent:
        await page.get_by_role("button", name="Download").click()
    download = await sent.value
    project = read(await content(download), download.suggested_filename)
    names = {each.name for each in project.addresses.values()}
    assert "Garage 1 status" in names
    await page.get_by_text("Load a file of the ETS").click()
    await page.get_by_label("File", exact=True).first.set_input_files(
        {"name": "house.xml", "mimeType": "text/xml", "buffer": PROJECT.replace("Lamp", "Chandelier").encode()}
    )
    await page.get_by_role("button", name="Read it and use it").click()
    await expect(page.locator("#said")).to_contain_text("its names are shown everywhere")
    assert "Chandelier" in (bridge.directory / "project.xml").read_text()


@pytest.mark.parametrize("path", PAGES)
async def test_everybody_can_use_it_on_a_phone_and_a_desk(
    browser: Browser, bridge: Installation, panel: Panel, path: str
):
    await panel.write(STRANGE, True)
    for language, view, scheme in LOOKS:
        page = await opened(browser, bridge, path, language=language, view=view, scheme=scheme)
        name = path.strip("/").replace("/", "-")
        await screenshot(page, f"{name}-{view.width}-{scheme}-{language}")
        await page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
        assert not await axe(page)
        wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{language} at {view.width} has to be moved sideways"
