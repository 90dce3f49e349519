from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.tariff.fetch import dated
from knx_ocpp_bridge.tariff.rhythm import pause_s

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
"""12:00 on the wall."""


def test_prices_are_asked_for_soon_after_they_are_published():
    assert 3900 <= pause_s(NOON, NOON + timedelta(hours=12), AMSTERDAM, 0, 0.0) <= 3900
    assert pause_s(NOON, None, AMSTERDAM, 0, 1.0) == 4500
    afternoon = NOON + timedelta(hours=2)
    assert pause_s(afternoon, NOON + timedelta(hours=12), AMSTERDAM, 0, 0.0) == 900
    assert pause_s(afternoon, NOON + timedelta(hours=36), AMSTERDAM, 0, 0.0) == 6 * 3600


def test_at_night_nobody_is_asked_often():
    assert pause_s(NOON - timedelta(hours=11), NOON + timedelta(hours=12), AMSTERDAM, 0, 0.5) == 6 * 3600


def test_a_service_that_fails_is_asked_ever_more_slowly():
    pauses = [pause_s(NOON, None, AMSTERDAM, failures, 0.0) for failures in (1, 2, 3, 6, 7, 5000)]
    assert pauses == [60, 120, 240, 1920, 3600, 3600]


def test_days_in_an_address_are_dates():
    url = "https://prices.example.org/?start={yesterday}&now={today}&end={tomorrow}"
    assert dated(url, date(2026, 2, 28)) == "https://prices.example.org/?start=2026-02-27&now=2026-02-28&end=2026-03-01"
