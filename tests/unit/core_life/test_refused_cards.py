"""A start in the name of a card that may not charge says why, in the words of its cause."""

from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.commands import RemoteStart
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.life import CARD, NOON, ONE, STRANGER, Life, garage

A_DAY = timedelta(days=1)


def asked_for(card: Tag, id_tag: IdTag = CARD, **changes: object) -> Life:
    settings = {name: changes.pop(name) for name in ("mode", "exhausted") if name in changes}
    book = TagBook(tags={card.id.casefold(): card}, **settings)
    life = Life(garage(tag_book=book, **changes))
    life.arrives()
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, 1, id_tag=id_tag))
    return life


@pytest.mark.parametrize(
    ("life", "why"),
    [
        (lambda: asked_for(Tag(CARD), STRANGER), "no card has this id or name"),
        (lambda: asked_for(Tag(CARD, expires=NOON - A_DAY)), "this card has expired"),
        (lambda: asked_for(Tag(CARD, valid_from=NOON + A_DAY)), "this card is not valid yet"),
        (lambda: asked_for(Tag(CARD, chargers=frozenset({"yard"}))), "this card may not charge at this charger"),
        (
            lambda: asked_for(Tag(CARD), exhausted=frozenset({CARD.casefold()})),
            "this card has used up its limit of the month",
        ),
        (lambda: asked_for(Tag(CARD), mode=AuthorizationMode.BLOCK_LIST), "this card is blocked"),
        (lambda: asked_for(Tag(CARD), mode=AuthorizationMode.NONE), "no card may charge here"),
    ],
)
def test_a_start_in_the_name_of_a_card_that_may_not_charge_says_why(life, why):
    after = life()
    assert [(one.result, one.reason) for one in after.verdicts] == [(CommandResult.NOT_ALLOWED_NOW, why)]
    assert after.told(RemoteStart) == []
