"""Who may charge: modes, cards, groups, validity, places, limits; and what logs may show of a card."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.authorization import authorize, masked
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import ChargerId, IdTag
from tests.kit.life import NOON

HERE = ChargerId("GARAGE")
HERS, OLD, OTHER = IdTag("04AB"), IdTag("0401D"), IdTag("FFFF")
TAGS = {
    "04ab": Tag(HERS, "hers", group=IdTag("HOME")),
    "0401d": Tag(OLD, "old", expires=NOON - timedelta(days=1)),
}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (AuthorizationMode.ALL, ("Accepted", "Accepted", "Accepted")),
        (AuthorizationMode.NONE, ("Invalid", "Invalid", "Invalid")),
        (AuthorizationMode.ALLOW_LIST, ("Accepted", "Expired", "Invalid")),
        (AuthorizationMode.BLOCK_LIST, ("Blocked", "Blocked", "Accepted")),
    ],
)
def test_each_mode_admits_whom_it_names(mode: AuthorizationMode, expected: tuple[str, ...]):
    book = TagBook(mode, TAGS)
    answers = tuple(authorize(book, tag, HERE, NOON, clock_sane=True).status.value for tag in (HERS, OLD, OTHER))
    assert answers == expected


def test_a_card_is_the_same_in_any_case():
    assert (
        authorize(TagBook(tags=TAGS), IdTag("04aB"), HERE, NOON, clock_sane=True).status is AuthorizationStatus.ACCEPTED
    )


def test_the_star_admits_every_card():
    book = TagBook(tags={"*": Tag(IdTag("*"))})
    assert authorize(book, OTHER, HERE, NOON, clock_sane=True).status is AuthorizationStatus.ACCEPTED


def test_the_group_of_a_card_is_its_parent():
    assert authorize(TagBook(tags=TAGS), HERS, HERE, NOON, clock_sane=True).parent == "HOME"


def test_no_card_expires_by_a_clock_that_cannot_be_believed():
    assert authorize(TagBook(tags=TAGS), OLD, HERE, NOON, clock_sane=False).status is AuthorizationStatus.ACCEPTED


def says(tag: Tag, read_as: str = "AA", *, clock_sane: bool = True, exhausted: str = "") -> str:
    book = TagBook(tags={tag.id.casefold(): tag}, exhausted=frozenset({exhausted} - {""}))
    return authorize(book, IdTag(read_as), HERE, NOON, clock_sane=clock_sane).status.value


def test_a_card_that_is_not_valid_yet_is_unknown_and_from_its_moment_on_it_is_not():
    assert says(Tag(IdTag("AA"), valid_from=NOON + timedelta(seconds=1))) == "Invalid"
    assert says(Tag(IdTag("AA"), valid_from=NOON)) == "Accepted"


def test_a_card_is_blocked_where_it_may_not_charge():
    assert says(Tag(IdTag("AA"), chargers=frozenset({"garage", "yard"}))) == "Accepted"
    assert says(Tag(IdTag("AA"), chargers=frozenset({"yard"}))) == "Blocked"


def test_a_card_that_has_used_up_its_month_is_blocked():
    assert says(Tag(IdTag("AA"), limit_wh=1000), exhausted="aa") == "Blocked"
    assert says(Tag(IdTag("AA"), limit_wh=1000), exhausted="bb") == "Accepted"


def test_neither_beginning_nor_limit_is_judged_by_a_clock_that_cannot_be_believed():
    assert says(Tag(IdTag("AA"), valid_from=NOON + timedelta(days=9)), clock_sane=False) == "Accepted"
    assert says(Tag(IdTag("AA"), limit_wh=1), exhausted="aa", clock_sane=False) == "Accepted"


@pytest.mark.parametrize("read_as", ["AA", "aa00", "00AA"])
def test_a_card_is_known_by_every_reading_of_it(read_as: str):
    assert says(Tag(IdTag("AA"), aliases=(IdTag("AA00"), IdTag("00AA"))), read_as) == "Accepted"


def test_a_card_that_is_listed_and_refused_is_not_saved_by_the_star():
    tags = {"aa": Tag(IdTag("AA"), chargers=frozenset({"yard"})), "*": Tag(IdTag("*"))}
    assert authorize(TagBook(tags=tags), IdTag("AA"), HERE, NOON, clock_sane=True).status.value == "Blocked"
    assert authorize(TagBook(tags=tags), IdTag("BB"), HERE, NOON, clock_sane=True).status.value == "Accepted"


@pytest.mark.parametrize(("tag", "shown"), [("04A1B2C3", "…B2C3"), ("12", "…2"), ("1", "…"), ("", "…")])
def test_logs_show_no_more_than_the_end_of_a_card(tag: str, shown: str):
    assert masked(tag) == shown
