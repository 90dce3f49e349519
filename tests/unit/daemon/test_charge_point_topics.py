"""What is looked at of a charge point: its limits, what it measures, its last day, and where it is dialled."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.daemon.charge_points import dialling
from knx_ocpp_bridge.pki.names import Names
from tests.kit.front_desk import FrontDesk
from tests.kit.journals import on_disk, running

GARAGE = ChargerId("GARAGE")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MACHINE = Names(("192.168.1.30", "fd00::30", "172.17.0.1", "127.0.0.1"), ("bridge", "bridge.local", "localhost"))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FrontDesk]:
    desk = FrontDesk(tmp_path)
    async with running(tmp_path / "bridge.db") as journal:
        desk.memory.charged = journal
        yield desk


def wishes(desk: FrontDesk, key: str, value: float, origin: Origin = Origin.KNX, source: str = "1.1.5") -> None:
    desk.now_s += 10
    desk.post(GARAGE, Wished(ConnectorId(1), key, value, origin, 0, source))


def says(desk: FrontDesk, *sampled: object, connector: object = 1, at: str = "2026-11-21T11:59:58Z") -> None:
    payload = {"connectorId": connector, "meterValue": [{"timestamp": at, "sampledValue": list(sampled)}]}
    desk.trace(GARAGE, "in", json.dumps([2, "1", "MeterValues", payload]))


def test_every_limit_is_told_with_its_origin_and_the_one_that_wins(desk):
    desk.arrives("GARAGE")
    wishes(desk, "max_current", 6.0)
    (row,) = desk.shows("limits", "garage").rows
    assert (row["connector"], row["wanted_a"], row["can_limit"]) == (1, 6.0, True)
    (winner,) = [one for one in row["limits"] if one["wins"]]
    assert winner == {
        "value_a": 6.0,
        "kind": "received_limit",
        "origin": "KNX",
        "source": "1.1.5",
        "since": "2026-11-21T12:00:10Z",
        "until": None,
        "counts": True,
        "wins": True,
        "words": "",
    }
    assert [one["kind"] for one in row["limits"]] == [
        "below_the_minimum",
        "received_limit",
        "fast_current",
        "normal_current",
        "connector_maximum",
    ]
    assert json.loads(json.dumps(row)) == row


def test_what_the_charger_was_told_last_is_there_with_its_answer(desk):
    desk.replies = lambda _command: "Rejected"
    desk.arrives("GARAGE")
    wishes(desk, "max_current", 6.0)
    (row,) = desk.shows("limits", "GARAGE").rows
    (order,) = row["orders"]
    assert (order["of"], order["action"], order["state"], order["answer"]) == (
        "default",
        "SetChargingProfile",
        "not confirmed",
        "Rejected",
    )
    assert order["what"].startswith("TxDefaultProfile 6 A") or order["what"].startswith("ChargePointMaxProfile 6 A")
    assert row["in_force_a"] is None


def test_what_the_charger_offers_by_itself_is_told(desk):
    desk.arrives("GARAGE")
    says(desk, {"value": "10.0", "measurand": "Current.Offered", "unit": "A"})
    says(desk, {"value": "6.0", "measurand": "Current.Offered", "unit": "A"})
    (row,) = desk.shows("limits", "GARAGE").rows
    assert (row["offered_a"], row["offered_at"]) == (6.0, "2026-11-21T12:00:00Z")


def test_the_snapshot_says_in_short_which_limit_decides(desk):
    desk.arrives("GARAGE")
    wishes(desk, "pause", True, Origin.PAGE, "lodger")
    (row,) = desk.shows("charger", "GARAGE").rows
    limit = row["connectors"][0]["limit"]
    assert (limit["wanted_a"], limit["kind"], limit["origin"], limit["source"]) == (0.0, "paused", "page", "lodger")


def test_each_combination_of_a_measurand_is_there_once_with_its_newest_value_and_as_it_was_sent(desk):
    says(desk, {"value": "1000"}, {"value": "230.1", "measurand": "Voltage", "phase": "L1-N", "unit": "V"})
    says(desk, {"value": "1010"}, {"value": "7.1", "measurand": "Power.Active.Import", "unit": "kW"}, at="late")
    rows = desk.shows("measurands", "GARAGE").rows
    assert [(row["measurand"], row["phase"], row["unit"], row["value"], row["told_at"]) for row in rows] == [
        (None, None, None, "1010", "late"),
        ("Power.Active.Import", None, "kW", "7.1", "late"),
        ("Voltage", "L1-N", "V", "230.1", "2026-11-21T11:59:58Z"),
    ]
    assert rows[0]["heard_at"] == "2026-11-21T12:00:00.000Z"


def test_nonsense_among_the_meter_values_is_left_out_and_breaks_nothing(desk):
    for text in ("[2", '[2,"1","MeterValues"]', '[2,"1","MeterValues",[]]', '[2,"1","MeterValues",{"meterValue":7}]'):
        desk.trace(GARAGE, "in", text)
    says(desk, 7, {"value": ["x" * 500]}, connector="two")
    (row,) = desk.shows("measurands", "GARAGE").rows
    assert row["connector"] == 0
    assert len(row["value"]) == 60


def test_ever_new_measurands_do_not_fill_the_page(desk):
    says(desk, *({"value": "1", "measurand": f"M{number}"} for number in range(150)))
    says(desk, *({"value": "1", "measurand": f"N{number}"} for number in range(150)))
    assert len(desk.shows("measurands", "GARAGE").rows) == 200


def test_what_we_say_and_what_is_no_meter_value_is_not_read(desk):
    desk.trace(GARAGE, "out", '[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"sampledValue":[{"value":"1"}]}]}]')
    desk.trace(GARAGE, "in", '[2,"1","StatusNotification",{"connectorId":1,"info":"MeterValues"}]')
    assert desk.shows("measurands", "GARAGE").rows == ()


@pytest.mark.parametrize("topic", ["limits", "measurands", "past_day"])
def test_a_charger_that_nobody_knows_has_none_of_it(desk, topic):
    with pytest.raises(AskError, match="there is no charger 'ELSEWHERE'"):
        desk.shows(topic, "ELSEWHERE")


async def charged(desk: FrontDesk, begin: datetime, end: datetime | None, *points: tuple[int, float, float]) -> None:
    """A transaction with its curve: minutes after its begin, W, A."""
    number = TransactionId(int(begin.timestamp()) // 60)
    one = Transaction(number, ConnectorId(1), IdTag("CARD"), 0, begin, stopped_at=end)
    await on_disk(desk.memory.charged, GARAGE, (TransactionRecorded(one),))
    for minutes, power_w, current_a in points:
        desk.memory.charged.sample(GARAGE, Sampled(number, begin + timedelta(minutes=minutes), 0, power_w, current_a))


async def test_the_last_day_has_what_was_measured_and_gaps_where_nothing_was(desk):
    await charged(desk, NOON - timedelta(hours=2), NOON - timedelta(hours=1), (0, 7000.0, 10.0), (10, 3500.0, 5.0))
    (row,) = desk.shows("past_day", "GARAGE", hours=3).rows
    assert (row["connector"], row["step_s"], len(row["power_w"])) == (1, 300, 36)
    first = int((NOON - timedelta(hours=2)).timestamp())
    begin = (first - row["begins_at"]) // 300
    assert row["power_w"][begin : begin + 4] == [7000, 7000, 3500, None]
    assert row["current_a"][begin : begin + 4] == [10.0, 10.0, 5.0, None]
    assert set(row["power_w"][:begin]) == {None}


async def test_two_values_of_one_step_are_one_and_a_value_is_not_held_for_longer_than_a_charger_is_silent(desk):
    await charged(desk, NOON - timedelta(hours=1), None, (0, 4000.0, 6.0), (1, 6000.0, 8.0), (40, 1000.0, 2.0))
    (row,) = desk.shows("past_day", "GARAGE").rows
    assert len(row["power_w"]) == 288
    begin = (int((NOON - timedelta(hours=1)).timestamp()) - row["begins_at"]) // 300
    assert row["power_w"][begin : begin + 3] == [5000, None, None]
    assert row["current_a"][begin] == 7.0


def test_a_charger_that_never_charged_has_an_empty_day(desk):
    (row,) = desk.shows("past_day", "GARAGE").rows
    assert set(row["power_w"]) == {None}


@pytest.mark.parametrize(
    ("tls", "has_certificates", "first"),
    [
        ("both", True, ["ws://192.168.1.30:8016/", "wss://192.168.1.30:8016/"]),
        ("both", False, ["ws://192.168.1.30:8016/", "ws://[fd00::30]:8016/"]),
        ("on", True, ["wss://192.168.1.30:8016/", "wss://[fd00::30]:8016/"]),
        ("off", False, ["ws://192.168.1.30:8016/", "ws://[fd00::30]:8016/"]),
    ],
)
def test_chargers_dial_the_likeliest_address_in_every_way_that_is_served(tls, has_certificates, first):
    rows = dialling.rows(Ocpp(tls=tls), MACHINE, tls=has_certificates)
    assert [row["url"] for row in rows[:2]] == first
    assert next(row["kind"] for row in rows if "127.0.0.1" in row["url"]) == "this machine"
    assert rows[-1]["host"] == "bridge.local"


def test_a_bridge_that_listens_on_one_address_is_dialled_there_alone():
    rows = dialling.rows(Ocpp(listen=HostPort("192.168.9.9", 9000), tls="off"), MACHINE, tls=False)
    assert [row["url"] for row in rows] == ["ws://192.168.9.9:9000/"]


def test_where_to_dial_this_very_machine_is_known(desk):
    assert any(row["host"] == "127.0.0.1" for row in desk.shows("dialling").rows)


def test_the_whole_fleet_says_when_each_was_heard_last_and_how_it_is_secured(desk):
    desk.arrives("GARAGE")
    desk.arrives("NEWCOMER", link=2)
    says(desk, {"value": "1"})
    (row,) = desk.shows("fleet").rows
    assert row == {
        "charger": "GARAGE",
        "there_since": "2026-11-21T12:00:00Z",
        "last_heard": "2026-11-21T12:00:00Z",
        "needed": 0,
        "shown": 0,
        "wanted": None,
    }
