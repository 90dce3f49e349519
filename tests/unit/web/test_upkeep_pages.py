"""The pages of a charger's upkeep: keys, maintenance, self-test and trace."""

import asyncio
import json
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Call, Called, Ended, Failed, Listing, Manage, Managed, Wish
from knx_ocpp_bridge.core.commands import Call as AnyCall
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.selftest import AskCall, Outcome
from knx_ocpp_bridge.core.selftest_trials import NAMES
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.upkeep_acts import ACTS, DANGEROUS
from knx_ocpp_bridge.web.upkeep_words import OUTCOMES, TRIALS
from tests.kit.website import Site

EVIL = "<script>alert(1)</script>"
KEYS = [
    {"key": "HeartbeatInterval", "value": "300", "readonly": False},
    {"key": "LocalPreAuthorize", "value": "true", "readonly": False},
    {"key": "NumberOfConnectors", "value": "1", "readonly": True},
    {"key": "VendorPassword", "value": "hunter2", "readonly": False},
    {"key": EVIL, "value": EVIL, "readonly": False},
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.desk.arrives("GARAGE")
    made.desk.replies = replies
    return made


def replies(command: object) -> str:
    if not isinstance(command, AnyCall):
        return "Accepted"
    if command.action == "GetConfiguration":
        wanted = json.loads(command.payload).get("key")
        return json.dumps({"configurationKey": [one for one in KEYS if wanted is None or one["key"] in wanted]})
    return '{"status": "Accepted"}'


async def page(site: Site, path: str, language: str = "en") -> str:
    async with site.visit(Role.INSTALLER, language=language) as browser:
        answer = await browser.get(f"/chargers/GARAGE/{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(site: Site, path: str, **form: str) -> tuple[int, str]:
    """The status and the text of the page that is shown after it."""
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.post(f"/chargers/GARAGE/{path}", data=form)
        if answer.status_code == 303:
            return 303, (await browser.get(answer.headers["location"])).text
    return answer.status_code, answer.text


async def read(site: Site) -> None:
    status, text = await sent(site, "keys/read")
    assert status == 303
    assert "5 keys were read." in text


# keys


async def test_before_anybody_has_read_the_keys_the_page_offers_to_read_them(site: Site):
    text = await page(site, "keys")
    assert "No key has been read yet." in text
    assert "start anew when these keys are read" in text


async def test_keys_stand_with_what_they_mean_and_secrets_are_never_shown(site: Site):
    await read(site)
    text = await page(site, "keys")
    assert "Interval of Heartbeat" in text
    assert "the bridge sets this" in text
    assert "read-only" in text
    assert "of the vendor" in text
    assert "hunter2" not in text
    assert "secret: never shown" in text
    assert EVIL not in text


async def test_the_keys_are_searched_without_a_script(site: Site):
    await read(site)
    text = await page(site, "keys?find=heartbeat+interval")
    assert "HeartbeatInterval" in text
    assert "LocalPreAuthorize" not in text
    assert "No key has these words in it." in await page(site, "keys?find=nothing+of+it")


async def test_a_boolean_is_chosen_and_a_number_has_its_unit(site: Site):
    await read(site)
    text = await page(site, "keys")
    assert '<option value="true" selected>true</option>' in text
    assert 'type="number"' in text
    assert "New value of HeartbeatInterval (s)" in text


async def test_a_key_is_set_and_what_the_charger_answered_is_told(site: Site):
    site.answers["key_set"] = Managed(True, ("accepted: BlinkRepeat = 2",), row={"reboot_needed": True})
    status, text = await sent(site, "keys/set", key="BlinkRepeat", value="2")
    assert status == 303
    assert "BlinkRepeat was accepted." in text
    assert "after the charge point was restarted" in text
    assert Manage("key_set", "GARAGE", {"key": "BlinkRepeat", "value": "2", "force": False}) in site.asked


async def test_a_slip_keeps_what_was_typed_and_says_what_is_wrong(site: Site):
    await read(site)
    status, text = await sent(site, "keys/set", key="HeartbeatInterval", value="soon")
    assert status == 422
    assert "whole number" in text
    assert 'value="soon"' in text
    assert "Send it all the same" in text


async def test_a_read_only_key_is_refused_with_the_reason(site: Site):
    status, text = await sent(site, "keys/set", key="NumberOfConnectors", value="9")
    assert status == 422
    assert "read-only in OCPP 1.6" in text
    assert 'value="9"' in text


async def test_the_words_of_a_key_are_those_of_the_visitor(site: Site):
    await read(site)
    assert "Abstand der Heartbeats" in await page(site, "keys", language="de")


# maintenance


async def test_what_the_charger_cannot_do_is_absent_and_the_end_of_the_page_says_why(site: Site):
    upkeep = dict(site.desk.shows("upkeep", "GARAGE").rows[0])
    upkeep["not_offered"] = [{"name": "unlock", "why": f"it answered {EVIL}"}, {"name": "profiles", "why": "no"}]
    site.answers["upkeep"] = Listing((upkeep,))
    text = await page(site, "maintenance")
    assert "Unlock connector 1" not in text
    assert "Clear charging profiles" not in text
    assert "Not offered, because" in text
    assert EVIL not in text
    assert "Unlock connector 1" in await _plain(site)


async def _plain(site: Site) -> str:
    del site.answers["upkeep"]
    return await page(site, "maintenance")


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"act": "reset", "kind": "soft", "sure": "on"}, Wish("GARAGE", 0, "reset", True)),
        ({"act": "reset", "kind": "hard", "sure": "on"}, Wish("GARAGE", 0, "hard_reset", True)),
        ({"act": "availability", "connector": "1", "operative": "0"}, Wish("GARAGE", 1, "availability", False)),
        ({"act": "availability", "connector": "0", "operative": "1"}, Wish("GARAGE", 0, "availability", True)),
        ({"act": "unlock", "connector": "1"}, Wish("GARAGE", 1, "unlock", True)),
        ({"act": "clear_cache"}, Wish("GARAGE", 0, "clear_cache", True)),
        ({"act": "reserve", "connector": "1"}, Wish("GARAGE", 1, "reservation", True)),
        ({"act": "free", "connector": "1"}, Wish("GARAGE", 1, "reservation", False)),
    ],
)
async def test_a_button_is_the_same_wish_as_that_of_the_wall_switch(site: Site, form, asked):
    site.answers["wish"] = Ended(CommandResult.ACCEPTED, "Accepted")
    status, text = await sent(site, "maintenance", **form)
    assert status == 303
    assert "accepted" in text
    assert asked in site.asked


@pytest.mark.parametrize(
    ("form", "action", "payload"),
    [
        ({"act": "trigger", "message": "MeterValues", "connector": "1"}, "TriggerMessage",
         {"requestedMessage": "MeterValues", "connectorId": 1}),
        ({"act": "trigger", "message": "SignChargePointCertificate", "connector": "0"}, "ExtendedTriggerMessage",
         {"requestedMessage": "SignChargePointCertificate"}),
        ({"act": "diagnostics", "location": "ftp://a/b/", "retries": "2"}, "GetDiagnostics",
         {"location": "ftp://a/b/", "retries": 2}),
        ({"act": "diagnostics", "location": "ftp://a/b/", "startTime": "2026-11-21T12:00"}, "GetDiagnostics",
         {"location": "ftp://a/b/", "startTime": "2026-11-21T11:00:00Z"}),
        ({"act": "firmware", "location": "https://a/f", "retrieveDate": "2026-07-01T12:00", "sure": "on"},
         "UpdateFirmware", {"location": "https://a/f", "retrieveDate": "2026-07-01T10:00:00Z"}),
        ({"act": "clear_profiles", "connector": "-1", "sure": "on"}, "ClearChargingProfile", {}),
        ({"act": "clear_profiles", "connector": "1", "sure": "on"}, "ClearChargingProfile", {"connectorId": 1}),
        ({"act": "composite", "connector": "1", "minutes": "90"}, "GetCompositeSchedule",
         {"connectorId": 1, "duration": 5400}),
        ({"act": "data_transfer", "vendor": "me", "data": "x"}, "DataTransfer", {"vendorId": "me", "data": "x"}),
        ({"act": "call", "action": "Reset", "payload": '{"type": "Soft"}', "sure": "on"}, "Reset", {"type": "Soft"}),
        ({"act": "free", "connector": "1", "card": "1"}, "CancelReservation", {"reservationId": 1001}),
        ({"act": "list_version"}, "GetLocalListVersion", {}),
    ],
)  # fmt: skip
async def test_an_operation_is_sent_as_ocpp_writes_it(site: Site, form, action, payload):
    site.answers["call"] = Called(CommandResult.ACCEPTED, "Accepted", {"status": "Accepted"})
    status, _ = await sent(site, "maintenance", **form)
    assert status in {200, 303}
    assert Call("GARAGE", action, payload) in site.asked


async def test_signed_firmware_and_logs_of_the_extension_have_numbers_of_their_own(site: Site):
    site.answers["call"] = Called(CommandResult.ACCEPTED, "Accepted", {"status": "Accepted", "filename": "x.log"})
    more = {"location": "https://a/f", "certificate": "PEM", "signature": "AAAA", "sure": "on"}
    await sent(site, "maintenance", act="firmware", **more)
    _, text = await sent(site, "maintenance", act="log", location="ftp://a/", kind="security")
    signed, log = [one for one in site.asked if isinstance(one, Call)]
    assert (signed.action, signed.payload["firmware"]["signature"]) == ("SignedUpdateFirmware", "AAAA")
    assert (log.action, log.payload["logType"]) == ("GetLog", "SecurityLog")
    assert "x.log" in text
    status, text = await sent(site, "maintenance", act="firmware", location="https://a/f", signature="A", sure="on")
    assert status == 422
    assert "both" in text


@pytest.mark.parametrize("act", sorted(DANGEROUS))
async def test_what_is_dangerous_is_not_done_without_the_tick(site: Site, act):
    before = len(site.asked)
    status, text = await sent(site, "maintenance", act=act)
    assert status == 422
    assert "Nothing was done" in text
    assert not [one for one in site.asked[before:] if isinstance(one, Wish | Call | Manage)]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"act": "unlock", "connector": "x"}, "Choose a connector."),
        ({"act": "diagnostics", "location": "somewhere"}, "whole URL"),
        ({"act": "diagnostics", "location": "ftp://a/", "retries": "many"}, "whole number from 0 to 100"),
        ({"act": "diagnostics", "location": "ftp://a/", "startTime": "noon"}, "That is no time."),
        ({"act": "call", "action": "Reset", "payload": "{", "sure": "on"}, "no JSON"),
        ({"act": "call", "action": "Reset", "payload": "[]", "sure": "on"}, "JSON object"),
        ({"act": "trigger", "message": "Nonsense", "connector": "0"}, "no such message"),
        ({"act": "secure", "sure": "on"}, "Choose a security profile."),
        ({"act": "nothing"}, "press the button again"),
    ],
)
async def test_what_makes_no_sense_is_said_and_nothing_typed_is_lost(site: Site, form, why):
    status, text = await sent(site, "maintenance", **form)
    assert status == 422
    assert why in text
    if "location" in form:
        assert f'value="{form["location"]}"' in text


@pytest.mark.parametrize("result", [one for one in CommandResult if one is not CommandResult.ACCEPTED])
async def test_a_refusal_is_told_in_a_word_with_the_charger_s_reason(site: Site, result):
    site.answers["wish"] = Ended(result, f"because of {EVIL}")
    status, text = await sent(site, "maintenance", act="unlock", connector="1")
    assert status == 409
    assert result.name.lower().replace("_", " ") in text
    assert EVIL not in text


async def test_an_answer_with_contents_is_shown_as_it_came(site: Site):
    site.answers["call"] = Called(CommandResult.ACCEPTED, "Accepted", {"status": "Accepted", "data": EVIL})
    status, text = await sent(site, "maintenance", act="data_transfer", vendor="me")
    assert status == 200
    assert "&lt;script&gt;" in text
    assert EVIL not in text
    site.answers["call"] = Failed("there is no such charger")
    assert "no such charger" in (await sent(site, "maintenance", act="data_transfer", vendor="me"))[1]


async def test_the_fields_of_an_operation_are_those_of_its_schema(site: Site):
    text = await page(site, "maintenance?action=ChangeAvailability")
    assert "connectorId" in text
    assert "Inoperative, Operative" in text
    assert 'id="call-payload"' not in await page(site, "maintenance?action=Nonsense")


async def test_securing_does_not_hold_the_page_up_and_tells_how_it_stands(site: Site):
    status, text = await sent(site, "maintenance", act="secure", profile="1", sure="on")
    assert status in {303, 409}
    assert "profile" in text
    row = site.desk.shows("upkeep", "GARAGE").rows[0]["securing"]
    assert row["profile"] == 1


async def test_a_password_is_made_and_shown_once(site: Site):
    _, text = await sent(site, "maintenance", act="password", kind="new", sure="on")
    assert "shown this once" in text
    _, text = await sent(site, "maintenance", act="password", kind="forget", sure="on")
    assert "no password here" in text


async def test_every_act_has_a_title_and_a_form(site: Site):
    upkeep = dict(site.desk.shows("upkeep", "GARAGE").rows[0])
    upkeep["local_list"] = {**upkeep["local_list"], "kept": True}
    site.answers["upkeep"] = Listing((upkeep,))
    text = await page(site, "maintenance?action=Reset")
    assert [act for act in ACTS if f'name="act" value="{act}"' not in text] == []


async def test_a_charger_that_is_away_is_said_to_be(tmp_path: Path):
    text = await page(Site(tmp_path), "maintenance")
    assert "nothing can be done to it now" in text


# self-test


async def test_a_self_test_is_begun_from_the_page_and_its_progress_shown(site: Site):
    assert "No self-test was made yet." in await page(site, "selftest")
    status, text = await sent(site, "selftest", connector="1")
    assert status == 303
    assert "The self-test is going on" in text
    assert "A self-test is going on." in text
    assert "has begun" not in text  # nothing that would still stand above the result
    assert "Connection" in text
    again = await sent(site, "selftest", connector="1")
    assert "going on at this charger already" in again[1]
    ended = await sent(site, "selftest/end")
    assert "put back" in ended[1]
    async with asyncio.timeout(10):
        await site.desk.workshop.selftests.settled()
    text = await page(site, "selftest", language="de")
    assert "nicht versucht" in text
    assert "Selbsttest läuft" not in text
    assert (await sent(site, "selftest", connector="x"))[1].count("Choose a connector.") == 1


def test_every_trial_and_every_outcome_has_its_words():
    assert set(NAMES) <= set(TRIALS)
    assert {one.value for one in Outcome} == set(OUTCOMES)


async def test_keys_that_a_self_test_has_read_are_on_the_page_of_the_keys(site: Site):
    await site.desk.workshop._ask((ChargerId("GARAGE"), ConnectorId(1)), AskCall("GetConfiguration", {}), Origin.PAGE)
    text = await page(site, "keys")
    assert "Interval of Heartbeat" in text
    assert "Not read since" not in text


# trace


def says(site: Site, text: str, direction: str = "in") -> None:
    site.desk.trace("GARAGE", direction, text)


async def test_the_trace_shows_calls_with_their_answers_and_masks_cards(site: Site):
    says(site, '[2,"1","Authorize",{"idTag":"04A2B3C4D5"}]')
    says(site, '[3,"1",{"idTagInfo":{"status":"Invalid"}}]', "out")
    text = await page(site, "trace")
    assert "Authorize" in text
    assert "Invalid" in text
    assert "04A2B3C4D5" not in text
    assert "04A2B3C4D5" in await page(site, "trace?tags=1")


async def test_the_trace_is_filtered_and_leads_to_what_is_older(site: Site):
    for number in range(60):
        says(site, f'[2,"{number}","Heartbeat",{{}}]')
    says(site, '[2,"x","BootNotification",{}]')
    text = await page(site, "trace")
    assert text.count('id="exchange-') == 50
    assert "Older" in text
    assert (await page(site, "trace?action=boot")).count('id="exchange-') == 1
    assert "There are no such frames." in await page(site, "trace?text=nothing-of-it")
    assert (await page(site, "trace?troubled=1&before=abc")).count('id="exchange-') == 50


async def test_the_trace_is_downloaded_whole_one_exchange_on_each_line(site: Site):
    for number in range(700):
        says(site, f'[2,"{number}","Heartbeat",{{}}]')
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.get("/chargers/GARAGE/trace.ndjson")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["id"] for row in rows] == [str(number) for number in reversed(range(700))]
    assert "attachment" in answer.headers["content-disposition"]
    async with site.visit(Role.OPERATOR) as browser:
        assert (await browser.get("/chargers/GARAGE/trace.ndjson")).status_code == 403


async def test_what_a_charger_says_is_text_in_the_trace(site: Site):
    says(site, f'[2,"1","{EVIL}",{{"x":"{EVIL}"}}]')
    says(site, EVIL)
    text = await page(site, "trace")
    assert EVIL not in text
    assert "unreadable" in text
