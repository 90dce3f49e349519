"""After a card is erased no byte of it is left in the files of the journal, and every sum is as it was."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.events import SignedValue
from knx_ocpp_bridge.core.facts import Fact, SignedKept, StartedBy, TransactionRecorded
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.step import AuthorizationStatus, Level, Note
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.people import PeopleBook, Seen
from knx_ocpp_bridge.store.person import ERASED, erasing, spelled
from tests.kit.charges import begun, ended
from tests.kit.journals import running

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD, ALIAS, OTHER = IdTag("04C0FFEE5EED"), IdTag("ED5EEEFFC004"), IdTag("04AAAAAAAAAA")
NAME, OTHER_NAME = "Violet card", "Violetta"
WRITTEN = st.sampled_from([CARD, ALIAS, OTHER, IdTag(CARD.lower())])


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    """Transactions of several cards, written when they begin and when they end, some with signed values."""
    facts: list[Fact] = []
    for number in range(1, draw(st.integers(1, 30))):
        id_tag = draw(WRITTEN)
        one = begun(number, NOON, id_tag=id_tag, started_by=StartedBy.CARD)
        facts.append(TransactionRecorded(one))
        if draw(st.booleans()):
            text = f"OCMF|{{'ID': '{id_tag}'}}"
            facts.append(SignedKept(one.id, (SignedValue(NOON, "Transaction.End", text),)))
        wh = draw(st.integers(0, 9000))
        facts.append(TransactionRecorded(ended(one, NOON + timedelta(hours=1), (NOON.date(), wh))))
    return facts


def is_mine(_charger: str, id_tag: str) -> bool:
    return id_tag.casefold() in {CARD.casefold(), ALIAS.casefold()}


def sums(journal: Journal) -> list[tuple[object, ...]]:
    """What accounts are made of."""
    sql = "SELECT charger, id, meter_start_wh, meter_stop_wh, energy_wh, days, session FROM transactions ORDER BY id"
    return journal.read(sql)


async def lives(folder: Path, facts: list[Fact]) -> None:
    async with running(folder / "bridge.db") as journal:
        book, loop = PeopleBook(journal), asyncio.get_running_loop()
        tags = [Tag(CARD, NAME, aliases=(ALIAS,), note="on loan"), Tag(OTHER, OTHER_NAME)]
        done = loop.create_future()
        book.put(tags, NOON, lambda: None)
        accepted = AuthorizationStatus.ACCEPTED
        book.put_seen([Seen(tag, GARAGE, ConnectorId(1), accepted, NOON, 3) for tag in (CARD, OTHER)], ())
        for text in (f"card {masked(CARD)}: Accepted", f"{NAME} and {OTHER_NAME}", f"call with {CARD}"):
            journal.log(GARAGE, Note(Level.INFO, None, text))
        for fact in facts:
            journal.append(GARAGE, (fact,))
        journal.settle(lambda: done.set_result(None))
        await done
        before, gone = sums(journal), loop.create_future()
        statements = erasing(journal, spelled(journal, is_mine), (CARD, ALIAS), (NAME,))
        journal.write(*statements, done=lambda: gone.set_result(None), tidy=True)
        await gone
        assert sums(journal) == before
        said = [row["text"] for row in journal.log_rows()]
        assert said == [f"card {ERASED}: Accepted", f"{ERASED} and {OTHER_NAME}", f"call with {ERASED}"]
        nowhere(folder)
        kept = {tag for (tag,) in journal.read("SELECT DISTINCT id_tag FROM transactions")}
        assert kept <= {"", OTHER}
        assert list(book.cards()) == [OTHER.casefold()]
        assert [one.id_tag for one in book.seen()] == [OTHER]
        signed = (
            "SELECT count(*) FROM signed_values AS s JOIN transactions AS t USING (charger, id) WHERE t.id_tag = ''"
        )
        assert journal.read(signed) == [(0,)]
    nowhere(folder)


def nowhere(folder: Path) -> None:
    """Whoever reads the card from the disk byte by byte finds none of it."""
    for path in folder.iterdir():
        content = path.read_bytes().lower()
        for word in (CARD, ALIAS, NAME, masked(CARD)):
            assert word.lower().encode() not in content, f"{word} is in {path.name}"


@settings(max_examples=25, deadline=None)
@given(stories())
def test_nothing_is_left_of_an_erased_card_and_every_sum_stays(facts: list[Fact]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lives(Path(folder), facts))
