"""Who may charge, of random books: `authorize`, a naive reading of the rules, and the charger's list say the same."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core.authorization import authorize
from knx_ocpp_bridge.core.card_list import wanted
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.values import ChargerId, Clock, IdTag, Moment
from tests.kit.life import NOON, garage

HERE, MODES = ChargerId("GARAGE"), st.sampled_from([AuthorizationMode.ALLOW_LIST] * 4 + list(AuthorizationMode))
TIMES = st.none() | st.integers(-2, 2).map(lambda hours: NOON + timedelta(hours=hours))
IDS = ["AA", "BB", "CC", "DD", "EE"]


@st.composite
def books(draw: st.DrawFn) -> TagBook:
    """Cards with one alias at most: `x` before the id, which is nobody else's."""
    tags = {}
    for id_tag in draw(st.lists(st.sampled_from([*IDS, "*"]), unique=True)):
        tags[id_tag.casefold()] = Tag(
            IdTag(id_tag),
            group=draw(st.sampled_from([None, IdTag("HOME")])),
            valid_from=draw(TIMES),
            expires=draw(TIMES),
            chargers=draw(st.sampled_from([frozenset(), frozenset({"garage"}), frozenset({"yard"})])),
            limit_wh=draw(st.sampled_from([None, 1000])),
            aliases=draw(st.sampled_from([(), (IdTag(f"x{id_tag}"),)])) if id_tag != "*" else (),
        )
    limited = [key for key, tag in tags.items() if tag.limit_wh is not None]
    exhausted = draw(st.lists(st.sampled_from(limited))) if limited else []
    return TagBook(draw(MODES), tags, exhausted=frozenset(exhausted))


def naive(book: TagBook, shown: str, *, sane: bool) -> str:
    """The rules, one after the other, as the documentation tells them."""
    cards = [
        tag
        for tag in book.tags.values()
        if shown.lower() in {tag.id.lower(), *(alias.lower() for alias in tag.aliases)}
    ]
    star = [tag for tag in book.tags.values() if tag.id == "*"]
    if book.mode.value == "all":
        return "Accepted"
    if book.mode.value == "none":
        return "Invalid"
    if book.mode.value == "block_list":
        return "Blocked" if cards or star else "Accepted"
    if not cards and not star:
        return "Invalid"
    card = (cards or star)[0]
    if sane and card.valid_from and card.valid_from > NOON:
        return "Invalid"
    if sane and card.expires and card.expires <= NOON:
        return "Expired"
    if card.chargers and "garage" not in card.chargers:
        return "Blocked"
    if sane and card.id.lower() in book.exhausted:
        return "Blocked"
    return "Accepted"


SHOWN = st.sampled_from([*IDS, *(f"x{one}" for one in IDS), "ZZ"]) | st.sampled_from(IDS).map(str.lower)


@given(books(), SHOWN, st.booleans())
def test_a_card_is_answered_by_the_rules(book: TagBook, shown: str, sane: bool) -> None:
    assert authorize(book, IdTag(shown), HERE, NOON, clock_sane=sane).status.value == naive(book, shown, sane=sane)


@given(books(), st.booleans())
def test_the_list_says_offline_what_is_said_online(book: TagBook, sane: bool) -> None:
    """Of every reading of every card; who is not in the list is Invalid or Expired, or the list needs none of them."""
    now = Moment(0.0, NOON, Clock.SANE if sane else Clock.UNKNOWN)
    listed = wanted(garage(tag_book=book), (), now)
    readings = [one for key, tag in book.tags.items() if key != "*" for one in (tag.id, *tag.aliases)]
    if book.mode in {AuthorizationMode.ALL, AuthorizationMode.NONE}:
        assert not listed
        return
    for id_tag in readings:
        online = authorize(book, id_tag, HERE, NOON, clock_sane=sane)
        entry = listed.get(id_tag.casefold())
        if entry is None:
            assert online.status.value in {"Invalid", "Expired"}
        elif book.mode is AuthorizationMode.BLOCK_LIST:
            assert (entry.status, online.status.value) == ("Blocked", "Blocked")
        else:
            assert (entry.status, entry.parent, entry.expires) == (online.status.value, online.parent, online.expires)
    assert "*" not in listed
