"""Every route of the API is for its role and those above it, and for nobody else."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Failed, Listing, Snapshot
from knx_ocpp_bridge.web.api import throttle
from knx_ocpp_bridge.web.api.changes import Change
from knx_ocpp_bridge.web.api.offers import Offer
from knx_ocpp_bridge.web.api.problems import MEDIA_TYPE
from knx_ocpp_bridge.web.api.schemas import SCHEMAS
from knx_ocpp_bridge.web.api.topics import TOPICS
from knx_ocpp_bridge.web.roles import Role
from tests.contract.test_api import ROUTES
from tests.kit.api import ApiSite, site

HERE = {"charger": "GARAGE", "connector": "1", "action": "ClearCache", "file": "0" * 32}
BELOW = {Role.VIEWER: None, Role.OPERATOR: Role.VIEWER, Role.INSTALLER: Role.OPERATOR}


@pytest.fixture
def house(tmp_path: Path) -> ApiSite:
    return site(tmp_path)


@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.NOBODY)], ids=str)
async def test_a_route_is_for_its_role_and_above(house: ApiSite, role: Role | None, monkeypatch):
    monkeypatch.setattr(throttle, "BURST", 10_000)
    house.answers |= {name: Failed("not in this test") for name in ("learn", "knx_scan", "ets_check", "objects_fill")}
    wrong = {}
    async with house.client(role) as client:
        for route in ROUTES:
            if route.path == "/events" and role is not None:
                continue  # it does not end: see test_api_events
            before = len(house.asked)
            answer = await client.request(route.method, route.path.format_map(HERE).lstrip("/"))
            refused = answer.status_code in {401, 403}
            if refused is not ((role or Role.NOBODY) < route.role) or answer.status_code >= 500:
                wrong[route.name] = answer.status_code
            if refused:
                assert answer.headers["content-type"] == MEDIA_TYPE
                assert answer.status_code == (401 if role is None else 403)
                assert len(house.asked) == before
    assert wrong == {}


@pytest.mark.parametrize("query", ["tags=true", "id_tags=04A2", "tag=Lodger", "cost_centre=1", "group=family"])
async def test_a_viewer_cannot_ask_whose_card_it_was(house: ApiSite, query):
    async with house.client(Role.VIEWER) as viewer:
        assert (await viewer.get("transactions")).status_code == 200
        assert (await viewer.get(f"transactions?{query}")).status_code == 403
        assert (await viewer.get(f"chargers/GARAGE/sessions?{query}")).status_code == 403
    async with house.client(Role.OPERATOR) as operator:
        assert (await operator.get(f"transactions?{query}")).status_code != 403


CARD, END, PERSON = "04A1B2C3D4E5F6", "E5F6", "Lodger"
OUTLET = {
    "id": 1, "values": {"user": PERSON, "last_user": f"..{END}", "power": 3700.0}, "reserved": False, "armed": False,
    "transaction": {"id": 7, "id_tag": f"…{END}", "accepted": True, "started_at": "2026-11-21T10:00:00+00:00",
                    "meter_start_wh": 0},
}  # fmt: skip
CHARGE = {"transaction": 7, "id_tag": f"…{END}", "name": PERSON, "who": "k1", "cost_centre": PERSON, "group": PERSON}
ALARM = {
    "number": 1, "kind": "charging_started", "text": f"transaction 7 begins (card), card …{END}: Accepted",
    "id_tag": f"…{END}", "name": PERSON, "acknowledged_by": PERSON,
}  # fmt: skip
COUNTED = {"transaction": 7, "id_tag": f"…{END}", "name": PERSON}
LIMITS = {"connector": 1, "limits": [{"amperes": 6, "source": f"{PERSON} …{END}"}]}


@pytest.mark.parametrize(
    ("topic", "path", "row"),
    [
        ("alarms", "alarms", ALARM),
        ("counters", "counters", {"running": COUNTED, "last": COUNTED}),
        ("limits", "chargers/GARAGE/limits", LIMITS),
        ("sessions", "sessions", {"number": 1, **CHARGE}),
        ("transactions", "transactions", {"number": 1, **CHARGE}),
    ],
)
async def test_a_viewer_is_told_neither_card_nor_person(house: ApiSite, topic, path, row):
    house.answers[topic] = Listing((row,))
    for role, told in ((Role.VIEWER, False), (Role.OPERATOR, True)):
        async with house.client(role) as client:
            answer = (await client.get(path)).text
        assert (END in answer, PERSON in answer) == (told, told)


async def test_a_viewer_is_not_told_whose_card_an_outlet_is_busy_with(house: ApiSite):
    now = house.snapshot()
    charger = {**now.chargers[0], "connectors": [OUTLET]}
    house.answers["status"] = Snapshot(now.bridge, (charger,))
    for role, told in ((Role.VIEWER, False), (Role.OPERATOR, True)):
        async with house.client(role) as client:
            for path in ("status", "chargers", "chargers/GARAGE", "chargers/GARAGE/connectors/1"):
                answer = (await client.get(path)).text
                assert (END in answer, PERSON in answer) == (told, told)
    for kind, data in (("connector", {"charger": "GARAGE", **OUTLET}), ("alarm", ALARM)):
        shown = str(Change(kind, data).discreet())
        assert (END in shown, PERSON in shown) == (False, False)


def test_every_row_for_viewers_that_may_have_a_card_is_emptied_of_it():
    for topic, offer in TOPICS.items():
        if isinstance(offer, Offer) and offer.role <= Role.VIEWER and offer.row:
            cards = {"id_tag", "name", "acknowledged_by"} & set(SCHEMAS[offer.row].get("properties", {}))
            assert cards <= set(offer.personal), topic


async def test_a_page_of_another_site_commands_nothing_by_somebodys_session(house: ApiSite):
    async with house.client(None) as client:
        answer = await client.post("reload", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, MEDIA_TYPE)
    assert not house.asked
