"""Sums of what ended in a period, and the days and hours that pages draw of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.facts import DayEnergy, StartedBy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.sums import Place
from tests.kit.front_desk import FrontDesk
from tests.kit.journals import on_disk, running

GARAGE, YARD = ChargerId("GARAGE"), ChargerId("YARD")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SINCE, UNTIL = NOON - timedelta(days=10), NOON + timedelta(days=10)
PERIOD = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with running(tmp_path / "bridge.db") as journal:
        yield journal


@pytest.fixture
def desk(tmp_path: Path, journal: Journal) -> FrontDesk:
    desk = FrontDesk(tmp_path)
    desk.memory.charged = journal
    return desk


def charge(number: int, begin: datetime = NOON, hours: float = 1.0, **more: object) -> Transaction:
    """A transaction of 7 kWh an hour."""
    made = Transaction(
        TransactionId(number), ConnectorId(1), IdTag("CARD"), 0, begin, started_by=StartedBy.CARD,
        stopped_at=begin + timedelta(hours=hours), meter_stop_wh=int(7000 * hours), energy_wh=int(7000 * hours),
    )  # fmt: skip
    return replace(made, **more)


async def keep(journal: Journal, *transactions: Transaction, charger: ChargerId = GARAGE) -> None:
    await on_disk(journal, charger, tuple(TransactionRecorded(one) for one in transactions))


async def test_what_ended_in_the_period_is_added_up_by_the_day(journal, desk):
    await keep(journal, charge(1), charge(2, NOON + timedelta(hours=3)), charge(3, NOON + timedelta(days=1), 0.5))
    await keep(journal, charge(4), charger=YARD)
    assert desk.shows("days", "GARAGE", **PERIOD).rows == (
        {"day": "2026-11-20", "sessions": 2, "energy_wh": 14000, "seconds": 7200},
        {"day": "2026-11-21", "sessions": 1, "energy_wh": 3500, "seconds": 1800},
    )
    assert desk.shows("days", **PERIOD).rows[0]["energy_wh"] == 21000
    assert desk.shows("days", **PERIOD, connector=2).rows == ()


async def test_the_energy_of_a_night_falls_on_both_days_and_its_session_on_the_second(journal, desk):
    days = (DayEnergy(date(2026, 11, 20), 5000), DayEnergy(date(2026, 11, 21), 9000))
    await keep(journal, charge(1, NOON + timedelta(hours=10), 2, days=days))
    rows = desk.shows("days", **PERIOD).rows
    assert [(row["day"], row["sessions"], row["energy_wh"]) for row in rows] == [
        ("2026-11-20", 0, 5000),
        ("2026-11-21", 1, 9000),
    ]


async def test_a_session_of_several_transactions_counts_once_where_it_ends(journal, desk):
    first, second = charge(1), charge(2, NOON + timedelta(hours=30), session=TransactionId(1))
    await keep(journal, first, second)
    rows = desk.shows("days", **PERIOD).rows
    assert [(row["day"], row["sessions"]) for row in rows] == [("2026-11-20", 0), ("2026-11-21", 1)]


async def test_what_nobody_can_date_or_was_refused_is_not_counted(journal, desk):
    await keep(journal, charge(1, clock_sane=False), charge(2, accepted=False, energy_wh=0))
    assert desk.shows("days", **PERIOD).rows == ()


async def test_a_day_is_that_of_the_site(journal, desk):
    desk.path.write_text(desk.path.read_text() + "site: {timezone: Asia/Kolkata}\n")
    desk.reload()
    await keep(journal, charge(1, datetime(2026, 11, 20, 17, 45, tzinfo=UTC), 1))
    assert [row["day"] for row in desk.shows("days", **PERIOD).rows] == ["2026-11-21"]


async def test_an_hour_has_its_energy_and_its_highest_values(journal, desk):
    await keep(journal, charge(1, NOON, 2))
    for minute in range(0, 121, 10):
        at = NOON + timedelta(minutes=minute)
        journal.sample(GARAGE, Sampled(TransactionId(1), at, minute * 100, 7000.0 + minute, 10.0 + minute / 100))
    rows = desk.shows("hours", "GARAGE", **PERIOD).rows
    assert [(row["at"], row["energy_wh"], row["power_w"]) for row in rows] == [
        ("2026-11-20T12:00:00Z", 5000, 7050),
        ("2026-11-20T13:00:00Z", 6000, 7110),
        ("2026-11-20T14:00:00Z", 1000, 7120),
    ]
    assert rows[0]["current_a"] == 10.5


async def test_a_period_has_a_length(desk):
    for since, until in (("", ""), (UNTIL.isoformat(), SINCE.isoformat()), (SINCE.isoformat(), "2028-01-01T00:00Z")):
        with pytest.raises(AskError, match=r"32 days later at most|distance from UTC"):
            desk.shows("days", since=since, until=until)


async def test_sums_of_a_place_that_never_charged_are_empty(journal):
    assert History(journal).sums(Place("NOBODY"), SINCE, UNTIL) == ([], [])
