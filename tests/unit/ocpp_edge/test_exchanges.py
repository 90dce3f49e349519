"""The trace as people read it: what was asked beside what was answered, the newest on top."""

from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.ocpp.exchanges import MOST_LOOKED_AT, Wanted
from knx_ocpp_bridge.ocpp.trace import TraceBook

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Line:
    def __init__(self, **bounds):
        self.now = NOON
        self.book = TraceBook(lambda: self.now, **bounds)

    def passes(self, direction, text, after_s=0.01):
        self.now += timedelta(seconds=after_s)
        self.book("GARAGE", direction, text)

    def beats(self, number):
        self.passes("in", f'[2,"{number}","Heartbeat",{{}}]')
        self.passes("out", f'[3,"{number}",{{"currentTime":"2026-11-21T12:00:00Z"}}]')

    def rows(self, limit=100, tags=False, **wanted):
        return self.book.exchanges("GARAGE", Wanted(**wanted), limit, tags=tags)


@pytest.fixture
def line():
    return Line()


def test_a_call_stands_with_its_answer_and_how_long_it_took(line):
    line.passes("out", '[2,"7","Reset",{"type":"Soft"}]')
    line.passes("in", '[3,"7",{"status":"Accepted"}]', after_s=0.25)
    (row,) = line.rows().rows
    assert (row["direction"], row["action"], row["outcome"], row["status"]) == ("out", "Reset", "answered", "Accepted")
    assert row["duration_ms"] == 250.0
    assert row["answer"] == '[3,"7",{"status":"Accepted"}]'


def test_the_newest_stands_first_and_older_ones_follow_without_gap_or_double(line):
    for number in range(25):
        line.beats(number)
    first = line.rows(10)
    second = line.rows(10, below=first.older)
    third = line.rows(10, below=second.older)
    ids = [int(row["id"]) for page in (first, second, third) for row in page.rows]
    assert ids == list(reversed(range(25)))
    assert all(row["outcome"] == "answered" for page in (first, second, third) for row in page.rows)
    assert third.older == 0


def test_a_call_finds_its_answer_that_came_in_a_later_block():
    line = Line(per_charger=64 * 1024)
    line.passes("out", '[2,"a","GetConfiguration",{}]')
    for number in range(300):
        line.beats(number)
    line.passes("in", '[3,"a",{"configurationKey":[]}]')
    page = line.rows(limit=500, action="getconf")
    assert [row["outcome"] for row in page.rows] in ([], ["answered"])
    beats = line.rows(limit=500)
    assert all(row["outcome"] == "answered" for row in beats.rows)


def test_what_is_refused_unanswered_or_unreadable_is_told_apart(line):
    line.passes("out", '[2,"1","ClearCache",{}]')
    line.passes("in", '[4,"1","NotImplemented","no",{}]')
    line.passes("out", '[2,"2","GetLog",{}]')
    line.passes("in", "what?")
    line.beats(3)
    rows = line.rows(troubled=True).rows
    assert [(row["outcome"], row["status"]) for row in rows] == [
        ("unreadable", ""),
        ("unanswered", ""),
        ("refused", "NotImplemented"),
    ]


def test_it_is_looked_for_by_action_and_by_text(line):
    line.beats(1)
    line.passes("out", '[2,"2","ChangeConfiguration",{"key":"CpoName","value":"me"}]')
    line.passes("in", '[3,"2",{"status":"Rejected"}]')
    assert len(line.rows(action="config").rows) == 1
    assert len(line.rows(text="CPONAME").rows) == 1
    assert len(line.rows(text="rejected").rows) == 1
    assert not line.rows(action="boot").rows


def test_a_card_is_masked_and_cannot_be_guessed_by_looking_for_it(line):
    line.passes("in", '[2,"1","Authorize",{"idTag":"04A2B3C4D5"}]')
    line.passes("out", '[3,"1",{"idTagInfo":{"status":"Accepted","parentIdTag":"FAMILY99"}}]')
    (row,) = line.rows().rows
    assert "04A2B3" not in row["request"]
    assert "FAMILY" not in row["answer"]
    assert row["status"] == "Accepted"
    assert not line.rows(text="04A2B3").rows
    assert len(line.rows(text="04A2B3", tags=True).rows) == 1


def test_whoever_looks_for_what_is_rare_goes_on_from_where_it_ended():
    line = Line()
    line.passes("out", '[2,"rare","Reset",{"type":"Hard"}]')
    for number in range(MOST_LOOKED_AT + 50):
        line.beats(number)
    first = line.rows(5, action="Reset")
    assert not first.rows
    assert first.older > 0
    assert [row["id"] for row in line.rows(5, action="Reset", below=first.older).rows] == ["rare"]


def test_what_is_older_than_48_hours_is_not_shown(line):
    line.beats(1)
    line.passes("in", '[2,"2","Heartbeat",{}]', after_s=49 * 3600)
    assert [row["id"] for row in line.rows().rows] == ["2"]
    assert not line.book.exchanges("NOBODY", Wanted(), 10).rows
