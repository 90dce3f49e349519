"""Transactions, sessions, curves and signed values as they are asked for: names, masks, pages, and who has read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.events import SignedValue
from knx_ocpp_bridge.core.facts import Fact, SignedKept, StartedBy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from tests.kit.front_desk import FrontDesk
from tests.kit.journals import on_disk, running

GARAGE, GONE = ChargerId("GARAGE"), ChargerId("GONE")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BLUE = Tag(IdTag("04A2B3C4D5"), "Blue card", group=IdTag("FAMILY01"), cost_centre="4711")


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FrontDesk]:
    desk = FrontDesk(tmp_path)
    charger = desk.roster.actors[GARAGE].charger
    book = TagBook(tags={BLUE.id.casefold(): BLUE})
    desk.roster.actors[GARAGE].charger = replace(
        charger, settings=replace(charger.settings, name="Garage", tag_book=book)
    )
    async with running(tmp_path / "bridge.db") as journal:
        desk.memory.charged = journal
        yield desk


async def keep(desk: FrontDesk, *facts: Fact, charger: ChargerId = GARAGE) -> None:
    assert desk.memory.charged is not None
    await on_disk(desk.memory.charged, charger, facts)


def charge(number: int, tag: str = BLUE.id, hour: int = 0) -> TransactionRecorded:
    start = NOON + timedelta(hours=hour)
    stop = start + timedelta(hours=1)
    one = Transaction(TransactionId(number), ConnectorId(1), IdTag(tag), 0, start, stopped_at=stop, energy_wh=7000)
    return TransactionRecorded(one)


async def test_a_row_names_charger_card_and_cost_centre_and_hides_the_cards_number(desk):
    await keep(desk, charge(1))
    (row,) = desk.shows("transactions").rows
    assert {key: row[key] for key in ("charger", "charger_name", "id_tag", "name", "cost_centre", "group")} == {
        "charger": "GARAGE",
        "charger_name": "Garage",
        "id_tag": "…C4D5",
        "name": "Blue card",
        "cost_centre": "4711",
        "group": "FAMILY01",
    }
    assert desk.memory.lines == []


async def test_whoever_reads_whole_cards_leaves_a_line_in_the_log(desk):
    await keep(desk, charge(1), charge(2))
    assert [row["id_tag"] for row in desk.shows("transactions", tags=True).rows] == [BLUE.id, BLUE.id]
    assert [row["group"] for row in desk.shows("sessions", tags=True, after=1).rows] == ["FAMILY01"]
    assert [(line["about"], line["text"]) for line in desk.memory.lines] == [
        ("export", "read: 1 whole idTag in 2 transactions from number 1 on"),
        ("export", "read: 1 whole idTag in 1 session from number 2 on"),
    ]
    assert BLUE.id not in str(desk.memory.lines)
    assert desk.shows("transactions", tags=True, after=2).rows == ()
    assert len(desk.memory.lines) == 2


def part(number: int, tag: str, by: StartedBy = StartedBy.CARD, session: int | None = 1) -> TransactionRecorded:
    one = charge(number, tag, hour=number).transaction
    return TransactionRecorded(replace(one, session=None if session is None else TransactionId(session), started_by=by))


async def test_what_the_bridge_has_started_is_named_by_how(desk):
    own = desk.roster.actors[GARAGE].charger.own_tag
    ways = (StartedBy.WALL_SWITCH, StartedBy.COMMAND_LINE, StartedBy.UNKNOWN)
    await keep(desk, *(part(number, own, by, None) for number, by in enumerate(ways, 1)))
    assert [row["name"] for row in desk.shows("transactions").rows] == ["wall switch", "command line", "bridge"]


async def test_what_the_bridge_had_started_at_a_charger_that_left_the_building_is_named_by_how(desk):
    await keep(desk, part(1, "ITSTAG", StartedBy.PLUG, None), part(2, "CARD", session=None), charger=GONE)
    assert [row["name"] for row in desk.shows("transactions").rows] == ["plug", ""]


async def test_a_session_names_all_who_charged_in_it_in_order_and_each_once(desk):
    own = desk.roster.actors[GARAGE].charger.own_tag
    await keep(
        desk,
        part(1, BLUE.id, session=None),
        part(2, own, StartedBy.WALL_SWITCH),
        part(3, BLUE.id),
        part(4, "0000DEAD"),
        part(5, ""),
    )
    (row,) = desk.shows("sessions").rows
    assert row["name"] == "Blue card, wall switch, …DEAD"
    assert "people" not in row
    assert (row["energy_wh"], row["transactions"], row["marks"]) == (35_000, [1, 2, 3, 4, 5], [])


async def test_of_a_session_that_only_partly_is_of_the_card_that_was_asked_for_its_part_is_shown(desk):
    own = desk.roster.actors[GARAGE].charger.own_tag
    await keep(desk, part(1, own, StartedBy.WALL_SWITCH, None), part(2, BLUE.id), part(3, BLUE.id))
    (row,) = desk.shows("sessions", id_tags=BLUE.id.lower()).rows
    assert (row["name"], row["energy_wh"], row["transactions"]) == ("Blue card", 14_000, [2, 3])
    assert (row["session"], row["number"], row["marks"]) == (1, 1, ["in part"])


async def test_a_card_keeps_its_name_when_its_charger_has_left_the_building(desk):
    await keep(desk, charge(1), charge(2, "STRANGER"), charge(3, ""), charger=GONE)
    rows = desk.shows("transactions").rows
    assert [(row["charger_name"], row["name"], row["id_tag"]) for row in rows] == [
        ("", "Blue card", "…C4D5"),
        ("", "", "…NGER"),
        ("", "", ""),
    ]
    assert len(desk.shows("transactions", "gone").rows) == 3
    assert desk.shows("transactions", "garage").rows == ()


async def test_a_period_and_cards_can_be_asked_for(desk):
    await keep(desk, charge(1), charge(2, hour=1), charge(3, "OTHER", hour=1))
    since = "2026-11-21T14:30:00+01:00"
    assert [row["transaction"] for row in desk.shows("transactions", since=since).rows] == [2, 3]
    assert [row["transaction"] for row in desk.shows("transactions", until=since).rows] == [1]
    assert [row["transaction"] for row in desk.shows("transactions", since=since, id_tags="other, nobody").rows] == [3]
    assert [row["transaction"] for row in desk.shows("transactions", newest=True, limit=1).rows] == [3]
    assert desk.shows("transactions", limit=2).next == 2


@pytest.mark.parametrize(
    ("topic", "charger", "options", "why"),
    [
        ("transactions", "", {"since": "2026-11-01"}, "since is a time with its distance from UTC"),
        ("sessions", "", {"until": "yesterday"}, "until is a time with its distance from UTC"),
        ("transactions", "", {"since": "0001-01-01T00:00:00+14:00"}, "since is a time"),
        ("transactions", "", {"id_tags": ",".join("x" * 101)}, "id_tags are 100 at most"),
        ("samples", "", {"transaction": 1}, "about one charger: name it"),
        ("samples", "GARAGE", {}, "name the transaction by its number"),
        ("signed", "GARAGE", {}, "name the transaction by its number"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_words(desk, topic, charger, options, why):
    with pytest.raises(AskError, match=why):
        desk.shows(topic, charger, **options)


async def test_a_curve_comes_in_pages_by_its_time(desk):
    for minute in range(3):
        point = Sampled(TransactionId(1), NOON + timedelta(minutes=minute), 100 * minute, None, 10.0)
        desk.memory.charged.sample(GARAGE, point)
    at_s = int(NOON.timestamp())
    first = desk.shows("samples", "garage", transaction=1, limit=2)
    assert first.rows[0] == {
        "number": at_s,
        "at": "2026-11-21T12:00:00+00:00",
        "energy_wh": 0,
        "power_w": None,
        "current_a": 10.0,
    }
    assert first.next == at_s + 60
    assert [row["energy_wh"] for row in desk.shows("samples", "GARAGE", transaction=1, after=first.next).rows] == [200]


async def test_signed_values_are_shown_untouched_and_their_reading_is_logged(desk):
    await keep(desk, charge(1), SignedKept(TransactionId(1), (SignedValue(None, "Transaction.End", "OCMF|{}|{}"),)))
    (row,) = desk.shows("signed", "GARAGE", transaction=1).rows
    assert row == {"number": 1, "at": None, "context": "Transaction.End", "text": "OCMF|{}|{}"}
    assert [line["text"] for line in desk.memory.lines] == [
        "read: 1 signed value of transaction 1, as the charger sent them"
    ]


async def test_two_cards_that_look_the_same_masked_are_told_apart(desk):
    await keep(desk, charge(1, "AAAA1111"), charge(2, "BBBB1111"), charge(3, "aaaa1111"), charge(4, ""))
    rows = desk.shows("transactions").rows
    assert [row["id_tag"] for row in rows] == ["…1111", "…1111", "…1111", ""]
    first, second, again, nobody = (row["who"] for row in rows)
    assert (first == again, first == second, nobody) == (True, False, "")
    assert "1111" not in first


async def test_rows_of_a_person_a_cost_centre_or_a_group_leave_no_line_while_they_are_masked(desk):
    await keep(desk, charge(1), charge(2, "STRANGER"))
    for option in ({"tag": "blue CARD"}, {"cost_centre": "4711"}, {"group": "family01"}, {"tag": "04a2b3c4d5"}):
        assert [row["transaction"] for row in desk.shows("transactions", **option).rows] == [1]
    assert [row["transactions"] for row in desk.shows("sessions", tag="stranger").rows] == [[2]]
    assert desk.memory.lines == []


async def test_whole_rows_without_a_card_give_no_idtag_away(desk):
    await keep(desk, charge(1, ""))
    assert len(desk.shows("transactions", tags=True).rows) == 1
    assert desk.memory.lines == []


@pytest.mark.parametrize(
    ("topic", "charger", "options", "why"),
    [
        ("transactions", "NOPE", {}, "there is no charger 'NOPE'; known: GARAGE"),
        ("sessions", "GARAJE", {}, "there is no charger 'GARAJE'"),
        ("samples", "NOPE", {"transaction": 1}, "there is no charger 'NOPE'"),
        ("signed", "NOPE", {"transaction": 1}, "there is no charger 'NOPE'"),
        ("samples", "gone", {"transaction": 99}, "there is no transaction 99 of GONE"),
        ("signed", "GONE", {"transaction": 99}, "there is no transaction 99 of GONE"),
        ("transactions", "", {"tag": "Nobody"}, "no card is called 'Nobody'"),
        ("sessions", "", {"cost_centre": "4712"}, "the cost centre '4712'; known: 4711"),
        ("transactions", "", {"group": "FLEET"}, "the group 'FLEET'; known: FAMILY01"),
        ("sessions", "", {"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}, "since is not before"),
    ],
)
async def test_what_nobody_knows_is_told_and_is_no_empty_list(desk, topic, charger, options, why):
    await keep(desk, charge(1), charger=GONE)
    with pytest.raises(AskError, match=why):
        desk.shows(topic, charger, **options)


async def test_a_charger_that_is_no_more_shows_what_it_charged(desk):
    await keep(desk, charge(1), charger=GONE)
    assert [row["charger"] for row in desk.shows("sessions", "gone").rows] == ["GONE"]
    assert desk.shows("samples", "gone", transaction=1).rows == ()
    assert desk.shows("signed", "gone", transaction=1).rows == ()
