"""Cards as they are named, changed, learned, shown, exported and erased: what whoever asks is told."""

import asyncio
import json

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.events import AuthorizeAsked
from knx_ocpp_bridge.core.step import AuthorizationStatus, CardShown
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, LinkNumber
from knx_ocpp_bridge.daemon.cards.finding import found_card
from tests.kit.front_desk import FrontDesk


@pytest.fixture
def desk(tmp_path):
    return FrontDesk(tmp_path)


def with_file(desk, text='- {id: "FILE1", name: File card}\n', mode="allow_list"):
    (desk.path.parent / "tags.yaml").write_text(text)
    authorization = f"authorization: {{mode: {mode}, tags_file: tags.yaml}}\n"
    desk.path.write_text(f"{authorization}chargers:\n  - {{id: GARAGE, aliases: [carport], connectors: [{{id: 1}}]}}\n")
    desk.reload()


async def puts(desk, new=True, **entry):
    return await desk.does("tag_put", entry=json.dumps(entry), new=new)


def held(desk, id_tag, status=AuthorizationStatus.INVALID, charger="GARAGE", connector=1):
    desk.people.held(ChargerId(charger), CardShown(IdTag(id_tag), ConnectorId(connector), status))


def book(desk):
    return desk.roster.charger(ChargerId("GARAGE")).settings.tag_book


async def test_a_card_is_named_and_counts_at_once(desk):
    done = await puts(desk, id="04AABBCC", name="Red card", limit=80, chargers=["garage"])
    assert (done.done, done.messages) == (True, ("Red card (…BBCC) is on disk and in force",))
    card = book(desk).tags["04aabbcc"]
    assert (card.limit_wh, card.chargers) == (80_000, frozenset({"garage"}))
    assert desk.shelf.notes == ["card …BBCC put into the database by CLI"]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"id": "X" * 21}, "an idTag has 1 to 20 characters"),
        ({"id": "A\u0007B"}, "control characters"),
        ({"id": "A", "limit": -1}, "limit: "),
        ({"id": "A", "chargers": ["GARRAGE"]}, "there is no charger GARRAGE; did you mean GARAGE?"),
        ({"id": "A", "expires": "soon"}, "soon is neither a date nor a date with time"),
        ({"id": "A", "name": "x" * 256}, "name: "),
        ({"id": "A", "nmae": "x"}, "nmae is not a key of this section; did you mean name?"),
    ],
)
async def test_a_card_that_makes_no_sense_is_refused_in_words(desk, entry, why):
    done = await puts(desk, **entry)
    assert (done.done, why in " ".join(done.messages)) == (False, True), done.messages
    assert book(desk).tags == {}


@pytest.mark.parametrize("entry", ["", "[]", "{}", '{"id": 5}', "[" * 5000])
async def test_what_is_no_entry_is_refused(desk, entry):
    with pytest.raises(AskError, match="entry is a JSON object"):
        await desk.does("tag_put", entry=entry, new=True)


async def test_the_star_belongs_into_a_file(desk):
    with pytest.raises(AskError, match="belongs into a tags file"):
        await puts(desk, id="*")


async def test_a_card_that_is_there_already_is_not_added_but_changed(desk):
    await puts(desk, id="04AABBCC", name="Red card", limit=80, expires="2026-12-31")
    with pytest.raises(AskError, match=r"…bbcc is Red card \(…BBCC\) already"):
        await puts(desk, id="04aabbcc", name="Other")
    assert (await puts(desk, new=False, id="red card", limit=None, note="on loan")).done
    card = book(desk).tags["04aabbcc"]
    assert (card.name, card.limit_wh, card.note, card.expires is None) == ("Red card", None, "on loan", False)


async def test_a_change_that_makes_no_sense_with_what_was_said_before_is_refused(desk):
    await puts(desk, id="A", expires="2026-12-31")
    done = await puts(desk, new=False, id="A", valid_from="2027-01-01")
    assert done.messages == ("expires: the card would never be valid; let valid_from be before expires",)


async def test_an_alias_is_nobody_elses_card(desk):
    await puts(desk, id="A1", name="One")
    with pytest.raises(AskError, match="is One"):
        await puts(desk, id="B1", aliases=["a1"])


async def test_a_card_of_the_file_is_changed_there(desk):
    with_file(desk)
    for deed in (
        puts(desk, id="FILE1", name="x"),
        puts(desk, new=False, id="File card", name="x"),
        desk.does("tag_remove", tag="FILE1"),
    ):
        with pytest.raises(AskError, match=r"File card \(…E1\) stands in .*tags.yaml:1: change it there and reload"):
            await deed
    done = await desk.does("tag_erase", tag="FILE1", yes=True)
    assert "tags.yaml:1: take it out there and reload" in done.messages[0]


async def test_who_is_listed_by_a_block_list_is_told_that_it_is_refused(desk):
    with_file(desk, "", mode="block_list")
    done = await puts(desk, id="A")
    assert done.messages[-1] == "mode block_list: from now on it is refused at GARAGE"


async def test_a_name_that_two_cards_have_means_neither(desk):
    await puts(desk, id="AA1111", name="Family")
    await puts(desk, id="BB2222", name="family")
    with pytest.raises(AskError, match=r"2 cards are called FAMILY: name one by its id \(…111, …222\)"):
        found_card(desk.people, "FAMILY")
    assert found_card(desk.people, "aa1111")[0] == ("AA1111",)


def test_what_is_neither_a_name_nor_an_id_is_refused(desk):
    with pytest.raises(AskError, match="no card is called"):
        found_card(desk.people, "nobody has such a long id as this")


async def test_an_unknown_card_is_learned_with_place_and_answer(desk):
    learning = asyncio.create_task(desk.does("learn", name="Red card", at="garage"))
    await asyncio.sleep(0)
    held(desk, "04AABBCC")
    done = await learning
    assert done.done
    assert done.messages == (
        "card 04AABBCC was held to GARAGE/1 at 2026-11-21 12:00:00 and answered Invalid",
        "Red card (…BBCC) is on disk and in force",
    )
    assert book(desk).tags["04aabbcc"].name == "Red card"


async def test_without_a_name_the_card_is_only_shown(desk):
    learning = asyncio.create_task(desk.does("learn"))
    await asyncio.sleep(0)
    held(desk, "04AABBCC")
    assert (await learning).messages[1].startswith("to name it: knx-ocpp-bridge tags add")
    assert book(desk).tags == {}


async def test_a_card_that_is_known_is_told_as_such(desk):
    with_file(desk)
    learning = asyncio.create_task(desk.does("learn", name="x"))
    await asyncio.sleep(0)
    held(desk, "file1", AuthorizationStatus.ACCEPTED)
    done = await learning
    assert (done.done, "it is known already, File card (…E1) of " in done.messages[1]) == (False, True)


async def test_the_newest_learner_wins_and_the_other_is_told(desk):
    first = asyncio.create_task(desk.does("learn", name="First"))
    await asyncio.sleep(0)
    second = asyncio.create_task(desk.does("learn", name="Second"))
    await asyncio.sleep(0)
    assert (await first).messages == ("somebody else waits for a card now; nothing was learned here",)
    held(desk, "AA")
    assert (await second).done
    assert book(desk).tags["aa"].name == "Second"


async def test_a_learner_that_goes_away_learns_nothing(desk):
    learning = asyncio.create_task(desk.does("learn", name="x"))
    await asyncio.sleep(0)
    learning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await learning
    held(desk, "AA")
    assert book(desk).tags == {}


async def test_a_card_at_another_charger_is_not_waited_for(desk):
    learning = asyncio.create_task(desk.does("learn", name="x", at="GARAGE"))
    await asyncio.sleep(0)
    held(desk, "AA", charger="YARD")
    held(desk, "BB")
    assert (await learning).done
    assert list(book(desk).tags) == ["bb"]


async def test_cards_that_were_held_are_listed_and_masked(desk):
    held(desk, "04AABBCC")
    held(desk, "04AABBCC", AuthorizationStatus.BLOCKED, connector=0)
    (row,) = desk.shows("cards").rows
    assert (row["id_tag"], row["known"], row["status"], row["times"]) == ("…BBCC", False, "Blocked", 2)
    assert desk.shows("cards", whole=True).rows[0]["id_tag"] == "04AABBCC"


async def test_the_list_of_cards_says_how_they_stand(desk):
    with_file(desk)
    await puts(desk, id="04AABBCC", name="Ablaze", valid_from="2027-01-01", limit=5)
    first, second = desk.shows("tags").rows
    assert (first["id_tag"], first["state"], first["source"], first["limit_kwh"]) == (
        "…BBCC",
        "not yet valid",
        "database",
        5,
    )
    assert (second["name"], second["source"], second["place"].endswith("tags.yaml:1")) == ("File card", "file", True)
    assert [row["name"] for row in desk.shows("tags", after=1).rows] == ["File card"]


async def test_an_import_waits_until_the_cards_are_taken_out_of_the_file(desk):
    with_file(desk)
    done = await desk.does("tag_import", text='- {id: "FILE1", name: Moved}\n- {id: "NEW"}\n', file="tags.yaml")
    assert done.messages[0] == "2 cards of tags.yaml are in the database"
    assert "1 of them stand in a tags file too" in done.messages[1]
    assert book(desk).tags["file1"].name == "File card"
    with_file(desk, "")
    assert book(desk).tags["file1"].name == "Moved"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A: 1", "this is no list of cards"),
        ("- {id: 5}", "file:1: [0].id"),
        ('- {id: "*"}', "* stays in the tags file"),
    ],
)
async def test_an_import_that_cannot_be_read_changes_nothing(desk, text, why):
    done = await desk.does("tag_import", text=text)
    assert (done.done, why in done.messages[0]) == (False, True), done.messages
    assert book(desk).tags == {}


async def test_erasing_asks_for_a_yes(desk):
    with pytest.raises(AskError, match="cannot be undone"):
        await desk.does("tag_erase", tag="A")


async def test_a_card_of_which_nothing_is_known_cannot_be_erased(desk):
    done = await desk.does("tag_erase", tag="NOBODY", yes=True)
    assert (done.done, done.messages) == (False, ("nothing is known of this card",))


async def test_an_erased_card_is_refused_from_then_on(desk):
    await puts(desk, id="04AABBCC", name="Red card")
    desk.arrives("GARAGE")
    held(desk, "04AABBCC", AuthorizationStatus.ACCEPTED)
    assert (await desk.does("tag_erase", tag="Red card", yes=True)).done
    assert (book(desk).tags, desk.shows("cards").rows, desk.shows("tags").rows) == ({}, (), ())
    desk.post(ChargerId("GARAGE"), AuthorizeAsked(LinkNumber(1), "2", IdTag("04AABBCC")))
    assert desk.people.card("04AABBCC") is None


async def test_an_export_holds_the_entry_and_where_it_was_held_and_is_told_in_the_log(desk):
    await puts(desk, id="04AABBCC", name="Red card", note="on loan")
    held(desk, "04AABBCC")
    rows = desk.shows("card", tag="red card").rows
    assert [(row["kind"], row["id_tag"]) for row in rows] == [("entry", "04AABBCC"), ("seen", "04AABBCC")]
    assert desk.shelf.notes[-1] == "card …BBCC exported"


async def test_what_nobody_knows_is_no_export_and_leaves_no_typed_name_in_the_log(desk):
    before = list(desk.shelf.notes)
    with pytest.raises(AskError, match="nothing is known of a card 'Nobody'"):
        desk.shows("card", tag="Nobody")
    assert desk.shelf.notes == before


async def test_lists_of_whole_idtags_leave_a_line_and_masked_ones_none(desk):
    await puts(desk, id="04AABBCC", name="Red card", aliases=["CCBBAA04"], chargers=["garage"])
    held(desk, "STRANGER")
    assert desk.shows("tags").rows[0]["chargers"] == ["GARAGE"]
    desk.shows("cards")
    assert desk.memory.lines == []
    desk.shows("tags", whole=True)
    desk.shows("cards", whole=True)
    assert [(line["about"], line["text"]) for line in desk.memory.lines] == [
        ("export", "read: 2 whole idTags of the list of cards"),
        ("export", "read: 1 whole idTag of the list of cards that were held to readers"),
    ]


async def test_the_star_is_shown_as_it_is(desk):
    with_file(desk, '- {id: "*"}\n')
    assert [row["id_tag"] for row in desk.shows("tags").rows] == ["*"]


async def test_a_card_that_is_not_there_cannot_be_changed(desk):
    with pytest.raises(AskError, match="there is no card 'Nobody'"):
        await puts(desk, new=False, id="Nobody", note="x")


async def test_a_page_names_a_card_by_a_key_that_does_not_lead_to_its_id(desk):
    await puts(desk, id="04AABBCC", name="Red card")
    key = desk.shows("tags").rows[0]["key"]
    assert "aabbcc" not in key.casefold()
    assert (await puts(desk, new=False, id=key, name="Blue card")).done
    assert book(desk).tags["04aabbcc"].name == "Blue card"


async def test_an_unknown_card_that_was_held_to_a_reader_is_named_by_its_key(desk):
    held(desk, "04DDEEFF")
    assert (await puts(desk, id=desk.shows("cards").rows[0]["key"], name="Green card")).done
    assert book(desk).tags["04ddeeff"].name == "Green card"


async def test_the_key_of_a_card_that_is_not_known_any_more_names_nobody(desk):
    with pytest.raises(AskError, match="not known any more"):
        await puts(desk, id="~0123456789ab", name="Nobody")
    assert desk.shows("tags").rows == ()
