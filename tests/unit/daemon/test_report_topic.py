"""What the bridge says of the building for a report, and of whom."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.facts import DayEnergy, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.report.rows import Row, row
from tests.kit.front_desk import FrontDesk
from tests.kit.journals import on_disk, running

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

CONFIGURATION = """
site:
  name: Villa Linde
  timezone: Europe/Amsterdam
  currency: CHF
  prices: {2025: 0.31, 2026: {price: 0.3400, basis: "Contract"}}
authorization: {tags_file: tags.yaml}
chargers:
  - {id: GARAGE, connectors: [{id: 1}]}
"""
TAGS = """
- {id: "AAAA1111", name: Family, cost_centre: "4711", note: B-AB 123E, aliases: ["1111AAAA"]}
- {id: "BBBB2222", name: family}
- {id: "CCCC3333", name: Guest}
"""


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    found = FrontDesk(tmp_path)
    (tmp_path / "tags.yaml").write_text(TAGS)
    found.path.write_text(CONFIGURATION)
    found.reload()
    return found


def shown(desk: FrontDesk, **options: object) -> dict:
    (row,) = desk.shows("report", "", **options).rows
    return row


def test_the_building_has_its_prices_exactly_as_they_were_typed(desk):
    row = shown(desk)
    assert (row["name"], row["timezone"], row["currency"]) == ("Villa Linde", "Europe/Amsterdam", "CHF")
    assert row["prices"] == {"2025": {"price": "0.31", "basis": ""}, "2026": {"price": "0.34", "basis": "Contract"}}
    assert row["cards"] == []
    assert desk.memory.lines == []


def test_a_person_is_found_by_name_with_all_cards_and_that_is_logged(desk):
    masked = shown(desk, tag="FAMILY")
    assert [card["id_tags"] for card in masked["cards"]] == [["…1111", "…AAAA"], ["…2222"]]
    assert desk.memory.lines == []
    row = shown(desk, tag="FAMILY", whole=True)
    assert [card["id_tags"] for card in row["cards"]] == [["AAAA1111", "1111AAAA"], ["BBBB2222"]]
    assert row["cards"][0] == {
        "who": masked["cards"][0]["who"],
        "id_tags": ["AAAA1111", "1111AAAA"],
        "name": "Family",
        "group": None,
        "cost_centre": "4711",
        "note": "B-AB 123E",
    }
    (line,) = desk.memory.lines
    assert (line["about"], "3 whole idTags" in line["text"]) == ("export", True)
    assert "AAAA1111" not in line["text"]


@pytest.mark.parametrize(("who", "found"), [("aaaa1111", 1), ("1111aaaa", 1)])
def test_a_card_is_found_by_its_id_or_any_of_its_readings(desk, who, found):
    assert len(shown(desk, tag=who)["cards"]) == found


@pytest.mark.parametrize("who", ["nobody", "*"])
def test_a_card_that_nobody_knows_makes_no_report(desk, who):
    with pytest.raises(AskError, match="no card is called"):
        shown(desk, tag=who)
    assert desk.memory.lines == []


def test_everybody_is_every_card_once(desk):
    assert [card["name"] for card in shown(desk, everybody=True)["cards"]] == ["Family", "family", "Guest"]


@pytest.mark.parametrize("stopped_at", [None, NOON])
async def test_what_the_bridge_lists_is_what_a_report_reads(desk, tmp_path, stopped_at):
    charge = Transaction(
        TransactionId(7),
        ConnectorId(1),
        IdTag("AAAA1111"),
        meter_start_wh=1000,
        started_at=NOON - timedelta(hours=2),
        stopped_at=stopped_at,
        meter_stop_wh=None if stopped_at is None else 3500,
        energy_wh=None if stopped_at is None else 2500,
        days=(DayEnergy(NOON.date(), 2500),),
        adopted=True,
    )
    async with running(tmp_path / "bridge.db") as journal:
        desk.memory.charged = journal
        await on_disk(journal, ChargerId("GARAGE"), (TransactionRecorded(charge),))
        (listed,) = desk.shows("transactions", tags=True).rows
    assert set(listed) == set(Row.__struct_fields__)
    one = row(json.loads(json.dumps(listed)))
    assert (one.name, one.id_tag, one.cost_centre, one.energy_wh) == ("Family", "AAAA1111", "4711", charge.energy_wh)
    assert (one.started_at, one.stopped_at, one.marks) == (charge.started_at, stopped_at, ("adopted",))
    assert one.days == ((NOON.date(), 2500),)
