"""The pages about charge points: who wants in, who failed, why only 6 A, and what is measured."""

import json
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Called, Ended, Listing
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.daemon.queries import look
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

EVIL = "<script>alert(1)</script>"
ROOT = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def page(site: Site, path: str, role: Role = Role.INSTALLER, language: str = "en") -> str:
    async with site.visit(role, language=language) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(site: Site, path: str, role: Role = Role.INSTALLER, **form: str) -> tuple[int, str]:
    """The status and the text of the page that is shown after it."""
    async with site.visit(role) as browser:
        answer = await browser.post(path, data=form)
        if answer.status_code == 303:
            return 303, (await browser.get(answer.headers["location"])).text
    return answer.status_code, answer.text


async def test_whoever_is_unknown_is_in_the_inbox_with_what_it_says_of_itself(site: Site):
    site.desk.arrives("NEWCOMER")
    text = await page(site, "/chargers")
    for part in ("NEWCOMER", "ACME", "Box", "S1", "1.2", "10.0.0.9", "Adopt", "Reject", "Forget"):
        assert part in text, part
    assert "NEWCOMER" not in await page(site, "/chargers", Role.OPERATOR)


async def test_a_charger_is_adopted_with_a_name_and_its_connectors(site: Site):
    site.desk.arrives("NEWCOMER")
    status, text = await sent(site, "/chargers/adopt", charger="NEWCOMER", name="Garage left", connectors="2")
    assert status == 303
    assert "NEWCOMER stands in" in text
    assert 'name: "Garage left", connectors: [{id: 1}, {id: 2}]' in site.desk.path.read_text()
    assert 'href="/chargers/NEWCOMER"' in text


async def test_a_charge_too_short_for_a_curve_is_listed_on_the_overview(site: Site):
    site.desk.arrives("GARAGE")
    charge = {"number": 7, "connector": 1, "started_at": "2026-11-21T11:20:03+00:00", "energy_wh": 12}
    site.answers["past_day"] = Listing(())
    site.answers["transactions"] = Listing(({**charge, "stopped_at": "2026-11-21T11:20:07+00:00"},))
    text = await page(site, "/chargers/GARAGE", Role.VIEWER)
    assert "Nothing was charged in the last 24 hours" not in text
    assert 'href="/sessions/7"' in text
    assert "12:20:07" in text
    assert "0.012" in text


async def test_a_number_of_connectors_that_is_none_is_refused_and_nothing_typed_is_lost(site: Site):
    site.desk.arrives("NEWCOMER")
    status, text = await sent(site, "/chargers/adopt", charger="NEWCOMER", name="Garage left", connectors="two")
    assert status == 422
    assert "a whole number from 1 to 31" in text
    assert 'value="Garage left"' in text
    assert 'value="two"' in text
    assert "NEWCOMER" not in site.desk.path.read_text()


async def test_a_charger_that_was_forgotten_meanwhile_cannot_be_adopted_and_it_is_said_why(site: Site):
    status, text = await sent(site, "/chargers/adopt", charger="GONE", connectors="1")
    assert status == 422
    assert "has not dialled in" in text


async def test_a_charger_is_rejected_and_forgotten(site: Site):
    site.desk.arrives("NEWCOMER")
    _, text = await sent(site, "/chargers/reject", charger="NEWCOMER")
    assert "is answered Rejected from now on" in text
    assert "Rejected (1)" in text
    _, text = await sent(site, "/chargers/forget", charger="NEWCOMER")
    assert "is forgotten" in text
    assert "Nobody unknown has dialled in" in text


async def test_the_window_is_opened_for_some_minutes_and_closed(site: Site):
    _, text = await sent(site, "/chargers/window", minutes="7")
    assert "Open for 7 more minutes" in text
    _, text = await sent(site, "/chargers/window", minutes="0")
    assert "Open it" in text
    _, text = await sent(site, "/chargers/window", minutes="600")
    assert "1 to 60 minutes" in text


@pytest.mark.parametrize("act", ["adopt", "reject", "forget", "window"])
async def test_nobody_but_an_installer_decides_who_is_let_in(site: Site, act: str):
    assert (await sent(site, f"/chargers/{act}", Role.OPERATOR, charger="X", minutes="5"))[0] == 403


def failure(number: int, cause: str, **more: object) -> dict[str, object]:
    row = {"number": number, "at": "2026-11-21T11:00:00+00:00", "peer": "10.0.0.7", "user_agent": "", "path": "/X"}
    return {**row, "offered": "", "kind": "tls", "cause": cause, "reason": "r", "remedy": "m", "times": 1, **more}


async def test_a_failed_connection_has_a_remedy_in_plain_words_in_the_visitors_language(site: Site):
    site.desk.failures.entries = [failure(1, "tls_root", times=12), failure(2, "something new")]
    text = await page(site, "/chargers")
    assert "It does not trust the certificate of the bridge." in text
    assert "install it in the charger" in text
    assert "12 times" in text
    assert "The encrypted connection could not be established." in text, "a new cause has the words of its kind"
    german = await page(site, "/chargers", language="de")
    assert "Er vertraut dem Zertifikat der Bridge nicht." in german


async def test_what_is_typed_into_a_charger_can_be_copied_and_photographed(site: Site):
    text = await page(site, "/chargers")
    assert 'value="ws://' in text
    assert "<svg" in text
    assert " style=" not in text
    assert "/ca.pem" not in text, "the stub has no root certificate"
    site.answers["ca"] = Listing(({"served": "own", "root": {"fingerprint": "AA:BB"}},))
    text = await page(site, "/chargers")
    assert 'href="/ca.pem"' in text
    assert "AA:BB" in text


async def test_the_root_certificate_can_be_had_by_whoever_needs_it(site: Site):
    site.desk.papers.root_pem = ROOT.encode
    async with site.visit(Role.NOBODY) as browser:
        pem, der = await browser.get("/ca.pem"), await browser.get("/ca.der")
    assert pem.text == ROOT
    assert der.content == b"0\x03\x02\x01\x01"
    assert "attachment" in der.headers["content-disposition"]


async def test_a_charger_called_script_is_text_on_every_page(site: Site):
    site.desk.arrives("NEWCOMER")
    site.desk.failures.entries = [failure(1, EVIL, path=f"/{EVIL}", reason=EVIL, user_agent=EVIL, kind=EVIL)]
    says(site, {"value": EVIL, "measurand": EVIL, "unit": EVIL})
    site.desk.arrives("GARAGE", link=2)
    (row,) = site.desk.shows("charger", "GARAGE").rows
    evil = {**row, "name": EVIL, "vendor": EVIL, "model": EVIL, "identity": dict.fromkeys(row["identity"], EVIL)}
    evil["flags"] = [{"name": EVIL, "value": EVIL, "source": "brand", "why": EVIL}]
    site.answers["charger"] = Listing((evil,))
    for path in ("/chargers", "/chargers/GARAGE", "/chargers/GARAGE/limits", "/chargers/GARAGE/measurands"):
        text = await page(site, path)
        assert "alert(1)" in text, path
        assert EVIL not in text, path


def wish(site: Site, key: str, value: float, origin: Origin = Origin.KNX, source: str = "1.1.5") -> None:
    site.desk.now_s += 10
    site.desk.post(ChargerId("GARAGE"), Wished(ConnectorId(1), key, value, origin, 0, source))


def says(site: Site, *sampled: object) -> None:
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-21T11:59:58Z", "sampledValue": list(sampled)}]}
    site.desk.trace(ChargerId("GARAGE"), "in", json.dumps([2, "1", "MeterValues", payload]))


async def test_why_only_six_amperes_is_one_sentence(site: Site):
    site.desk.arrives("GARAGE")
    wish(site, "max_current", 6.0)
    text = await page(site, "/chargers/GARAGE/limits")
    assert "6 A: set by KNX (1.1.5) on 21 Nov 2026 13:00." in text
    assert "6 A: gesetzt von KNX (1.1.5) am 21.11.2026 13:00." in await page(
        site, "/chargers/GARAGE/limits", language="de"
    )


async def test_a_limit_has_its_words_and_its_end(site: Site):
    site.desk.arrives("GARAGE")
    row, *others = look(site.desk.sources, "limits", "GARAGE", {}).rows
    limit = {**row["limits"][0], "words": "waits behind LEFT 1 <b>", "until": "2026-11-21T17:00:00Z"}
    order = {
        "of": "transaction", "value_a": 10.0, "action": "SetChargingProfile", "what": "TxProfile 10 A",
        "at": "2026-11-21T12:00:00Z", "ends_at": "2026-11-21T12:03:00Z", "state": "confirmed", "answer": "Accepted",
        "confirmed_a": 10.0, "tries": 1,
    }  # fmt: skip
    changed = {**row, "limits": [limit, *row["limits"][1:]], "orders": [order]}
    site.answers["limits"] = Listing((changed, *others))
    text = await page(site, "/chargers/GARAGE/limits")
    assert "waits behind LEFT 1 &lt;b&gt;" in text
    assert "21 Nov 2026 18:00:00" in text
    assert "13:03:00 <small>(unless renewed)" in text


async def test_who_paused_by_a_page_is_not_told_to_viewers(site: Site):
    site.desk.arrives("GARAGE")
    wish(site, "pause", True, Origin.PAGE, "lodger@office")
    assert "Paused by a page (lodger@office)" in await page(site, "/chargers/GARAGE/limits", Role.OPERATOR)
    viewed = await page(site, "/chargers/GARAGE/limits", Role.VIEWER)
    assert "Paused by a page on" in viewed
    assert "lodger@office" not in viewed
    assert "lodger@office" not in await page(site, "/chargers/GARAGE", Role.VIEWER)


async def test_a_limit_is_set_from_the_page_and_nonsense_is_not(site: Site):
    site.answers["wish"] = Ended(CommandResult.ACCEPTED, "6 A is in force")
    status, text = await sent(site, "/chargers/GARAGE/limits", Role.OPERATOR, act="limit", connector="1", amps="6,5 A")
    assert status == 303
    assert "6 A is in force" in text
    (asked,) = [one for one in site.asked if getattr(one, "key", "") == "max_current"]
    assert (asked.charger, asked.connector, asked.value) == ("GARAGE", 1, 6.5)
    status, text = await sent(site, "/chargers/GARAGE/limits", Role.OPERATOR, act="limit", connector="1", amps="lots")
    assert status == 422
    assert "number of A" in text
    assert 'value="lots"' in text
    assert (await sent(site, "/chargers/GARAGE/limits", Role.VIEWER, act="limit", connector="1", amps="6"))[0] == 403


async def test_a_limit_that_was_refused_says_why(site: Site):
    site.answers["wish"] = Ended(CommandResult.OFFLINE, "the charger is not connected")
    _, text = await sent(site, "/chargers/GARAGE/limits", act="normal", connector="1")
    assert "The charger is offline. the charger is not connected" in text
    assert 'class="message bad"' in text


@pytest.mark.parametrize(
    "form", [{}, {"act": "limit"}, {"act": "nothing", "connector": "1"}, {"act": "limit", "connector": "x"}]
)
async def test_a_form_that_lost_its_fields_is_asked_for_again(site: Site, form: dict[str, str]):
    assert (await sent(site, "/chargers/GARAGE/limits", **form))[0] == 422


async def test_the_schedule_that_the_charge_point_puts_together_is_shown(site: Site):
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}, {"startPeriod": 60}],
    }
    answer = {"status": "Accepted", "scheduleStart": "2026-11-21T12:00:00Z", "chargingSchedule": schedule}
    site.answers["call"] = Called(CommandResult.ACCEPTED, "Accepted", answer)
    _, text = await sent(site, "/chargers/GARAGE/limits", act="schedule", connector="1")
    assert "after 0 s: 16 A" in text
    site.answers["call"] = Called(CommandResult.REJECTED, "Rejected", {"status": "Rejected"})
    _, text = await sent(site, "/chargers/GARAGE/limits", act="schedule", connector="1")
    assert "The charger refused it. (Rejected)" in text
    site.answers["call"] = Called(CommandResult.ACCEPTED, "Accepted", {"status": "Accepted", "chargingSchedule": 7})
    _, text = await sent(site, "/chargers/GARAGE/limits", act="schedule", connector="1")
    assert "has no schedule" in text


async def test_every_measurand_is_shown_as_it_was_sent_and_what_is_meant_without_a_word(site: Site):
    says(site, {"value": "1010"}, {"value": "7.1", "measurand": "Power.Active.Import", "unit": "kW", "phase": "L1-N"})
    text = await page(site, "/chargers/GARAGE/measurands", Role.VIEWER)
    for part in ("1010", "(Energy.Active.Import.Register)", "(Wh)", "7.1", "kW", "L1-N", "2026-11-21T11:59:58Z"):
        assert part in text, part
    assert "Read these keys now" not in text
    async with site.visit(Role.VIEWER) as browser:
        part = await browser.get("/chargers/GARAGE/measurands", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="measurands"')


async def test_what_is_asked_for_is_read_when_somebody_wants_it(site: Site):
    answer = {"configurationKey": [{"key": "MeterValuesSampledData", "readonly": False, "value": "Voltage"}]}
    site.answers["call"] = Called(CommandResult.ACCEPTED, "", {**answer, "unknownKey": ["ClockAlignedDataInterval"]})
    _, text = await sent(site, "/chargers/GARAGE/measurands", Role.OPERATOR)
    assert "MeterValuesSampledData: Voltage" in text
    assert "It does not know ClockAlignedDataInterval." in text


async def test_a_charger_without_meter_values_says_when_they_come(site: Site):
    assert "only while a car charges" in await page(site, "/chargers/GARAGE/measurands")


async def test_the_overview_says_what_it_is_and_what_it_can_do(site: Site):
    site.desk.arrives("GARAGE")
    text = await page(site, "/chargers/GARAGE")
    for part in ("ACME", "8931", "2041", "M7", "Smart Charging", "0: none", "300 s", "Nothing was charged"):
        assert part in text, part


async def test_two_hundred_chargers_are_one_table_that_can_be_filtered(site: Site):
    chargers = "".join(f"  - {{id: C{number}, connectors: [{{id: 1}}]}}\n" for number in range(200))
    site.desk.path.write_text(f"chargers:\n{chargers}")
    site.desk.reload()
    text = await page(site, "/chargers", Role.VIEWER)
    assert text.count('<tr id="row-') == 200
    assert 'data-filter="#fleet"' in text
    assert len(text) < 200_000
