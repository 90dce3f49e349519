"""The alarms are listed in pages and acknowledged by number or all at once."""

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, TransactionId
from knx_ocpp_bridge.daemon.manage import manage
from tests.kit.front_desk import FrontDesk

OFFLINE = Note(Level.WARNING, None, "offline for 60 s: no connection", "time", AlarmKind.OFFLINE)


@pytest.fixture
async def desk(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.alarms.hear(ChargerId("GARAGE"), OFFLINE)
    desk.alarms.told(AlarmKind.CLOCK, "the clock was set forward by 2 h 0 min")
    return desk


def test_those_that_stand_are_a_part_of_all(desk):
    rows = desk.shows("alarms").rows
    assert [(row["number"], row["kind"], row["charger"]) for row in rows] == [
        (1, "offline", "GARAGE"),
        (2, "clock", ""),
    ]
    assert [row["number"] for row in desk.shows("alarms", standing=True).rows] == [1]


def test_a_page_says_where_to_go_on(desk):
    first = desk.shows("alarms", limit=1)
    assert [row["number"] for row in first.rows] == [1]
    assert [row["number"] for row in desk.shows("alarms", after=first.next).rows] == [2]
    assert desk.shows("alarms", after=2).next == 2
    assert [row["number"] for row in desk.shows("alarms", newest=True, limit=1).rows] == [2]


async def test_one_is_acknowledged_by_its_number_and_by_whom(desk):
    done = await desk.does("acknowledge", number=1)
    assert done.done
    assert done.messages == ("alarm 1 is acknowledged, and it still stands: offline for 60 s: no connection",)
    one, other = desk.shows("alarms").rows
    assert (one["acknowledged_by"], one["to_acknowledge"]) == ("CLI", False)
    assert one["acknowledged_at"] == "2026-11-21T12:00:00+00:00"
    assert (other["acknowledged_at"], other["to_acknowledge"]) == (None, True)


async def test_a_user_of_the_pages_acknowledges_by_name(desk):
    await manage(desk.desk, "acknowledge", "", {"number": 1}, Origin.PAGE, "first floor")
    assert desk.shows("alarms").rows[0]["acknowledged_by"] == "first floor"


async def test_one_that_is_over_is_shown_as_acknowledged_as_well(desk):
    assert (await desk.does("acknowledge", number=2)).done
    (row,) = desk.shows("alarms", after=1).rows
    assert (row["acknowledged_at"], row["acknowledged_by"]) == ("2026-11-21T12:00:00+00:00", "CLI")
    again = await desk.does("acknowledge", number=2)
    assert again.messages == (
        "alarm 2 was acknowledged before (2026-11-21T12:00:00+00:00, CLI): the clock was set forward by 2 h 0 min",
    )


async def test_a_charge_is_not_acknowledged_and_the_reason_is_said(desk):
    begun = Note(Level.INFO, ConnectorId(1), "begins", "", AlarmKind.CHARGING_STARTED, transaction=TransactionId(7))
    desk.alarms.charge(ChargerId("GARAGE"), begun)
    with pytest.raises(AskError, match=r"alarm 3 \(charging started\) needs no acknowledgement"):
        await desk.does("acknowledge", number=3)
    (row,) = desk.shows("alarms", after=2).rows
    assert (row["to_acknowledge"], row["acknowledged_at"]) == (False, None)


async def test_all_are_acknowledged_at_once(desk):
    assert (await desk.does("acknowledge", all=True)).messages == ("2 alarms acknowledged",)
    assert (await desk.does("acknowledge", all=True)).messages == ("0 alarms acknowledged",)
    assert desk.alarms.standing() == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [({}, "either"), ({"number": 1, "all": True}, "either"), ({"number": 9}, "no alarm 9"), ({"number": 0}, "from 1")],
)
async def test_what_cannot_be_acknowledged_is_refused_in_words(desk, options, why):
    with pytest.raises(AskError, match=why):
        await desk.does("acknowledge", **options)
