"""A year of ten chargers on the disk, written by the journal and tended each night as if it had passed."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.load import name
from benchmarks.sessions import CHARGERS, STARTS, ended, points
from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.facts import TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId, Moment
from knx_ocpp_bridge.daemon.bridge import DATABASE
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.upkeep import Terms, Upkeep
from tests.kit.journals import on_disk

_DAYS: Final = 365
_A_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Calendar:
    """What the journal takes for now."""

    utc: datetime

    def moment(self) -> Moment:
        return Moment(0.0, self.utc)


@dataclass(frozen=True, slots=True)
class Year:
    """The state directory of a bridge that has served ten chargers until yesterday."""

    state: Path
    sessions: int
    upkeep_s: float
    """The last day's."""

    size_mb: float


@contextlib.contextmanager
def lived(directory: Path) -> Iterator[Year]:
    """It is there inside of this."""
    state = Path(tempfile.mkdtemp(prefix="year-", dir=directory))
    state.chmod(0o700)
    try:
        yield asyncio.run(_live(state))
    finally:
        shutil.rmtree(state)


async def _live(state: Path) -> Year:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    calendar = _Calendar(today - _DAYS * _A_DAY)
    journal = Journal(state / DATABASE, lambda: calendar.utc)
    journal.open()
    running = asyncio.create_task(journal.run())
    upkeep = Upkeep(journal, _terms(calendar), _at_once)
    sessions, upkeep_s = 0, 0.0
    while calendar.utc < today:
        day = calendar.utc
        for start in STARTS:
            for charger in range(CHARGERS):
                sessions += 1
                _charge(journal, ChargerId(name(charger)), sessions, day + start)
        calendar.utc = day + _A_DAY
        await on_disk(journal, ChargerId(name(0)))
        began_s = time.perf_counter()
        await upkeep.tend()
        upkeep_s = time.perf_counter() - began_s
    running.cancel()
    await asyncio.wait([running])
    return Year(state, sessions, upkeep_s, (state / DATABASE).stat().st_size / 1e6)


def _charge(journal: Journal, charger: ChargerId, number: int, began: datetime) -> None:
    transaction = ended(number, began, meter_wh=number * 1000)
    for point in points(transaction):
        journal.sample(charger, point)
    journal.append(charger, (TransactionRecorded(transaction),))


def _terms(calendar: _Calendar) -> Terms:
    return Terms(
        moment=calendar.moment,
        synchronised=lambda: True,
        floor=datetime(2020, 1, 1, tzinfo=UTC),
        retention=Retention,
        is_known=lambda _: True,
        forgotten=lambda _: None,
    )


async def _at_once(_: float) -> None:
    """Nobody else waits for this disk."""
    await asyncio.sleep(0)
