"""The door of the pages on a real port: http and https, who gets in, and whoever means no good."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Listing, Query
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, axe, screenshot
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import COOKIE, PASSWORD, add_user, log_in, manage, stored, token

HOUSE = House((charger("GARAGE", connector(Outlet(1)), name="Garage"),), web={})
NAME = "<script>alert(1)</script>"


@contextlib.contextmanager
def client(bridge: BridgeProcess, scheme: str = "http", **more: object) -> Iterator[httpx.Client]:
    address = f"{scheme}://127.0.0.1:{bridge.web_port}"
    with httpx.Client(base_url=address, verify=False, headers={"origin": address}, **more) as made:
        yield made


async def test_the_first_to_come_sets_the_password_in_a_browser(bridge: BridgeProcess, browser: Browser):
    page = await browser.page(f"{bridge.web_url}/welcome/password", view=PHONE)
    assert await axe(page) == []
    await screenshot(page, "access-first-390-light")
    await page.fill("#name", "lodger")
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.click("main button.primary")
    await page.wait_for_url("**/welcome**")
    answer = await page.goto(f"{bridge.web_url}/account")
    assert answer is not None
    assert answer.status == 200


async def test_a_lost_password_is_no_way_in_and_a_right_one_is(bridge: BridgeProcess, browser: Browser):
    add_user(bridge, "installer")
    page = await browser.page(f"{bridge.web_url}/account")
    assert page.url.endswith("/login?next=/account")
    assert await axe(page) == []
    await page.fill("#name", "installer")
    await page.fill("#password", "wrong wrong wrong")
    browser.announce("POST .*/login 403")
    await page.click("main button.primary")
    assert await page.locator("p[role=alert]").inner_text() == "The name or the password is wrong."
    assert await page.input_value("#name") == "installer"
    await screenshot(page, "access-login-1280-light")
    await page.fill("#password", PASSWORD)
    await page.click("main button.primary")
    await page.wait_for_url("**/account")
    await page.locator(".top form.account button").click()
    await page.wait_for_url("**/login?said=*")


@pytest.mark.parametrize(("view", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
async def test_the_pages_of_the_door_are_for_everybody(bridge: BridgeProcess, browser: Browser, view, scheme):
    width = view.width
    add_user(bridge, "viewer", NAME)
    manage(bridge, "token_create", name=f"{NAME}{width}", role="viewer")
    state = stored(bridge, "installer")
    for name in ("account", "users", "audit"):
        page = await browser.page(f"{bridge.web_url}/{name}", view=view, scheme=scheme, storage_state=state)
        assert await axe(page) == []
        await screenshot(page, f"access-{name}-{width}-{scheme}")
        if name == "users":
            assert NAME in await page.locator("main").inner_text()
            await page.locator("summary", has_text="Role").first.click()
            await page.locator("details.card > summary").first.click()
            assert await axe(page) == []
            await screenshot(page, f"access-users-open-{width}-{scheme}")
        await page.close()


async def test_a_token_is_made_in_a_browser_and_a_program_uses_it(bridge: BridgeProcess, browser: Browser):
    page = await browser.page(f"{bridge.web_url}/users", storage_state=stored(bridge, "installer"))
    await page.locator("summary", has_text="Make a token").click()
    await page.fill("#token-name", "energy manager")
    await page.select_option("#token-role", "operator")
    await page.locator("form[action='/users/tokens'] button").click()
    key = await page.input_value(".copy input")
    await screenshot(page, "access-token-1280-light")
    with client(bridge) as program:
        program.headers.pop("origin")
        assert program.get("/", headers={"authorization": f"Bearer {key}"}).status_code == 200
        manage(bridge, "token_revoke", name="energy manager")
        assert program.get("/", headers={"authorization": f"Bearer {key}"}).status_code == 401


async def test_https_stands_on_the_same_port_and_its_cookie_is_for_it_alone(bridge: BridgeProcess, browser: Browser):
    add_user(bridge, "installer")
    page = await browser.page(f"{bridge.web_url}/login")
    await page.get_by_text("Open it encrypted").is_visible()
    page = await browser.page(f"https://127.0.0.1:{bridge.web_port}/login", ignore_https_errors=True)
    await page.fill("#name", "installer")
    await page.fill("#password", PASSWORD)
    await page.click("main button.primary")
    await page.wait_for_url("https://**/")
    (cookie,) = [each for each in await page.context.cookies() if "session" in each["name"]]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-session", True, True)
    answer = await page.goto(f"{bridge.web_url}/account")
    assert answer is not None
    assert "/login" in answer.url


def test_the_certificate_is_of_our_own_authority_and_no_old_protocol_is_spoken(bridge: BridgeProcess):
    said = ask(bridge.socket, Query("ca", options={"root": True}), 10)
    assert isinstance(said, Listing)
    context = ssl.create_default_context(cadata=said.rows[0]["root_pem"])
    with (
        socket.create_connection(("127.0.0.1", bridge.web_port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")
    with (
        socket.create_connection(("127.0.0.1", bridge.web_port)) as plain,
        pytest.raises(OSError, match=r"SSL|reset|EOF"),
    ):
        old.wrap_socket(plain)


def test_sessions_outlive_a_restart_and_a_certificate_is_renewed_without_one(bridge: BridgeProcess):
    key = log_in(bridge, "viewer")
    bridge.restart()
    with client(bridge, transport=httpx.HTTPTransport(retries=6)) as browser:
        browser.cookies[COOKIE] = key
        assert browser.get("/account").status_code == 200
    before = ssl.get_server_certificate(("127.0.0.1", bridge.web_port))
    assert manage(bridge, "renew").done
    assert ssl.get_server_certificate(("127.0.0.1", bridge.web_port)) != before


def test_guessing_is_slowed_while_the_owner_gets_in(bridge: BridgeProcess):
    add_user(bridge, "operator", "owner")
    answers: list[int] = []
    with client(bridge) as guesser:
        while 429 not in answers and len(answers) < 15:
            answers.append(guesser.post("/login", data={"name": "owner", "password": "guess-guess"}).status_code)
    assert (answers[:5], answers[-1]) == ([403] * 5, 429)
    with client(bridge) as owner:  # whoever shares the address with a guesser waits a little as well
        answer = owner.post("/login", data={"name": "owner", "password": PASSWORD})
        assert answer.status_code == 303 or int(answer.headers["retry-after"]) <= 64
    assert manage(bridge, "password_set", name="owner", password="by-the-control-socket").done


def test_a_name_of_somebody_else_is_sent_away(bridge: BridgeProcess):
    with client(bridge) as browser:
        assert browser.get("/login", headers={"host": "elsewhere.example"}).status_code == 421
        assert browser.get("/login", headers={"host": f"localhost:{bridge.web_port}"}).status_code == 200


def test_who_did_what_is_kept_and_no_secret_with_it(bridge: BridgeProcess):
    key = token(bridge, "installer", "auditor")
    with client(bridge) as program:
        program.headers["authorization"] = f"Bearer {key}"
        page = program.get("/audit").text
    assert "first password" in page
    assert "login" in page
    said = (bridge.state / "bridge.db").read_bytes() + bridge.log.read_bytes()
    for secret in (PASSWORD, key, "by-the-control-socket"):
        assert secret.encode() not in said
