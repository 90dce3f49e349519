"""What stands on every page about one charge point."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.web.pages.charger_frame import TABS, address
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_charge_point_has_a_page_with_every_tab_that_its_visitor_may_see(site: Site):
    async with site.visit(Role.VIEWER) as browser:
        page = await browser.get("/chargers/GARAGE")
    assert page.status_code == 200
    assert 'href="/chargers/GARAGE" aria-current="page"' in page.text
    for tab in TABS:
        assert (f'href="{address(tab.path, "GARAGE")}"' in page.text) is (tab.role <= Role.VIEWER)


async def test_a_charge_point_that_is_unknown_has_no_page(site: Site):
    async with site.visit(Role.INSTALLER) as browser:
        page = await browser.get("/chargers/ELSEWHERE")
    assert page.status_code == 404
    assert "ELSEWHERE" in page.text


def test_a_name_with_signs_of_a_path_is_one_part_of_it():
    assert address("/chargers/{charger}/limits", "A?b#c d") == "/chargers/A%3Fb%23c%20d/limits"
