"""Counters are what a person with paper and pencil makes of the log, whatever the log has been through."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.book import NOTHING, Count, Opening
from knx_ocpp_bridge.core.days import day_of, midnight
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.ledger import Ledger
from knx_ocpp_bridge.store import accounts, rows
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.charges import begun, ended, recounted

GARAGE = "GARAGE"
CONNECTORS = (1, 2)
A_DAY = timedelta(days=1)
PLACES = st.sampled_from(
    [
        (ZoneInfo("Europe/Amsterdam"), datetime(2026, 3, 28, 18, tzinfo=UTC)),
        (ZoneInfo("Europe/Amsterdam"), datetime(2026, 10, 24, 18, tzinfo=UTC)),
        (ZoneInfo("Europe/Amsterdam"), datetime(2026, 12, 31, 14, tzinfo=UTC)),
        (ZoneInfo("Australia/Lord_Howe"), datetime(2027, 4, 3, 9, tzinfo=UTC)),
        (ZoneInfo("Australia/Lord_Howe"), datetime(2026, 10, 3, 9, tzinfo=UTC)),
    ]
)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["charge", "many"] * 3 + ["begin", "take", "end", "end"] * 2
                        + ["correct", "late", "orphan", "refuse", "doubt", "reset", "restart", "wait"]),
        st.sampled_from(CONNECTORS),
        st.integers(0, 300),
        st.integers(0, 9000),
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


class Story:
    """One charger: its log on disk and in a dictionary, the ledger that lives on, and the clock."""

    def __init__(self, folder: Path, zone: ZoneInfo, now: datetime) -> None:
        self.zone, self.now = zone, now
        self.journal = Journal(folder / "bridge.db")
        self.journal.open()
        self.disk = sqlite3.connect(folder / "bridge.db", isolation_level=None)
        self.disk.execute("PRAGMA synchronous = OFF")
        self.log: dict[int, Transaction] = {}
        self.open: dict[int, Transaction] = {}
        self.taken: dict[int, tuple[int, datetime]] = {}
        self.session: dict[int, int] = {}
        self.base = dict.fromkeys(CONNECTORS, NOTHING)
        self.number = 0
        self.ledger = self.rebuilt()

    def rebuilt(self) -> Ledger:
        ledger = Ledger(self.zone)
        since = midnight(day_of(self.now, self.zone) - A_DAY, self.zone)
        found = accounts.openings(self.journal.read, GARAGE, since)
        ledger.open(GARAGE, {connector: found.get(connector, Opening()) for connector in {*CONNECTORS, *found}})
        self.follow(ledger)
        return ledger

    def follow(self, ledger: Ledger) -> None:
        for connector, one in self.open.items():
            ledger.books(GARAGE)[connector].run(one, *self.taken[connector])

    def record(self, one: Transaction) -> None:
        self.log[one.id] = one
        self.disk.execute(*rows.statement(GARAGE, TransactionRecorded(one), self.now.isoformat()))
        if not self.ledger.record(GARAGE, one):
            self.ledger = self.rebuilt()

    def fresh(self) -> int:
        self.number += 1
        return self.number

    def split(self, one: Transaction, energy_wh: int) -> list[tuple]:
        """Any split will do: the record is believed."""
        first, last = day_of(one.started_at, self.zone), day_of(self.now, self.zone)
        days = [first + A_DAY * number for number in range((last - first).days + 1)]
        closed = [(day.day, day.energy_wh) for day in one.days]
        rest = [day for day in days if day not in dict(closed)]
        each = energy_wh // len(rest) if rest else 0
        return [*closed, *((day, each + number) for number, day in enumerate(rest))]

    # what happens

    def begin(self, connector: int, minutes: int, value: int) -> None:
        if connector in self.open:
            return
        same_car = value % 3 == 0 and connector in self.session
        session = self.session[connector] if same_car else None
        one = begun(self.fresh(), self.now, connector=connector, session=session, accepted=value % 7 > 0)
        self.session[connector] = one.id if session is None else session
        self.open[connector], self.taken[connector] = one, (0, self.now)
        self.record(one)
        self.take(connector, 0, 0)

    def take(self, connector: int, minutes: int, value: int) -> None:
        if connector not in self.open:
            return
        self.now += timedelta(minutes=minutes)
        one = self.open[connector]
        today = day_of(self.now, self.zone)
        if day_of(one.started_at, self.zone) < today and not any(d.day >= today - A_DAY for d in one.days):
            one = replace(ended(one, self.now, *self.split(one, value)), stopped_at=None, energy_wh=None, reason=None,
                          meter_stop_wh=None)  # fmt: skip
            one = replace(one, days=tuple(day for day in one.days if day.day < today))
            self.open[connector] = one
            self.record(one)
        closed = sum(day.energy_wh for day in one.days)
        energy_wh = max(self.taken[connector][0] + value, closed)
        if energy_wh > self.taken[connector][0]:
            self.taken[connector] = (energy_wh, self.now)
        self.follow(self.ledger)

    def end(self, connector: int, minutes: int, value: int, **marks) -> None:
        if connector not in self.open:
            return
        self.now += timedelta(minutes=minutes)
        one = self.open.pop(connector)
        self.taken.pop(connector)
        energy_wh = 0 if value < 2000 else value
        self.record(replace(ended(one, self.now, *self.split(one, energy_wh)), assumed=value % 2 == 0, **marks))

    def charge(self, connector: int, minutes: int, value: int) -> None:
        self.begin(connector, 0, value)
        self.end(connector, minutes, value)
        self.now += timedelta(minutes=minutes % 50)

    def many(self, connector: int, minutes: int, value: int) -> None:
        """A car that the sun starts and stops, or a busy outlet: more than is known one by one."""
        for number in range(12):
            self.charge(connector, minutes // 10, value + number)

    def refuse(self, connector: int, minutes: int, value: int) -> None:
        self.end(connector, 0, 0)
        self.begin(connector, 0, 7 * value)
        self.end(connector, minutes, 0)

    def doubt(self, connector: int, minutes: int, value: int) -> None:
        self.begin(connector, 0, value)
        one = self.open[connector] = replace(self.open[connector], clock_sane=False, days=())
        self.record(one)
        self.now += timedelta(minutes=minutes)
        self.open.pop(connector)
        self.taken.pop(connector)
        self.record(ended(one, self.now, (day_of(self.now, self.zone), value)))

    def correct(self, connector: int, minutes: int, value: int) -> None:
        """Of the eight that a charger remembers."""
        last = [one for one in self.log.values() if one.stopped_at is not None][-8:]
        wrong = [one for one in last if one.assumed and one.clock_sane]
        if wrong:
            one = wrong[value % len(wrong)]
            later = min(self.now, one.stopped_at + timedelta(minutes=minutes))
            days = [(day.day, day.energy_wh + value) for day in one.days] or [(day_of(later, self.zone), value)]
            self.record(replace(ended(one, later, *days), assumed=False))

    def late(self, connector: int, minutes: int, value: int) -> None:
        """It was charged while the charger was away: up to two days ago."""
        if connector in self.open:
            return
        begin = self.now - timedelta(minutes=10 * minutes + 30)
        one = begun(self.fresh(), begin, connector=connector, late=True)
        self.record(one)
        stop = begin + timedelta(minutes=30)
        self.record(ended(one, stop, (day_of(stop, self.zone), value)))

    def orphan(self, connector: int, minutes: int, value: int) -> None:
        one = begun(self.fresh(), self.now, connector=0, late=True, orphaned=True)
        self.record(ended(one, self.now, (day_of(self.now, self.zone), value)))

    def reset(self, connector: int, minutes: int, value: int) -> None:
        book = self.ledger.books(GARAGE)[connector]
        count = self.base[connector] = book.everything(self.now)
        self.disk.execute(*accounts.resetting(GARAGE, connector, count, self.now))
        book.reset = count

    def restart(self, connector: int, minutes: int, value: int) -> None:
        self.ledger = self.rebuilt()

    def wait(self, connector: int, minutes: int, value: int) -> None:
        self.now += timedelta(minutes=10 * minutes)

    # what must hold

    def running(self, connector: int, day=None) -> Count:
        if connector not in self.open:
            return NOTHING
        one, (energy_wh, at) = self.open[connector], self.taken[connector]
        if not (one.accepted or energy_wh):
            return NOTHING
        whole = replace(one, stopped_at=self.now, energy_wh=energy_wh)
        closed = {each.day: each.energy_wh for each in one.days}
        rest = energy_wh - sum(closed.values())
        told = day_of(at, self.zone)
        share = energy_wh if day is None else closed.get(day, 0) + (rest if day == told else 0)
        return Count(0, share, recounted([replace(whole, accepted=True)], day, self.zone).seconds)

    def agrees(self, ledger: Ledger) -> None:
        today = day_of(self.now, self.zone)
        together = {"today": NOTHING, "yesterday": NOTHING, "total": NOTHING}
        for connector, book in ledger.books(GARAGE).items():
            mine = [one for one in self.log.values() if one.connector == connector]
            tally = book.tally(self.now)
            expected = {
                "today": recounted(mine, today, self.zone) + self.running(connector, today),
                "yesterday": recounted(mine, today - A_DAY, self.zone) + self.running(connector, today - A_DAY),
                "total": recounted(mine, None, self.zone) + self.running(connector),
            }
            base = self.base.get(connector, NOTHING)
            left = expected["total"] - base
            expected["total"] = Count(max(0, left.sessions), max(0, left.energy_wh), max(0, left.seconds))
            assert {"today": tally.today, "yesterday": tally.yesterday, "total": tally.total} == expected
            together = {name: together[name] + expected[name] for name in together}
            charges = [one for one in mine if one.stopped_at is not None and (one.accepted or one.energy_wh)]
            assert book.charges == len(charges)
            assert book.last == (charges[-1] if charges else None)
        for tally in (ledger.of_charger(GARAGE, self.now), ledger.of_site(self.now)):
            assert {"today": tally.today, "yesterday": tally.yesterday, "total": tally.total} == together


@given(PLACES, HAPPENINGS)
@settings(max_examples=100, deadline=None)
def test_counters_equal_a_recount_of_the_log_after_corrections_resets_and_restarts(place, happenings):
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), *place)
        with closing(story.disk), closing(story.journal):
            for what, connector, minutes, value in happenings:
                getattr(story, what)(connector, minutes, value)
                story.agrees(story.ledger)
            story.agrees(story.rebuilt())
