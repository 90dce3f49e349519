"""What was charged, as people look at it: a month, one transaction, files and reports."""

import copy
import csv
import html
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import pytest_asyncio

from knx_ocpp_bridge.control.protocol import Snapshot
from knx_ocpp_bridge.core.facts import StartedBy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.web.roles import Role
from tests.kit.journals import on_disk, running
from tests.kit.website import Site

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
CARD = Tag(IdTag("04A2B3C4D5"), HOSTILE, cost_centre="4711")


def charge(number: int, started: datetime, energy_wh: int, session: int | None = None) -> TransactionRecorded:
    transaction = Transaction(
        TransactionId(number), ConnectorId(1), CARD.id, 1000, started,
        started_by=StartedBy.CARD, session=None if session is None else TransactionId(session),
    )  # fmt: skip
    ended = replace(
        transaction,
        stopped_at=started + timedelta(hours=1),
        meter_stop_wh=1000 + energy_wh,
        energy_wh=energy_wh,
        reason=StopReason.LOCAL,
    )
    return TransactionRecorded(ended)


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    known = site.desk.roster.actors[GARAGE].charger
    book = TagBook(tags={CARD.id.casefold(): CARD})
    site.desk.roster.actors[GARAGE].charger = replace(known, settings=replace(known.settings, tag_book=book))
    async with running(tmp_path / "bridge.db") as journal:
        site.desk.memory.charged = journal
        await on_disk(journal, GARAGE, (charge(1, NOON, 5000), charge(2, NOON + timedelta(hours=2), 2500, session=1)))
        await on_disk(journal, GARAGE, (charge(3, NOON - timedelta(days=30), 9000),))
        for minute in range(3):
            at = NOON + timedelta(minutes=minute)
            journal.sample(GARAGE, Sampled(TransactionId(1), at, 100 * minute, 7200.0, 10.4))
        await on_disk(journal, GARAGE, (charge(4, NOON - timedelta(days=60), 100),))
        yield site


async def opened(site: Site, path: str, role: Role = Role.OPERATOR, language: str = "en") -> str:
    async with site.visit(role, language=language) as browser:
        page = await browser.get(path)
    assert page.status_code == 200, page.text
    return page.text


async def test_a_plug_in_is_one_line_and_the_month_has_its_sum(site: Site) -> None:
    text = await opened(site, "/sessions?month=2026-11")
    assert text.count('<th scope="row">') == 1
    assert "7.5 kWh" in text
    assert "9.0 kWh" in await opened(site, "/sessions?month=2026-10")


async def test_what_runs_has_its_energy_by_now_and_is_not_in_the_sum(site: Site) -> None:
    begun = Transaction(TransactionId(7), ConnectorId(1), CARD.id, 1000, NOON + timedelta(hours=5))
    await on_disk(site.desk.memory.charged, GARAGE, (TransactionRecorded(begun),))
    assert "in progress and not in these sums" in await opened(site, "/sessions?month=2026-11")
    base = site.snapshot()
    one = copy.deepcopy(dict(base.chargers[0]))
    one["connectors"][0]["transaction"] = {"id": 7}
    one["connectors"][0]["values"] |= {"session_energy": 3210, "session_duration": 4000}
    site.answers["status"] = Snapshot(base.bridge, (one,))
    text = await opened(site, "/sessions?month=2026-11")
    for told in ("3.21", "1:06", "7.5 kWh", "in progress"):
        assert told in text


async def test_numbers_and_times_are_in_the_manner_of_the_visitor(site: Site) -> None:
    text = await opened(site, "/sessions?month=2026-11", language="de")
    assert "7,5 kWh" in text
    assert "20.11.2026 13:00" in text
    assert "November 2026" in text


async def test_a_viewer_sees_what_was_charged_and_not_by_whom(site: Site) -> None:
    for path in ("/sessions?month=2026-11", "/sessions/1"):
        text = await opened(site, path, Role.VIEWER)
        assert "alert(1)" not in text
        assert "C4D5" not in text
    assert "7.5 kWh" in await opened(site, "/sessions?month=2026-11&tag=NOBODY", Role.VIEWER)
    assert "alert(1)" in await opened(site, "/sessions?month=2026-11")


async def test_a_name_is_text_whatever_it_contains(site: Site) -> None:
    for path in ("/sessions?month=2026-11", "/sessions/1", "/reports", "/reports/make?month=2026-11", "/tags"):
        text = await opened(site, path, Role.INSTALLER)
        assert HOSTILE not in text


async def test_one_transaction_shows_its_curve_as_chart_table_and_file(site: Site) -> None:
    text = await opened(site, "/sessions/1")
    assert "data-chart=" in text
    assert text.count('<tr><th scope="row">') == 4  # three points, and the end of the transaction
    lines = (await opened(site, "/sessions/1/curve.csv")).splitlines()
    assert lines[0] == "at,energy_wh,power_w,current_a"
    assert lines[2] == "2026-11-20T13:01:00+01:00,100,7200,10.4"


async def test_a_charge_without_a_single_point_has_a_curve_from_its_start_to_its_end(site: Site) -> None:
    text = await opened(site, "/sessions/3")
    chart = json.loads(html.unescape(text.partition('data-chart="')[2].partition('"')[0]))
    begun = int((NOON - timedelta(days=30)).timestamp())
    assert chart["x"] == [begun, begun + 3600]
    assert chart["series"][-1]["values"] == [0, 9]


@pytest.mark.parametrize("path", ["/sessions/99", "/sessions/1/signed.txt", "/sessions?charger=NOBODY"])
async def test_what_is_not_there_is_said(site: Site, path: str) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        page = await browser.get(path)
    assert page.status_code == 404
    assert "there " in page.text or "no charger" in page.text


@pytest.mark.parametrize("month", ["2026-13", "yesterday", "1999-01"])
async def test_a_month_that_is_none_is_refused_in_words(site: Site, month: str) -> None:
    async with site.visit(Role.VIEWER) as browser:
        page = await browser.get(f"/sessions?month={month}")
    assert page.status_code == 400
    assert "write a month like" in page.text


async def test_the_month_is_a_table_for_programs_and_spreadsheets(site: Site) -> None:
    rows = list(csv.reader(io.StringIO(await opened(site, "/sessions/export?month=2026-11&format=csv"))))
    assert [row[9] for row in rows] == ["Transaction Id", "1", "2"]
    assert rows[1][2] == "…C4D5"
    async with site.visit(Role.OPERATOR) as browser:
        file = await browser.get("/sessions/export?month=2026-11&format=xlsx")
        assert (await browser.get("/sessions/export?month=2026-11&format=odt")).status_code == 400
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert [cell.value for cell in next(book.active.iter_rows(min_row=2))][9] == 1


async def test_whole_cards_are_for_installers_who_ask_for_them(site: Site) -> None:
    path = "/sessions/export?month=2026-11&cards=whole"
    assert "04A2B3C4D5" not in await opened(site, path, Role.OPERATOR)
    assert "04A2B3C4D5" in await opened(site, path, Role.INSTALLER)
    assert any("whole idTag" in line["text"] for line in site.desk.memory.lines)


async def test_a_report_is_a_page_to_print_that_allows_its_own_style_alone(site: Site) -> None:
    async with site.visit(Role.OPERATOR) as browser:
        page = await browser.get("/reports/make?month=2026-11")
    policy = page.headers["content-security-policy"]
    assert "style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "7.500" in page.text


async def test_one_report_for_each_comes_as_one_file(site: Site) -> None:
    async with site.visit(Role.OPERATOR) as browser:
        file = await browser.get("/reports/make?month=2026-11&format=csv&each=1")
    names = zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    assert names == ["2026-11.csv", "2026-11-card-script-alert-1-script.csv", "2026-11-charger-GARAGE.csv"]


async def test_a_report_is_about_one_card_or_cost_centre_or_charger(site: Site) -> None:
    for about in ("tag:04A2B3C4D5", "cost_centre:4711", "charger:GARAGE"):
        assert "7.500" in await opened(site, f"/reports/make?month=2026-11&about={about}")
    async with site.visit(Role.OPERATOR) as browser:
        assert (await browser.get("/reports/make?month=2026-11&about=tag:Nobody")).status_code == 404
        assert (await browser.get("/reports/make?month=2026-11&about=moon:1")).status_code == 400
