"""Whatever the bridge has learned is remembered after a start, however the last run ended."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.facts import Fact, Remembered
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.facts import FACTS
from tests.kit.journals import model, on_disk, reopened, running

_GARAGE = ChargerId("GARAGE")
_YARD = ChargerId("YARD")

_MANY_FACTS = st.lists(st.tuples(st.sampled_from([_GARAGE, _YARD]), FACTS), max_size=40)


def _of(charger: ChargerId, facts: list[tuple[ChargerId, Fact]]) -> Remembered:
    return model(fact for owner, fact in facts if owner == charger)


@settings(max_examples=60, deadline=None)
@given(_MANY_FACTS)
def test_after_an_orderly_stop_everything_is_remembered(facts: list[tuple[ChargerId, Fact]]) -> None:
    async def live(path: Path) -> None:
        async with running(path) as journal:
            for charger, fact in facts:
                journal.append(charger, (fact,))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bridge.db")
        asyncio.run(live(path))
        assert reopened(path, _GARAGE) == _of(_GARAGE, facts)
        assert reopened(path, _YARD) == _of(_YARD, facts)


@settings(max_examples=40, deadline=None)
@given(_MANY_FACTS, st.integers(0, 40))
def test_after_a_power_cut_all_that_was_confirmed_is_remembered(
    facts: list[tuple[ChargerId, Fact]], confirmed: int
) -> None:
    confirmed = min(confirmed, len(facts))

    async def live(path: Path, copy: Path) -> None:
        async with running(path) as journal:
            for charger, fact in facts[:confirmed]:
                await on_disk(journal, charger, (fact,))
            _copy_as_the_power_cut_leaves_it(path, copy)
            for charger, fact in facts[confirmed:]:
                journal.append(charger, (fact,))

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "after.db")
        asyncio.run(live(Path(folder, "bridge.db"), copy))
        assert reopened(copy, _GARAGE) == _of(_GARAGE, facts[:confirmed])
        assert reopened(copy, _YARD) == _of(_YARD, facts[:confirmed])


@settings(max_examples=30, deadline=None)
@given(_MANY_FACTS, st.floats(0, 1))
def test_a_write_ahead_log_torn_anywhere_leaves_a_beginning_of_the_history(
    facts: list[tuple[ChargerId, Fact]], torn_at: float
) -> None:
    async def live(path: Path, copy: Path) -> None:
        async with running(path) as journal:
            for charger, fact in facts:
                await on_disk(journal, charger, (fact,))
            _copy_as_the_power_cut_leaves_it(path, copy)

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "after.db")
        asyncio.run(live(Path(folder, "bridge.db"), copy))
        log = Path(folder, "after.db-wal")
        log.write_bytes(log.read_bytes()[: int(log.stat().st_size * torn_at)] if log.exists() else b"")
        found = (reopened(copy, _GARAGE), reopened(copy, _YARD))
        assert found in [(_of(_GARAGE, facts[:n]), _of(_YARD, facts[:n])) for n in range(len(facts) + 1)]
        assert not list(Path(folder).glob("*.corrupt-*"))


def _copy_as_the_power_cut_leaves_it(path: Path, copy: Path) -> None:
    for suffix in ("", "-wal"):
        if (part := path.with_name(path.name + suffix)).exists():
            shutil.copyfile(part, copy.with_name(copy.name + suffix))
