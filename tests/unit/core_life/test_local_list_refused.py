"""A charger that has no list of cards, refuses one, loses its answers or restarts over it (row O10)."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.commands import Command, GetLocalListVersion, SendLocalList
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.settings import AuthorizationMode
from tests.kit.card_store import Answer, CardStore, ListLife, back, kept, listing, refusing
from tests.kit.life import BOX

HOUR_S = 3600.0


def cannot(command: Command) -> Answer:
    return ("", '{"listVersion": -1}') if isinstance(command, GetLocalListVersion) else ("", "{}")


def refuses(reply: str | Outcome, kind: type[Command]):
    """A charger that gives this answer to such a question, and no to every other."""
    return lambda command: (reply, "") if isinstance(command, kind) else ("", '{"listVersion": 3}')


@pytest.mark.parametrize(
    "answer",
    [
        cannot,
        refuses(Outcome.NOT_SUPPORTED, GetLocalListVersion),
        refuses("NotSupported", SendLocalList),
        refuses(Outcome.NOT_SUPPORTED, SendLocalList),
    ],
    ids=["tc_042_1", "version not implemented", "tc_043_1", "send not implemented"],
)
def test_o10_a_charger_without_a_list_is_asked_once_per_firmware(answer):
    house = ListLife(listing("AA"), answer=answer)
    house.arrives()
    reason = "this charger has none; while it is offline, it decides by itself which cards it takes"
    assert house.told() == [reason]
    house.asked()
    house.has_cards("AA", "BB")
    house.passes(HOUR_S)
    back(house)
    house.life.restarts()
    house.arrives()
    assert house.asked() == []
    assert house.told() == []
    house.answer = None
    house.life.boots(replace(BOX, firmware="2.0"))
    house.passes(HOUR_S)
    assert house.store.holds() == {"AA", "BB"}


def test_a_list_that_is_only_switched_off_is_no_missing_list():
    house = ListLife(listing("AA"), CardStore(enabled=False))
    house.arrives()
    assert "LocalAuthListEnabled is false" in house.told()[0]
    house.store.enabled = True
    house.passes(HOUR_S)
    back(house)
    assert house.store.holds() == {"AA"}


def test_a_list_that_is_switched_off_later_is_no_missing_list():
    house = kept("AA", store=CardStore(enabled=True))
    house.store.enabled = False
    back(house)
    assert "LocalAuthListEnabled is false" in house.told()[0]
    house.store.enabled = True
    house.store.wiped()
    house.passes(HOUR_S)
    back(house)
    assert house.store.holds() == {"AA"}


def test_o10_a_list_that_failed_is_sent_whole_once_more_and_then_an_hour_later():
    house = kept("AA", "BB", "CC")
    house.answer = refusing(house, "Failed", SendLocalList)
    house.has_cards("AA", "BB", "CC", "DD")
    house.passes(HOUR_S - 60)
    assert house.sent() == [(2, False, ["DD"]), (3, True, ["AA", "BB", "CC", "DD"])]
    assert house.told()[-1] == "not in step with the cards: the charger answered Failed; tried again in 60 min"
    house.answer = None
    house.passes(120)
    assert house.store.holds() == {"AA", "BB", "CC", "DD"}


def test_a_charger_that_refuses_every_list_is_left_alone_in_the_end():
    house = ListLife(listing("AA"))
    house.answer = refusing(house, "Failed", SendLocalList)
    house.arrives()
    house.passes(48 * HOUR_S)
    assert len(house.sent()) == 8
    assert house.told()[-1].endswith("8 times in a row; tried again when it connects anew or the cards change")
    house.answer = None
    back(house)
    assert house.store.holds() == {"AA"}


def test_o10_a_version_mismatch_is_answered_with_a_whole_list():
    house = kept("AA", "BB", "CC")
    house.store.version = 40
    house.has_cards("AA", "BB", "CC", "DD")
    house.serves()
    assert house.sent() == [(2, False, ["DD"]), (41, True, ["AA", "BB", "CC", "DD"])]


def test_a_version_that_never_matches_is_tried_ever_more_seldom():
    house = ListLife(listing("AA"))
    house.answer = refusing(house, "VersionMismatch", SendLocalList)
    house.arrives()
    times = [len(house.sent())]
    for minutes in (1, 2, 4):
        house.passes(minutes * 60)
        times.append(len(house.sent()))
    assert times == [2, 1, 1, 1]


def test_a_list_whose_answer_got_lost_is_not_sent_again_if_the_charger_has_taken_it():
    house = kept("AA")
    house.has_cards("AA", "BB")
    house.store.update(house.life.unanswered[0])
    house.life.replies(Outcome.TIMED_OUT)
    house.passes(HOUR_S)
    assert len(house.sent()) == 1
    assert house.told()[-1] == "in step (cards: 2, version 2)"


def test_a_list_that_was_never_answered_is_sent_later():
    house = kept("AA")
    house.has_cards("AA", "BB")
    house.life.replies(Outcome.TIMED_OUT)
    house.serves()
    assert len(house.sent()) == 1
    house.passes(301)
    assert house.store.holds() == {"AA", "BB"}


def test_a_charger_that_restarts_over_every_list_is_not_driven_round_in_circles():
    house = ListLife(listing("AA"))
    crashes = 0
    for _ in range(60):
        house.life.arrives()
        while house.life.unanswered:
            if isinstance(house.life.unanswered[0], SendLocalList):
                crashes += 1
                break
            house.answers_one()
        house.life.disconnects()
        house.life.passes(60)
    assert crashes <= 5


def test_a_boot_in_the_midst_of_a_question_makes_the_answer_worthless():
    house = kept("AA", "BB")
    house.life.boots()
    house.life.passes(10)
    assert house.life.unanswered
    stale = house.store.answer(house.life.unanswered[0])
    house.store.wiped()
    house.life.boots()
    house.life.replies(*stale)
    house.passes(10)
    assert house.store.holds() == {"AA", "BB"}


def test_a_settled_list_is_not_looked_at_again():
    house = kept("AA")
    before = house.life.charger.card_list
    house.life.reports(None)
    house.life.beats()
    house.life.presses(12, "max_current")
    assert house.life.charger.card_list is before


def test_a_refusal_is_believed_even_if_the_version_of_the_refused_list_is_reported():
    house = kept("AA")

    def takes_half(command: Command) -> Answer:
        if isinstance(command, SendLocalList):
            house.answer = None
            house.store.version = command.version
            return "Failed", ""
        return house.store.answer(command)

    house.answer = takes_half
    house.has_cards("AA", "BB")
    house.serves()
    assert house.store.holds() == {"AA", "BB"}


def test_a_list_that_was_being_sent_when_the_bridge_was_killed_is_known_to_be_ours():
    house = ListLife(listing("AA", "BB", "CC"), CardStore(chunk=1))
    house.life.arrives()
    for _ in range(4):
        house.answers_one()
    assert house.store.holds() == {"AA", "BB"}
    house.life.settings = listing(mode=AuthorizationMode.NONE)
    house.life.restarts()
    house.arrives()
    assert house.store.cards == {}


def test_a_change_that_was_being_sent_when_the_bridge_was_killed_is_known_to_be_ours():
    house = kept("AA", store=CardStore(chunk=1))
    house.has_cards("AA", "BB", "CC")
    house.answers_one()
    house.life.settings = listing(mode=AuthorizationMode.NONE)
    house.life.restarts()
    house.arrives()
    assert house.store.cards == {}


def test_a_list_that_is_switched_on_and_turns_out_to_be_none_is_told_as_none():
    house = ListLife(listing("AA"), CardStore(enabled=False, present=False))
    house.arrives()
    house.told()
    house.store.enabled = True
    house.passes(HOUR_S)
    back(house)
    assert house.told() == ["this charger has none; while it is offline, it decides by itself which cards it takes"]


def test_another_firmware_is_tried_at_once_although_the_old_one_refused_every_list():
    house = ListLife(listing("AA"))
    house.answer = refusing(house, "Failed", SendLocalList)
    house.arrives()
    house.answer = None
    house.life.boots(replace(BOX, firmware="2.0"))
    house.passes(60)
    assert house.store.holds() == {"AA"}


def test_a_slow_charger_whose_every_answer_comes_too_late_gets_its_whole_list():
    house = ListLife(listing(*(f"CARD{number}" for number in range(12))), CardStore(chunk=1))

    def slow(command: Command) -> Answer:
        answer = house.store.answer(command)
        return (Outcome.TIMED_OUT, "") if isinstance(command, SendLocalList) else answer

    house.answer = slow
    house.arrives()
    house.passes(2 * HOUR_S)
    assert len(house.store.cards) == 12
    assert len(house.sent()) == 12


def test_a_charger_that_misses_every_second_message_gets_its_whole_list():
    house = ListLife(listing(*(f"CARD{number}" for number in range(12))), CardStore(chunk=1))
    missed = 0

    def deaf(command: Command) -> Answer:
        nonlocal missed
        if isinstance(command, SendLocalList) and missed <= len(house.store.cards):
            missed += 1
            return Outcome.TIMED_OUT, ""
        return house.store.answer(command)

    house.answer = deaf
    house.arrives()
    house.passes(2 * HOUR_S)
    assert missed == len(house.store.cards) == 12
