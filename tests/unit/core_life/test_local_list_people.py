"""What the charger's own list says of cards that may not charge always, everywhere or any more."""

from datetime import timedelta

from knx_ocpp_bridge.core.events import TagBookChanged
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.values import Clock, IdTag
from tests.kit.card_store import ListLife, kept, listing
from tests.kit.life import NOON

HOUR_S = 3600.0


def tag(id_tag: str, **more) -> Tag:
    return Tag(IdTag(id_tag), **more)


def given(house: ListLife, *tags: Tag, exhausted: str = "") -> None:
    """Somebody has changed who may charge."""
    cards = {one.id.casefold(): one for one in tags}
    house.life.happens(TagBookChanged(TagBook(tags=cards, exhausted=frozenset({exhausted} - {""}))))
    house.serves()


def statuses(house: ListLife) -> dict[str, str | None]:
    return {entry.id_tag: entry.status for entry in house.store.cards.values()}


def test_a_changed_book_is_sent_at_once():
    house = kept("AA", "BB", "CC")
    given(house, tag("AA"), tag("BB"), tag("CC"), tag("DD"))
    assert house.sent() == [(2, False, ["DD"])]


def test_a_book_that_says_the_same_sends_nothing():
    house = kept("AA", "BB")
    given(house, tag("AA", name="Blue card"), tag("BB"))
    assert house.asked() == []


def test_a_card_that_has_used_up_its_month_is_blocked_in_the_list_until_the_next():
    house = kept("AA", "BB", "CC")
    cards = tag("AA", limit_wh=1000), tag("BB"), tag("CC")
    given(house, *cards, exhausted="aa")
    assert statuses(house) == {"AA": "Blocked", "BB": "Accepted", "CC": "Accepted"}
    given(house, *cards)
    assert set(statuses(house).values()) == {"Accepted"}


def test_a_card_of_another_charger_is_blocked_in_the_list():
    house = ListLife(listing(tag("AA", chargers=frozenset({"yard"})), tag("BB")))
    house.arrives()
    assert statuses(house) == {"BB": "Accepted", "AA": "Blocked"}


def test_every_reading_of_a_card_is_in_the_list():
    house = ListLife(listing(tag("AABB", aliases=(IdTag("BBAA"),), group=IdTag("HOME"))))
    house.arrives()
    assert {(entry.id_tag, entry.parent) for entry in house.store.cards.values()} == {
        ("AABB", "HOME"),
        ("BBAA", "HOME"),
    }


def test_a_card_comes_into_the_list_on_the_day_from_which_it_is_valid():
    house = ListLife(listing(tag("AA"), tag("BB", valid_from=NOON + timedelta(days=2))))
    house.arrives()
    house.passes(47 * HOUR_S)
    assert house.store.holds() == {"AA"}
    house.passes(HOUR_S + 60)
    assert house.store.holds() == {"AA", "BB"}


def test_a_list_that_was_made_by_a_doubtful_clock_is_looked_at_again_when_the_clock_is_set():
    house = ListLife(listing(tag("AA"), tag("BB", valid_from=NOON + timedelta(days=2))))
    house.life.clock = Clock.UNKNOWN
    house.arrives()
    assert house.store.holds() == {"AA", "BB"}
    house.life.clock = Clock.SANE
    house.passes(HOUR_S)
    house.life.beats()
    house.passes(HOUR_S)
    assert house.store.holds() == {"AA"}
