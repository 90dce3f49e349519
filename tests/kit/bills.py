"""Transactions as the bridge lists them, and a building with prices: for everything that is put on paper."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.report.monthly import About, Report, report
from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.report.prices import Price, Site
from knx_ocpp_bridge.report.rows import row

BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site("Villa Linde", BERLIN, "EUR", {2026: Price(Decimal("0.34"), "Contract of 1 January 2026")})
MADE_AT = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
OCTOBER = Month(2026, 10)


def listed(number: int = 1, **more: Any) -> dict[str, Any]:
    """One row of the topic `transactions`: 12.345 kWh in two hours of an October evening."""
    begin = datetime(2026, 10, 2, 15, 41, 7, tzinfo=UTC)
    return {
        "number": number,
        "charger": "GARAGE",
        "charger_name": "Garage",
        "connector": 1,
        "transaction": number,
        "session": None,
        "id_tag": "04A1B2C3D4E5F6",
        "name": "Family",
        "cost_centre": "4711",
        "group": None,
        "started_at": begin.isoformat(),
        "stopped_at": (begin + timedelta(hours=2)).isoformat(),
        "seconds": 7200,
        "meter_start_wh": 1063000,
        "meter_stop_wh": 1075345,
        "energy_wh": 12345,
        "reason": "EVDisconnected",
        "started_by": "card",
        "meter_serial": "DZ-0815",
        "clock": "sane",
        "marks": [],
        "days": [["2026-10-02", 12345]],
        "signed": 0,
        **more,
    }


def from_to(begin: str, end: str) -> dict[str, Any]:
    """Times of a row, of these in ISO 8601."""
    first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    seconds = int((last - first).total_seconds())
    return {
        "started_at": first.astimezone(UTC).isoformat(),
        "stopped_at": last.astimezone(UTC).isoformat(),
        "seconds": seconds,
    }


def october(*rows: dict[str, Any], site: Site = SITE, about: About = About()) -> Report:  # noqa: B008 - frozen
    """The report of these rows for October 2026."""
    return report(site, OCTOBER, about, [row(each) for each in rows], MADE_AT)
