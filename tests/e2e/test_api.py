"""The API of a running bridge: a program with a token, a car, and a card that belongs to somebody."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
import schemathesis
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Manage, Managed
from knx_ocpp_bridge.web.api.table import PREFIX, Route
from tests.contract.test_api import ROUTES
from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector

GARAGE, AWAY, LOOKED, VIEWED = (Outlet(main) for main in range(1, 5))
CARD, PERSON = "04A2B3C4D5E680", "Blue card"
HOUSE = House(
    (
        charger("GARAGE", connector(GARAGE), name="Garage"),
        charger("AWAY", connector(AWAY)),
        charger("LOOKED", connector(LOOKED, "user", "last_user")),
        charger("VIEWED", connector(VIEWED, "user", "last_user")),
    ),
    authorization={"mode": "all", "tags_file": "tags.yaml"},
    tags=f'- {{id: "{CARD}", name: {PERSON}}}\n',
    web={},
)
OPTIONS: Mapping[str, str] = {
    "samples": "transaction={transaction}",
    "signed": "transaction={transaction}",
    "card": f"tag={CARD}",
    **dict.fromkeys(("days", "hours"), "since=2026-11-20T00:00:00%2B01:00&until=2026-11-21T00:00:00%2B01:00"),
}
"""What a topic must be asked with."""
LOOKS = [route for route in ROUTES if route.method == "GET" and route.path != "/events"]
EMPTY = frozenset({"/configuration/version", "/files/{file}"})
"""There is no version of before, and no file."""


@pytest.fixture(scope="module")
def tokens(bridge: BridgeProcess) -> Iterator[Mapping[str, str]]:
    made = {}
    for role in ("viewer", "operator", "installer"):
        answer = ask(bridge.socket, Manage("token_create", "", {"name": f"the {role}'s", "role": role}), 10)
        assert isinstance(answer, Managed), answer
        assert answer.row is not None
        made[role] = answer.row["token"]
    return made


@pytest.fixture
def api(bridge: BridgeProcess, tokens: Mapping[str, str]):
    def opened(role: str | None) -> httpx.AsyncClient:
        headers = {} if role is None else {"authorization": f"Bearer {tokens[role]}"}
        return httpx.AsyncClient(base_url=f"{bridge.web_url}{PREFIX}/", headers=headers, timeout=20)

    return opened


@asynccontextmanager
async def charging(arrive: Arrive, api, charger_id: str, outlet: Outlet) -> AsyncIterator[int]:
    """A car charges there by somebody's card; the number of the transaction."""
    box = await arrive(charger_id, outlet, strict=False)
    await box.plug()
    place = f"chargers/{charger_id}/connectors/1/charging"
    async with api("operator") as operator:
        started = await operator.put(place, json={"value": True, "id_tag": PERSON})
        assert (started.status_code, started.json()["outcome"]) == (200, "accepted")
        transaction = await box.charges()
        await box.meter(1500)
        yield transaction
        assert (await operator.put(place, json={"value": False})).status_code == 200


async def test_every_answer_of_a_house_in_use_is_as_the_document_has_it(arrive: Arrive, api, bridge: BridgeProcess):
    async with charging(arrive, api, "LOOKED", LOOKED) as transaction, api("installer") as installer:
        schema = schemathesis.openapi.from_dict((await installer.get("openapi.json")).json())
        schema.config.update(base_url=bridge.web_url)
        for route in LOOKS:
            answer = await installer.get(address(route, "LOOKED", transaction))
            case = schema[route.path]["GET"].Case(path_parameters=here("LOOKED"))
            case.validate_response(
                answer, checks=[status_code_conformance, content_type_conformance, response_schema_conformance]
            )
            assert answer.status_code == (404 if route.path in EMPTY else 200), (route.path, answer.text)


async def test_a_viewer_sees_no_card_and_no_name_of_a_person(arrive: Arrive, api):
    async with (
        charging(arrive, api, "VIEWED", VIEWED) as transaction,
        api("operator") as operator,
        api("viewer") as viewer,
    ):
        (row,) = (await operator.get("chargers/VIEWED/transactions?tags=true")).json()["rows"]
        assert (row["id_tag"], row["name"]) == (CARD, PERSON)
        assert PERSON in (await operator.get("chargers/VIEWED/counters")).text
        assert PERSON[:14] in (await operator.get("chargers/VIEWED/connectors/1")).text
        seen = 0
        for route in LOOKS:
            answer = await viewer.get(address(route, "VIEWED", transaction))
            assert PERSON[:14] not in answer.text, route.path
            assert CARD not in answer.text, route.path
            assert "the operator's" not in answer.text, route.path
            seen += answer.status_code == 200
        assert seen > 15


async def test_events_tell_what_happens_to_whoever_listens(arrive: Arrive, api):
    box = await arrive("GARAGE", GARAGE, strict=False)
    async with api("viewer") as viewer, viewer.stream("GET", "events?topics=connector") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        while (await event(lines))["charger"] != "GARAGE":
            pass
        await box.plug()
        while (told := await event(lines))["charger"] != "GARAGE" or told["values"].get("status") != 1:
            pass


async def test_a_charger_that_is_away_is_told_as_offline_and_one_that_is_not_there_as_missing(api):
    async with api("operator") as operator:
        answer = await operator.put("chargers/AWAY/connectors/1/unlock", json={"value": True})
        assert (answer.status_code, answer.json()["outcome"]) == (409, "offline")
        answer = await operator.put("chargers/NOPE/connectors/1/unlock", json={"value": True})
        assert answer.status_code == 404
        assert "GARAGE" in answer.json()["detail"]


async def test_a_raw_call_comes_back_with_the_answer_of_the_charger(arrive: Arrive, api):
    box = await arrive("GARAGE", GARAGE, strict=False)
    async with api("installer") as installer:
        answer = await installer.post(
            "chargers/GARAGE/calls/GetConfiguration", json={"key": ["NumberOfConnectors", "Nonsense"]}
        )
        assert answer.json()["answer"]["unknownKey"] == ["Nonsense"]
        box.answer("ClearCache", status="Rejected")
        refused = await installer.post("chargers/GARAGE/calls/ClearCache")
        assert (refused.status_code, refused.json()["answer"]) == (409, {"status": "Rejected"})


async def test_a_monitoring_system_has_all_it_needs_with_the_token_of_a_viewer(
    arrive: Arrive, api, bridge: BridgeProcess
):
    await arrive("GARAGE", GARAGE, strict=False)
    async with api(None) as nobody:
        health = await nobody.get(f"{bridge.web_url}/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok"})
        assert (await nobody.get(f"{bridge.web_url}/metrics")).status_code == 401
    async with api("viewer") as viewer:
        text = (await viewer.get(f"{bridge.web_url}/metrics")).text
        assert (await viewer.get(f"{bridge.web_url}/health")).json()["bus"] == "ok"
    said = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert said["knx_ocpp_calls_total", "BootNotification", "answered", "in"] >= 1
    assert said["knx_ocpp_call_seconds_count",] >= 1
    assert said["knx_ocpp_charge_point_connected", "GARAGE"] == 1
    assert PERSON not in text


async def test_a_token_that_is_revoked_is_good_for_nothing_and_ends_its_stream(api, bridge: BridgeProcess):
    made = ask(bridge.socket, Manage("token_create", "", {"name": "lent", "role": "viewer"}), 10)
    assert isinstance(made, Managed)
    assert made.row is not None
    headers = {"authorization": f"Bearer {made.row['token']}"}
    async with api(None) as client:
        assert (await client.get("status", headers=headers)).status_code == 200
        async with api("installer") as installer:
            assert (await installer.post("tokens/revoke", json={"name": "lent"})).status_code == 200
        assert (await client.get("status", headers=headers)).status_code == 401


def here(charger_id: str) -> dict[str, object]:
    """What the braces of a path stand for."""
    return {"charger": charger_id, "connector": 1, "file": "0" * 32}


def address(route: Route, charger_id: str, transaction: int) -> str:
    """Where to ask for it here."""
    path = route.path.format_map(here(charger_id)).lstrip("/")
    query = OPTIONS.get(getattr(route.asks, "topic", ""), "").format(transaction=transaction)
    return f"{path}?{query}" if query else path


async def event(lines: AsyncIterator[str]) -> dict:
    """The data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream has ended")
