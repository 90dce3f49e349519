"""The account of an outlet is opened from the log: by its newest rows, and by the sums of all others."""

import contextlib
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.book import KEPT, Book, Count, Opening
from knx_ocpp_bridge.core.facts import DayEnergy, TransactionRecorded
from knx_ocpp_bridge.store import accounts, points, rows
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.points import Point
from tests.kit.charges import begun, ended
from tests.kit.databases import filled

ZONE = ZoneInfo("Europe/Amsterdam")
TODAY = datetime(2026, 11, 20, 23, tzinfo=UTC)
"""0:00 in Amsterdam on the 21st."""
YESTERDAY = TODAY - timedelta(days=1)
HOUR = timedelta(hours=1)


def charge(number: int, begin: datetime, energy_wh: int = 1000, **more):
    stop = begin + HOUR
    return ended(begun(number, begin, **more), stop, (stop.astimezone(ZONE).date(), energy_wh))


@contextlib.contextmanager
def opened(path: Path, *log):
    """The journal with these rows of GARAGE."""
    journal = Journal(path)
    journal.open()
    with contextlib.closing(sqlite3.connect(path)) as disk, disk:
        for one in log:
            disk.execute(*rows.statement("GARAGE", TransactionRecorded(one), "2026-11-21T00:00:00+00:00"))
    with contextlib.closing(journal):
        yield journal


def opening(path: Path, *log) -> Opening:
    with opened(path, *log) as journal:
        return accounts.openings(journal.read, "garage", YESTERDAY)[1]


def test_a_charger_without_a_past_has_no_account_yet(tmp_path):
    with opened(tmp_path / "bridge.db") as journal:
        assert accounts.openings(journal.read, "GARAGE", YESTERDAY) == {}


def test_the_newest_are_known_one_by_one_and_the_others_are_sums(tmp_path):
    log = [charge(number, YESTERDAY - number * 24 * HOUR) for number in range(1, 101)]
    found = opening(tmp_path / "bridge.db", *log)
    assert [one.id for one in found.transactions] == list(range(101 - KEPT, 101))
    assert (found.older, found.older_charges) == (Count(84, 84_000, 84 * 3600), 84)
    assert Book(ZONE, found).everything(TODAY) == Count(100, 100_000, 360_000)


def test_all_that_ended_since_yesterday_is_known_one_by_one(tmp_path):
    long_ago = [charge(number, YESTERDAY - 30 * 24 * HOUR) for number in range(1, 51)]
    busy = [charge(number, YESTERDAY + (number - 50) * HOUR / 10) for number in range(51, 151)]
    found = opening(tmp_path / "bridge.db", *long_ago, *busy)
    assert [one.id for one in found.transactions] == list(range(51, 151))
    tally = Book(ZONE, found).tally(TODAY)
    assert tally.yesterday is not None
    assert (tally.yesterday.sessions, tally.total.sessions) == (100, 150)


def test_energies_that_no_charger_ever_took_are_added_up_all_the_same(tmp_path):
    """Three times the largest number of a database: more than a database can add up."""
    most_wh = 2**63 - 1
    log = [charge(number, YESTERDAY - 99 * HOUR, most_wh) for number in range(1, 31)]
    found = opening(tmp_path / "bridge.db", *log)
    assert Book(ZONE, found).everything(TODAY).energy_wh == 30 * most_wh


def test_a_session_is_never_torn_apart(tmp_path):
    log = [charge(number, YESTERDAY - 99 * HOUR, session=1 if number > 1 else None) for number in range(1, 41)]
    found = opening(tmp_path / "bridge.db", *log)
    assert len(found.transactions) == 40
    assert found.older == Count()


def test_the_last_charge_may_be_one_of_the_sums(tmp_path):
    """A charger that makes up its own numbers has higher ones than the bridge gives."""
    foreign = [charge(2**30 + number, YESTERDAY - 900 * HOUR) for number in range(30)]
    ours = charge(7, YESTERDAY - 100 * HOUR)
    found = opening(tmp_path / "bridge.db", *foreign, ours)
    assert 7 not in {one.id for one in found.transactions}
    assert Book(ZONE, found).last == ours
    between = opening(tmp_path / "other.db", *foreign[:20], ours, *foreign[20:])
    assert 7 not in {one.id for one in between.transactions}
    assert Book(ZONE, between).last == foreign[-1]


def test_the_last_charge_after_a_start_is_the_one_that_was_told_last(tmp_path):
    """The one of the day before came late, and the newer one with the higher number had been told before it."""
    newer, late = charge(9, YESTERDAY + HOUR), charge(3, YESTERDAY - 24 * HOUR, late=True)
    assert Book(ZONE, opening(tmp_path / "bridge.db", newer, late)).last == late


def test_refused_charges_are_in_no_sum_unless_they_took_energy(tmp_path):
    refused = [charge(number, YESTERDAY - 99 * HOUR, number % 2, accepted=False) for number in range(1, 101)]
    found = opening(tmp_path / "bridge.db", *refused)
    assert Book(ZONE, found).everything(TODAY) == Count(50, 50, 50 * 3600)
    assert Book(ZONE, found).charges == 50


def test_fractions_of_seconds_are_counted_alike_in_sums_and_one_by_one(tmp_path):
    odd = timedelta(microseconds=999_999)
    log = [ended(begun(number, YESTERDAY - 99 * HOUR + odd * (number % 2)), YESTERDAY - 98 * HOUR + odd * (number % 3))
           for number in range(1, 41)]  # fmt: skip
    found = opening(tmp_path / "bridge.db", *log)
    one_by_one = Book(ZONE, Opening(tuple(log)))
    assert Book(ZONE, found).everything(TODAY) == one_by_one.everything(TODAY)


@pytest.mark.parametrize(("point_wh", "running_wh"), [(3000, 3000), (100, 2500)])
def test_an_open_charge_goes_on_from_its_last_point_or_its_last_midnight(tmp_path, point_wh, running_wh):
    open_one = begun(1, YESTERDAY + 20 * HOUR, days=(DayEnergy(date(2026, 11, 20), 2500),))
    at_s = int((TODAY + HOUR).timestamp())
    with opened(tmp_path / "bridge.db", open_one) as journal:
        with contextlib.closing(sqlite3.connect(tmp_path / "bridge.db")) as disk, disk:
            disk.execute(*points.putting("GARAGE", 1, Point(at_s, point_wh, None, None)))
        running = accounts.openings(journal.read, "GARAGE", YESTERDAY)[1].running
    assert running is not None
    assert (running.transaction, running.energy_wh) == (open_one, running_wh)


@pytest.mark.parametrize("schema", [1, 2])
def test_the_log_of_an_older_version_counts_by_its_time(tmp_path, schema):
    """8 kWh from 19:00 to 23:00 on the 20th, by the clock of Amsterdam; another charge is open."""
    filled(tmp_path / "bridge.db", schema)
    found = opening(tmp_path / "bridge.db")
    tally = Book(ZONE, found).tally(TODAY + 9 * HOUR)
    assert tally.yesterday == Count(1, 8000, 4 * 3600)
    assert found.running is not None
    assert found.running.transaction.id == 17


def test_a_reset_is_found_again_whatever_the_spelling_of_the_charger(tmp_path):
    with opened(tmp_path / "bridge.db", charge(1, YESTERDAY)) as journal:
        with contextlib.closing(sqlite3.connect(tmp_path / "bridge.db")) as disk, disk:
            disk.execute(*accounts.resetting("Garage", 1, Count(1, 1000, 3600), TODAY))
            disk.execute(*accounts.resetting("GARAGE", 1, Count(1, 900, 3600), TODAY))
        found = accounts.openings(journal.read, "garage", YESTERDAY)[1]
    assert (found.reset, found.reset_at) == (Count(1, 900, 3600), TODAY)
