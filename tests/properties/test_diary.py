"""The general log after a power cut is a beginning of what was said; a confirmed fact took along all before it."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.facts import Fact, Remembered
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.facts import FACTS
from tests.kit.journals import model, on_disk, reopened, running

GARAGE = ChargerId("GARAGE")
YARD = ChargerId("YARD")


@dataclass(frozen=True)
class Said:
    charger: ChargerId
    note: Note


@dataclass(frozen=True)
class Forgotten:
    charger: ChargerId


CHARGERS = st.sampled_from([GARAGE, YARD])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.builds(Said, CHARGERS, st.builds(Note, st.sampled_from(Level), st.none(), TEXTS, TEXTS))
HISTORIES = st.lists(LINES | LINES | st.tuples(CHARGERS, FACTS), max_size=40)
WITH_FORGETTING = st.lists(LINES | st.tuples(CHARGERS, FACTS) | st.builds(Forgotten, CHARGERS), max_size=40)
Happening = Said | tuple[ChargerId, Fact] | Forgotten


@settings(max_examples=30, deadline=None)
@given(WITH_FORGETTING)
def test_after_an_orderly_stop_every_line_that_was_not_forgotten_is_there(history: list[Happening]) -> None:
    kept: list[Said] = []
    for happening in history:
        if isinstance(happening, Said):
            kept.append(happening)
        elif isinstance(happening, Forgotten):
            kept = [said for said in kept if said.charger != happening.charger]

    async def live(path: Path) -> None:
        async with running(path) as journal:
            for happening in history:
                _happens(journal, happening)
            await on_disk(journal, GARAGE)
            assert _shown(journal) == [(said.charger, said.note.text) for said in kept]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bridge.db")
        asyncio.run(live(path))
        assert _read(path) == [(said.charger, said.note.text) for said in kept]


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.integers(0, 40), st.none() | st.floats(0, 1))
def test_a_power_cut_leaves_a_beginning_of_the_log_and_of_the_facts(
    history: list[Happening], confirmed: int, torn_at: float | None
) -> None:
    """The last confirmed fact has taken every line before it along; of a torn write-ahead log, a beginning is left."""
    until = max((n + 1 for n, one in enumerate(history[:confirmed]) if isinstance(one, tuple)), default=0)

    async def live(path: Path, copy: Path) -> None:
        async with running(path) as journal:
            for happening in history[:confirmed]:
                if isinstance(happening, tuple):
                    await on_disk(journal, happening[0], (happening[1],))
                else:
                    _happens(journal, happening)
            for suffix in ("", "-wal"):
                if (part := path.with_name(path.name + suffix)).exists():
                    shutil.copyfile(part, copy.with_name(copy.name + suffix))

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "after.db")
        asyncio.run(live(Path(folder, "bridge.db"), copy))
        wal = Path(folder, "after.db-wal")
        if torn_at is not None and wal.exists():
            wal.write_bytes(wal.read_bytes()[: int(wal.stat().st_size * torn_at)])
        found = (_read(copy), reopened(copy, GARAGE), reopened(copy, YARD))
        ends = (
            [until] if torn_at is None else [n for n in range(until + 1) if n == 0 or isinstance(history[n - 1], tuple)]
        )
        assert found in [_expected(history[:end]) for end in ends]


def _happens(journal: Journal, happening: Happening) -> None:
    match happening:
        case Said(charger, note):
            journal.log(charger, note)
        case Forgotten(charger):
            journal.forget(charger)
        case (charger, fact):
            journal.append(charger, (fact,))


def _expected(history: list[Happening]) -> tuple[list[tuple[str, str]], Remembered, Remembered]:
    lines: list[tuple[str, str]] = [(one.charger, one.note.text) for one in history if isinstance(one, Said)]
    facts = [one for one in history if isinstance(one, tuple)]
    garage, yard = (model(fact for owner, fact in facts if owner == charger) for charger in (GARAGE, YARD))
    return lines, garage, yard


def _shown(journal: Journal) -> list[tuple[str, str]]:
    return [(row["charger"], row["text"]) for row in journal.log_rows()]


def _read(path: Path) -> list[tuple[str, str]]:
    journal = Journal(path)
    journal.open()
    try:
        return _shown(journal)
    finally:
        journal.close()
