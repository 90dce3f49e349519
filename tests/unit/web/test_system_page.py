"""The page about the system: what is wrong and what to do, a backup to take along, and one that comes back."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.control.health import FINDINGS, Level
from knx_ocpp_bridge.control.protocol import Listing, Manage, Managed
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.pages import system
from knx_ocpp_bridge.web.rendering import translations
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    journal = Journal(tmp_path / "bridge.db")
    journal.open()
    journal.close()
    return Site(tmp_path)


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.visit(Role.INSTALLER) as visiting:
        yield visiting


def row(name: str, of: str = "", /, **facts: str) -> dict[str, object]:
    finding = FINDINGS[name]
    return {
        "check": finding.check.value, "finding": name, "level": finding.level.value, "charger": of,
        "text": "", "remedy": "", "facts": facts,
    }  # fmt: skip


async def test_every_finding_says_what_to_do_and_where(site: Site, browser: httpx.AsyncClient):
    site.answers["health"] = Listing((row("charger_offline", "A/B", charger="Garage", port="8016"),))
    page = (await browser.get("/system")).text
    assert "Garage is offline." in page
    assert "it has to dial port 8016 of this machine" in page
    assert 'href="/chargers/A%2FB"' in page


async def test_what_comes_from_a_charger_is_text(site: Site, browser: httpx.AsyncClient):
    evil = "<script>alert(1)</script> %(x)s %d"
    site.answers["health"] = Listing((row("charger_refused", "X", charger=evil, reason=evil, port="1"),))
    page = (await browser.get("/system")).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; %(x)s %d") == 2


async def test_all_well_is_said(site: Site, browser: httpx.AsyncClient):
    site.answers["health"] = Listing((row("clock_good"),))
    assert "All is well." in (await browser.get("/system")).text
    site.answers["health"] = Listing((row("clock_alone"),))
    assert "All is well." not in (await browser.get("/system")).text


async def test_days_are_in_the_manner_of_the_visitor(site: Site):
    site.answers["health"] = Listing((row("certificates_good", until="2028-01-30"),))
    async with site.visit(Role.INSTALLER, language="de") as browser:
        assert "30.01.2028" in (await browser.get("/system")).text


async def test_the_list_alone_is_a_part_of_the_page(browser: httpx.AsyncClient):
    part = (await browser.get("/system/health", headers={"HX-Request": "true"})).text
    assert "<html" not in part
    assert "There is no connection to the KNX bus" in part


@pytest.mark.parametrize("language", [Language.DE, Language.NL])
def test_every_finding_can_be_said_in_every_language(language: Language):
    known = translations(language)._catalog  # type: ignore[attr-defined]  # of GNUTranslations
    sentences = {text for finding in FINDINGS.values() for text in (finding.text, finding.remedy) if text}
    assert sentences <= set(known)


async def test_a_backup_is_downloaded_and_stays_nowhere(site: Site, browser: httpx.AsyncClient):
    answer = await browser.post("/system/backup", data={"password": "open sesame", "again": "open sesame"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="knx-ocpp-bridge-2026-11-21.backup"'
    assert len(answer.content) > 1000
    assert not list((site.folder / "tray").iterdir())


async def test_a_password_that_was_mistyped_makes_no_backup(site: Site, browser: httpx.AsyncClient):
    answer = await browser.post("/system/backup", data={"password": "open sesame", "again": "open seasme"})
    assert answer.status_code == 422
    assert "The two passwords differ" in answer.text
    assert "sesame" not in answer.text
    assert not any(isinstance(request, Manage) for request in site.asked)


async def test_a_backup_that_cannot_be_made_says_why(site: Site, browser: httpx.AsyncClient):
    (site.folder / "bridge.db").unlink()
    answer = await browser.post("/system/backup", data={})
    assert answer.status_code == 409
    assert "there is no database" in answer.text


async def test_a_backup_that_was_sent_is_given_to_the_daemon(site: Site, browser: httpx.AsyncClient):
    site.answers["restore"] = Managed(done=True, messages=("the backup is sound",))
    form = {"password": "open sesame", "part": "state"}
    answer = await browser.post("/system/restore", data=form, files={"backup": ("../../x.backup", b"content")})
    assert "the backup is sound" in answer.text
    (order,) = (request for request in site.asked if isinstance(request, Manage))
    kept = site.folder / "tray" / order.options["file"]
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"content", 0o600)
    assert (order.options["password"], order.options["part"]) == ("open sesame", "state")


async def test_what_is_no_backup_is_refused_on_the_page(site: Site, browser: httpx.AsyncClient):
    site.answers["restore"] = Managed(done=False, messages=("this is no backup of this program",))
    answer = await browser.post("/system/restore", files={"backup": ("x", b"content")})
    assert answer.status_code == 409
    assert "this is no backup of this program" in answer.text
    assert (await browser.post("/system/restore", files={"backup": ("", b"")})).status_code == 422


async def test_the_file_for_support_has_a_harmless_name(site: Site, browser: httpx.AsyncClient):
    site.desk.path.write_text('site: {name: "Villa \\"x\\r\\n/.."}\n' + site.desk.path.read_text())
    site.desk.reload()
    answer = await browser.get("/system/support-bundle")
    assert answer.headers["content-disposition"] == 'attachment; filename="Villa-x-2026-11-21-support.tar.gz"'
    assert answer.content.startswith(b"\x1f\x8b")


async def test_licences_stand_beside_their_parts(browser: httpx.AsyncClient):
    page = (await browser.get("/system")).text
    assert "knx-ocpp-bridge" in page
    assert "Apache-2.0" in page
    assert "starlette" in page


def test_everything_here_is_for_installers():
    assert {page.role for page in system.PAGES} == {Role.INSTALLER}


def test_each_place_to_go_to_belongs_to_a_check():
    assert set(system._PLACES) <= {each.check.value for each in FINDINGS.values() if each.level is not Level.GOOD}
