"""Users, sessions and tokens: who gets in, for how long, and what of it is on disk."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.daemon.access import passwords
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.access.passwords import MOST_WAITING, BusyError, Hasher, fault
from knx_ocpp_bridge.daemon.access.throttle import FREE_PER_ADDRESS, FREE_PER_USER
from knx_ocpp_bridge.daemon.access.web_sessions import IDLE, LASTS, MOST_PER_USER, WRITTEN_EVERY
from knx_ocpp_bridge.store.audit import Sought
from knx_ocpp_bridge.web.access import words
from knx_ocpp_bridge.web.access.gate import Entered, TurnedAway, Whence
from knx_ocpp_bridge.web.access.near import is_near
from knx_ocpp_bridge.web.roles import Role
from tests.kit.shelf import Shelf

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME = Whence("192.168.1.5", "Firefox")
WORDS = "correct horse battery"


class House:
    """An access office whose clock is turned by hand, and its disk."""

    def __init__(self, shelf: Shelf | None = None, now: datetime = NOON) -> None:
        self.shelf = shelf or Shelf()
        self.now = now
        self.office = AccessOffice(self.shelf, self._moment, lambda _seconds, _call: None)

    def _moment(self) -> Moment:
        return Moment((self.now - NOON).total_seconds() + 1000, self.now)

    def restarted(self) -> "House":
        return House(self.shelf, self.now)

    async def begun(self) -> str:
        entered = await self.office.begin("Lodger", WORDS, HOME)
        assert isinstance(entered, Entered)
        return entered.key

    def rows(self, table: str) -> str:
        return str(self.shelf.read(f"SELECT * FROM {table}"))

    def visitor(self, key: str):
        return self.office.by_session(key, HOME)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Argon2 is tried in a test of its own; it is slow on purpose."""
    monkeypatch.setattr(passwords, "_digest", lambda password: f"digest of {len(password)} {password[::-1]}")
    monkeypatch.setattr(passwords, "_fits", lambda password, digest: digest.endswith(password[::-1]))
    return House()


async def test_the_first_to_come_sets_the_password_and_may_everything(house):
    assert house.office.is_new
    key = await house.begun()
    assert not house.office.is_new
    assert (house.visitor(key).role, house.visitor(key).name) == (Role.INSTALLER, "Lodger")


async def test_a_first_password_is_set_once(house):
    await house.begun()
    assert isinstance(await house.office.begin("Prowler", WORDS, HOME), TurnedAway)
    assert len(house.office.users) == 1


async def test_a_first_password_is_not_set_from_the_internet(house):
    answer = await house.office.begin("Prowler", WORDS, Whence("203.0.113.7"))
    assert isinstance(answer, TurnedAway)
    assert house.office.is_new


@pytest.mark.parametrize(
    ("peer", "near"),
    [
        ("127.0.0.1", True), ("192.168.1.1", True), ("10.9.8.7", True), ("172.31.0.1", True), ("169.254.3.4", True),
        ("fe80::1%eth0", True), ("fd00::5", True), ("::1", True), ("::ffff:192.168.1.1", True),
        ("172.32.0.1", False), ("8.8.8.8", False), ("2001:db8::1", False), ("100.64.0.1", False), ("", False),
        ("::ffff:8.8.8.8", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_near_is_this_machine_and_private_networks(peer, near):
    assert is_near(peer) is near


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaa", "Installer1"[:7], "x" * 257])
def test_a_password_that_is_none_is_refused(password):
    assert fault(password, "installer")


def test_the_name_is_no_password():
    assert fault("Installer", "installer")
    assert not fault("Installers", "installer")


async def test_wrong_names_and_wrong_passwords_are_told_alike(house):
    await house.begun()
    wrong = [await house.office.enter(name, word, HOME) for name, word in (("Lodger", "nonsense1"), ("Prowler", WORDS))]
    assert wrong[0] == wrong[1] == TurnedAway(words.WRONG)


async def test_an_unknown_name_costs_the_same_work(house, monkeypatch):
    await house.begun()
    worked = []
    monkeypatch.setattr(passwords, "_fits", lambda password, digest: worked.append(digest) is not None)
    await house.office.enter("Lodger", "nonsense1", HOME)
    await house.office.enter("Prowler", "nonsense1", HOME)
    assert len(worked) == 2


async def test_guessing_is_slowed_and_the_right_password_is_not_looked_at_meanwhile(house):
    await house.begun()
    away = Whence("192.168.1.66")
    for _ in range(FREE_PER_ADDRESS):
        await house.office.enter("Lodger", "nonsense1", away)
    answer = await house.office.enter("Lodger", WORDS, away)
    assert isinstance(answer, TurnedAway)
    assert answer.wait_s > 0
    assert isinstance(await house.office.enter("Lodger", WORDS, HOME), Entered)
    house.now += timedelta(hours=1)
    assert isinstance(await house.office.enter("Lodger", WORDS, away), Entered)


async def test_each_login_gives_a_key_of_its_own_that_is_nowhere_on_disk(house):
    keys = {await house.begun()}
    for _ in range(3):
        keys.add((await house.office.enter("lodger", WORDS, HOME)).key)
    assert len(keys) == 4
    assert all(len(key) >= 43 and key not in house.rows("web_sessions") for key in keys)


async def test_sessions_outlive_a_restart(house):
    key = await house.begun()
    assert house.restarted().visitor(key).name == "Lodger"


async def test_a_session_that_is_not_used_ends(house):
    key = await house.begun()
    house.now += IDLE
    assert house.visitor(key) is None
    assert house.rows("web_sessions") == "[]"


async def test_a_session_that_is_used_ends_all_the_same_one_day(house):
    key = await house.begun()
    while house.visitor(key) is not None:
        house.now += IDLE / 2
    assert LASTS <= house.now - NOON <= LASTS + IDLE / 2


async def test_a_page_that_is_open_all_day_writes_a_few_times(house):
    writes = []
    key = await house.begun()
    plain = house.shelf.write
    house.shelf.write = lambda *statements, **more: (writes.append(statements), plain(*statements, **more))
    for _ in range(24 * 60):
        house.now += timedelta(minutes=1)
        assert house.visitor(key) is not None
    assert len(writes) == timedelta(days=1) / WRITTEN_EVERY


async def test_a_user_has_so_many_sessions_and_the_oldest_goes(house):
    first = await house.begun()
    for _ in range(MOST_PER_USER):
        house.now += timedelta(seconds=1)
        await house.office.enter("Lodger", WORDS, HOME)
    assert house.visitor(first) is None
    assert len(house.office.sessions.all()) == len(house.shelf.read("SELECT 1 FROM web_sessions")) == MOST_PER_USER


async def test_a_new_password_ends_every_session_but_the_one_it_was_set_in(house):
    mine = await house.begun()
    other = (await house.office.enter("Lodger", WORDS, HOME)).key
    await house.office.change("Lodger", "another password", mine)
    assert (house.visitor(mine).name, house.visitor(other)) == ("Lodger", None)
    assert isinstance(await house.office.enter("Lodger", WORDS, HOME), TurnedAway)
    assert isinstance(await house.office.enter("Lodger", "another password", HOME), Entered)


async def test_who_logs_out_is_out_at_once(house):
    key = await house.begun()
    house.office.leave(key, HOME)
    assert house.visitor(key) is None
    assert house.restarted().visitor(key) is None


async def test_a_role_counts_from_the_next_request_on(house):
    await house.begun()
    house.office.users.add("Guest", Role.VIEWER, await house.office.digest(WORDS))
    key = (await house.office.enter("Guest", WORDS, HOME)).key
    house.office.users.set_role("guest", Role.OPERATOR)
    assert house.visitor(key).role is Role.OPERATOR


async def test_the_last_installer_stays_one(house):
    await house.begun()
    for change in (
        lambda: house.office.users.remove("lodger"),
        lambda: house.office.users.set_role("lodger", Role.VIEWER),
    ):
        with pytest.raises(AskError, match="last installer"):
            change()
    house.office.users.add("Guest", Role.INSTALLER, "digest")
    house.office.users.remove("Lodger")
    assert [user.name for user in house.restarted().office.users.all()] == ["Guest"]


def test_a_token_is_shown_once_and_its_digest_kept(house):
    key = house.office.tokens.create("energy manager", Role.OPERATOR, "Lodger", kiosk=False)
    again = house.restarted().office
    assert again.by_token(key, kiosk=False).role is Role.OPERATOR
    assert key not in house.rows("tokens")
    again.tokens.revoke("Energy Manager")
    assert again.by_token(key, kiosk=False) is None
    assert house.restarted().office.by_token(key, kiosk=False) is None


def test_the_token_of_a_screen_is_good_for_the_card_alone_and_is_never_an_installer(house):
    key = house.office.tokens.create("hall", Role.VIEWER, "Lodger", kiosk=True)
    assert house.office.by_token(key, kiosk=False) is None
    assert house.office.by_token(key, kiosk=True).role is Role.VIEWER
    with pytest.raises(AskError):
        house.office.tokens.create("wall", Role.INSTALLER, "Lodger", kiosk=True)


async def test_a_failed_login_is_audited_without_what_was_typed_in_the_field_of_the_name(house):
    await house.begun()
    await house.office.enter("my-password-by-mistake", "x", HOME)
    await house.office.enter("lodger", "wrong password", HOME)
    rows = house.office.audit.rows(Sought(what="login"))
    assert [(row.who, row.peer) for row in rows] == [("", HOME.peer), ("Lodger", HOME.peer)]
    assert all(row.outcome.startswith("refused") for row in rows)


async def test_argon2_knows_the_password_in_either_composition_of_its_letters():
    hasher = Hasher()
    digest = await hasher.digest("Zu\u0308rich 2026")
    assert digest.startswith("$argon2id$")
    assert await hasher.fits(digest, "Z\u00fcrich 2026")
    assert not await hasher.fits(digest, "Zurich 2026")
    assert not await hasher.fits(None, "Zurich 2026")
    assert not await hasher.fits("damaged", "Zurich 2026")


async def test_no_flood_of_passwords_piles_up(monkeypatch):
    hasher = Hasher()
    hasher._strangers.waiting = MOST_WAITING
    with pytest.raises(BusyError):
        await hasher.fits(None, "anything")


def let_nobody_on(house: House, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Passwords are looked at once the event is set."""
    go, plain = threading.Event(), passwords._fits
    monkeypatch.setattr(passwords, "_fits", lambda password, digest: go.wait(5) and plain(password, digest))
    return go


async def test_strangers_who_fill_the_line_do_not_keep_out_who_has_been_there_before(house, monkeypatch):
    await house.begun()
    go = let_nobody_on(house, monkeypatch)
    flood = [
        asyncio.create_task(house.office.enter(f"name{number}", "nonsense1", Whence(f"10.0.0.{number}")))
        for number in range(MOST_WAITING + 5)
    ]
    owner = asyncio.create_task(house.office.enter("Lodger", WORDS, HOME))
    elsewhere = asyncio.create_task(house.office.enter("Lodger", WORDS, Whence("10.1.1.1")))
    assert (await elsewhere).why == words.BUSY
    go.set()
    assert isinstance(await owner, Entered)
    assert [each.why for each in await asyncio.gather(*flood)].count(words.BUSY) == 5


async def test_a_try_that_was_turned_away_as_too_many_is_no_wrong_password(house):
    await house.begun()
    away = Whence("10.1.1.1")
    house.office.hasher._strangers.waiting = MOST_WAITING
    for _ in range(3 * FREE_PER_USER):
        assert (await house.office.enter("Lodger", WORDS, away)).why == words.BUSY
    assert not house.office.audit.rows(Sought(what="login"))
    house.office.hasher._strangers.waiting = 0
    assert isinstance(await house.office.enter("Lodger", WORDS, away), Entered)
