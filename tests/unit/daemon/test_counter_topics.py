"""Somebody looks at the counters of the site, and begins totals anew."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.facts import TransactionRecorded
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.charges import begun, ended
from tests.kit.front_desk import FrontDesk

GARAGE = ChargerId("GARAGE")
TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
CHARGE = ended(begun(1, TEN), TEN + timedelta(hours=1), (date(2026, 11, 21), 7000))
ONCE = {"sessions": 1, "energy_wh": 7000, "seconds": 3600}
NONE = {"sessions": 0, "energy_wh": 0, "seconds": 0}


@pytest.fixture
async def desk(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.accounting.recorded(GARAGE, (TransactionRecorded(CHARGE),))
    return desk


def test_there_is_a_row_for_each_outlet_each_charger_and_the_site(desk):
    outlet, charger, site = desk.shows("counters").rows
    assert (outlet["charger"], outlet["connector"]) == ("GARAGE", 1)
    assert (charger["charger"], charger["connector"]) == ("GARAGE", None)
    assert (site["charger"], site["connector"]) == ("", None)
    for row in (outlet, charger, site):
        assert (row["today"], row["yesterday"], row["total"]) == (ONCE, NONE, ONCE)
    assert outlet["running"] is None
    assert outlet["last"]["stopped_at"] == "2026-11-21T11:00:00+00:00"
    assert (outlet["last"]["energy_wh"], outlet["last"]["seconds"], outlet["last"]["reason"]) == (7000, 3600, "Local")


def test_rows_are_plain_json_and_cards_are_masked(desk):
    text = json.dumps(desk.shows("counters").rows)
    assert "04A1B2C3" not in text
    assert "B2C3" in text


def test_counters_that_nobody_knows_are_no_zeros(tmp_path, monkeypatch):
    desk = FrontDesk(tmp_path)
    monkeypatch.setattr(type(desk.accounting), "unknown", frozenset({GARAGE}))
    with pytest.raises(AskError, match="the log of GARAGE cannot be read"):
        desk.shows("counters")


def test_one_charger_may_be_named(desk):
    assert [row["connector"] for row in desk.shows("counters", "garage").rows] == [1, None]
    with pytest.raises(AskError, match="no charger 'STREET'"):
        desk.shows("counters", "STREET")


def test_a_charger_that_nobody_configured_has_no_counters(desk):
    desk.arrives("ROGUE")
    assert "ROGUE" not in {row["charger"] for row in desk.shows("counters").rows}
    with pytest.raises(AskError, match="only configured chargers"):
        desk.shows("counters", "ROGUE")


async def test_a_running_charge_says_what_it_has_taken(desk):
    desk.accounting.recorded(GARAGE, (TransactionRecorded(begun(2, TEN + timedelta(hours=1.5))),))
    book = desk.accounting._ledger.books(GARAGE)[1]
    book.run(begun(2, TEN + timedelta(hours=1.5)), 2500, TEN + timedelta(hours=2))
    running = desk.shows("counters").rows[0]["running"]
    assert (running["transaction"], running["energy_wh"], running["seconds"]) == (2, 2500, 1800)


@pytest.mark.parametrize(
    ("charger", "options", "words"),
    [
        ("GARAGE", {"connector": 1}, "the totals of GARAGE/1 begin anew; today and yesterday stay as they are"),
        ("garage", {}, "the totals of GARAGE begin anew; today and yesterday stay as they are"),
        ("", {}, "the totals of the site begin anew; today and yesterday stay as they are"),
    ],
)
async def test_totals_begin_anew(desk, charger, options, words):
    done = await desk.does("reset_counters", charger, **options)
    assert done.done
    assert done.messages == (words,)
    row = desk.shows("counters").rows[0]
    assert (row["today"], row["total"], row["reset_at"]) == (ONCE, NONE, "2026-11-21T12:00:00+00:00")
    assert "reset_counters from CLI" in desk.shows("log").rows[-1]["text"]


async def test_a_reset_of_what_is_not_there_is_refused_in_words(desk):
    with pytest.raises(AskError, match="name that as well"):
        await desk.does("reset_counters", connector=1)
    with pytest.raises(AskError, match="connector 2 of GARAGE is not in the configuration"):
        await desk.does("reset_counters", "GARAGE", connector=2)
    desk.arrives("ROGUE")
    assert not (await desk.does("reset_counters", "ROGUE")).done
