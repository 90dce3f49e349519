"""The cards are in the charger's own list, so that it knows them while the bridge is away (row O10)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from knx_ocpp_bridge.core.commands import Command, GetConfiguration, GetLocalListVersion, LocalListEntry
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import AuthorizationMode, Registration
from knx_ocpp_bridge.core.values import Clock, IdTag
from tests.kit.card_store import Answer, CardStore, ListLife, back, card, kept, listing, refusing
from tests.kit.life import BOX, NOON, OWN_TAG

HOUR_S = 3600.0
RESERVATION_TAG = IdTag("R0B1B2B3B4B5B6")


# what is sent


def test_o10_a_charger_that_arrives_is_given_the_cards():
    house = ListLife(listing(card("AA", group="FAMILY"), card("BB", expires=NOON + timedelta(days=1))))
    house.arrives()
    assert house.store.cards == {
        "aa": LocalListEntry(IdTag("AA"), "Accepted", IdTag("FAMILY"), None),
        "bb": LocalListEntry(IdTag("BB"), "Accepted", None, NOON + timedelta(days=1)),
    }
    assert house.told() == ["in step (cards: 2, version 1)"]


@pytest.mark.parametrize(
    "changes",
    [{"local_list": False}, {"quiet": True}, {"registration": Registration.PENDING}],
    ids=["not asked for", "quiet", "not accepted"],
)
def test_k11_nobody_asks_about_lists_unless_it_is_wanted(changes):
    house = ListLife(replace(listing("AA"), **changes))
    house.arrives()
    house.passes(2 * HOUR_S)
    assert house.asked() == []


def test_a_new_card_alone_is_sent_when_the_tags_file_is_read_again():
    house = kept("AA", "BB", "CC")
    house.has_cards("AA", "BB", "CC", "DD")
    house.serves()
    assert house.sent() == [(2, False, ["DD"])]
    assert house.store.holds() == {"AA", "BB", "CC", "DD"}


def test_a_card_that_was_lost_leaves_the_list_at_once():
    house = kept("AA", "BB", "CC")
    house.has_cards("AA", "CC")
    house.serves()
    assert house.sent() == [(2, False, ["-BB"])]


def test_a_card_that_now_expires_is_sent_again():
    house = kept("AA", "BB", "CC")
    expires = NOON + timedelta(days=9)
    house.has_cards("AA", card("BB", expires=expires), "CC")
    house.serves()
    assert house.sent() == [(2, False, ["BB"])]
    assert house.store.cards["bb"].expires == expires


def test_cards_that_are_all_others_are_sent_as_a_whole_list():
    house = kept("AA", "BB", "CC")
    house.has_cards("DD", "EE")
    house.serves()
    assert house.sent() == [(2, True, ["DD", "EE"])]


def test_a_tags_file_that_was_read_again_and_says_the_same_sends_nothing():
    house = kept("AA", "BB")
    house.has_cards("BB", "AA")
    house.serves()
    assert house.asked() == []


def test_a_long_list_goes_in_as_many_messages_as_the_charger_needs():
    cards = [f"CARD{number}" for number in range(25)]
    house = ListLife(listing(*cards), CardStore(chunk=10))
    house.arrives()
    assert house.sent() == [(1, True, cards[:10]), (2, False, cards[10:20]), (3, False, cards[20:])]
    assert house.store.holds() == set(cards)
    assert house.told() == ["in step (cards: 25, version 3)"]


def test_k5_a_charger_that_says_nothing_of_its_limits_gets_twenty_at_a_time():
    cards = [f"CARD{number}" for number in range(25)]
    house = ListLife(listing(*cards))
    house.arrives()
    assert [len(tags) for _, _, tags in house.sent()] == [20, 5]


@pytest.mark.parametrize("answer", ["", "[]", '{"configurationKey":null}', '{"configurationKey":[{"key":7}]}', "?"])
def test_k5_an_answer_about_its_limits_that_makes_no_sense_does_no_harm(answer):
    house = ListLife(listing("AA"))
    house.answer = lambda command: (
        ("", answer) if isinstance(command, GetConfiguration) else house.store.answer(command)
    )
    house.arrives()
    assert house.store.holds() == {"AA"}


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.NOT_SUPPORTED, Outcome.FAILED])
def test_a_charger_that_cannot_tell_its_limits_gets_its_list(outcome):
    house = ListLife(listing("AA"))
    house.answer = refusing(house, outcome, GetConfiguration)
    house.arrives()
    assert house.store.holds() == {"AA"}


def test_the_limits_are_asked_for_once_per_firmware():
    house = kept("AA", store=CardStore(chunk=5))
    back(house)
    house.life.restarts()
    house.arrives()
    assert GetConfiguration not in map(type, house.asked())
    house.life.boots(replace(BOX, firmware="2.0"))
    house.passes(HOUR_S)
    assert GetConfiguration in map(type, house.asked())


def test_cards_that_do_not_fit_are_told_by_number():
    house = ListLife(listing("AA", "BB", "CC", "DD"), CardStore(chunk=3, most=3))
    house.arrives()
    assert house.store.holds() == {"AA", "BB", "CC"}
    assert house.told()[0] == "the charger takes 3 cards, 1 do not fit: the last ones of the list"


def test_a_full_list_makes_room_before_it_takes_new_cards():
    house = kept("AA", "BB", "CC", "DD", "EE", store=CardStore(most=5))
    house.has_cards("BB", "CC", "DD", "EE", "FF")
    house.serves()
    assert house.sent() == [(2, False, ["-AA", "FF"])]
    assert house.store.holds() == {"BB", "CC", "DD", "EE", "FF"}


def test_the_tags_of_the_bridge_are_in_no_list():
    house = ListLife(listing(OWN_TAG, OWN_TAG.lower(), RESERVATION_TAG, "*", "AA"))
    house.arrives()
    assert house.store.holds() == {"AA"}


def test_an_expired_card_is_left_out_but_only_by_a_clock_that_can_be_believed():
    cards = (card("AA", expires=NOON - timedelta(days=1)), card("BB"))
    house = ListLife(listing(*cards))
    house.arrives()
    assert house.store.holds() == {"BB"}
    house = ListLife(listing(*cards))
    house.life.clock = Clock.UNKNOWN
    house.arrives()
    assert house.store.holds() == {"AA", "BB"}


def test_a_block_list_is_sent_as_blocked_cards_without_the_one_the_bridge_starts_with():
    settings = listing(card("AA", expires=NOON, group="FAMILY"), "REMOTE", OWN_TAG, mode=AuthorizationMode.BLOCK_LIST)
    house = ListLife(replace(settings, remote_id_tag=IdTag("REMOTE")))
    house.arrives()
    assert house.store.cards == {"aa": LocalListEntry(IdTag("AA"), "Blocked")}


@pytest.mark.parametrize("mode", [AuthorizationMode.ALL, AuthorizationMode.NONE])
def test_where_no_list_decides_no_list_is_touched(mode):
    house = ListLife(listing("AA", mode=mode), CardStore({"x": LocalListEntry(IdTag("X"))}, version=7))
    house.arrives()
    assert house.asked() == []


@pytest.mark.parametrize("mode", [AuthorizationMode.ALL, AuthorizationMode.NONE])
@pytest.mark.parametrize("restart", [False, True])
def test_where_no_list_decides_any_more_the_bridges_own_list_is_emptied(mode, restart):
    house = kept("AA", "BB")
    if restart:
        house.life.settings = listing("AA", "BB", mode=mode)
        house.life.restarts()
        house.arrives()
    else:
        house.has_cards("AA", "BB", mode=mode)
        house.serves()
    assert house.sent() == [(2, True, [])]
    assert house.store.cards == {}
    house.passes(HOUR_S)
    back(house)
    assert house.asked() == []


def test_a_list_that_somebody_else_has_written_meanwhile_is_not_emptied():
    house = kept("AA")
    house.store.cards, house.store.version = {"x": LocalListEntry(IdTag("X"))}, 77
    house.life.settings = listing("AA", mode=AuthorizationMode.NONE)
    house.life.restarts()
    house.arrives()
    assert house.sent() == []
    assert house.store.holds() == {"X"}


# what is not sent


def test_a_charger_that_reconnects_with_the_version_it_has_confirmed_is_sent_nothing():
    house = kept("AA", "BB")
    back(house)
    assert house.asked() == [GetLocalListVersion()]


def test_a_bridge_that_starts_again_sends_nothing_if_the_version_is_the_one_it_knows():
    house = kept("AA", "BB")
    house.life.restarts()
    house.arrives()
    assert house.asked() == [GetLocalListVersion()]


def test_cards_that_were_changed_while_the_bridge_was_off_are_sent():
    house = kept("AA", "BB")
    house.life.settings = listing("AA", "CC")
    house.life.restarts()
    house.arrives()
    assert house.sent() == [(2, True, ["AA", "CC"])]


def test_a_list_that_was_wiped_is_sent_whole():
    house = kept("AA", "BB")
    house.store.wiped()
    back(house)
    assert house.sent() == [(2, True, ["AA", "BB"])]


def test_a_list_that_somebody_else_has_written_is_replaced():
    house = kept("AA", "BB")
    house.store.cards, house.store.version = {"x": LocalListEntry(IdTag("X"))}, 77
    back(house)
    assert house.sent() == [(78, True, ["AA", "BB"])]


def test_after_the_highest_version_comes_the_first_with_a_whole_list():
    house = kept("AA", "BB", "CC")
    house.store.version = 2**31 - 1
    back(house)
    assert house.sent() == [(1, True, ["AA", "BB", "CC"])]
    house.has_cards("AA", "BB", "CC", "DD")
    house.serves()
    assert house.sent() == [(2, False, ["DD"])]


def test_an_empty_list_is_not_sent_to_a_charger_whose_list_is_empty():
    house = ListLife(listing())
    house.arrives()
    assert house.sent() == []


def test_a_charger_that_always_reports_version_0_is_not_written_to_without_end():
    house = ListLife(listing("AA"))

    def forgetful(command: Command) -> Answer:
        if isinstance(command, GetLocalListVersion):
            return "", '{"listVersion": 0}'
        return house.store.answer(command)

    house.answer = forgetful
    house.arrives()
    for _ in range(60):
        house.passes(60)
        back(house)
    assert len(house.sent()) <= 8


def test_cards_that_come_after_an_empty_list_are_sent_whole():
    house = kept("AA")
    house.has_cards()
    house.serves()
    house.has_cards("BB")
    house.serves()
    assert house.sent() == [(2, True, []), (3, True, ["BB"])]


def test_after_the_highest_version_a_change_is_a_whole_list_again():
    house = ListLife(listing("AA", "BB", "CC"), CardStore(version=2**31 - 2))
    house.arrives()
    house.has_cards("AA", "BB", "CC", "DD")
    house.serves()
    assert house.sent() == [(2**31 - 1, True, ["AA", "BB", "CC"]), (1, True, ["AA", "BB", "CC", "DD"])]


def test_a_new_date_of_expiry_that_came_while_the_bridge_was_off_is_sent():
    house = kept("AA")
    house.life.settings = listing(card("AA", expires=NOON + timedelta(days=9)))
    house.life.restarts()
    house.arrives()
    assert house.sent() == [(2, True, ["AA"])]


def test_a_message_never_holds_more_than_a_hundred_cards_whatever_a_charger_says_of_itself():
    house = ListLife(listing(*(f"CARD{number}" for number in range(250))), CardStore(chunk=1000))
    house.arrives()
    assert [len(tags) for _, _, tags in house.sent()] == [100, 100, 50]


def test_limits_that_were_not_told_are_asked_for_when_the_charger_connects_again():
    house = ListLife(listing("AA"))
    house.answer = refusing(house, Outcome.TIMED_OUT, GetConfiguration)
    house.arrives()
    house.answer = None
    house.passes(HOUR_S)
    house.asked()
    house.has_cards("AA", "BB")
    house.serves()
    assert GetConfiguration not in map(type, house.asked())
    back(house)
    house.passes(HOUR_S)
    assert GetConfiguration in map(type, house.asked())
