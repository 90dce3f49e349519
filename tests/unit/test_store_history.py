"""What was charged, as whoever asks for it finds it."""

import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest_asyncio

from knx_ocpp_bridge.core.events import SignedValue
from knx_ocpp_bridge.core.facts import DayEnergy, SignedKept, StartedBy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store.history import History, Wanted
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import on_disk, running

GARAGE, YARD = ChargerId("GARAGE"), ChargerId("YARD")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with running(tmp_path / "bridge.db") as journal:
        yield journal


def charge(
    number: int, start: datetime = NOON, hours: float | None = 1.0, tag: str = "CARD", session: int | None = None
) -> Transaction:
    """A transaction of 7 kWh an hour, open if `hours` is None."""
    began = Transaction(
        TransactionId(number),
        ConnectorId(1),
        IdTag(tag),
        1000,
        start.astimezone(UTC),
        started_by=StartedBy.CARD,
        session=None if session is None else TransactionId(session),
    )
    if hours is None:
        return began
    energy_wh = int(7000 * hours)
    return replace(
        began,
        stopped_at=began.started_at + timedelta(hours=hours),
        meter_stop_wh=1000 + energy_wh,
        energy_wh=energy_wh,
        reason=StopReason.LOCAL,
    )


async def keep(journal: Journal, *transactions: Transaction, charger: ChargerId = GARAGE) -> None:
    await on_disk(journal, charger, tuple(TransactionRecorded(one) for one in transactions))


def numbers(journal: Journal, **wanted: object) -> list[int]:
    return [one.transaction.id for one in History(journal).transactions(Wanted(**wanted))]


# transactions


async def test_a_row_says_all_that_an_accountant_asks_for(journal):
    full = replace(
        charge(7),
        meter_serial="M-1",
        days=(DayEnergy(date(2026, 11, 21), 7000),),
        reason=StopReason.EV_DISCONNECTED,
        late=True,
        clock_sane=False,
        accepted=False,
    )
    await keep(journal, full)
    await on_disk(journal, GARAGE, (SignedKept(TransactionId(7), (SignedValue(None, "Transaction.End", "OCMF"),)),))
    (found,) = History(journal).transactions()
    assert found.row() == {
        "number": 1,
        "charger": "GARAGE",
        "connector": 1,
        "transaction": 7,
        "session": None,
        "id_tag": "CARD",
        "started_at": "2026-11-21T12:00:00+00:00",
        "stopped_at": "2026-11-21T13:00:00+00:00",
        "seconds": None,
        "meter_start_wh": 1000,
        "meter_stop_wh": 8000,
        "energy_wh": 7000,
        "reason": "EVDisconnected",
        "started_by": "card",
        "meter_serial": "M-1",
        "clock": "doubtful",
        "marks": ["late", "refused", "clock doubtful"],
        "days": [["2026-11-21", 7000]],
        "signed": 1,
    }
    assert json.loads(json.dumps(found.row())) == found.row()


async def test_a_charge_whose_meter_said_0_at_the_beginning_begins_at_the_first_reading_and_is_marked(journal):
    await keep(journal, replace(charge(7), meter_start_wh=0, base_wh=1_234_000), replace(charge(8), base_wh=1000))
    first, second = (one.row() for one in History(journal).transactions())
    assert (first["meter_start_wh"], first["marks"]) == (1_234_000, ["start unmetered"])
    assert (second["meter_start_wh"], second["marks"]) == (1000, [])


async def test_the_reasons_are_the_words_of_ocpp(journal):
    await keep(journal, *(replace(charge(10 + reason), reason=reason) for reason in StopReason))
    assert {one.row()["reason"] for one in History(journal).transactions()} == {
        *("DeAuthorized", "EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot"),
        *("Remote", "SoftReset", "UnlockCommand"),
    }


async def test_pages_end_where_the_next_begins_and_what_comes_late_comes_last(journal):
    await keep(journal, charge(5), charge(6))
    await keep(journal, charge(1), charger=YARD)
    await keep(journal, charge(2, start=NOON - timedelta(days=3)))
    await keep(journal, charge(5))  # corrected: it keeps its place
    history, seen, after = History(journal), [], 0
    while page := history.transactions(after=after, limit=2):
        seen += [(one.charger, one.transaction.id) for one in page]
        after = page[-1].number
    assert seen == [(GARAGE, 5), (GARAGE, 6), (YARD, 1), (GARAGE, 2)]
    assert [one.number for one in history.transactions(newest=True, limit=3)] == [2, 3, 4]
    assert history.transactions(limit=0) == []


async def test_a_month_is_that_of_the_sites_calendar_and_counts_what_ended_in_it(journal):
    since = datetime(2026, 11, 1, tzinfo=AMSTERDAM)
    until = datetime(2026, 12, 1, tzinfo=AMSTERDAM)
    hour = timedelta(hours=1)
    await keep(
        journal,
        charge(1, since - 2 * hour, hours=1),  # the last one of October
        charge(2, since - hour, hours=1),  # ends at midnight: the first moment of November
        charge(3, until - 2 * hour, hours=1),
        charge(4, until - hour / 2, hours=1),  # ends in December
        charge(5, until - hour, hours=None),
        charge(6, until, hours=None),
    )
    assert numbers(journal, since=since, until=until) == [2, 3, 5]
    assert numbers(journal, since=since, until=until, open_too=False) == [2, 3]
    assert numbers(journal, until=since) == [1]
    assert numbers(journal, since=until, open_too=False) == [4]
    assert numbers(journal, open_too=False) == [1, 2, 3, 4]


async def test_chargers_and_cards_are_found_however_they_are_spelled(journal):
    await keep(journal, charge(1), charge(2, tag="04aa"), charge(3, tag="OTHER"))
    await keep(journal, charge(4), charger=YARD)
    assert numbers(journal, charger="garage") == [1, 2, 3]
    assert numbers(journal, id_tags=("card", "04AA")) == [1, 2, 4]
    assert numbers(journal, charger="YARD", id_tags=("OTHER",)) == []


async def test_a_month_is_looked_up_and_not_searched_for(journal, tmp_path):
    asked: list[tuple[str, tuple[object, ...]]] = []

    class Spy:
        def read(self, sql, cells=()):
            asked.append((sql, cells))
            return []

        def points(self, _charger, _transaction):
            return []

    History(Spy()).transactions(Wanted(since=NOON, until=NOON))
    with sqlite3.connect(tmp_path / "bridge.db") as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])]
    connection.close()
    assert not [step for step in plan if step.startswith("SCAN t")]
    assert any("transactions_by_end" in step for step in plan)


# sessions


async def test_the_transactions_of_one_plug_in_are_one_session(journal):
    hour = timedelta(hours=1)
    await keep(
        journal,
        replace(charge(1), days=(DayEnergy(date(2026, 11, 21), 7000),)),
        charge(2, tag="OTHER"),
        replace(
            charge(3, NOON + 2 * hour, session=1),
            days=(DayEnergy(date(2026, 11, 21), 4000), DayEnergy(date(2026, 11, 22), 3000)),
            reason=StopReason.EV_DISCONNECTED,
            assumed=True,
        ),
    )
    one, other = History(journal).sessions()
    assert one.row() == {
        "number": 1,
        "charger": "GARAGE",
        "connector": 1,
        "session": 1,
        "transactions": [1, 3],
        "id_tag": "CARD",
        "started_at": "2026-11-21T12:00:00+00:00",
        "stopped_at": "2026-11-21T15:00:00+00:00",
        "seconds": 7200,
        "meter_start_wh": 1000,
        "meter_stop_wh": 8000,
        "energy_wh": 14000,
        "reason": "EVDisconnected",
        "started_by": "card",
        "meter_serial": "",
        "clock": "sane",
        "marks": ["assumed"],
        "days": [["2026-11-21", 11000], ["2026-11-22", 3000]],
        "signed": 0,
    }
    assert other.row()["transactions"] == [2]


async def test_a_session_is_open_until_its_last_transaction_has_ended(journal):
    await keep(journal, charge(1), charge(2, NOON + timedelta(hours=2), hours=None, session=1))
    (session,) = History(journal).sessions()
    assert [session.row()[key] for key in ("stopped_at", "seconds", "reason", "energy_wh")] == [None, None, None, 7000]
    assert History(journal).sessions(Wanted(open_too=False)) == []


async def test_a_session_across_the_end_of_a_month_belongs_to_the_month_in_which_it_ends(journal):
    midnight = datetime(2026, 12, 1, tzinfo=AMSTERDAM)
    await keep(journal, charge(1, midnight - timedelta(hours=2)), charge(2, midnight, session=1))
    history = History(journal)
    assert history.sessions(Wanted(until=midnight)) == []
    (december,) = history.sessions(Wanted(since=midnight))
    assert december.row()["transactions"] == [1, 2]


async def test_a_session_is_found_by_any_of_its_cards_and_has_all_of_them(journal):
    await keep(journal, charge(1), charge(2, NOON + timedelta(hours=2), tag="SECOND", session=1), charge(3, tag="NO"))
    (found,) = History(journal).sessions(Wanted(charger="garage", id_tags=("second",)))
    assert found.row()["transactions"] == [1, 2]


async def test_a_session_whose_first_transaction_is_not_in_the_log_is_one_all_the_same(journal):
    await keep(journal, charge(8, session=7), charge(9, NOON + timedelta(hours=2), session=7))
    (found,) = History(journal).sessions()
    assert (found.row()["session"], found.row()["transactions"]) == (7, [8, 9])


async def test_sessions_come_in_pages_too(journal):
    await keep(journal, charge(1), charge(2), charge(3, NOON + timedelta(hours=2), session=1), charge(4))
    history = History(journal)
    first = history.sessions(limit=2)
    assert [one.row()["transactions"] for one in first] == [[1, 3], [2]]
    assert [one.row()["transactions"] for one in history.sessions(after=first[-1].number)] == [[4]]
    assert [one.row()["transactions"] for one in history.sessions(limit=2, newest=True)] == [[2], [4]]


async def test_the_same_number_at_another_charger_is_another_session(journal):
    await keep(journal, charge(1), charge(2, NOON + timedelta(hours=2), session=1))
    await keep(journal, charge(1), charger=YARD)
    assert [(one.row()["charger"], one.row()["transactions"]) for one in History(journal).sessions()] == [
        ("GARAGE", [1, 2]),
        ("YARD", [1]),
    ]


# curves and signed values


async def test_a_curve_is_whole_before_and_after_it_is_on_disk(journal, tmp_path):
    history = History(journal)
    points = [Sampled(TransactionId(1), NOON + timedelta(minutes=n), 100 * n, 7200.4, 10.4) for n in range(5)]
    for point in points[:3]:
        journal.sample(GARAGE, point)
    before = history.samples("garage", 1)
    assert [(point.at_s, point.energy_wh, point.power_w, point.current_a) for point in before] == [
        (int(NOON.timestamp()) + 60 * n, 100 * n, 7200, 10.4) for n in range(3)
    ]
    await keep(journal, charge(1))
    with sqlite3.connect(tmp_path / "bridge.db") as connection:
        assert connection.execute("SELECT count(*) FROM samples").fetchone() == (3,)
    connection.close()
    assert history.samples(GARAGE, 1) == before
    for point in points[3:]:
        journal.sample(GARAGE, point)
    assert [point.energy_wh for point in history.samples(GARAGE, 1)] == [0, 100, 200, 300, 400]
    assert history.samples(YARD, 1) == history.samples(GARAGE, 2) == []


async def test_signed_values_come_back_without_a_byte_changed(journal):
    texts = ["OCMF|{}|{}", "", "ünï\x00\r\n", "OCMF|{}|{}"]
    given = tuple(SignedValue(NOON if not n else None, f"context {n}", text) for n, text in enumerate(texts))
    await keep(journal, charge(1))
    await on_disk(journal, GARAGE, (SignedKept(TransactionId(1), given),))
    assert History(journal).signed("garage", 1) == [
        {"number": 1, "at": "2026-11-21T12:00:00+00:00", "context": "context 0", "text": texts[0]},
        {"number": 2, "at": None, "context": "context 1", "text": ""},
        {"number": 3, "at": None, "context": "context 2", "text": texts[2]},
    ]


async def test_a_charger_that_signs_without_end_does_not_fill_the_disk(journal):
    longest = 32 * 1024
    for number in range(1, 12):
        await keep(journal, charge(number))
        given = tuple(SignedValue(NOON, "Other", f"{number} {each} ".ljust(longest, "x")) for each in range(64))
        await on_disk(journal, GARAGE, (SignedKept(TransactionId(number), given),))
    kept = [len(History(journal).signed("garage", number)) for number in range(1, 12)]
    assert kept == [64] * 8 + [0] * 3
    journal.settle(lambda: None)
    told = [row["text"] for row in journal.log_rows() if "signed" in row["text"]]
    assert told == ["no more signed meter values are kept today, there is room for 16 MiB a day"]
    await on_disk(journal, YARD, (SignedKept(TransactionId(1), (SignedValue(NOON, "Other", "OCMF|{}|{}"),)),))
    assert len(History(journal).signed("yard", 1)) == 1


async def test_the_past_reaches_to_what_was_noted_of_cards_and_counters(journal):
    await keep(journal, charge(1))
    later = datetime(2040, 1, 1, tzinfo=UTC)
    for days, statement in enumerate(
        (
            "INSERT INTO cards_seen VALUES ('CARD', 'GARAGE', 1, 'ACCEPTED', ?, 1)",
            "INSERT INTO counter_resets VALUES ('GARAGE', 1, 1, 1, 1, ?)",
        )
    ):
        at = later + timedelta(days=days)
        journal.write((statement, (at.isoformat(timespec="seconds"),)))
        await on_disk(journal, GARAGE)
        assert journal.newest_entry() == at
