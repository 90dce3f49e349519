"""Every route of the API is for its role and those above it, and for nobody else."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Failed
from knx_ocpp_bridge.web.api import throttle
from knx_ocpp_bridge.web.api.problems import MEDIA_TYPE
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


async def test_a_page_of_another_site_commands_nothing_by_somebodys_session(house: ApiSite):
    async with house.client(None) as client:
        answer = await client.post("reload", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, MEDIA_TYPE)
    assert not house.asked
