"""Times on the wire (catalogue rows B6, B7)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from knx_ocpp_bridge.ocpp.v16 import times

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00",
        "2026-01-31T12:00:00.000Z",
        "2026-01-31T12:00:00.0000000Z",
        "2026-01-31T13:00:00+01:00",
        "2026-01-31T12:00:00 Z",
        " 2026-01-31T12:00:00Z ",
        "2026/01/31 12:00:00",
        "20260131T120000Z",
        "1769860800",
        "1769860800000",
    ],
)
def test_b7_a_time_is_read_in_many_spellings_and_without_an_offset_it_is_utc(text: str):
    at = times.parse(text)
    assert at == NOON
    assert at is not None
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "2026-13-31T12:00:00Z", "0001-01-01T00:00:00+10:00", "12345", "9" * 13, "٣" * 10]
)
def test_nonsense_is_no_time(text: str | None):
    at = times.parse(text)
    assert at is None or at.year > 2200


def test_b6_a_time_is_written_without_fraction_and_offset():
    assert times.stamp(NOON.replace(microsecond=999_999)) == "2026-01-31T12:00:00Z"
    assert times.stamp(NOON.astimezone(timezone(timedelta(hours=2)))) == "2026-01-31T12:00:00Z"
