"""KNX on the pages: what the installer sees and does, without a browser."""

import re

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.knx.link.scan import Found, ScanError, Tunnel
from knx_ocpp_bridge.knx.monitor.address_book import ProjectNames
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from knx_ocpp_bridge.web.roles import Role
from tests.kit import ets_files
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of
from tests.kit.website import Site

EVIL = "<script>alert(1)</script>"
FILE = f"""\
# the house of the tests
knx:
  connection: automatic   # for now
chargers:
  - id: GARAGE
    name: "{EVIL}"
    connectors:
      - {{id: 1, group_objects_from: {{scheme: xxter, base: 9/7/0}}}}
      - {{id: 2}}
group_objects:
  heartbeat: {{state_address: 9/0/1}}
  grid_power: {{address: 1/7/1, timeout: 300, fallback: 5000}}
"""


@pytest.fixture
async def site(tmp_path):
    site = Site(tmp_path)
    site.desk.path.write_text(FILE)
    site.desk.reload()
    site.desk.building.monitor.know(ProjectNames({parse_group_address("3/1/2"): EVIL}, {}))
    return site


@pytest.fixture
async def browser(site):
    async with site.visit(Role.INSTALLER) as browser:
        yield browser


def passes(site, destination, payload, source="1.1.5"):
    at, raw = site.desk.moment().utc, parse_group_address(destination)
    site.desk.building._passed(Passed(at, source, raw, Service.WRITE, payload))


async def test_the_connection_says_how_why_not_and_the_inputs_what_counts(browser):
    page = (await browser.get("/knx")).text
    assert "There is no connection to the bus" in page
    assert "searched for automatically" in page
    assert "grid_power" in page
    assert "fallback in force" in page


async def test_gateways_are_searched_for_and_one_is_chosen(site, browser):
    async def search(_local, _within):
        return (Found(EVIL, HostPort("10.0.0.5", 3671), "1.1.0", True, True, False, False, False, True,
                      (Tunnel("1.1.1", True), Tunnel("1.1.2", False))),)  # fmt: skip

    site.desk.building.scanner._search = search
    assert (await browser.post("/knx/scan")).status_code == 303
    page = (await browser.get("/knx")).text
    assert "10.0.0.5:3671" in page
    assert "1 of 2" in page
    assert EVIL not in page
    answer = await browser.post("/knx/use", data={"gateway": "10.0.0.5:3671", "connection": "tunneling_tcp"})
    assert answer.status_code == 303
    assert 'connection: tunneling_tcp   # for now\n  gateway: "10.0.0.5:3671"\n' in site.desk.path.read_text()


async def test_a_search_without_a_network_says_why(site, browser):
    async def search(_local, _within):
        raise ScanError("no network here: look at its cable")

    site.desk.building.scanner._search = search
    answer = await browser.post("/knx/scan")
    assert answer.status_code == 409
    assert "no network here: look at its cable" in answer.text


async def test_a_keyring_with_the_wrong_password_is_refused_on_the_page_and_nothing_changed(site, browser, tmp_path):
    content = Keyring(groups={"9/7/2": key_of("a")}, interfaces=(Interface("1.1.240", groups={"9/7/2": ("1.1.5",)}),))
    file = {"keyring": ("house.knxkeys", content.document())}
    answer = await browser.post("/knx/keyring", files=file, data={"password": "guessed"})
    assert answer.status_code == 422
    assert "cannot be opened" in answer.text
    assert "guessed" not in answer.text
    assert site.desk.path.read_text() == FILE
    assert (await browser.post("/knx/keyring", data={"password": "x"})).status_code == 422
    answer = await browser.post("/knx/keyring", files=file, data={"password": PASSWORD})
    assert answer.status_code == 303
    page = (await browser.get("/knx")).text
    assert re.search(r"1 of \d+ group addresses of the bridge are secured", page)


async def test_a_file_of_the_ets_is_taken_and_judged(site, browser):
    files = {"project": ("house.xml", ets_files.xml())}
    assert (await browser.post("/knx/ets", files=files)).status_code == 303
    page = (await browser.get("/knx/ets")).text
    assert "group address export (XML)" in page
    assert "not in ETS" in page
    answer = await browser.post("/knx/ets", files={"project": (f"{EVIL}.xml", b"<nonsense/>")})
    assert answer.status_code == 422
    assert "nothing was changed" in answer.text
    assert EVIL not in answer.text


async def test_exports_are_files_to_save(browser):
    for form, name in (("xml", "knx-ocpp-bridge.xml"), ("table", "group-objects.csv"), ("html", "group-objects.html")):
        answer = await browser.get(f"/knx/ets/export?format={form}&charger=GARAGE")
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    answer = await browser.get("/knx/ets/export?format=pdf")
    assert answer.status_code == 422
    assert "format is one of" in answer.text


async def test_the_list_of_an_xxter_becomes_a_configuration_to_look_at(site, browser):
    answer = await browser.post("/knx/ets/xxter", files={"list": ("list.csv", b"nothing of use")})
    assert answer.status_code == 422
    assert site.desk.path.read_text() == FILE


async def test_the_monitor_shows_telegrams_newest_first_and_names_as_text(site, browser):
    passes(site, "3/1/2", DPTBinary(1))
    passes(site, "9/7/2", DPTBinary(1))
    page = (await browser.get("/knx/monitor")).text
    assert page.index(">9/7/2<") < page.index(">3/1/2<")
    assert "start" in page
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert 'data-last="2"' in page
    assert "none of before its start on 21" in page
    assert 'href="#by-hand"' in page
    filtered = (await browser.get("/knx/monitor?address=3/1/*&ours=yes")).text
    assert "No such telegram has passed" in filtered
    wrong = await browser.get("/knx/monitor?address=hall")
    assert wrong.status_code == 422
    assert 'value="hall"' in wrong.text
    assert "not a group address" in wrong.text


async def test_a_page_that_is_open_fetches_what_has_come_since(site, browser):
    for number in range(3):
        passes(site, "3/1/2", DPTArray((number,)))
    answer = await browser.get("/knx/monitor/rows?after=1&before=2026-11-21T11:59:59.500%2B00:00")
    assert answer.headers["x-last"] == "3"
    assert re.findall(r'data-number="(\d+)"', answer.text) == ["3", "2"]
    assert "0.500 s" in answer.text
    assert "<html" not in answer.text
    for query in ("", "?after=x", "?after=1&before=noon"):
        assert (await browser.get(f"/knx/monitor/rows{query}")).status_code == 400


async def test_telegrams_go_into_a_spreadsheet_without_formulas(site, browser):
    site.desk.building.monitor.know(ProjectNames({parse_group_address("3/1/2"): "=1+1"}, {}))
    passes(site, "3/1/2", DPTBinary(1))
    lines = (await browser.get("/knx/monitor.csv")).text.splitlines()
    assert lines[0].startswith("\ufeffnumber,time")
    assert "'=1+1" in lines[1]


async def test_what_is_sent_by_hand_is_told_in_words_and_what_was_typed_stays(site, browser):
    answer = await browser.post(
        "/knx/monitor", data={"act": "write", "address": "9/8/1", "value": "17", "dpt": "5.010"}
    )
    assert answer.status_code == 409
    assert "middle group" in answer.text
    assert 'value="17"' in answer.text
    site.answers["knx_read"] = Managed(done=True, messages=("1.1.20 answers: 21.5 °C",))
    answer = await browser.post(
        "/knx/monitor", data={"act": "read", "address": "3/1/1"}, headers={"HX-Request": "true"}
    )
    assert "21.5 °C" in answer.text
    assert answer.text.lstrip().startswith("<section")


async def test_the_tab_shows_a_device_as_ets_does(site, browser):
    passes(site, "9/7/2", DPTBinary(1))
    page = (await browser.get("/chargers/GARAGE/objects")).text
    assert "<strong>9/7/2</strong>" in page
    assert "<strong>start</strong>" in page
    assert '<abbr title="Transmit">T</abbr>' in page
    assert EVIL not in page
    assert (await browser.get("/chargers/NOBODY/objects")).status_code == 404
    async with site.visit(Role.INSTALLER, language="de") as german:
        assert ">Ü</abbr>" in (await german.get("/chargers/GARAGE/objects")).text


async def test_a_block_is_shown_and_then_written(site, browser):
    form = {"connector": "2", "scheme": "xxter", "base": "9/6/0"}
    answer = await browser.post("/chargers/GARAGE/objects/fill", data={**form, "act": "preview"})
    assert answer.status_code == 200
    assert "9/6/41" in answer.text
    assert 'name="base" value="9/6/0"' in answer.text
    assert site.desk.path.read_text() == FILE
    answer = await browser.post("/chargers/GARAGE/objects/fill", data={**form, "act": "write"})
    assert answer.status_code == 303
    assert "{id: 2, group_objects_from: {scheme: xxter, base: 9/6/0}}" in site.desk.path.read_text()


async def test_a_block_that_is_taken_cannot_be_written_and_what_was_typed_stays(site, browser):
    form = {"connector": "2", "scheme": "xxter", "base": "9/7/0"}
    answer = await browser.post("/chargers/GARAGE/objects/fill", data={**form, "act": "preview"})
    assert "9/7/0 is the state of status of GARAGE/1" in answer.text
    assert "Write it into the configuration" not in answer.text
    answer = await browser.post("/chargers/GARAGE/objects/fill", data={**form, "base": "9/8/0", "act": "preview"})
    assert answer.status_code == 422
    assert 'value="9/8/0"' in answer.text


async def test_one_object_is_added_changed_and_removed(site, browser):
    there = "/chargers/GARAGE/objects/set"
    form = {"connector": "0", "key": "online", "state_address": "9/5/1", "address": "", "dpt": ""}
    assert (await browser.post(there, data=form)).status_code == 303
    assert "online: {state_address: 9/5/1}" in site.desk.path.read_text()
    form = {"connector": "0", "key": "online", "state_address": "9/7/0"}
    answer = await browser.post(there, data=form)
    assert answer.status_code == 422
    assert "both send on 9/7/0" in answer.text
    form = {"connector": "0", "key": "online", "state_address": "9/5/1", "act": "remove"}
    assert (await browser.post(there, data=form)).status_code == 303
    assert site.desk.path.read_text() == FILE


async def test_the_bridge_itself_gets_its_addresses_on_the_page_of_all_objects(site, browser):
    page = (await browser.get("/knx/objects")).text
    assert "<strong>9/0/1</strong>" in page
    assert 'href="/chargers/GARAGE/objects"' in page
    form = {"scheme": "in_turn", "base": "9/0/2", "key-chargers_online": "yes", "act": "preview"}
    assert "9/0/2" in (await browser.post("/knx/objects/fill", data=form)).text
    assert (await browser.post("/knx/objects/fill", data={**form, "act": "write"})).status_code == 303
    assert "chargers_online: {state_address: 9/0/2}" in site.desk.path.read_text()


async def test_a_row_is_sent_and_read_by_a_form_and_by_a_script(site, browser):
    site.answers["knx_write"] = Managed(done=True, messages=("sent to 9/7/2",))
    form = {"act": "write", "address": "9/7/2", "value": "1"}
    assert "sent to 9/7/2" in (await browser.post("/chargers/GARAGE/objects/telegram", data=form)).text
    answer = await browser.post("/chargers/GARAGE/objects/telegram", data=form, headers={"HX-Request": "true"})
    assert answer.text.strip().startswith('<div id="telegram-said"')
