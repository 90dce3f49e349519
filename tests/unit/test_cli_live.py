"""The command line in the hands of an installer: words, and an exit code for scripts."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import Ended, Failed, Reload, Reloaded, Snapshot, Status, Wish
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge

SNAPSHOT = Snapshot(
    {
        "version": "0.1.0",
        "knx": {"connected": True, "gateway": None, "trouble": ""},
        "ocpp": {"connected": 1},
        "clock": "sane",
    },
    (
        {
            "id": "GARAGE",
            "name": "Garage",
            "configured": True,
            "online": "online",
            "connectors": [
                {
                    "id": 1,
                    "values": {
                        "status": 2,
                        "charging": True,
                        "current": 15.84,
                        "max_current": 16.0,
                        "session_energy": 3420,
                    },
                    "transaction": None,
                },
                {"id": 2, "values": {"status": 3}, "transaction": None},
            ],
        },
        {
            "id": "YARD",
            "name": "",
            "configured": True,
            "online": "not heard of since the bridge started",
            "connectors": [{"id": 1, "values": {}, "transaction": None}],
        },
        {
            "id": "NEW",
            "name": "",
            "configured": False,
            "online": "online",
            "peer": "10.0.0.9:5",
            "vendor": "Acme\x1b[2J",
            "model": "One",
            "connectors": [],
        },
    ),
)


class Bridge(PlayedBridge):
    def ends(self, result: CommandResult, reason: str = "because") -> None:
        self.answers = lambda _request: Ended(result, reason)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    playing = Bridge(tmp_path / "control.sock")
    playing.answers = lambda _request: SNAPSHOT
    yield playing
    playing.close()


def command(bridge: Bridge, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--socket", str(bridge.path)])


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        (("start", "GARAGE"), Wish("GARAGE", 1, "charging", True)),
        (("start", "GARAGE/2", "--tag", "CARD"), Wish("GARAGE", 2, "charging", True, "CARD")),
        (("stop", "GARAGE/2"), Wish("GARAGE", 2, "charging", False)),
        (("unlock", "GARAGE"), Wish("GARAGE", 1, "unlock", True)),
        (("limit", "GARAGE", "10A"), Wish("GARAGE", 1, "max_current", 10.0)),
        (("limit", "GARAGE/2", "6,5"), Wish("GARAGE", 2, "max_current", 6.5)),
        (("limit", "GARAGE", "0 a"), Wish("GARAGE", 1, "max_current", 0.0)),
        (("mode", "GARAGE", "fast"), Wish("GARAGE", 1, "charge_mode", 2.0)),
        (("mode", "GARAGE/2", "normal"), Wish("GARAGE", 2, "charge_mode", 1.0)),
        (("mode", "GARAGE", "off"), Wish("GARAGE", 1, "charge_mode", 0.0)),
        (("mode", "GARAGE", "surplus"), Wish("GARAGE", 1, "charge_mode", 3.0)),
        (("mode", "GARAGE", "minimum_and_surplus"), Wish("GARAGE", 1, "charge_mode", 4.0)),
        (("mode", "GARAGE", "scheduled"), Wish("GARAGE", 1, "charge_mode", 5.0)),
        (("reset", "GARAGE"), Wish("GARAGE", 0, "reset", True)),
        (("reset", "GARAGE", "--hard"), Wish("GARAGE", 0, "hard_reset", True)),
        (("reserve", "GARAGE/1", "on"), Wish("GARAGE", 1, "reservation", True)),
        (("reserve", "GARAGE", "off"), Wish("GARAGE", 1, "reservation", False)),
        (("availability", "GARAGE", "off"), Wish("GARAGE", 0, "availability", False)),
        (("availability", "GARAGE/1", "on"), Wish("GARAGE", 1, "availability", True)),
    ],
)
def test_a_verb_is_one_wish(bridge: Bridge, words: tuple[str, ...], wish: Wish) -> None:
    bridge.ends(CommandResult.ACCEPTED, "done")
    result = command(bridge, *words)
    assert (result.exit_code, result.stdout) == (0, "accepted: done\n")
    assert bridge.asked == [wish]


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (CommandResult.REJECTED, 4),
        (CommandResult.NOT_SUPPORTED, 4),
        (CommandResult.NOT_ALLOWED_NOW, 4),
        (CommandResult.TIMED_OUT, 1),
        (CommandResult.OFFLINE, 5),
    ],
)
def test_a_script_can_tell_how_it_ended(bridge: Bridge, ended: CommandResult, code: int) -> None:
    bridge.ends(ended)
    result = command(bridge, "stop", "GARAGE")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"{ended.name.lower().replace('_', ' ')}: because\n"


@pytest.mark.parametrize(
    "words",
    [
        ("limit", "GARAGE", "nan"),
        ("limit", "GARAGE", "ten"),
        ("limit", "GARAGE", "1e9"),
        ("mode", "GARAGE", "sun"),
        ("mode", "GARAGE", "3"),
        ("start", "GARAGE/two"),
        ("start", "/1"),
        ("start",),
        ("reset", "GARAGE/1"),
        ("reserve", "GARAGE", "maybe"),
    ],
)
def test_what_cannot_be_meant_never_leaves_the_command_line(bridge: Bridge, words: tuple[str, ...]) -> None:
    assert command(bridge, *words).exit_code == 2
    assert bridge.asked == []


def test_without_a_bridge_the_remedy_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["status", "--socket", str(tmp_path / "nobody")])
    assert result.exit_code == 5
    assert "the bridge is not running, or runs with another socket; start it" in result.stderr


def test_the_socket_is_found_in_the_runtime_directory(bridge: Bridge) -> None:
    bridge.ends(CommandResult.ACCEPTED, "done")
    environment = {"RUNTIME_DIRECTORY": str(bridge.path.parent)}
    assert CliRunner().invoke(main, ["stop", "GARAGE"], env=environment).exit_code == 0


def test_an_unknown_charger_is_told(bridge: Bridge) -> None:
    bridge.answers = lambda _request: Failed("there is no charger 'X'; known: GARAGE")
    result = command(bridge, "stop", "X")
    assert (result.exit_code, result.stderr) == (1, "there is no charger 'X'; known: GARAGE\n")


def test_who_is_refused_at_once_is_not_told_to_wait_and_who_waits_is(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.answers = lambda _request: Failed("there is no charger 'NOPE'; known: GARAGE")
    assert command(bridge, "start", "NOPE").stderr == "there is no charger 'NOPE'; known: GARAGE\n"
    told = threading.Event()
    monkeypatch.setattr(click, "echo", lambda *_words, **_how: told.set())
    bridge.answers = lambda _request: Ended(
        CommandResult.ACCEPTED if told.wait(10) else CommandResult.TIMED_OUT, "nobody was told to wait"
    )
    assert command(bridge, "start", "GARAGE").exit_code == 0


def test_a_reload_says_what_needs_a_restart(bridge: Bridge) -> None:
    bridge.answers = lambda _request: Reloaded(True, ("ocpp.listen: needs a restart",))
    result = command(bridge, "reload")
    assert (result.exit_code, result.stdout) == (0, "ocpp.listen: needs a restart\nthe configuration is in force\n")
    assert bridge.asked == [Reload()]


def test_a_reload_of_a_broken_file_says_why(bridge: Bridge) -> None:
    bridge.answers = lambda _request: Reloaded(False, ("bridge.yaml:3: no such key",))
    result = command(bridge, "reload")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "bridge.yaml:3: no such key",
        "the configuration was refused; the old one stays in force",
    ]


def test_status_is_one_line_per_connector(bridge: Bridge) -> None:
    result = command(bridge, "status")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "knx-ocpp-bridge 0.1.0, clock sane",
        "KNX   connected yes",
        "OCPP  connected 1",
        "",
        "charger  no  name    online  status       charging  current  limit   session",
        "GARAGE   1   Garage  online  Charging     yes       15.8 A   16.0 A  3.42 kWh",
        "GARAGE   2   Garage  online  SuspendedEV  -         -        -       -",
        "YARD     1   -       -       -            -         -        -       -",
        "",
        "not configured (adopt: knx-ocpp-bridge chargers adopt NEW):",
        "  NEW  Acme?[2J One from 10.0.0.9:5",
    ]
    assert bridge.asked == [Status()]


def test_status_for_programs_is_the_whole_snapshot_on_one_line(bridge: Bridge) -> None:
    result = command(bridge, "status", "--json")
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == {"bridge": SNAPSHOT.bridge, "chargers": list(SNAPSHOT.chargers)}


def test_an_answer_to_another_question_is_a_failure(bridge: Bridge) -> None:
    assert command(bridge, "stop", "GARAGE").exit_code == 1
    bridge.ends(CommandResult.ACCEPTED)
    assert command(bridge, "status").exit_code == 1
    assert command(bridge, "reload").exit_code == 1


@pytest.mark.parametrize(
    ("result", "code"), [(CommandResult.ACCEPTED, 0), (CommandResult.REJECTED, 4), (CommandResult.OFFLINE, 5)]
)
def test_programs_get_the_result_in_json_and_the_same_exit_code(bridge: Bridge, result, code) -> None:
    bridge.ends(result, "so it is")
    ended = command(bridge, "stop", "GARAGE", "--json")
    assert json.loads(ended.stdout) == {"result": result.name, "reason": "so it is"}
    assert ended.exit_code == code


def test_an_open_adoption_window_stands_on_the_screen(bridge: Bridge) -> None:
    window = {"open": True, "closes_in_s": 65, "left": 15, "adopted": ["X"]}
    bridge.answers = lambda _request: Snapshot({**SNAPSHOT.bridge, "window": window}, ())
    assert "adoption window: open for 1:05 more, or 15 more chargers" in command(bridge, "status").stdout
