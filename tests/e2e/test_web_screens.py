"""The screen on a wall: with its token it has the card of a connector and what changes in it, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import expect

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Manage
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import Browser
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import manage, token
from tests.kit.ports import free_tcp_port

PANEL = free_tcp_port()
HOUSE = House(
    (charger("GARAGE", connector(Outlet(1)), name="Garage"), charger("OTHER", connector(Outlet(2)), name="Other")),
    web={"frames": [f"http://127.0.0.1:{PANEL}"]},
)


@pytest.fixture
def key(bridge: BridgeProcess) -> Iterator[str]:
    yield token(bridge, "operator", "hall", kiosk=True)
    ask(bridge.socket, Manage("token_revoke", "", {"name": "hall"}), 5)


def first(bridge: BridgeProcess, topics: str, key: str) -> tuple[int, str]:
    """The status of the stream, and the first changes that it tells."""
    query = {"topics": topics, "token": key}
    with httpx.Client(timeout=5) as client, client.stream("GET", f"{bridge.web_url}/live", params=query) as answer:
        if answer.status_code != 200:
            return answer.status_code, ""
        told = next((each for each in answer.iter_text() if "event: parts" in each), "")
        return answer.status_code, told


def test_a_screen_has_the_cards_and_their_stream(bridge: BridgeProcess, key: str):
    page = httpx.get(f"{bridge.web_url}/embed/GARAGE/1", params={"token": key})
    assert (page.status_code, "Garage" in page.text) == (200, True)
    assert "set-cookie" not in page.headers
    status, told = first(bridge, "embed:GARAGE/1", key)
    assert (status, "GARAGE" in told) == (200, True)


def test_a_screen_has_nothing_else(bridge: BridgeProcess, key: str):
    for topics in ("home", "fleet", "charger:OTHER", "limits:OTHER", "outlet:GARAGE/1", "inbox", "embed:OTHER/2 home"):
        assert first(bridge, topics, key) == (403, ""), topics
    for path in ("/", "/chargers", "/chargers/GARAGE", "/statistics", "/account"):
        assert httpx.get(f"{bridge.web_url}{path}", params={"token": key}).status_code == 303, path
    for path in ("/", "/embed/GARAGE/1", "/live", "/api/v1/status", "/metrics"):  # it is no program's
        answer = httpx.get(f"{bridge.web_url}{path}", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 401, path


def test_a_token_that_was_revoked_opens_no_card_and_no_stream(bridge: BridgeProcess, key: str):
    manage(bridge, "token_revoke", name="hall")
    assert httpx.get(f"{bridge.web_url}/embed/GARAGE/1", params={"token": key}).status_code == 401
    assert first(bridge, "embed:GARAGE/1", key) == (401, "")


@asynccontextmanager
async def panel(port: int, card: str) -> AsyncIterator[str]:
    """The page of another program on the local network that shows a card; its address."""
    page = f'<!doctype html><title>panel</title><iframe src="{card}" width="380" height="500"></iframe>'.encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
        writer.write(head % len(page) + page)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}/"


async def test_the_card_lives_in_a_frame_of_the_panel_that_may_show_it(
    bridge: BridgeProcess, browser: Browser, key: str
):
    page = await browser.page()
    async with panel(PANEL, f"{bridge.web_url}/embed/GARAGE/1?token={key}") as address:
        async with page.expect_response(lambda each: "/live?" in each.url) as stream:
            await page.goto(address)
        await expect(page.frame_locator("iframe").locator("main")).to_contain_text("Garage")
        assert (await stream.value).status == 200


async def test_a_page_of_somebody_else_shows_no_card(bridge: BridgeProcess, browser: Browser, key: str):
    page = await browser.page()
    browser.announce("frame-ancestors")
    browser.tolerate("ERR_BLOCKED_BY_RESPONSE")
    async with panel(free_tcp_port(), f"{bridge.web_url}/embed/GARAGE/1?token={key}") as address:
        await page.goto(address)
        await expect(page.frame_locator("iframe").locator("main")).to_have_count(0)
