"""Which cards the upkeep takes for known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.values import ChargerId, IdTag
from knx_ocpp_bridge.daemon import tending
from knx_ocpp_bridge.daemon.clock import WallClock
from tests.kit.front_desk import FrontDesk
from tests.kit.journals import on_disk, running

NOW = datetime(2030, 6, 15, 12, tzinfo=UTC)


async def test_a_card_of_any_charger_is_remembered_for_longer_than_a_stranger(tmp_path, monkeypatch):
    desk = FrontDesk(tmp_path)
    charger = desk.roster.actors[ChargerId("GARAGE")].charger
    book = TagBook(tags={"named": Tag(IdTag("NAMED"), "Blue card")})
    desk.roster.actors[ChargerId("GARAGE")].charger = replace(
        charger, settings=replace(charger.settings, tag_book=book)
    )
    clock = WallClock(None, 0.0, utc=lambda: NOW, monotonic=lambda: 0.0, ask_system=lambda: True)
    gone: list[str] = []
    monkeypatch.setattr("knx_ocpp_bridge.store.upkeep._PAUSE_S", 0)
    async with running(tmp_path / "bridge.db") as journal:
        at = (NOW - timedelta(days=100)).isoformat()
        for id_tag in ("NAMED", "STRANGER"):
            journal.write(("INSERT INTO cards_seen VALUES (?, 'GARAGE', 1, 'INVALID', ?, 1)", (id_tag, at)))
        await on_disk(journal, ChargerId("GARAGE"))
        assert await tending.upkeep(journal, clock, desk.roster, Retention, gone.append).tend()
        assert journal.read("SELECT id_tag FROM cards_seen") == [("NAMED",)]
    assert gone == ["STRANGER"]
