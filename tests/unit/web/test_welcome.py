"""The first steps: each page says what to do, nothing of it is lost when something was typed wrongly."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.control.protocol import Failed, Listing, Managed
from knx_ocpp_bridge.core.events import BootNotified, Identity, LinkOpened
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.welcome_steps import KEYS
from tests.kit.caller import Caller
from tests.kit.website import Site

EVIL = "<script>alert(1)</script>"
FILE = """\
site: {name: Villa}
chargers:
  - id: GARAGE
    name: Garage
    connectors: [{id: 1}]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.desk.path.write_text(FILE)
    made.desk.reload()
    made.answers["ca"] = Failed("TLS is off")
    return made


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.visit(Role.INSTALLER) as visiting:
        yield visiting


def dials(site: Site, name: str, vendor: str = "ACME") -> None:
    charger = site.desk.roster.admit(Caller(name, "10.0.0.9", "box/1"))
    assert charger is not None
    site.desk.post(charger, LinkOpened(LinkNumber(9), "10.0.0.9"))
    site.desk.post(charger, BootNotified(LinkNumber(9), "1", Identity(vendor=vendor, model="Box")))


async def test_the_overview_leads_to_the_first_step_that_is_open(browser: httpx.AsyncClient):
    page = (await browser.get("/welcome")).text
    assert 'class="button primary" href="/welcome/building"' not in page
    assert page.count("/welcome/") >= len(KEYS)


@pytest.mark.parametrize("key", KEYS)
async def test_every_step_shows_itself_and_the_way_on(browser: httpx.AsyncClient, key: str):
    answer = await browser.get(f"/welcome/{key}")
    assert answer.status_code == 200, answer.text
    place = KEYS.index(key)
    if place + 1 < len(KEYS):
        assert f'href="/welcome/{KEYS[place + 1]}"' in answer.text


@pytest.mark.parametrize("key", KEYS)
async def test_without_a_charger_a_step_says_where_to_begin(site: Site, browser: httpx.AsyncClient, key: str):
    site.desk.path.write_text("site: {name: Villa}\n")
    site.desk.reload()
    assert (await browser.get(f"/welcome/{key}")).status_code == 200


async def test_what_is_left_out_is_remembered_by_the_browser_alone(browser: httpx.AsyncClient):
    answer = await browser.post("/welcome/skip", data={"step": "ets"})
    assert answer.headers["location"] == "/welcome/charger"
    assert ">left out<" in (await browser.get("/welcome")).text
    again = await browser.post("/welcome/skip", data={"step": "ets", "again": "yes"})
    assert again.status_code == 303
    assert ">left out<" not in (await browser.get("/welcome")).text


async def test_a_charger_that_waits_is_adopted_and_its_currents_are_asked_for(site: Site, browser: httpx.AsyncClient):
    dials(site, "NEW")
    assert 'value="NEW"' in (await browser.get("/welcome/charger")).text
    answer = await browser.post("/welcome/adopt", data={"charger": "NEW", "name": "Carport"})
    assert answer.headers["location"].startswith("/welcome/adopt?charger=NEW")
    assert "Carport" in (await browser.get(answer.headers["location"])).text


async def test_what_a_charger_calls_itself_is_text(site: Site, browser: httpx.AsyncClient):
    dials(site, "NEW", EVIL)
    page = (await browser.get("/welcome/charger")).text
    assert EVIL not in page
    assert "&lt;script&gt;" in page


async def test_currents_are_saved_together(site: Site, browser: httpx.AsyncClient):
    form = {
        "charger": "GARAGE", "connectors": "1", "name": "Garage links", "phases-1": "1", "max_current-1": "20",
        "normal_current-1": "8,5", "fast_current-1": "16",
    }  # fmt: skip
    answer = await browser.post("/welcome/currents", data=form)
    assert answer.headers["location"].startswith("/welcome/addresses")
    settings = next(iter(site.desk.loaded.chargers.values()))
    assert settings.name == "Garage links"
    outlet = next(iter(settings.connectors.values()))
    assert (outlet.max_current_a, outlet.normal_current_a, outlet.fast_current_a) == (20, 8.5, 16)


async def test_currents_out_of_order_are_told_and_stay_typed(site: Site, browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connectors": "1", "name": "Garage", "phases-1": "3", "max_current-1": "10"}
    answer = await browser.post("/welcome/currents", data={**form, "normal_current-1": "16", "fast_current-1": "16"})
    assert answer.status_code == 422
    assert 'value="10"' in answer.text
    for field in ("normal_current-1", "fast_current-1"):
        assert f'id="{field}-wrong">This is more than the highest current (10 A)' in answer.text
    assert site.desk.path.read_text() == FILE


async def test_addresses_are_shown_before_they_are_taken(site: Site, browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connector": "1", "scheme": "xxter", "base": "9/7/0"}
    answer = await browser.post("/welcome/addresses", data={**form, "do": "check"})
    assert "9/7/2" in answer.text
    assert site.desk.path.read_text() == FILE
    answer = await browser.post("/welcome/addresses", data={**form, "do": "write"})
    assert answer.status_code == 303
    assert "group_objects_from: {scheme: xxter, base: 9/7/0}" in site.desk.path.read_text()
    assert "9/7/2" in (await browser.get("/welcome/addresses")).text
    assert "9/7/2" in (await browser.get("/welcome/try")).text


async def test_an_address_that_is_none_is_told(site: Site, browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connector": "1", "scheme": "xxter", "base": "99/7", "do": "check"}
    answer = await browser.post("/welcome/addresses", data=form)
    assert answer.status_code == 422
    assert 'value="99/7"' in answer.text


async def test_two_levels_are_asked_about_and_no_ets_file_is_no_free_address(browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connector": "1", "scheme": "xxter", "do": "check"}
    page = (await browser.post("/welcome/addresses", data={**form, "base": "9/7"})).text
    assert "write it like 9/7/0" in page
    page = (await browser.post("/welcome/addresses", data={**form, "base": "9/7/0"})).text
    assert "not known: no ETS file" in page
    assert ">free<" not in page


async def test_why_a_block_cannot_be_taken_stands_above_it(browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connector": "1", "scheme": "xxter", "base": "9/7/200", "do": "check"}
    page = (await browser.post("/welcome/addresses", data=form)).text
    assert "The block does not fit behind this base" in page
    assert 'value="write"' not in page
    assert ">used<" not in page


async def test_an_odd_current_is_told_at_its_field(browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connectors": "1", "name": "Garage", "phases-1": "3", "max_current-1": "400"}
    page = (await browser.post("/welcome/currents", data=form)).text
    assert 'id="max_current-1-wrong">400 is out of range' in page
    page = (await browser.post("/welcome/currents", data={**form, "max_current-1": "plenty"})).text
    assert 'id="max_current-1-wrong">Write a number' in page


async def test_what_a_charger_may_is_done_once_it_was_saved(browser: httpx.AsyncClient):
    assert '<a href="/welcome/adopt">' in (await browser.get("/welcome/finish")).text
    form = {"charger": "GARAGE", "connectors": "1", "name": "Garage", "phases-1": "3", "max_current-1": "16"}
    assert (await browser.post("/welcome/currents", data=form)).status_code == 303
    assert '<a href="/welcome/adopt">' not in (await browser.get("/welcome/finish")).text


@pytest.mark.parametrize(("not_tried", "is_open"), [(5, True), (0, False)])
async def test_a_self_test_with_trials_not_tried_is_still_open(
    site: Site, browser: httpx.AsyncClient, not_tried: int, is_open: bool
):
    row = {"charger": "GARAGE", "connector": 1, "state": "over", "passed": 5, "failed": 0, "not_tried": not_tried,
           "began_at": "2026-11-21T10:00:00+00:00"}  # fmt: skip
    site.answers["selftest"] = Listing((row,))
    assert ('<a href="/welcome/check">' in (await browser.get("/welcome/finish")).text) is is_open


async def test_pages_that_a_step_leads_to_lead_back(browser: httpx.AsyncClient):
    assert "/welcome/check" not in (await browser.get("/chargers/GARAGE/selftest")).text
    await browser.get("/welcome/check")
    assert 'href="/welcome/check"' in (await browser.get("/chargers/GARAGE/selftest")).text


async def test_how_long_an_adopted_charger_waits_is_told_while_it_does(site: Site, browser: httpx.AsyncClient):
    dials(site, "NEW")
    await browser.post("/welcome/adopt", data={"charger": "NEW", "name": "Carport"})
    for path in ("/welcome/adopt", "/welcome/adopt/live", "/welcome/try/live"):
        assert re.search(r"is served within \d+ s", (await browser.get(f"{path}?charger=NEW")).text), path
    assert "nothing reaches it" in (await browser.get("/welcome/adopt/live?charger=GARAGE")).text


async def test_at_the_end_strangers_are_turned_away(site: Site, browser: httpx.AsyncClient):
    assert (await browser.post("/welcome/finish")).status_code == 303
    assert site.desk.loaded.bridge.ocpp.unknown_chargers.value == "rejected"


async def test_a_gateway_that_was_chosen_leads_to_a_restart(site: Site, browser: httpx.AsyncClient):
    site.answers["restart"] = Managed(done=True)
    answer = await browser.post("/welcome/knx/use", data={"gateway": "10.0.0.7", "connection": "tunneling"})
    assert str(site.desk.loaded.bridge.knx.gateway) == "10.0.0.7:3671"
    assert answer.status_code == 303 or "starts again" in answer.text


@pytest.mark.parametrize("key", ["adopt", "knx", "try"])
async def test_what_changes_by_itself_is_a_fragment(browser: httpx.AsyncClient, key: str):
    page = (await browser.get(f"/welcome/{key}/live")).text
    assert f'id="{key}-live"' in page
    assert "<html" not in page


async def test_the_report_has_the_object_table(browser: httpx.AsyncClient):
    form = {"charger": "GARAGE", "connector": "1", "scheme": "xxter", "base": "9/7/0", "do": "write"}
    await browser.post("/welcome/addresses", data=form)
    page = (await browser.get("/handover")).text
    assert "9/7/2" in page
    assert "Garage" in page


@pytest.mark.parametrize("path", ["/welcome/knx", "/welcome/finish", "/handover"])
async def test_the_steps_are_for_the_installer(site: Site, path: str):
    async with site.visit(Role.OPERATOR) as operator:
        assert (await operator.get(path)).status_code == 403


async def test_nobody_puts_a_backup_back_where_somebody_has_a_password(site: Site):
    assert (await site.desk.does("user_add", name="lodger", role="installer", password="correct horse battery")).done
    async with site.visit(Role.NOBODY) as nobody:
        answer = await nobody.post("/welcome/restore", files={"backup": ("x", b"x")})
        assert answer.status_code == 403


async def test_where_nobody_has_a_password_the_first_one_is_set_or_a_backup_put_back(site: Site):
    async with site.visit(Role.NOBODY) as nobody:
        page = (await nobody.get("/welcome")).text
        assert 'action="/welcome/password"' in page
        assert 'action="/welcome/restore"' in page
        site.answers["restore"] = Managed(done=False, messages=("this is no backup",))
        answer = await nobody.post("/welcome/restore", files={"backup": ("x", b"x")})
        assert answer.status_code == 409
        assert "this is no backup" in answer.text


async def test_whoever_is_no_installer_is_asked_to_log_in(site: Site):
    assert (await site.desk.does("user_add", name="lodger", role="installer", password="correct horse battery")).done
    async with site.visit(Role.NOBODY) as nobody:
        assert (await nobody.get("/welcome")).headers["location"] == "/login?next=/welcome"


async def test_a_first_password_that_was_refused_is_told_on_the_same_page_and_that_it_is_not_encrypted(site: Site):
    async with site.visit(Role.NOBODY) as nobody:
        form = {"name": "boss", "password": "correct horse battery", "again": "another"}
        answer = await nobody.post("/welcome/password", data=form)
        assert answer.status_code == 403
        for page in (answer.text, (await nobody.get("/welcome")).text):
            assert "<h1>Welcome</h1>" in page
            assert 'action="/welcome/restore"' in page
        assert "The two passwords differ." in answer.text
        assert 'value="boss"' in answer.text


async def test_after_a_backup_was_put_back_the_login_says_so(site: Site):
    async with site.visit(Role.NOBODY) as nobody:
        site.answers["restore"] = Managed(done=True)
        page = (await nobody.post("/welcome/restore", files={"backup": ("x", b"x")})).text
        assert "/login?restored=yes" in page
        assert (await site.desk.does("user_add", name="boss", role="installer", password="correct horse battery")).done
        assert "started again with the backup" in (await nobody.get("/login?restored=yes")).text
        assert "started again with the backup" not in (await nobody.get("/login")).text
