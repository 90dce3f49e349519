"""How the journal is tended: what is thinned, forgotten, kept, and by which clock."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.events import SignedValue
from knx_ocpp_bridge.core.facts import SignedKept, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import upkeep
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.history import History
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.retention import months_before, reckoned, superfluous
from tests.kit.journals import on_disk, running
from tests.kit.tending import FLOOR, Caretaker

GARAGE = ChargerId("GARAGE")
NOW = datetime(2030, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def care(tmp_path: Path) -> AsyncIterator[Caretaker]:
    async with running(tmp_path / "bridge.db") as journal:
        yield Caretaker(journal, NOW)


async def charge(
    journal: Journal, number: int, ended: datetime | None, *, minutes: int = 150, signed: int = 0, sane: bool = True
) -> None:
    """A transaction with one point a minute from its beginning to its end."""
    start = (ended or NOW) - timedelta(minutes=minutes)
    for minute in range(minutes + 1):
        point = Sampled(TransactionId(number), start + timedelta(minutes=minute), minute, 60.0, 10.0)
        journal.sample(GARAGE, point)
    one = Transaction(
        TransactionId(number),
        ConnectorId(1),
        IdTag("CARD"),
        1000,
        start,
        clock_sane=sane,
        stopped_at=ended,
        energy_wh=minutes,
    )
    values = tuple(SignedValue(None, "", f"OCMF {n}") for n in range(signed))
    kept = (SignedKept(TransactionId(number), values),) if signed else ()
    await on_disk(journal, GARAGE, (TransactionRecorded(one), *kept))


def curve(care: Caretaker, number: int) -> list[int]:
    """The minutes of a curve that are kept."""
    points = History(care.journal).samples(GARAGE, number)
    return [point.energy_wh for point in points]


def cards(care: Caretaker) -> dict[int, str]:
    return {one.transaction.id: one.transaction.id_tag for one in History(care.journal).transactions()}


def kept(care: Caretaker) -> dict[str, str]:
    return dict(care.journal.read("SELECT name, value FROM upkeep"))


def said(care: Caretaker) -> list[str]:
    return [row["text"] for row in care.journal.log_rows(about="retention")]


async def looked(care: Caretaker, times: int) -> None:
    """The upkeep runs until it has looked so often whether it is time."""
    done = asyncio.Event()

    def meanwhile(_seconds: float) -> None:
        if care.slept.count(upkeep.LOOK_AGAIN_S) == times:
            done.set()

    care.meanwhile = meanwhile
    task = asyncio.create_task(care.upkeep.run())
    await done.wait()
    task.cancel()


# curves


async def test_a_week_after_its_end_a_curve_has_its_ends_and_the_last_point_of_each_hour(care):
    await charge(care.journal, 1, NOW - 7 * DAY - timedelta(minutes=30))  # 9:00 to 11:30
    await charge(care.journal, 2, NOW - 7 * DAY)
    await care.tend()
    assert curve(care, 1) == [0, 59, 119, 150]
    assert len(curve(care, 2)) == 151


async def test_a_curve_that_is_thinned_stays_as_it_is(care):
    await charge(care.journal, 1, NOW - 8 * DAY)
    await care.tend()
    before = curve(care, 1)
    care.now += DAY
    await care.tend()
    assert curve(care, 1) == before


@pytest.mark.parametrize(
    ("times", "gone"),
    [
        ([], []),
        ([5], []),
        ([5, 6], []),
        ([5, 6, 7], [6]),
        ([5, 3600, 7200], []),
        ([5, 3599, 3600, 3601, 7199, 7200], [3600, 3601]),
    ],
)
def test_what_a_thinned_curve_does_without(times, gone):
    assert superfluous(times) == gone


async def test_curves_are_deleted_after_their_months_and_it_is_said(care):
    await charge(care.journal, 1, NOW - 750 * DAY)
    await charge(care.journal, 2, NOW - 700 * DAY)
    await care.tend()
    assert (curve(care, 1), curve(care, 2) != []) == ([], True)
    assert said(care) == [
        "transactions that ended more than 24 months ago and have lost their cards and signed values today: 1",
        "transactions that ended more than 24 months ago and have lost their curves today: 1",
    ]


# cards


async def test_after_the_months_of_personal_data_nobody_can_tell_who_charged_and_all_sums_stay(care):
    care.retention = Retention(personal_data=1, samples=0)
    await charge(care.journal, 1, NOW - 32 * DAY, signed=2)
    await charge(care.journal, 2, NOW - 30 * DAY, signed=2)
    await care.tend()
    history = History(care.journal)
    assert cards(care) == {1: "", 2: "CARD"}
    assert [len(history.signed(GARAGE, number)) for number in (1, 2)] == [0, 2]
    assert [one.transaction.energy_wh for one in history.transactions()] == [150, 150]
    assert curve(care, 1) != []


async def test_zero_months_are_for_ever(care):
    care.retention = Retention(personal_data=0, samples=0)
    await charge(care.journal, 1, datetime(1999, 1, 1, tzinfo=UTC), signed=1)
    await care.tend()
    assert cards(care) == {1: "CARD"}
    assert curve(care, 1) != []
    assert said(care) == []


async def test_what_is_open_is_never_touched_however_long_it_has_been(care):
    await charge(care.journal, 1, None, minutes=5000, signed=1)
    care.now += 3000 * DAY
    await care.tend()
    assert cards(care) == {1: "CARD"}
    assert len(curve(care, 1)) == 5001
    assert len(History(care.journal).signed(GARAGE, 1)) == 1


async def test_unknown_cards_are_forgotten_after_ninety_days_and_named_ones_with_the_personal_data(care):
    rows = [("OLD", 91), ("NEW", 89), ("NAMED", 91), ("LONG AGO", 800)]
    care.known = frozenset({"NAMED", "LONG AGO"})
    care.journal.write(
        *(
            ("INSERT INTO cards_seen VALUES (?, 'GARAGE', 1, 'INVALID', ?, 1)", (tag, (NOW - days * DAY).isoformat()))
            for tag, days in rows
        )
    )
    await on_disk(care.journal, GARAGE)
    await care.tend()
    assert {tag for (tag,) in care.journal.read("SELECT id_tag FROM cards_seen")} == {"NEW", "NAMED"}
    assert set(care.forgotten) == {"OLD", "LONG AGO"}


# the clock


@pytest.mark.parametrize("clock", [Clock.WAITING, Clock.UNKNOWN])
async def test_a_clock_that_is_not_sane_erases_nothing(care, clock):
    await charge(care.journal, 1, NOW - 1000 * DAY)
    care.clock = clock
    assert not await care.tend()
    assert (len(curve(care, 1)), cards(care), kept(care)) == (151, {1: "CARD"}, {})


async def test_a_clock_that_jumps_years_ahead_erases_two_days_worth_a_day(care):
    care.synchronised = False
    care.now = FLOOR + 10 * DAY
    await charge(care.journal, 1, care.now - 9 * DAY)
    await care.tend()
    care.now += 5000 * DAY
    for day in range(1, 4):
        await charge(care.journal, 10 + day, care.now - DAY)
        await care.tend()
        assert kept(care)["reckoned"] == (FLOOR + (2 + 2 * day) * DAY).isoformat()
        care.now += DAY
    assert set(cards(care).values()) == {"CARD"}
    assert len(curve(care, 1)) == 151


async def test_the_clock_of_a_time_server_is_believed_at_once(care):
    await care.tend()
    assert kept(care)["reckoned"] == NOW.isoformat()


def test_a_bridge_without_time_server_catches_up_and_never_overtakes_its_clock():
    now = FLOOR + 9 * DAY
    reached = FLOOR
    for _ in range(4):
        reached = reckoned(now, reached, FLOOR, synchronised=False)
    assert reached == FLOOR + 8 * DAY
    assert reckoned(now, reached, FLOOR, synchronised=False) == now
    assert reckoned(now - DAY, now, FLOOR, synchronised=False) == now - DAY
    assert reckoned(now, None, FLOOR, synchronised=False) == FLOOR + 2 * DAY


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-11-21", 24, "2024-11-21"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-30", 1, "2028-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-15", 12, "2025-12-15"),
        ("2026-12-15", 0, None),
        ("0001-06-15", 24, None),
    ],
)
def test_months_are_those_of_the_calendar(now, months, then):
    expected = None if then is None else datetime.fromisoformat(then).replace(tzinfo=UTC)
    assert months_before(datetime.fromisoformat(now).replace(tzinfo=UTC), months) == expected


async def test_a_charge_of_a_doubtful_clock_is_as_old_as_the_next_one_of_a_good_clock(care):
    """Else what was charged yesterday, before the clock was set, would be of 1970 and lose its card today."""
    care.retention = Retention(personal_data=1, samples=1)
    long_ago = datetime(1970, 1, 2, tzinfo=UTC)
    await charge(care.journal, 1, long_ago, sane=False)
    await charge(care.journal, 2, long_ago, sane=False)
    await care.tend()
    assert cards(care) == {1: "CARD", 2: "CARD"}
    assert len(curve(care, 1)) == 151
    await charge(care.journal, 3, NOW - 20 * DAY)
    care.now += DAY
    await care.tend()
    assert cards(care) == {1: "CARD", 2: "CARD", 3: "CARD"}
    assert 1 < len(curve(care, 1)) < 10
    care.now += 15 * DAY
    await care.tend()
    assert cards(care) == {1: "", 2: "", 3: ""}
    assert curve(care, 1) == curve(care, 2) == []


# when, and in which steps


async def test_it_is_done_once_a_day_over_restarts_too(care):
    assert await care.tend()
    care.now += timedelta(hours=22)
    assert not await care.tend()
    care.now += timedelta(hours=2)
    assert await care.tend()
    care.now -= 400 * DAY  # the last one was by a wrong clock
    assert await care.tend()


async def test_the_first_time_is_a_quarter_of_an_hour_after_the_start(care):
    await looked(care, times=1)
    assert care.slept[0] == upkeep.AFTER_START_S
    assert "finished" in kept(care)


async def test_a_disk_that_cannot_be_read_is_tried_again_an_hour_later(care, monkeypatch, caplog):
    async def tend(_self):
        raise StoreError("the disk refuses", Path("bridge.db"), "check it")

    monkeypatch.setattr(upkeep.Upkeep, "tend", tend)
    await looked(care, times=2)
    assert care.slept[:3] == [upkeep.AFTER_START_S, upkeep.LOOK_AGAIN_S, upkeep.LOOK_AGAIN_S]
    assert "the journal cannot be tended: bridge.db: the disk refuses" in caplog.text


async def test_no_step_erases_more_than_five_hundred_rows(care, monkeypatch):
    await charge(care.journal, 1, NOW - 800 * DAY, minutes=1200)
    for number in range(2, 12):
        await charge(care.journal, number, NOW - 800 * DAY, signed=64)
    steps: list[int] = []
    write = care.journal.write

    def counted(*statements, done=None):
        before = care.journal.read("SELECT (SELECT count(*) FROM samples) + (SELECT count(*) FROM signed_values)")

        def after():
            left = care.journal.read("SELECT (SELECT count(*) FROM samples) + (SELECT count(*) FROM signed_values)")
            steps.append(before[0][0] - left[0][0])
            done()

        write(*statements, done=after)

    monkeypatch.setattr(care.journal, "write", counted)
    await care.tend()
    assert sum(steps) == 1201 + 10 * 151 + 10 * 64
    assert max(steps) <= 500


async def test_after_a_power_cut_it_goes_on_where_it_was_and_comes_to_the_same(care, tmp_path):
    for number in range(1, 30):
        await charge(care.journal, number, NOW - (830 - number) * DAY, minutes=60, signed=1)

    def cut(seconds: float) -> None:
        if seconds:
            raise KeyboardInterrupt

    care.meanwhile = cut
    with pytest.raises(KeyboardInterrupt):
        await care.tend()
    assert "finished" not in kept(care)
    assert "place" in kept(care)
    done = [number for number, tag in cards(care).items() if not tag]
    assert 0 < len(done) < 29
    care.meanwhile = lambda _seconds: None
    assert await care.tend()
    assert set(cards(care).values()) == {""}
    assert care.journal.read("SELECT count(*) FROM samples") == [(0,)]
    assert kept(care).keys() == {"finished", "reckoned"}


async def test_facts_do_not_wait_for_the_end_of_the_upkeep(care):
    for number in range(1, 20):
        await charge(care.journal, number, NOW - 800 * DAY, minutes=60)
    order: list[str] = []

    def meanwhile(_seconds: float) -> None:
        if not order:
            order.append("asked")
            fact = TransactionRecorded(Transaction(TransactionId(99), ConnectorId(1), IdTag("X"), 0, NOW))
            care.journal.append(GARAGE, (fact,), lambda: order.append("on disk"))

    care.meanwhile = meanwhile
    await care.tend()
    order.append("tended")
    assert order == ["asked", "on disk", "tended"]


async def test_a_bridge_that_has_nothing_to_forget_writes_once_a_day(care, tmp_path):
    await charge(care.journal, 1, NOW - 8 * DAY)
    await care.tend()
    care.now += DAY
    care.slept.clear()
    await care.tend()
    assert [seconds for seconds in care.slept if seconds] == [0.25]
    with sqlite3.connect(tmp_path / "bridge.db") as connection:
        assert connection.execute("SELECT value FROM upkeep WHERE name = 'finished'").fetchone() == (
            care.now.isoformat(),
        )
    connection.close()
