"""Our calls on one link (catalogue rows B3, C29, F3, F9, F12)."""

import json

import pytest

from knx_ocpp_bridge.core.commands import (
    ChangeConfiguration,
    ClearCache,
    ProfilePurpose,
    RateUnit,
    Reset,
    SetProfile,
    UnlockConnector,
)
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.values import ConnectorId, LinkNumber
from knx_ocpp_bridge.ocpp.frames import Error, Result, Unreadable
from knx_ocpp_bridge.ocpp.session import MAX_QUEUED, Session

LINK = LinkNumber(3)
SOFT, HARD = Reset(hard=False), Reset(hard=True)


@pytest.fixture
def session() -> Session:
    settled = Session(LINK, "p-", 30.0, 0.0)
    settled.answered_first(0.0)
    return settled


def id_of(text: str | None) -> str:
    assert text is not None
    return json.dumps(json.loads(text)[1])


def test_b3_the_first_call_leaves_two_seconds_after_the_first_answered_message():
    session = Session(LINK, "p-", 30.0, 0.0)
    session.answered_first(1.0)
    session.answered_first(1.9)
    assert session.enqueue(SOFT) is None
    assert session.next_call(2.9) is None
    assert session.deadline_s == 3.0
    assert session.next_call(3.0) == '[2,"p-1","Reset",{"type":"Soft"}]'


def test_b1_a_silent_charger_is_called_ten_seconds_after_it_connected():
    session = Session(LINK, "p-", 30.0, 100.0)
    session.enqueue(SOFT)
    assert session.next_call(109.9) is None
    assert session.next_call(110.0) is not None


def test_one_call_is_in_flight_and_the_next_leaves_after_its_answer(session: Session):
    session.enqueue(SOFT)
    session.enqueue(HARD)
    first = id_of(session.next_call(2.0))
    assert session.next_call(3.0) is None
    assert session.receive(Result(first, b'{"status":"Accepted"}')) == Replied(LINK, SOFT, Outcome.ANSWERED, "Accepted")
    assert id_of(session.next_call(3.0)) != first


def test_f9_our_ids_are_short_texts_and_never_the_same(session: Session):
    ids = set()
    for _ in range(100):
        session.enqueue(ClearCache())
        message_id = id_of(session.next_call(5.0))
        session.receive(Result(message_id, b'{"status":"Accepted"}'))
        ids.add(message_id)
    assert len(ids) == 100
    assert all(message_id.startswith('"') and len(message_id) <= 38 for message_id in ids)


def test_the_deadline_runs_from_sending(session: Session):
    session.enqueue(SOFT)
    session.next_call(50.0)
    assert session.deadline_s == 80.0
    assert session.expire(79.9) is None
    ended = session.expire(80.0)
    assert ended == Replied(LINK, SOFT, Outcome.TIMED_OUT, detail="no answer within 30 s")
    assert session.expire(81.0) is None


def test_f12_late_and_unknown_answers_change_nothing(session: Session):
    assert session.receive(Result('"p-1"', b"{}")) is None
    session.enqueue(SOFT)
    late = id_of(session.next_call(2.0))
    session.expire(40.0)
    session.enqueue(HARD)
    session.next_call(40.0)
    assert session.receive(Result(late, b'{"status":"Accepted"}')) is None
    assert session.receive(Result("1", b'{"status":"Accepted"}')) is None
    assert session.receive(Result('"p-2"', b'{"status":"Rejected"}')) == Replied(
        LINK, HARD, Outcome.ANSWERED, "Rejected"
    )


def test_f12_a_limit_that_is_accepted_late_is_told_once_and_clears_the_silence(session: Session):
    limit = SetProfile(ConnectorId(1), ProfilePurpose.TX_DEFAULT, 10.0, RateUnit.AMPERE)
    session.enqueue(limit)
    late = id_of(session.next_call(2.0))
    timed_out = session.expire(40.0)
    assert timed_out is not None
    assert timed_out.outcome is Outcome.TIMED_OUT
    session.enqueue(SOFT)
    session.next_call(40.0)
    accepted = Replied(LINK, limit, Outcome.ANSWERED, "Accepted")
    assert session.receive(Result(late, b'{"status":"Accepted"}')) == accepted
    assert session.receive(Result(late, b'{"status":"Accepted"}')) is None
    assert session.deadline_s == 70.0, "what was asked since then is still waited for"


def test_f3_an_answer_that_cannot_be_read_fails_its_call_at_once(session: Session):
    session.enqueue(SOFT)
    cut = id_of(session.next_call(2.0))
    ended = session.receive(Unreadable(3, cut, "not JSON"))
    assert ended is not None
    assert ended.outcome is Outcome.TIMED_OUT, "the charger may have done what it was asked"
    assert "not JSON" in ended.detail


@pytest.mark.parametrize(("repaired", "outcome"), [(True, Outcome.TIMED_OUT), (False, Outcome.FAILED)])
def test_f3_an_answer_whose_status_was_cut_off_is_none(session: Session, repaired: bool, outcome: Outcome):
    session.enqueue(SOFT)
    ended = session.receive(Result(id_of(session.next_call(2.0)), b"{}", repaired))
    assert ended is not None
    assert ended.outcome is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("NotImplemented", Outcome.NOT_SUPPORTED),
        ("NotSupported", Outcome.NOT_SUPPORTED),
        ("InternalError", Outcome.FAILED),
        ("SomethingElse", Outcome.FAILED),
    ],
)
def test_f13_a_callerror_ends_the_call(session: Session, code: str, outcome: Outcome):
    session.enqueue(UnlockConnector(ConnectorId(1)))
    message_id = id_of(session.next_call(2.0))
    ended = session.receive(Error(message_id, code, "why"))
    assert ended == Replied(LINK, UnlockConnector(ConnectorId(1)), outcome, code, "why")


def test_what_ocpp_cannot_say_is_never_sent_and_ends_at_once(session: Session):
    ended = session.enqueue(ChangeConfiguration("k" * 51, "1"))
    assert ended is not None
    assert ended.outcome is Outcome.FAILED
    assert "key" in ended.detail
    assert session.next_call(9.0) is None


def test_the_line_is_bounded(session: Session):
    assert all(session.enqueue(SOFT) is None for _ in range(MAX_QUEUED))
    ended = session.enqueue(HARD)
    assert ended is not None
    assert (ended.command, ended.outcome) == (HARD, Outcome.LOST)
    assert "64" in ended.detail


def test_all_calls_that_are_left_are_lost_with_the_link(session: Session):
    session.enqueue(SOFT)
    session.next_call(2.0)
    session.enqueue(HARD)
    assert session.close("gone") == [
        Replied(LINK, SOFT, Outcome.LOST, detail="gone"),
        Replied(LINK, HARD, Outcome.LOST, detail="gone"),
    ]
    assert session.close("gone") == []
    assert session.deadline_s is None


def test_c29_three_calls_in_a_row_without_an_answer_make_a_zombie(session: Session):
    now_s = 10.0
    for _ in range(2):
        session.enqueue(SOFT)
        session.next_call(now_s)
        now_s += 31.0
        session.expire(now_s)
    session.enqueue(SOFT)
    answered = id_of(session.next_call(now_s))
    session.receive(Error(answered, "GenericError"))
    for count in range(3):
        assert not session.zombie, count
        session.enqueue(SOFT)
        session.next_call(now_s)
        now_s += 31.0
        session.expire(now_s)
    assert session.zombie
