"""Who may charge: modes, cards, groups, expiry; and what logs may show of a card."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.authorization import authorize, masked
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.life import NOON

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
    answers = tuple(authorize(book, tag, NOON, clock_sane=True).status.value for tag in (HERS, OLD, OTHER))
    assert answers == expected


def test_a_card_is_the_same_in_any_case():
    assert authorize(TagBook(tags=TAGS), IdTag("04aB"), NOON, clock_sane=True).status is AuthorizationStatus.ACCEPTED


def test_the_star_admits_every_card():
    book = TagBook(tags={"*": Tag(IdTag("*"))})
    assert authorize(book, OTHER, NOON, clock_sane=True).status is AuthorizationStatus.ACCEPTED


def test_the_group_of_a_card_is_its_parent():
    assert authorize(TagBook(tags=TAGS), HERS, NOON, clock_sane=True).parent == "HOME"


def test_no_card_expires_by_a_clock_that_cannot_be_believed():
    assert authorize(TagBook(tags=TAGS), OLD, NOON, clock_sane=False).status is AuthorizationStatus.ACCEPTED


@pytest.mark.parametrize(("tag", "shown"), [("04A1B2C3", "…B2C3"), ("12", "…2"), ("1", "…"), ("", "…")])
def test_logs_show_no_more_than_the_end_of_a_card(tag: str, shown: str):
    assert masked(tag) == shown
