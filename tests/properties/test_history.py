"""The history over random lives of a journal: restarts, power cuts, upkeep; what was confirmed is there, sums stay."""

import asyncio
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.facts import SignedKept, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store.history import History, Logged, Wanted
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.points import Point
from knx_ocpp_bridge.store.rows import MOST_SIGNED
from tests.kit.facts import SIGNED
from tests.kit.journals import on_disk, running
from tests.kit.tending import Caretaker

_CHARGERS = (ChargerId("GARAGE"), ChargerId("YARD"))
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_NUMBERS = st.integers(1, 6).map(TransactionId)
_PLACES = st.sampled_from(_CHARGERS)


@dataclass(frozen=True, slots=True)
class Restart:
    """The bridge ends orderly and starts again."""


@dataclass(frozen=True, slots=True)
class PowerCut:
    """Only what was confirmed need be there."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The journal is tended, so many days after the beginning."""

    day: int
    retention: Retention


@st.composite
def _charges(draw: st.DrawFn) -> TransactionRecorded:
    number = draw(_NUMBERS)
    start = _BEGIN + timedelta(days=10 * number)
    energy_wh = draw(st.none() | st.integers(0, 50_000))
    one = Transaction(
        number,
        ConnectorId(1),
        IdTag(draw(st.sampled_from(["CARD", "OTHER"]))),
        1000,
        start,
        stopped_at=None if energy_wh is None else start + timedelta(minutes=draw(st.integers(0, 400))),
        energy_wh=energy_wh,
        session=draw(st.none() | _NUMBERS),
    )
    return TransactionRecorded(one)


@st.composite
def _samples(draw: st.DrawFn) -> list[Sampled]:
    number, start = draw(_NUMBERS), draw(st.integers(0, 300))
    began = _BEGIN + timedelta(days=10 * number)
    return [
        Sampled(number, began + timedelta(minutes=minute), minute, None, 10.0)
        for minute in range(start, start + draw(st.integers(1, 90)))
    ]


_RETENTIONS = st.builds(Retention, personal_data=st.sampled_from([0, 1, 24]), samples=st.sampled_from([0, 1, 24]))
_HAPPENINGS = st.one_of(
    _charges(),
    _samples(),
    st.builds(SignedKept, _NUMBERS, st.lists(SIGNED, max_size=40).map(tuple)),
    st.just(Restart()),
    st.just(PowerCut()),
    st.builds(Upkeep, st.integers(0, 1000), _RETENTIONS),
)
_LIVES = st.lists(st.tuples(_PLACES, _HAPPENINGS), max_size=25)

_Key = tuple[ChargerId, TransactionId]


@dataclass(slots=True)
class Truth:
    """What must be there."""

    transactions: dict[_Key, Transaction] = field(default_factory=dict)
    order: list[_Key] = field(default_factory=list)
    forgotten: set[_Key] = field(default_factory=set)
    """Their cards may be gone."""
    points: dict[_Key, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """Minute and Wh of the points that nothing may have taken yet."""

    def record(self, key: _Key, new: Transaction) -> None:
        if key not in self.transactions:
            self.order.append(key)
        self.transactions[key] = new
        self.forgotten.discard(key)

    def restarted(self) -> None:
        """Points of transactions that nobody has recorded belong to no curve."""
        for key in self.points.keys() - self.transactions.keys():
            del self.points[key]

    def tended(self, upkeep: Upkeep) -> None:
        """What has ended may have lost card and curve; what is open has lost nothing."""
        for key, one in self.transactions.items():
            if one.stopped_at is not None:
                self.points.pop(key, None)
                if upkeep.retention.personal_data:
                    self.forgotten.add(key)


@settings(max_examples=60, deadline=None)
@given(_LIVES)
def test_whatever_happens_nothing_that_was_confirmed_is_lost_and_no_sum_changes(
    life: list[tuple[ChargerId, object]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_lived(Path(folder, "bridge.db"), life))


async def _lived(path: Path, life: list[tuple[ChargerId, object]]) -> None:
    truth = Truth()
    remaining = iter(life)
    while True:
        cut: Path | None = None
        async with running(path) as journal:
            for charger, happening in remaining:
                await _happens(journal, charger, happening, truth)
                _as_told(journal, truth)
                if isinstance(happening, PowerCut):
                    cut = _copy(path)
                if isinstance(happening, Restart | PowerCut):
                    break
            else:
                break
        truth.restarted()
        if cut is not None:
            truth.points.clear()
            path = cut


async def _happens(journal: Journal, charger: ChargerId, happening: object, truth: Truth) -> None:
    match happening:
        case TransactionRecorded(transaction):
            await on_disk(journal, charger, (happening,))
            truth.record((charger, transaction.id), transaction)
        case SignedKept():
            await on_disk(journal, charger, (happening,))
        case list():
            for one in happening:
                journal.sample(charger, one)
                truth.points[charger, one.transaction][int(one.at.timestamp())] = one.energy_wh
        case Upkeep(day=day, retention=retention):
            care = Caretaker(journal, _BEGIN + timedelta(days=day), retention=retention)
            journal.write(("DELETE FROM upkeep WHERE name = 'finished'", ()))
            await on_disk(journal, charger)
            assert await care.tend()
            truth.tended(happening)
        case _:
            pass


def _as_told(journal: Journal, truth: Truth) -> None:
    history = History(journal)
    found = history.transactions()
    assert [(one.charger, one.transaction.id) for one in found] == truth.order
    for one in found:
        key = (one.charger, one.transaction.id)
        told = truth.transactions[key]
        if one.transaction.id_tag or key not in truth.forgotten:
            assert one.transaction == told
        assert (one.transaction.energy_wh, one.transaction.stopped_at) == (told.energy_wh, told.stopped_at)
        assert one.signed <= MOST_SIGNED
    assert _energy(found) == sum(one.energy_wh or 0 for one in truth.transactions.values())
    sessions = history.sessions()
    assert sorted(part.number for one in sessions for part in one.parts) == [one.number for one in found]
    for key, points in truth.points.items():
        there = {point.at_s: point.energy_wh for point in history.samples(*key)}
        assert points.items() <= there.items()


def _energy(found: Iterable[Logged]) -> int:
    return sum(one.transaction.energy_wh or 0 for one in found)


def _copy(path: Path) -> Path:
    copy = path.with_name(f"after-{path.name}")
    for suffix in ("", "-wal"):
        if (part := path.with_name(path.name + suffix)).exists():
            shutil.copyfile(part, copy.with_name(copy.name + suffix))
    return copy


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=120, unique=True), st.integers(0, 12))
def test_a_thinned_curve_ends_each_hour_where_the_whole_one_did(minutes: list[int], days: int) -> None:
    whole = sorted(minutes)
    end = _BEGIN + timedelta(minutes=whole[-1])
    thinned = asyncio.run(_thinned(whole, end, end + timedelta(days=days)))
    kept = [point.energy_wh for point in thinned]
    assert set(kept) <= set(whole)
    assert (kept[0], kept[-1]) == (whole[0], whole[-1])
    last = {minute // 60: minute for minute in whole}
    assert set(last.values()) <= set(kept)
    if days > 7:
        assert set(kept) == {whole[0], *last.values()}
    else:
        assert kept == whole


async def _thinned(minutes: list[int], end: datetime, now: datetime) -> list[Point]:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder, "bridge.db")) as journal:
            for minute in minutes:
                point = Sampled(TransactionId(1), _BEGIN + timedelta(minutes=minute), minute, None, None)
                journal.sample(_CHARGERS[0], point)
            one = Transaction(TransactionId(1), ConnectorId(1), IdTag("CARD"), 0, _BEGIN, stopped_at=end, energy_wh=5)
            await on_disk(journal, _CHARGERS[0], (TransactionRecorded(one),))
            await Caretaker(journal, now).tend()
            return History(journal).samples(_CHARGERS[0], 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(_charges(), min_size=1, max_size=20), st.integers(0, 70), st.integers(0, 70), st.integers(1, 7))
def test_periods_that_meet_share_no_transaction_and_lose_none(
    charges: list[TransactionRecorded], first: int, second: int, limit: int
) -> None:
    since, until = sorted(_BEGIN + timedelta(days=day) for day in (first, second))

    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with running(Path(folder, "bridge.db")) as journal:
                await on_disk(journal, _CHARGERS[0], tuple(charges))
                history = History(journal)
                everything = history.transactions(Wanted(open_too=False))
                parts = [
                    history.transactions(Wanted(since=begin, until=end, open_too=False))
                    for begin, end in ((None, since), (since, until), (until, None))
                ]
                assert sorted((one for part in parts for one in part), key=lambda one: one.number) == everything
                paged: list[Logged] = []
                while page := history.transactions(after=paged[-1].number if paged else 0, limit=limit):
                    paged += page
                assert paged == history.transactions()

    asyncio.run(live())
