"""The failure book: bounded, counted, without secrets."""

import json
from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.ocpp.failures import (
    MAX_FAILURES,
    MAX_PER_PEER,
    MAX_TEXT_CHARS,
    Dialled,
    FailureBook,
    Kind,
    Trouble,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WRONG = Trouble(Kind.UNAUTHORIZED, "its password is wrong", "set it")


class Clock:
    """Every look is a second later."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def test_a_failure_is_told_with_all_that_is_known():
    book = FailureBook(lambda: NOON)
    book.add("10.0.0.2", WRONG, Dialled("/ocpp/CP1", "acme/1.0", "ocpp1.6"))
    assert book.rows() == [
        {
            "number": 1,
            "at": "2026-11-21T12:00:00+00:00",
            "peer": "10.0.0.2",
            "user_agent": "acme/1.0",
            "path": "/ocpp/CP1",
            "offered": "ocpp1.6",
            "kind": "unauthorized",
            "reason": "its password is wrong",
            "cause": "unauthorized",
            "remedy": "set it",
            "times": 1,
        }
    ]
    json.dumps(book.rows())


def test_what_a_charger_does_again_is_counted_and_moves_to_the_end():
    book = FailureBook(Clock())
    book.add("10.0.0.2", WRONG, Dialled("/CP1"))
    book.add("10.0.0.3", WRONG, Dialled("/CP2"))
    book.add("10.0.0.2", WRONG, Dialled("/CP1"))
    assert [(row["number"], row["peer"], row["times"]) for row in book.rows()] == [
        (2, "10.0.0.3", 1),
        (3, "10.0.0.2", 2),
    ]
    assert [row["at"] for row in book.rows(after=2)] == ["2026-11-21T12:00:03+00:00"]


def test_two_chargers_behind_one_address_are_two_failures():
    book = FailureBook(Clock())
    book.add("10.0.0.2", WRONG, Dialled("/CP1"))
    book.add("10.0.0.2", WRONG, Dialled("/CP2"))
    assert [row["times"] for row in book.rows()] == [1, 1]


def test_the_last_hundred_are_kept():
    book = FailureBook(Clock())
    for number in range(2 * MAX_FAILURES):
        book.add(f"10.0.0.{number}", WRONG)
    rows = book.rows()
    assert len(rows) == MAX_FAILURES
    assert rows[0]["peer"] == f"10.0.0.{MAX_FAILURES}"


def test_one_address_does_not_push_the_others_out():
    book = FailureBook(Clock())
    book.add("10.0.0.1", WRONG)
    for number in range(1000):
        book.add("10.0.0.2", WRONG, Dialled(f"/CP{number}"))
    rows = book.rows()
    assert rows[0]["peer"] == "10.0.0.1"
    assert len(rows) == 1 + MAX_PER_PEER
    assert rows[-1]["path"] == "/CP999"


def test_nothing_secret_and_nothing_long_is_kept():
    book = FailureBook(Clock())
    book.add("x", WRONG, Dialled("/ocpp/CP1?password=hunter2#hunter2"))
    book.add("x", WRONG, Dialled("/ws://user:hunter2@10.0.0.1/CP1"))
    book.add("x", Trouble(Kind.PATH, "y" * 5000), Dialled("/" + "z" * 5000, "a" * 5000, "b" * 5000))
    assert "hunter2" not in json.dumps(book.rows())
    assert [row["path"] for row in book.rows()][:2] == ["/ocpp/CP1", "/ws://10.0.0.1/CP1"]
    assert all(len(str(value)) <= MAX_TEXT_CHARS for row in book.rows() for value in row.values())


def test_what_cannot_be_shown_cannot_spoil_the_page():
    book = FailureBook(Clock())
    book.add("x", Trouble(Kind.PATH, "a\x1b[2Jb\nc"), Dialled("/K\u00f6ln\u009b\u0000"))
    assert [(row["reason"], row["path"]) for row in book.rows()] == [("a?[2Jb?c", "/K\u00f6ln??")]
