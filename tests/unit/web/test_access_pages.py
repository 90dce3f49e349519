"""Logging in and out, the own account, users and tokens: with the real doorkeeper, and the passwords of a test."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.daemon.access import auditing, passwords
from knx_ocpp_bridge.daemon.access.throttle import FREE_PER_ADDRESS
from knx_ocpp_bridge.daemon.manage import VERBS
from knx_ocpp_bridge.web.access.doorkeeper import Doorkeeper
from knx_ocpp_bridge.web.app import application
from knx_ocpp_bridge.web.deeds import DEEDS
from knx_ocpp_bridge.web.roles import NOBODY, Role
from tests.kit.website import ADDRESS, Site

WORDS = "correct horse battery"
NAME = "<script>alert(1)</script>"


class Home(Site):
    """A site whose visitors are who they prove to be."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.web = Web()

    @property
    def gate(self):
        return self.desk.desk.books.access

    def browser(self, peer: str = "192.168.1.5", scheme: str = "http", *, own: bool = True) -> httpx.AsyncClient:
        website = replace(
            self._website(NOBODY), doorkeeper=Doorkeeper(self.gate, lambda: self.web), settings=lambda: self.web
        )
        address = ADDRESS.replace("http", scheme, 1)
        transport = httpx.ASGITransport(application(website), client=(peer, 50000))
        return httpx.AsyncClient(transport=transport, base_url=address, headers={"origin": address} if own else {})

    async def user(self, role: str, name: str = "Lodger") -> None:
        assert (await self.desk.does("user_add", name=name, role=role, password=WORDS)).done


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(passwords, "_digest", lambda password: f"digest of {password}")
    monkeypatch.setattr(passwords, "_fits", lambda password, digest: digest == f"digest of {password}")
    return Home(tmp_path)


async def log_in(browser: httpx.AsyncClient, name: str = "Lodger", password: str = WORDS, wanted: str = "/"):
    return await browser.post("/login", data={"name": name, "password": password, "next": wanted})


async def test_as_long_as_nobody_has_a_password_every_page_leads_to_the_welcome(home):
    async with home.browser() as browser:
        for path in ("/", "/login", "/system"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.headers["location"].startswith("/welcome")) == (303, True)


async def test_whoever_sets_the_first_password_is_logged_in_as_installer(home):
    async with home.browser() as browser:
        form = {"name": "", "password": WORDS, "again": WORDS}
        answer = await browser.post("/welcome/password", data=form)
        assert answer.headers["location"] == "/welcome"
        assert (await browser.get("/users")).status_code == 200
        again = await browser.post("/welcome/password", data=form)
        assert again.headers["location"] == "/login"
    assert [user.name for user in home.gate.users.all()] == ["installer"]


async def test_a_first_password_with_a_slip_of_the_finger_keeps_the_name_that_was_typed(home):
    async with home.browser() as browser:
        answer = await browser.post("/welcome/password", data={"name": "Lodger", "password": WORDS, "again": "other"})
        short = await browser.post("/welcome/password", data={"name": "Lodger", "password": "x", "again": "x"})
    assert ('value="Lodger"' in answer.text, "The two passwords differ." in answer.text) == (True, True)
    assert "A password has 8 to 256 characters." in short.text
    assert home.gate.is_new


async def test_a_first_password_from_elsewhere_is_refused(home):
    async with home.browser("203.0.113.9") as browser:
        answer = await browser.post("/welcome/password", data={"password": WORDS, "again": WORDS})
    assert "only set from the same network" in answer.text
    assert home.gate.is_new


async def test_whoever_logs_in_goes_where_he_wanted_and_is_somebody_from_then_on(home):
    await home.user("operator")
    async with home.browser() as browser:
        sent_away = await browser.get("/sessions?month=2026-11")
        assert sent_away.headers["location"] == "/login?next=/sessions%3Fmonth%3D2026-11"
        form = await browser.get(sent_away.headers["location"])
        assert 'name="next" value="/sessions?month=2026-11"' in form.text
        answer = await log_in(browser, wanted="/sessions?month=2026-11")
        assert answer.headers["location"] == "/sessions?month=2026-11"
        assert (await browser.get("/")).status_code == 200
        assert (await browser.get("/users")).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example",
     "javascript:x", "\\\\elsewhere.example", "elsewhere", "", "/" + "a" * 600, "/\n//elsewhere.example", "/ä"],
)  # fmt: skip
async def test_a_login_leads_nowhere_else(home, wanted):
    await home.user("viewer")
    async with home.browser() as browser:
        answer = await log_in(browser, wanted=wanted)
    assert answer.headers["location"] == "/"


async def test_the_cookie_is_not_for_scripts_nor_other_sites_and_by_https_for_nothing_else(home):
    await home.user("viewer")
    async with home.browser() as browser:
        plain = (await log_in(browser)).headers["set-cookie"]
    async with home.browser(scheme="https") as browser:
        secure = (await log_in(browser)).headers["set-cookie"]
    assert plain.startswith("session=")
    assert secure.startswith("__Host-session=")
    for cookie in (plain, secure):
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert ("Secure" in secure, "Secure" in plain, "Domain" in secure) == (True, False, False)


async def test_a_session_of_https_is_none_by_http(home):
    await home.user("viewer")
    async with home.browser(scheme="https") as browser:
        key = (await log_in(browser)).cookies["__Host-session"]
    async with home.browser() as browser:
        browser.cookies["__Host-session"] = key
        assert (await browser.get("/")).status_code == 303


async def test_a_session_that_was_planted_before_is_not_the_one_after(home):
    await home.user("viewer", "Prowler")
    await home.user("installer")
    async with home.browser() as attacker:
        planted = (await log_in(attacker, "Prowler")).cookies["session"]
    async with home.browser() as victim:
        victim.cookies["session"] = planted
        fresh = (await log_in(victim)).cookies["session"]
    assert fresh != planted
    async with home.browser() as attacker:
        attacker.cookies["session"] = planted
        assert (await attacker.get("/")).status_code == 303


@pytest.mark.parametrize("key", ["", "x", "a" * 5000, "../../etc/passwd", "' OR 1=1 --", "\x7f"])
async def test_a_key_that_is_none_is_nobody(home, key):
    await home.user("viewer")
    async with home.browser() as browser:
        answer = await browser.get("/", headers={"cookie": f"session={key}"})
    assert answer.status_code == 303


async def test_whoever_logs_out_is_out_with_that_key(home):
    await home.user("viewer")
    async with home.browser() as browser:
        key = (await log_in(browser)).cookies["session"]
        await browser.post("/logout")
        browser.cookies["session"] = key
        assert (await browser.get("/")).status_code == 303


async def test_guessing_is_slowed_and_says_so(home):
    await home.user("viewer")
    async with home.browser() as browser:
        for _ in range(FREE_PER_ADDRESS):
            assert (await log_in(browser, password="guess-guess")).status_code == 403
        slowed = await log_in(browser)
    assert (slowed.status_code, int(slowed.headers["retry-after"]) > 0) == (429, True)
    assert "Too many wrong passwords: try again in" in slowed.text
    assert WORDS not in slowed.text


@pytest.mark.parametrize(
    ("anonymous", "home_page", "command"), [("none", 303, 403), ("view", 200, 403), ("operate", 200, 303)]
)
async def test_what_somebody_who_has_not_logged_in_may_do_is_set(home, anonymous, home_page, command):
    await home.user("installer")
    home.web = Web(anonymous=anonymous)
    async with home.browser() as browser:
        assert (await browser.get("/")).status_code == home_page
        assert (await browser.get("/system")).status_code in {303, 403}
        answer = await browser.post("/alarms/acknowledge", data={"number": "all"})
        assert answer.status_code == command


async def test_a_user_is_never_less_than_anybody(home):
    await home.user("viewer")
    home.web = Web(anonymous="operate")
    async with home.browser() as browser:
        await log_in(browser)
        answer = await browser.post("/alarms/acknowledge", data={"number": "all"})
    assert answer.status_code == 303


async def test_a_viewer_with_a_token_is_a_viewer_also_where_anybody_may_operate(home):
    home.web = Web(anonymous="operate")
    key = home.gate.tokens.create("panel", Role.VIEWER, "Lodger", kiosk=False)
    async with home.browser(own=False) as browser:
        answer = await browser.post(
            "/alarms/acknowledge", data={"number": "all"}, headers={"authorization": f"Bearer {key}"}
        )
    assert answer.status_code == 403


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR], ids=["viewer", "operator"])
async def test_the_token_of_a_screen_opens_no_page_and_no_stream_but_those_of_a_card(home, role):
    await home.user("installer")
    key = home.gate.tokens.create("screen", role, "Lodger", kiosk=True)
    async with home.browser(own=False) as browser:
        for topics in ("home", "fleet", "charger:OTHER", "limits:OTHER", "outlet:GARAGE/1", "embed:GARAGE/1 home"):
            assert (await browser.get("/live", params={"topics": topics, "token": key})).status_code == 403
        for path in ("/", "/chargers", "/statistics", "/embed", "/liveliness"):
            assert (await browser.get(path, params={"token": key})).status_code in {303, 404}
        for path in ("/api/v1/status", "/metrics"):
            assert (await browser.get(path, params={"token": key})).status_code in {401, 403, 422}


async def test_a_token_is_its_role_and_a_wrong_one_is_refused_and_never_anybody(home):
    home.web = Web(anonymous="operate")
    key = home.gate.tokens.create("program", Role.INSTALLER, "Lodger", kiosk=False)
    screen = home.gate.tokens.create("screen", Role.VIEWER, "Lodger", kiosk=True)
    async with home.browser(own=False) as browser:
        assert (await browser.get("/users", headers={"authorization": f"Bearer {key}"})).status_code == 200
        for wrong in (f"Bearer {key}x", "Bearer ", f"bearer {screen}"):
            answer = await browser.get("/", headers={"authorization": wrong})
            assert answer.status_code == 401
        assert (await browser.get(f"/?token={screen}")).status_code == 200  # as anybody, by the setting
    home.web = Web()
    async with home.browser(own=False) as browser:
        assert (await browser.get(f"/?token={screen}")).status_code == 303
        assert (await browser.get(f"/users?token={key}")).status_code == 303


async def test_a_password_is_changed_by_whoever_knows_the_old_one_and_other_browsers_are_out(home):
    await home.user("viewer")
    async with home.browser() as browser, home.browser() as other:
        await log_in(other)
        await log_in(browser)
        form = {"old": "not the old one", "password": "another password", "again": "another password"}
        wrong = await browser.post("/account/password", data=form)
        assert "The name or the password is wrong." in wrong.text
        answer = await browser.post("/account/password", data=form | {"old": WORDS})
        assert answer.status_code == 303
        assert (await browser.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303


async def test_a_user_ends_his_own_sessions_and_nobody_elses(home):
    await home.user("viewer")
    await home.user("viewer", "Guest")
    async with home.browser() as mine, home.browser() as lost, home.browser() as guests:
        await log_in(guests, "Guest")
        await log_in(lost)
        await log_in(mine)
        theirs = home.gate.session_id(guests.cookies["session"])
        await mine.post("/account/sessions", data={"id": theirs})
        assert (await guests.get("/account")).status_code == 200
        await mine.post("/account/sessions", data={"others": "1"})
        assert [(await each.get("/account")).status_code for each in (mine, lost, guests)] == [200, 303, 200]
        for id_ in ("", "-", "x" * 64):
            await mine.post("/account/sessions", data={"id": id_})
        assert (await mine.get("/account")).status_code == 200


async def test_an_installer_manages_users_and_what_they_are_called_is_text(home):
    await home.user("installer")
    async with home.browser() as browser:
        await log_in(browser)
        form = {"name": NAME, "role": "viewer", "password": WORDS, "again": WORDS}
        assert (await browser.post("/users/add", data=form)).status_code == 303
        page = await browser.get("/users")
        assert (NAME in page.text, "&lt;script&gt;" in page.text) == (False, True)
        again = await browser.post("/users/add", data=form)
        assert (again.status_code, "already" in again.text) == (422, True)
        await browser.post("/users/change", data={"name": NAME, "do": "role", "role": "operator"})
        assert home.gate.users.find(NAME).role == "operator"
        changed = {"name": NAME, "do": "password", "password": "another password", "again": "another password"}
        await browser.post("/users/change", data=changed)
        async with home.browser() as other:
            assert (await log_in(other, NAME, "another password")).status_code == 303
            await browser.post("/users/change", data={"name": NAME, "do": "remove"})
            assert (await other.get("/")).status_code == 303
        last = await browser.post("/users/change", data={"name": "Lodger", "do": "remove"})
        assert "last installer" in (await browser.get(last.headers["location"])).text


async def test_a_token_is_made_shown_once_and_revoked(home):
    await home.user("installer")
    async with home.browser() as browser:
        await log_in(browser)
        made = await browser.post("/users/tokens", data={"name": NAME, "role": "viewer"})
        key = next(word for word in made.text.split('"') if word.startswith("kob_"))
        assert NAME not in made.text
        page = await browser.get("/users")
        assert (key in page.text, "&lt;script&gt;" in page.text) == (False, True)
        wrong = await browser.post("/users/tokens", data={"name": "wall", "role": "installer", "kiosk": "1"})
        assert (wrong.status_code, "viewer or operator" in wrong.text) == (422, True)
        await browser.post("/users/tokens/revoke", data={"name": NAME})
    assert home.gate.by_token(key, kiosk=False) is None


async def test_who_did_what_is_shown_and_can_be_sought(home):
    await home.user("installer")
    async with home.browser() as browser:
        await log_in(browser, "Lodger", "wrong wrong")
        await log_in(browser)
        everything, failed = await browser.get("/audit"), await browser.get("/audit?what=login&who=lodger")
        none = await browser.get("/audit?who=guest&before=12&charger=GARAGE")
        odd = await browser.get("/audit?before=x")
    assert (everything.text.count("<tr"), failed.text.count("<tr")) == (3, 3)
    assert "refused: The name or the password is wrong." in failed.text
    assert "Nothing of the kind is kept." in none.text
    assert odd.status_code == 200
    assert 'Log in <small class="code">login</small>' in failed.text


def test_every_verb_has_words_in_the_audit():
    assert set(VERBS) - auditing.CHANGES_NOTHING <= set(DEEDS)


async def test_with_https_alone_a_page_by_http_leads_there(home):
    home.web = Web(tls="on")
    async with home.browser() as browser:
        answer = await browser.get("/sessions?month=2026-11")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://bridge.test/sessions?month=2026-11")


async def test_the_card_of_a_connector_may_be_framed_by_whom_the_settings_name_and_nothing_else(home):
    home.web = Web(frames=("https://panel.local",))
    async with home.browser() as browser:
        card, page = await browser.get("/embed/GARAGE/1"), await browser.get("/login")
    assert card.headers["content-security-policy"].endswith("frame-ancestors 'self' https://panel.local")
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'none'")
