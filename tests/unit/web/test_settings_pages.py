"""Settings by fields and by the file itself: told where something is wrong, nothing half saved, nobody overwritten."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

FILE = """\
# ours
site: {name: Villa}
ocpp: {unknown_chargers: pending}
web: {anonymous: view}
chargers:
  - id: GARAGE   # by the door
    connectors: [{id: 1}]
"""


PAPER = {
    "file": "own.pem", "subject": "CN=bridge", "key": "EC P-256", "fingerprint": "AB:CD", "addresses": ["10.0.0.2"],
    "not_before": "2026-11-20T00:00:00+00:00", "not_after": "2028-11-20T00:00:00+00:00", "hosts": ["bridge.local"],
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.desk.path.write_text(FILE)
    made.desk.reload()
    made.answers["ca"] = Listing(({"served": "own", "root": PAPER, "own": [PAPER], "imported": None},))
    return made


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.visit(Role.INSTALLER) as visiting:
        yield visiting


def field(page: str, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


async def sends(browser: httpx.AsyncClient, do: str, text: str, was: str, base: str = FILE) -> httpx.Response:
    # As browsers do: lines of a form end with CR and LF.
    form = {"do": do, "text": text.replace("\n", "\r\n"), "was": was, "base": base.replace("\n", "\r\n")}
    return await browser.post("/settings/file", data=form)


async def test_only_what_was_changed_is_written_and_comments_stay(site: Site, browser: httpx.AsyncClient):
    form = {"group": "ocpp", "ocpp-unknown_chargers": "rejected", "ocpp-heartbeat_interval": "300", "ocpp-tls": "both"}
    answer = await browser.post("/settings", data=form)
    assert answer.status_code == 303
    assert site.desk.path.read_text() == FILE.replace("pending", "rejected")
    assert "it is in force" in (await browser.get(answer.headers["location"])).text


async def test_a_wrong_value_is_told_at_its_field_and_stays_typed(site: Site, browser: httpx.AsyncClient):
    form = {"group": "site", "site-name": "Villa", "site-timezone": "Mars/Base"}
    answer = await browser.post("/settings", data=form)
    assert answer.status_code == 422
    assert 'value="Mars/Base"' in answer.text
    assert 'id="site-timezone-wrong"' in answer.text
    assert site.desk.path.read_text() == FILE


async def test_what_is_emptied_falls_back_to_its_default(site: Site, browser: httpx.AsyncClient):
    assert (await browser.post("/settings", data={"group": "site", "site-name": ""})).status_code == 303
    assert site.desk.loaded.bridge.site.name == ""


async def test_origins_are_a_list(site: Site, browser: httpx.AsyncClient):
    form = {"group": "web", "web-frames": "https://a.local  https://b.local"}
    assert (await browser.post("/settings", data=form)).status_code == 303
    assert site.desk.loaded.bridge.web is not None
    assert site.desk.loaded.bridge.web.frames == ("https://a.local", "https://b.local")


async def test_the_editor_tells_errors_by_line_and_changes_nothing(site: Site, browser: httpx.AsyncClient):
    was = field((await browser.get("/settings/file")).text, "was")
    wrong = FILE.replace("connectors", "conectors")
    for do in ("preview", "check"):
        answer = await sends(browser, do, wrong, was)
        assert "did you mean connectors?" in answer.text
        assert 'data-line="7"' in answer.text
        assert "conectors: [{id: 1}]" in answer.text
    fragment = await browser.post("/settings/file/check", data={"text": wrong}, headers={"hx-request": "true"})
    assert 'id="verdict"' in fragment.text
    assert "<html" not in fragment.text
    assert site.desk.path.read_text() == FILE


async def test_the_difference_is_shown_before_it_is_applied(site: Site, browser: httpx.AsyncClient):
    was = field((await browser.get("/settings/file")).text, "was")
    new = FILE.replace("Villa", "House <b>")
    preview = await sends(browser, "preview", new, was)
    assert "<del>-site: {name: Villa}</del>" in preview.text
    assert "<ins>+site: {name: House &lt;b&gt;}</ins>" in preview.text
    assert site.desk.path.read_text() == FILE
    applied = await sends(browser, "apply", new, field(preview.text, "was"))
    assert applied.status_code == 303
    assert site.desk.path.read_text() == new


async def test_who_was_slower_sees_both_changes_in_one_text(site: Site, browser: httpx.AsyncClient):
    was = field((await browser.get("/settings/file")).text, "was")
    site.desk.path.write_text(FILE.replace("pending", "rejected"))
    answer = await sends(browser, "apply", FILE.replace("Villa", "House"), was)
    assert answer.status_code == 409
    assert "unknown_chargers: rejected}" in answer.text
    assert "site: {name: House}" in answer.text
    assert site.desk.path.read_text() == FILE.replace("pending", "rejected")


async def test_a_file_with_the_line_ends_of_windows_keeps_them(site: Site, browser: httpx.AsyncClient):
    site.desk.path.write_bytes(FILE.replace("\n", "\r\n").encode())
    was = field((await browser.get("/settings/file")).text, "was")
    assert (await sends(browser, "apply", FILE.replace("Villa", "House"), was)).status_code == 303
    assert site.desk.path.read_bytes() == FILE.replace("Villa", "House").replace("\n", "\r\n").encode()


async def test_a_restart_is_told_and_offered(site: Site, browser: httpx.AsyncClient):
    site.answers["restart"] = Managed(done=True, messages=("it ends",))
    answer = await browser.post("/settings/restart")
    assert "The bridge starts again" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    site.answers["restart"] = Managed(done=False, messages=("bridge.yaml:3: wrong",))
    answer = await browser.post("/settings/restart")
    assert "bridge.yaml:3: wrong" in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("path", ["/settings", "/settings/file", "/settings/file/1"])
async def test_settings_are_for_the_installer(site: Site, path: str):
    async with site.visit(Role.OPERATOR) as operator:
        assert (await operator.get(path)).status_code == 403


async def test_a_version_that_is_not_there_is_not_found(browser: httpx.AsyncClient):
    assert (await browser.get("/settings/file/3")).status_code == 404


async def test_the_names_and_the_end_of_a_certificate_are_shown(browser: httpx.AsyncClient):
    page = (await browser.get("/settings")).text
    assert "10.0.0.2, bridge.local" in page
    assert "20 Nov 2028" in page
