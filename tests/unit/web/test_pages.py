"""What every page has in common, whoever opens it."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_page_is_in_the_language_of_the_browser_and_allows_nothing_from_elsewhere(site: Site):
    async with site.visit(Role.VIEWER, language="de-CH,de;q=0.9,en;q=0.8") as browser:
        page = await browser.get("/")
    assert page.status_code == 200
    assert '<html lang="de"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
