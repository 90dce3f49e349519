"""What a program gets of the API: outcomes, rows, and problems that say what to do."""

import asyncio
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.control.protocol import Called, Ended, Listing, Managed, Reloaded, Wish
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.api import throttle
from knx_ocpp_bridge.web.api.problems import MEDIA_TYPE
from knx_ocpp_bridge.web.api.reading import LARGEST_BODY
from knx_ocpp_bridge.web.roles import Role
from tests.kit.api import ApiSite, site

CHARGING = "chargers/GARAGE/connectors/1/charging"


@pytest.fixture
def house(tmp_path: Path) -> ApiSite:
    return site(tmp_path)


@pytest.fixture
def installer(house: ApiSite) -> httpx.AsyncClient:
    return house.client(Role.INSTALLER)


def is_problem(answer: httpx.Response, status: int, kind: str) -> dict:
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), told
    assert (told["type"], told["status"]) == (f"/api#{kind}", status)
    return told


async def test_the_state_is_there_whole_and_in_parts(installer):
    whole = (await installer.get("status")).json()
    (garage,) = [one for one in whole["chargers"] if one["id"] == "GARAGE"]
    assert (await installer.get("chargers/garage")).json() == garage
    assert (await installer.get("chargers/GARAGE/connectors/1")).json() == garage["connectors"][0]
    assert [one["id"] for one in (await installer.get("chargers")).json()["rows"]] == ["GARAGE", "STREET"]


async def test_who_is_not_there_is_said_with_who_is(installer):
    told = is_problem(await installer.get("chargers/NOPE"), 404, "missing")
    assert "known: GARAGE, STREET" in told["detail"]
    is_problem(await installer.get("chargers/GARAGE/connectors/7"), 404, "missing")
    is_problem(await installer.get("chargers/NOPE/details"), 404, "missing")
    is_problem(await installer.put("chargers/NOPE/connectors/1/charging", json={"value": True}), 404, "missing")


async def test_a_wish_comes_from_the_api_and_from_the_token(house, installer):
    house.answers["wish"] = Ended(CommandResult.ACCEPTED, "it starts")
    answer = await installer.put(CHARGING, json={"value": True, "id_tag": "Lodger"})
    assert (answer.status_code, answer.json()) == (200, {"outcome": "accepted", "why": "it starts"})
    assert house.asked[-1] == Wish("GARAGE", 1, "charging", True, "Lodger")
    assert (house.callers[-1].origin, house.callers[-1].name) == (Origin.API, "the installer's token")


@pytest.mark.parametrize("result", [one for one in CommandResult if one is not CommandResult.ACCEPTED])
async def test_a_command_that_was_not_done_says_how_it_ended_and_why(house, installer, result):
    house.answers["wish"] = Ended(result, "because of that")
    told = is_problem(await installer.put(CHARGING, json={"value": True}), 409, "not-done")
    assert (told["outcome"], told["why"], told["detail"]) == (result.name.lower(), *2 * ("because of that",))


async def test_a_verb_tells_what_it_has_done_and_what_it_has_learnt(house, installer):
    house.answers["adopt"] = Managed(True, ("STREET is in the configuration",), row={"name": "Street"})
    answer = await installer.post("chargers/STREET/adopt", json={"name": "Street"})
    told = {"outcome": "accepted", "messages": ["STREET is in the configuration"], "row": {"name": "Street"}}
    assert (answer.status_code, answer.json()) == (200, told)
    house.answers["adopt"] = Managed(False, ("it is there already",), CommandResult.NOT_ALLOWED_NOW)
    told = is_problem(await installer.post("chargers/STREET/adopt"), 409, "not-done")
    assert (told["outcome"], told["why"]) == ("not_allowed_now", "it is there already")


async def test_a_call_gives_the_answer_of_the_charger_even_where_it_refuses(house, installer):
    house.answers["call"] = Called(CommandResult.ACCEPTED, "answered", {"configurationKey": []})
    answer = await installer.post("chargers/GARAGE/calls/GetConfiguration", json={"key": ["A"]})
    assert answer.json() == {"outcome": "accepted", "why": "answered", "answer": {"configurationKey": []}}
    house.answers["call"] = Called(CommandResult.REJECTED, "Rejected", {"status": "Rejected"})
    told = is_problem(await installer.post("chargers/GARAGE/calls/ClearCache"), 409, "not-done")
    assert told["answer"] == {"status": "Rejected"}


async def test_a_configuration_that_is_refused_is_not_in_force(house, installer):
    house.answers["reload"] = Reloaded(False, ("line 3: no such key", "line 9: no number"))
    told = is_problem(await installer.post("reload"), 409, "not-done")
    assert told["messages"] == ["line 3: no such key", "line 9: no number"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body: value"),
        ({"value": "on"}, "body: value"),
        ({"value": None}, "body: value"),
        ({"value": 1}, "body: value"),
        ({"value": True, "id_tag": ""}, "body: id_tag"),
        ({"value": True, "id_tag": 5}, "body: id_tag"),
        ({"value": True, "more": 5}, "body"),
    ],
)
async def test_a_wish_that_makes_no_sense_says_where(house, installer, body, where):
    told = is_problem(await installer.put(CHARGING, json=body), 422, "senseless")
    assert told["where"] == where
    assert not house.asked


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=+1", "limit=1&limit=2", "newest=1", "nonsense=1"]
)
async def test_an_option_that_makes_no_sense_says_so(house, installer, query):
    is_problem(await installer.get(f"alarms?{query}"), 422, "senseless")
    assert not house.asked


@pytest.mark.parametrize(
    ("content", "headers", "status", "kind"),
    [
        (b"{", {}, 400, "unreadable"),
        (b"[1]", {}, 400, "unreadable"),
        (b'{"value": NaN}', {}, 400, "unreadable"),
        (b'{"value": 1e999}', {}, 400, "unreadable"),
        (b'{"value": "\\ud800"}', {}, 400, "unreadable"),
        (b"[" * 100_000, {}, 400, "unreadable"),
        (b"\xff", {}, 400, "unreadable"),
        (b'{"value":true}', {"content-type": "text/plain"}, 415, "no-json"),
        (b"value=true", {"content-type": "application/x-www-form-urlencoded"}, 415, "no-json"),
        (b'{"value":true}', {"content-type": "application/json; charset=latin-1"}, 415, "no-json"),
        (b'{"value":true}' + b" " * LARGEST_BODY, {}, 413, "too-large"),
    ],
    ids=lambda each: str(each)[:20],
)
async def test_a_body_that_is_no_json_is_refused_in_words(house, installer, content, headers, status, kind):
    headers = {"content-type": "application/json"} | headers
    is_problem(await installer.put(CHARGING, content=content, headers=headers), status, kind)
    assert not house.asked


async def test_an_address_or_a_method_that_is_not_there_is_told_as_a_problem(installer):
    is_problem(await installer.get("nowhere"), 404, "missing")
    answer = await installer.delete("window")
    is_problem(answer, 405, "method")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}


async def test_nobody_is_told_to_show_a_token_and_a_viewer_which_role_it_takes(house):
    async with house.client(None) as nobody:
        answer = await nobody.get("status")
        is_problem(answer, 401, "nobody")
        assert answer.headers["www-authenticate"] == "Bearer"
        answer = await nobody.get("status", headers={"authorization": "Bearer stolen"})
        is_problem(answer, 401, "nobody")
    async with house.client(Role.VIEWER) as viewer:
        told = is_problem(await viewer.put(CHARGING, json={"value": True}), 403, "forbidden")
    assert "operator" in told["detail"]
    assert not house.asked


async def test_a_flood_of_commands_is_held_back_and_reading_is_not(house, installer):
    house.answers["wish"] = Ended(CommandResult.ACCEPTED, "")
    answers = [await installer.put(CHARGING, json={"value": True}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(refused) <= 10
    is_problem(refused[0], 429, "too-many")
    assert int(refused[0].headers["retry-after"]) >= 1
    assert (await installer.get("status")).status_code == 200


async def test_rows_go_on_where_the_last_answer_ended(house, installer):
    house.answers["telegrams"] = Listing(({"number": 7},), 7, "Europe/Amsterdam")
    answer = (await installer.get("telegrams?after=6&limit=1&ours=true")).json()
    assert answer == {"rows": [{"number": 7}], "next": 7, "zone": "Europe/Amsterdam"}
    assert house.asked[-1].options["ours"] is True


async def test_a_card_is_sent_as_an_object(house, installer):
    house.answers["tag_put"] = Managed(True, ("done",))
    assert (await installer.post("cards/put", json={"entry": {"id": "04A2", "name": "Lodger"}})).status_code == 200
    assert house.asked[-1].options["entry"] == '{"id":"04A2","name":"Lodger"}'
    is_problem(await installer.post("cards/put", json={"entry": "text"}), 422, "senseless")


async def test_who_does_not_want_to_wait_is_told_that_it_is_under_way(house, installer):
    house.desk.replies = lambda command: None
    waiting = {"prefer": "respond-async, wait=0"}
    answer = await installer.put("chargers/GARAGE/connectors/1/unlock", json={"value": True}, headers=waiting)
    assert (answer.status_code, answer.json()) == (202, {"outcome": "under_way"})
    answer = await installer.put(
        "chargers/GARAGE/connectors/1/unlock", json={"value": True}, headers={"prefer": "wait=x"}
    )
    assert is_problem(answer, 409, "not-done")["outcome"] == "timed_out"


async def test_what_is_under_way_counts_until_it_has_ended(house, installer, monkeypatch):
    monkeypatch.setattr(throttle, "AT_ONCE", 1)
    house.desk.replies = lambda command: None
    path, wish = "chargers/GARAGE/connectors/1/unlock", {"value": True}
    assert (await installer.put(path, json=wish, headers={"prefer": "wait=0"})).status_code == 202
    is_problem(await installer.put(path, json=wish), 429, "too-many")
    await asyncio.wait_for(asyncio.gather(*(one for one in asyncio.all_tasks() if "command" in one.get_name())), 2)
    assert (await installer.put(path, json=wish, headers={"prefer": "wait=0"})).status_code == 202
