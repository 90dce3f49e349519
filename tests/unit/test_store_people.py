"""Cards on disk: those that have a name here, and those that were held to readers."""

from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.step import AuthorizationStatus, CardShown
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.daemon.cards.seen import SeenCards
from knx_ocpp_bridge.store.people import MOST_SEEN, PeopleBook
from knx_ocpp_bridge.store.person import erasing, spelled
from tests.kit.shelf import Shelf

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
GARAGE = ChargerId("GARAGE")
WHOLE = Tag(
    IdTag("04AABBCC"),
    "Red card",
    expires=NOON,
    group=IdTag("HOME"),
    valid_from=NOON - timedelta(days=1),
    cost_centre="4711",
    chargers=frozenset({"garage", "yard"}),
    limit_wh=120_000,
    note="a\nnote",
    aliases=(IdTag("CCBBAA04"),),
)


def put(book, *tags):
    told = []
    book.put(tags, NOON, lambda: told.append(True))
    assert told == [True]


def shown(id_tag, status=AuthorizationStatus.INVALID):
    return CardShown(IdTag(id_tag), ConnectorId(1), status)


def test_a_card_comes_back_as_it_was_put():
    shelf = Shelf()
    put(PeopleBook(shelf), WHOLE, Tag(IdTag("A")))
    assert PeopleBook(shelf).cards() == {"a": Tag(IdTag("A")), "04aabbcc": WHOLE}


def test_a_card_in_other_letters_is_the_same_card():
    book = PeopleBook(Shelf())
    put(book, Tag(IdTag("AABB"), "first"))
    put(book, Tag(IdTag("aabb"), "second"))
    assert [tag.name for tag in book.cards().values()] == ["second"]


def test_a_removed_card_is_gone():
    book = PeopleBook(Shelf())
    put(book, WHOLE)
    book.remove(IdTag("04aabbcc"), lambda: None)
    assert book.cards() == {}


async def test_a_card_that_is_held_again_is_counted_and_stands_last():
    book = PeopleBook(Shelf())
    seen = SeenCards(book)
    for number, id_tag in enumerate(("AA", "BB", "aa")):
        seen.add(GARAGE, shown(id_tag), NOON + timedelta(minutes=number))
    seen.write()
    assert [(one.id_tag, one.times) for one in SeenCards(book).rows()] == [("BB", 1), ("aa", 2)]


async def test_only_the_last_cards_are_kept():
    book = PeopleBook(Shelf())
    seen = SeenCards(book)
    for number in range(MOST_SEEN):
        seen.add(GARAGE, shown(f"CARD{number}"), NOON + timedelta(seconds=number))
    seen.write()
    for number in range(MOST_SEEN, MOST_SEEN + 7):
        seen.add(GARAGE, shown(f"CARD{number}"), NOON + timedelta(seconds=number))
    seen.write()
    kept = SeenCards(book).rows()
    assert (len(kept), kept[0].id_tag, kept[-1].id_tag) == (MOST_SEEN, "CARD7", f"CARD{MOST_SEEN + 6}")


async def test_cards_that_come_and_go_within_a_minute_cost_nothing():
    shelf = Shelf()
    writes = []
    plain = shelf.write
    shelf.write = lambda *statements, **more: (writes.extend(statements), plain(*statements, **more))
    seen = SeenCards(PeopleBook(shelf))
    for minute in range(2):
        for number in range(5 * MOST_SEEN):
            seen.add(GARAGE, shown(f"{minute}CARD{number}"), NOON + timedelta(minutes=minute))
        seen.write()
    assert len(writes) == 3 * MOST_SEEN
    assert len(SeenCards(PeopleBook(shelf)).rows()) == MOST_SEEN


async def test_a_reader_that_is_tried_without_end_is_not_written_without_end():
    shelf = Shelf()
    writes = []
    plain = shelf.write
    shelf.write = lambda *statements, **more: (writes.append(statements), plain(*statements, **more))
    seen = SeenCards(PeopleBook(shelf))
    for second in range(1000):
        seen.add(GARAGE, shown("AA"), NOON + timedelta(seconds=second))
    assert writes == []
    seen.write()
    assert len(writes) == 1
    seen.write()
    assert len(writes) == 1


def test_a_short_name_spoils_no_other_words():
    shelf = Shelf()
    for number, text in enumerate(("Lodger charges", "the annex", "Joanna", "lodger: 5 kWh"), 1):
        shelf.write(("INSERT INTO log VALUES (?, '', '', NULL, 20, '', ?)", (number, text)))
    shelf.write(*erasing(shelf, spelled(shelf, lambda _charger, _tag: False), (), ("Lodger",)))
    texts = [text for (text,) in shelf.read("SELECT text FROM log ORDER BY number")]
    assert texts == ["(erased) charges", "the annex", "Joanna", "(erased): 5 kWh"]
