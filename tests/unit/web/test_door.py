"""Every page and every form, whoever comes and wherever from: let in as its row in the table says, or refused."""

import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from knx_ocpp_bridge.web import app
from knx_ocpp_bridge.web.pages.table import PAGES
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from tests.kit.website import ADDRESS, Site

FILLED = {"int": "1", "float": "1.5", "uuid": "00000000-0000-0000-0000-000000000000"}
FORMS = tuple(page for page in PAGES if page.method != "GET")
HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-resource-policy",
    "permissions-policy", "cache-control",
)  # fmt: skip


def address(page: Page) -> str:
    return re.sub(r"{\w+:?(\w*)}", lambda found: FILLED.get(found[1], "x"), page.path)


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


@pytest.fixture
def opened() -> list[str]:
    """The pages that somebody was let in to."""
    return []


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> Site:
    """The real table, with pages that say only that they were opened."""

    def saying(page: Page) -> Page:
        async def answer(_visit: Visit) -> Response:
            opened.append(named(page))
            return Response(status_code=204)

        return replace(page, answer=answer)

    monkeypatch.setattr(app, "PAGES", tuple(map(saying, PAGES)))
    return Site(tmp_path)


def test_no_address_stands_in_the_table_twice():
    rows = [named(page) for page in PAGES]
    assert sorted(set(rows)) == sorted(rows)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
async def test_whoever_has_the_role_of_the_row_is_let_in_and_nobody_else(site, opened, role):
    wrong = []
    async with site.visit(role) as browser:
        for page in PAGES:
            opened.clear()
            answer = await browser.request(page.method, address(page))
            refused = 303 if role is Role.NOBODY and page.method == "GET" else 403
            right = (204, [named(page)]) if role >= page.role else (refused, [])
            if (answer.status_code, opened) != right or any(name not in answer.headers for name in HEADERS):
                wrong.append((named(page), answer.status_code, dict(answer.headers)))
    assert wrong == []
    # How the bridge fares stands on every page.
    assert {getattr(each, "topic", each) for each in site.asked} <= {"health"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": f"{ADDRESS}.elsewhere.example"},
        {"origin": f"{ADDRESS}:8019"},
        {"origin": ADDRESS, "sec-fetch-site": "same-site"},
        {"origin": ADDRESS, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {},
    ],
    ids=str,
)
async def test_no_form_is_taken_from_a_page_of_another_site(site, opened, headers):
    async with site.visit(Role.INSTALLER) as browser:
        del browser.headers["origin"], browser.headers["sec-fetch-site"]
        answers = [await browser.request(page.method, address(page), headers=headers) for page in FORMS]
    assert ({answer.status_code for answer in answers}, opened) == ({403}, [])


async def test_a_program_shows_a_token_and_says_no_origin(site, opened):
    page = next(page for page in FORMS if page.role > Role.NOBODY)
    async with site.visit(Role.INSTALLER) as browser:
        del browser.headers["origin"], browser.headers["sec-fetch-site"]
        answer = await browser.request(page.method, address(page), headers={"authorization": "Bearer x"})
    assert (answer.status_code, len(opened)) == (204, 1)


@pytest.mark.parametrize("host", ["elsewhere.example", "bridge.test.elsewhere.example", "", "a b", "127.0.0.1.nip.io"])
async def test_a_name_that_is_none_of_ours_is_sent_away(site, opened, host):
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.get("/", headers={"host": host})
    assert (answer.status_code, opened) == (421, [])
    assert [name for name in HEADERS if name not in answer.headers] == []


@pytest.mark.parametrize(
    "path",
    [
        "../app.py", "%2e%2e/app.py", "..%2fapp.py", "../../static/../app.py", "/etc/passwd", "%2fetc%2fpasswd",
        "....//app.py", "", "..%5capp.py", "%00", "a" * 300, "vendor/../../app.py",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_the_folder_of_static_files(site, path):
    raw = httpx.URL(ADDRESS).copy_with(raw_path=b"/static/1.2.3/" + path.encode())
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.get(raw)
    assert answer.status_code in {404, 405, 400}
    assert "import" not in answer.text


async def test_static_files_are_kept_for_ever_and_pages_never(site):
    async with site.visit(Role.INSTALLER) as browser:
        style, missing = await browser.get("/static/1.2.3/app.css"), await browser.get("/static/1.2.3/none.css")
        page = await browser.get("/")
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert missing.headers["cache-control"] == page.headers["cache-control"] == "no-store"


async def test_no_hsts_is_sent_as_it_would_lock_out_who_has_no_root_yet(site):
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.get("/login")
    assert "strict-transport-security" not in answer.headers


async def test_a_body_that_is_too_large_is_refused_by_what_it_says_and_by_what_it_is(tmp_path):
    read: list[int] = []

    async def pieces():
        for _ in range(1000):
            read.append(1)
            yield b"a" * 1024

    async with Site(tmp_path).visit(Role.NOBODY) as browser:
        told = await browser.post("/login", content=b"name=" + b"a" * 600_000)
        streamed = await browser.post(
            "/login", content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"}
        )
    assert (told.status_code, streamed.status_code) == (413, 413)
