"""Past days, months and years on a page: numbers of the log and the curves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knx_ocpp_bridge.core.facts import StartedBy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.web import periods
from knx_ocpp_bridge.web.periods import Kind
from knx_ocpp_bridge.web.roles import Role
from tests.kit.journals import on_disk, running
from tests.kit.website import Site

GARAGE = ChargerId("GARAGE")
BEGIN = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """On 3 November two hours were charged, 6 kWh in each; the site's clocks show 9 when it begins."""
    async with running(tmp_path / "bridge.db") as journal:
        site = Site(tmp_path)
        site.desk.path.write_text(site.desk.path.read_text() + "site: {timezone: Europe/Amsterdam}\n")
        site.desk.reload()
        site.desk.memory.charged = journal
        one = Transaction(
            TransactionId(1), ConnectorId(1), IdTag("CARD"), 0, BEGIN, started_by=StartedBy.CARD,
            stopped_at=BEGIN + timedelta(hours=2), meter_stop_wh=12000, energy_wh=12000,
        )  # fmt: skip
        await on_disk(journal, GARAGE, (TransactionRecorded(one),))
        for minute in range(0, 121, 10):
            at = BEGIN + timedelta(minutes=minute)
            journal.sample(GARAGE, Sampled(TransactionId(1), at, minute * 100, 6000.0 + minute, 9.0))
        yield site


async def shown(site: Site, query: str, language: str = "en") -> str:
    async with site.visit(Role.VIEWER, language=language) as browser:
        answer = await browser.get(f"/statistics?{query}")
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


async def test_a_month_shows_its_days_with_energy_sessions_and_time(site):
    page = await shown(site, "period=month&at=2026-11")
    assert '03 Nov 2026</th><td class="number">12.00</td> <td class="number">1</td><td class="number">2:00' in page
    assert "November 2026" in page
    assert "data-chart" in page


async def test_a_day_shows_its_hours_by_the_clocks_of_the_site(site):
    page = await shown(site, "period=day&at=2026-11-03&charger=GARAGE&connector=1", "de")
    assert '09:00</th><td class="number">5,00</td> <td class="number">6,0</td><td class="number">9,0</td>' in page
    assert '10:00</th><td class="number">6,00</td>' in page


async def test_a_year_shows_its_months_and_an_empty_one_says_so(site):
    assert 'November 2026</th><td class="number">12.00' in await shown(site, "period=year&at=2026&place=GARAGE")
    assert "Nothing was charged in this period." in await shown(site, "period=year&at=2020")


@pytest.mark.parametrize("query", ["period=week", "at=2026-13", "at=1812", "place=NOBODY"])
async def test_what_there_is_not_is_said(site, query):
    async with site.visit(Role.VIEWER) as browser:
        answer = await browser.get(f"/statistics?{query}")
    assert answer.status_code in {400, 404}


def test_periods_follow_each_other_without_a_gap():
    for kind in Kind:
        first = periods.of(kind, datetime(2024, 2, 29, tzinfo=UTC).date())
        one = first
        for _ in range(40):
            assert one.following.before == one
            assert one.days[-1] + timedelta(days=1) == one.following.first
            one = one.following
