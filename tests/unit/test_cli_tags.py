"""`tags` on the command line: what is asked, and how it is shown."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Failed, Listing, Manage, Managed, Query
from tests.kit.played_bridge import PlayedBridge, command, lists


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def card(number: int, **more: object) -> dict:
    return {
        "number": number,
        "id_tag": "…BBCC",
        "aliases": [],
        "name": "Red card",
        "group": "HOUSE",
        "cost_centre": "4711",
        "valid_from": None,
        "expires": None,
        "chargers": [],
        "limit_kwh": 80.0,
        "used_kwh": 12.34,
        "state": "valid",
        "source": "database",
        "place": "",
        "note": "",
        **more,
    }


def seen(number: int, **more: object) -> dict:
    return {
        "number": number,
        "id_tag": "…0001",
        "name": "",
        "known": False,
        "charger": "GARAGE",
        "connector": 1,
        "status": "Invalid",
        "at": "2026-11-21T12:00:00+00:00",
        "times": 2,
        **more,
    }


def manages(bridge: PlayedBridge, *messages: str, done: bool = True) -> None:
    bridge.answers = lambda request: Listing(()) if isinstance(request, Query) else Managed(done, messages)


def entry(bridge: PlayedBridge) -> dict:
    """What was asked to be kept."""
    (request,) = bridge.asked
    assert isinstance(request, Manage)
    assert request.act == "tag_put"
    return json.loads(request.options["entry"])


def test_the_list_says_what_was_used_and_where_a_card_is_kept(bridge):
    lists(bridge, tags=[card(1), card(2, name="\x1b[2J", limit_kwh=None, source="file", place="/etc/tags.yaml:3")])
    _, first, second = command(bridge, "tags", "list").stdout.splitlines()
    assert first.split() == ["…BBCC", "Red", "card", "HOUSE", "4711", "12.3", "80", "-", "-", "-", "valid", "database"]
    assert "\x1b" not in second
    assert second.endswith("/etc/tags.yaml:3")


def test_a_whole_day_is_shown_as_it_was_written_and_a_moment_by_the_clocks_of_the_site(bridge):
    days = {"valid_from": "2026-05-31T22:00:00+00:00", "expires": "2026-12-31T23:00:00+00:00"}
    moment = {"expires": "2026-12-31T17:00:00+00:00"}
    lists(bridge, zone="Europe/Amsterdam", tags=[card(1, **days), card(2, **moment)], cards=[seen(1)])
    _, first, second = command(bridge, "tags", "list").stdout.splitlines()
    assert "  2026-06-01  2026-12-31 " in first
    assert "  -           2026-12-31 18:00  " in second
    assert "2026-11-21 13:00:00" in command(bridge, "tags", "seen").stdout


def test_no_cards_is_a_sentence_for_people_and_nothing_for_programs(bridge):
    lists(bridge, tags=[], cards=[])
    assert "tags learn" in command(bridge, "tags", "list").stdout
    assert command(bridge, "tags", "list", "--json").stdout == ""
    assert "no card was held" in command(bridge, "tags", "seen").stdout


def test_unknown_cards_that_were_held_stand_first_the_newest_on_top(bridge):
    unknown = [seen(2, id_tag="OLD"), seen(3, id_tag="NEW", connector=0)]
    lists(bridge, cards=[seen(1, name="Red card", known=True), *unknown])
    _, *lines = command(bridge, "tags", "seen", "--whole").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NEW", "OLD", "…0001"]
    assert " unknown " in lines[0]
    assert " GARAGE " in lines[0]
    assert all(isinstance(request, Query) and request.options["whole"] for request in bridge.asked)


def test_only_what_was_said_of_a_card_is_sent(bridge):
    manages(bridge, "done")
    words = ("--name", "Red card", "--limit", "80,5", "--charger", "A", "--charger", "B", "--mode", "scheduled")
    words += ("--max-current", "10")
    result = command(bridge, "tags", "add", "04AA", *words)
    assert (result.exit_code, result.stdout) == (0, "done\n")
    assert entry(bridge) == {"id": "04AA", "name": "Red card", "limit": 80.5, "chargers": ["A", "B"]} | {
        "mode": "scheduled",
        "max_current": 10.0,
    }


def test_an_empty_text_takes_out_what_was_said(bridge):
    manages(bridge, "done")
    words = ("--limit", "", "--expires", "", "--charger", "", "--alias", "", "--group", "", "--note", "")
    words += ("--mode", "", "--max-current", "")
    command(bridge, "tags", "set", "Red card", *words)
    nothing = {"limit": None, "expires": None, "chargers": None, "aliases": [], "group": None, "note": ""}
    nothing |= {"mode": None, "max_current": None}
    assert entry(bridge) == {"id": "Red card", **nothing}


def test_a_change_of_nothing_and_a_limit_that_is_no_number_are_wrong_usage(bridge):
    assert command(bridge, "tags", "set", "A").exit_code == 2
    assert command(bridge, "tags", "add", "A", "--limit", "much").exit_code == 2
    assert bridge.asked == []


def test_a_refusal_is_told_and_ends_with_4(bridge):
    manages(bridge, "it charges at GARAGE: stop that first", done=False)
    result = command(bridge, "tags", "erase", "A", "--yes")
    assert (result.exit_code, result.stdout, result.stderr) == (4, "", "it charges at GARAGE: stop that first\n")


def test_erasing_is_asked_for(bridge):
    manages(bridge, "gone")
    refused = command(bridge, "tags", "erase", "A", typed="n\n")
    assert (refused.exit_code, "nothing was done" in refused.stderr) == (1, True)
    assert not [request for request in bridge.asked if isinstance(request, Manage)]
    assert command(bridge, "tags", "erase", "A", typed="y\n").exit_code == 0
    assert bridge.asked[-1].options == {"tag": "A", "yes": True}


def test_whoever_learns_is_told_what_to_do_and_what_happens_meanwhile(bridge):
    manages(bridge, "card 04AA was held to GARAGE")
    result = command(bridge, "tags", "learn", "--charger", "GARAGE", "--minutes", "2")
    assert "hold the card to a reader of GARAGE; it is answered by the rules still" in result.stderr
    assert (bridge.asked[0].topic, bridge.asked[0].charger) == ("charger", "GARAGE")
    assert bridge.asked[1].options == {"name": "", "minutes": 2, "at": "GARAGE"}


def test_nobody_is_sent_to_a_reader_for_nothing(bridge):
    bridge.answers = lambda _request: Failed("there is no charger 'NOPE'; known: GARAGE")
    for words, code in ((("--charger", "NOPE"), 1), (("--name", ""), 2), (("--name", " "), 2)):
        result = command(bridge, "tags", "learn", *words)
        assert (result.exit_code, "hold the card" in result.stderr) == (code, False)


def test_an_export_is_one_json_object_of_all_pages(bridge):
    pages = {
        0: Listing(({"kind": "entry", "name": "Red card"}, {"kind": "seen", "charger": "A"}), 2),
        2: Listing(({"kind": "transaction", "transaction": 7},), 0),
    }
    bridge.answers = lambda request: pages[request.options["after"]]
    assert json.loads(command(bridge, "tags", "export", "Red card").stdout) == {
        "entry": {"name": "Red card"},
        "seen": [{"charger": "A"}],
        "transactions": [{"transaction": 7}],
    }


def test_the_text_of_a_file_is_imported_under_its_name(bridge, tmp_path):
    manages(bridge, "1 card of it is in the database")
    file = tmp_path / "cards.yaml"
    file.write_text('\ufeff- {id: "A"}\n', encoding="utf-8")
    assert command(bridge, "tags", "import", str(file)).exit_code == 0
    assert bridge.asked[0].options == {"text": '- {id: "A"}\n', "file": str(file)}
