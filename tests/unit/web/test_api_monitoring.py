"""A monitoring system asks how the bridge is, and learns no more than it may."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from knx_ocpp_bridge.web.api.problems import MEDIA_TYPE
from knx_ocpp_bridge.web.roles import Role
from tests.kit.api import ApiSite, site
from tests.kit.website import ADDRESS


@pytest.fixture
def house(tmp_path: Path) -> ApiSite:
    return site(tmp_path)


async def get(house: ApiSite, path: str, role: Role | None) -> httpx.Response:
    async with house.client(role) as client:
        return await client.get(f"{ADDRESS}{path}")


async def test_without_rights_health_says_nothing_of_the_building(house):
    answer = await get(house, "/health", None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_viewer_sees_what_is_well_and_a_lost_bus_is_no_failure(house):
    answer = await get(house, "/health", Role.VIEWER)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert (answer.json()["bus"], answer.json()["journal"]) == ("not connected", "ok")


async def test_a_disk_that_refuses_is_a_failure(house):
    house.desk.memory.trouble = "no space left on device"
    answer = await get(house, "/health", None)
    assert (answer.status_code, answer.json()) == (503, {"status": "trouble"})
    assert (await get(house, "/health", Role.VIEWER)).json()["journal"] == "no space left on device"


async def test_metrics_are_for_viewers_and_everybody_above(house):
    answer = await get(house, "/metrics", None)
    assert (answer.status_code, answer.headers["content-type"]) == (401, MEDIA_TYPE)
    answer = await get(house, "/metrics", Role.VIEWER)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"knx_ocpp_charge_point_connected", "knx_ocpp_calls", "knx_ocpp_web_requests"} <= names
    assert "STREET" not in answer.text


async def test_a_token_that_is_none_is_told_so_and_not_by_a_page(house):
    async with house.client(None) as client:
        answer = await client.get(f"{ADDRESS}/health", headers={"authorization": "Bearer stolen"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, MEDIA_TYPE)


def test_the_pages_do_not_load_what_only_the_metrics_need():
    loaded = "import knx_ocpp_bridge.web.app, sys; print('prometheus_client' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
