"""`user`, `password`, `token` and `audit` on the command line: what is asked, and what is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import Failed, Listing, Manage, Managed, Query
from tests.kit.played_bridge import PlayedBridge

AT = "2026-11-21T12:00:00+00:00"
WORDS = "correct horse battery"


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    playing.answers = lambda request: Listing(()) if isinstance(request, Query) else Managed(True, ("done so",))
    yield playing
    playing.close()


def command(bridge: PlayedBridge, *words: str, typed: str = ""):
    return CliRunner().invoke(main, [*words, "--socket", str(bridge.path)], input=typed)


def test_a_password_is_typed_twice_and_never_shown(bridge):
    said = command(bridge, "user", "add", "lodger", "--role", "operator", typed=f"{WORDS}\n{WORDS}\n")
    assert said.exit_code == 0
    assert bridge.asked == [Manage("user_add", "", {"name": "lodger", "role": "operator", "password": WORDS})]
    assert WORDS not in said.output


def test_a_password_may_stand_in_a_file(bridge, tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{WORDS}\nsecond line\n")
    assert command(bridge, "password", "set", "lodger", "--password-file", str(file)).exit_code == 0
    assert bridge.asked == [Manage("password_set", "", {"name": "lodger", "password": WORDS})]
    file.write_text("\n")
    assert command(bridge, "password", "set", "lodger", "--password-file", str(file)).exit_code == 2


def test_no_command_takes_a_password_as_an_argument():
    for verb in ("add", "set"):
        group = "user" if verb == "add" else "password"
        assert CliRunner().invoke(main, [group, verb, "lodger", "--password", WORDS]).exit_code == 2


def test_a_lost_password_is_made_anew_and_shown_once(bridge):
    said = command(bridge, "password", "reset", "lodger")
    (asked,) = (each for each in bridge.asked if isinstance(each, Manage))
    assert len(asked.options["password"]) >= 16
    assert asked.options["password"] in said.output


def test_nobody_is_removed_without_a_yes(bridge):
    assert command(bridge, "user", "remove", "lodger", typed="n\n").exit_code == 1
    assert not [each for each in bridge.asked if isinstance(each, Manage)]
    assert command(bridge, "user", "remove", "lodger", "--yes").exit_code == 0
    assert bridge.asked[-1] == Manage("user_remove", "", {"name": "lodger"})


def test_what_the_bridge_refuses_fails(bridge):
    bridge.answers = lambda _request: Failed("lodger is the last installer: make another one first")
    said = command(bridge, "user", "role", "lodger", "viewer")
    assert (said.exit_code, "last installer" in said.output) == (1, True)


def test_users_and_tokens_are_tables_and_what_they_are_called_is_harmless(bridge):
    user = {"name": "lodger\x1b[31m", "role": "viewer", "sessions": 2, "created_at": AT, "password_at": AT}
    bridge.answers = lambda _request: Listing((user,), zone="UTC")
    said = command(bridge, "user", "list")
    assert ("viewer" in said.output, "\x1b" in said.output) == (True, False)
    token = {"name": "hall", "role": "viewer", "kiosk": True, "created_at": AT, "created_by": "lodger", "used_at": None}
    bridge.answers = lambda _request: Listing((token,), zone="UTC")
    assert "hall  viewer  screen" in command(bridge, "token", "list").output
    assert '"kiosk": true' in command(bridge, "token", "list", "--json").output.replace('":true', '": true')


def test_where_there_is_nobody_it_says_how_to_begin(bridge):
    assert "user add NAME" in command(bridge, "user", "list").output
    assert "token create NAME" in command(bridge, "token", "list").output


def test_a_token_is_made_for_a_screen(bridge):
    command(bridge, "token", "create", "hall", "--kiosk")
    assert bridge.asked == [Manage("token_create", "", {"name": "hall", "role": "viewer", "kiosk": True})]


def test_the_audit_is_one_line_per_row(bridge):
    row = {
        "number": 7, "at": AT, "origin": "page", "who": "lodger", "peer": "192.168.1.5", "what": "adopt",
        "charger": "GARAGE", "details": '{"name": "Garage"}', "outcome": "done",
    }  # fmt: skip
    bridge.answers = lambda _request: Listing((row,), 7, "UTC")
    said = command(bridge, "audit", "--who", "lodger", "--last", "1")
    assert said.output == '2026-11-21 12:00:00 page lodger (192.168.1.5): adopt GARAGE {"name": "Garage"}: done\n'
    assert bridge.asked == [Query("audit", "", {"who": "lodger", "what": "", "newest": True, "limit": 1})]
