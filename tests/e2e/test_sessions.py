"""What was charged, by whom, in the log and on the bus: from the charger's first word to the last row."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.ocpp.simulator.offline import charged
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.wire import stamp
from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.looking import rows
from tests.kit.panel import Panel
from tests.kit.payloads import energy
from tests.kit.until import until

WALL, CARD, TWICE, GROUP, LATE, SIGNED, ODD, COUNTED, CUT, SHOWN = (Outlet(main) for main in range(1, 11))
ZONE = ZoneInfo("Europe/Amsterdam")
PLAN = Plan(reboot_s=0.3, time_lapse=0.0, meter_serial="METER-4711")
TAGS = """
- {id: "04A1", name: First floor, group: FLAT1}
- {id: "04A2", name: First floor, group: FLAT1}
- {id: "04B1", name: Second floor, group: FLAT2}
"""
COUNTERS = (
    "energy_today",
    "energy_total",
    "sessions_today",
    "sessions_total",
    "last_charge_counter",
    "stop_reason",
    "last_user",
    "session_duration",
    "reset_counters",
)
HOUSE = House(
    (
        charger("WALL", connector(WALL)),
        charger("CARD", connector(CARD)),
        charger("TWICE", connector(TWICE)),
        charger("GROUP", connector(GROUP)),
        charger("LATE", connector(LATE)),
        charger("SIGNED", connector(SIGNED)),
        charger("ODD", connector(ODD)),
        charger("COUNTED", connector(COUNTED, *COUNTERS)),
        charger("CUT", connector(CUT, "energy_today", "sessions_today")),
        charger("SHOWN", connector(SHOWN, "user")),
    ),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    tags=TAGS,
)


async def logged(bridge: BridgeProcess, box: FakeCharger, **options: object) -> list[Mapping[str, Any]]:
    return await rows(bridge.socket, "transactions", box.id, **options)


async def only_one(bridge: BridgeProcess, box: FakeCharger, **options: object) -> Mapping[str, Any]:
    (row,) = await logged(bridge, box, **options)
    return row


def today() -> str:
    return datetime.now(ZONE).date().isoformat()


async def test_a_session_of_the_wall_switch_is_in_the_log_with_its_meter(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("WALL", WALL, plan=PLAN, strict=False)
    await box.plug()
    await panel.write(WALL.command("charging"), True)
    number = await box.charges()
    await box.meter(1500)
    open_now = await only_one(bridge, box)
    assert (open_now["transaction"], open_now["stopped_at"]) == (number, None)
    await panel.write(WALL.command("charging"), False)
    await panel.hears(WALL.state("charging"), False)
    await box.unplug()
    row = await only_one(bridge, box)
    assert (row["started_by"], row["reason"], row["marks"]) == ("wall switch", "Remote", [])
    assert (row["meter_start_wh"], row["meter_stop_wh"], row["energy_wh"]) == (10_000, 11_500, 1500)
    assert (row["meter_serial"], row["clock"], row["days"]) == ("METER-4711", "sane", [[today(), 1500]])
    assert row["stopped_at"] > row["started_at"]


async def test_a_session_of_a_card_bears_its_name_and_shows_the_card_to_who_asks_for_it(
    arrive: Arrive, bridge: BridgeProcess
):
    box = await arrive("CARD", CARD, plan=PLAN, strict=False)
    await box.plug()
    await box.card("04A1")
    await box.charges()
    await box.meter(700)
    await box.card("04A1")
    row = await only_one(bridge, box)
    assert (row["started_by"], row["reason"], row["name"]) == ("card", "Local", "First floor")
    whole = await only_one(bridge, box, tags=True)
    assert (whole["id_tag"], whole["group"]) == ("04A1", "FLAT1")


async def test_a_card_is_masked_where_nobody_asks_for_it(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("CARD", CARD, plan=PLAN, strict=False)
    before = len(await logged(bridge, box))
    long_card = "04A2B3C4D5E6F7"
    start = {"connectorId": 1, "idTag": long_card, "meterStart": 1, "timestamp": stamp(box.now())}
    number = (await box.send("StartTransaction", start))["transactionId"]
    stop = {"transactionId": number, "meterStop": 2, "timestamp": stamp(box.now()), "reason": "DeAuthorized"}
    await box.send("StopTransaction", stop)
    row = (await logged(bridge, box))[before]
    assert long_card not in row["id_tag"]
    assert row["id_tag"].endswith("E6F7")
    assert row["marks"] == ["refused"]


async def test_two_transactions_of_one_plug_in_are_one_session(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("TWICE", TWICE, plan=PLAN, strict=False)
    await box.plug()
    for energy_wh in (1000, 500):
        await box.card("04A1")
        await box.charges()
        await box.meter(energy_wh)
        await box.card("04A1")
    await box.unplug()
    await box.plug()
    await box.card("04A1")
    await box.charges()
    await box.unplug()
    first, second, third = await logged(bridge, box)
    assert (first["session"], second["session"], third["session"]) == (None, first["transaction"], None)
    whole, other = await rows(bridge.socket, "sessions", box.id)
    assert whole["transactions"] == [first["transaction"], second["transaction"]]
    assert (whole["energy_wh"], whole["started_at"]) == (1500, first["started_at"])
    assert (whole["stopped_at"], other["transactions"]) == (second["stopped_at"], [third["transaction"]])


async def test_the_second_card_of_a_flat_stops_what_the_first_began_and_the_neighbour_does_not(
    arrive: Arrive, bridge: BridgeProcess
):
    box = await arrive("GROUP", GROUP, plan=PLAN, strict=False)
    await box.plug()
    await box.card("04A1")
    number = await box.charges()
    await box.card("04B1")
    assert box.transaction() == number
    await box.card("04A2")
    assert box.transaction() is None
    row = await only_one(bridge, box, tags=True)
    assert (row["id_tag"], row["reason"]) == ("04A1", "Local")


async def test_what_was_charged_offline_yesterday_lands_in_yesterday(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("LATE", LATE, plan=PLAN, strict=False)
    noon = datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    charged(box.machine, 1, "04A1", noon.astimezone(UTC), timedelta(hours=4), 12_000)
    await box.settled()
    row = await only_one(bridge, box)
    assert row["marks"] == ["late"]
    assert row["days"] == [[noon.date().isoformat(), 12_000]]
    assert (row["energy_wh"], row["seconds"], row["started_by"]) == (12_000, 4 * 3600, "card")
    assert datetime.fromisoformat(row["started_at"]) == noon
    curve = await rows(bridge.socket, "samples", box.id, transaction=row["transaction"])
    assert len(curve) >= 15
    assert [point["energy_wh"] for point in curve] == sorted(point["energy_wh"] for point in curve)


async def test_a_night_that_was_charged_offline_is_split_at_midnight(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("LATE", LATE, plan=PLAN, strict=False)
    before = len(await logged(bridge, box))
    evening = datetime.now(ZONE).replace(hour=22, minute=0, second=0, microsecond=0) - timedelta(days=3)
    charged(box.machine, 1, "04A1", evening.astimezone(UTC), timedelta(hours=4), 8_000)
    await box.settled()
    row = (await logged(bridge, box))[before]
    days = {evening.date().isoformat(): 4000, (evening + timedelta(days=1)).date().isoformat(): 4000}
    assert {day: round(energy_wh, -1) for day, energy_wh in row["days"]} == days
    assert sum(energy_wh for _, energy_wh in row["days"]) == 8000


async def test_a_signed_value_comes_out_as_it_came_in_to_the_last_byte(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("SIGNED", SIGNED, plan=PLAN, strict=False)
    texts = ['OCMF|{"FV" : "1.0","RD":[{"TX":"B"}]}|{"SD":"3046022100"}', '  <signed>\u00e4\n\t\u20ac\\"  ']
    start = {"connectorId": 1, "idTag": "04A1", "meterStart": 100, "timestamp": stamp(box.now())}
    number = (await box.send("StartTransaction", start))["transactionId"]
    data = [
        {"timestamp": stamp(box.now()), "sampledValue": [{"value": text, "format": "SignedData", "context": context}]}
        for text, context in zip(texts, ("Transaction.Begin", "Transaction.End"), strict=True)
    ]
    stop = {"transactionId": number, "meterStop": 900, "timestamp": stamp(box.now()), "transactionData": data}
    await box.send("StopTransaction", stop)
    kept = await rows(bridge.socket, "signed", box.id, transaction=number)
    assert [row["text"] for row in kept] == texts
    assert [row["context"] for row in kept] == ["Transaction.Begin", "Transaction.End"]
    assert (await only_one(bridge, box))["signed"] == 2


async def test_a_meter_that_signs_is_kept_from_its_first_to_its_last_word(arrive: Arrive, bridge: BridgeProcess):
    signing = Plan(reboot_s=0.3, time_lapse=0.0, meter_serial="METER-4711", signs=True)
    box = await arrive("SIGNED", SIGNED, plan=signing, strict=False)
    await box.plug()
    await box.card("04A1")
    number = await box.charges()
    await box.meter(2500)
    await box.unplug()
    begin, end = await rows(bridge.socket, "signed", box.id, transaction=number)
    assert (begin["context"], end["context"]) == ("Transaction.Begin", "Transaction.End")
    assert '"RV":10.0,' in begin["text"]
    assert '"RV":12.5,' in end["text"]


async def test_what_cannot_be_true_is_marked_and_not_mended(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("ODD", ODD, plan=PLAN, strict=False)
    start = {"connectorId": 1, "idTag": "04A1", "meterStart": 5000, "timestamp": stamp(box.now())}
    number = (await box.send("StartTransaction", start))["transactionId"]
    backwards = {"transactionId": number, "meterStop": 4000, "timestamp": stamp(box.now())}
    await box.send("StopTransaction", backwards)
    await box.send("StopTransaction", backwards | {"transactionId": 987_654, "meterStop": 6000})
    odd, orphan = await logged(bridge, box)
    assert odd["marks"] == ["implausible"]
    assert (odd["meter_start_wh"], odd["energy_wh"]) == (5000, 0)
    assert [row for row in await rows(bridge.socket, "log", box.id) if "meterStop 4000 Wh does not fit" in row["text"]]
    assert "orphaned" in orphan["marks"]
    assert orphan["energy_wh"] == 0


async def test_whoever_holds_a_card_to_the_reader_is_told_to_the_building_even_if_refused(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("SHOWN", SHOWN, plan=replace(PLAN, connectors=1), strict=False)
    await box.card("04B1")
    await panel.hears(SHOWN.state("user"), b"Second floor\0\0")
    await box.card("0499887766")
    await panel.hears(SHOWN.state("user"), b"..7766".ljust(14, b"\0"))
    assert await logged(bridge, box) == []
    seen = await rows(bridge.socket, "cards")
    assert [row["status"] for row in seen if row["charger"] == "SHOWN"] == ["Accepted", "Invalid"]


async def test_the_building_counts_what_was_charged(arrive: Arrive, panel: Panel, bridge: BridgeProcess):
    box = await arrive("COUNTED", COUNTED, plan=PLAN, strict=False)
    counted = panel.last(COUNTED.state("last_charge_counter")) or b"\0\0"
    await box.plug()
    box.machine.clock.ahead = timedelta(minutes=-4)
    await box.card("04B1")
    await box.charges()
    await panel.hears(COUNTED.state("session_duration"), (4).to_bytes(2))
    await box.meter(2000)
    await box.card("04B1")
    await panel.hears(COUNTED.state("energy_today"), energy(2000))
    await panel.hears(COUNTED.state("sessions_today"), (1).to_bytes(2))
    await panel.hears(COUNTED.state("stop_reason"), b"\x04")
    await panel.hears(COUNTED.state("last_user"), b"Second floor\0\0")
    after = (int.from_bytes(counted if isinstance(counted, bytes) else b"") + 1).to_bytes(2)
    await panel.hears(COUNTED.state("last_charge_counter"), after)
    await panel.hears(COUNTED.state("energy_total"), energy(2000))

    await panel.write(COUNTED.command("reset_counters"), True)
    await panel.hears(COUNTED.state("energy_total"), energy(0))
    await panel.hears(COUNTED.state("sessions_total"), (0).to_bytes(2))
    assert await panel.read(COUNTED.state("energy_today")) == energy(2000)
    assert len(await logged(bridge, box)) == 1


async def test_a_cut_in_the_middle_of_a_session_loses_nothing_of_it(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("CUT", CUT, plan=PLAN, strict=False)
    await box.plug()
    await box.card("04A1")
    number = await box.charges()
    await box.meter(1000)
    bridge.kill9()
    mark = panel.mark()
    await asyncio.to_thread(bridge.start)
    await on_the_bus(panel, mark)
    await box.abort()
    await box.connect()
    await box.meter(500)
    await box.card("04A1")
    row = await only_one(bridge, box)
    assert (row["transaction"], row["energy_wh"], row["marks"], row["started_by"]) == (number, 1500, [], "card")
    await panel.hears(CUT.state("energy_today"), energy(1500))

    bridge.kill9()
    mark = panel.mark()
    await asyncio.to_thread(bridge.start)
    await on_the_bus(panel, mark)
    after = await only_one(bridge, box)
    assert {**after, "who": row["who"]} == row, "the key of a card means something as long as a process lives"
    for counter, value in (("energy_today", energy(1500)), ("sessions_today", (1).to_bytes(2))):
        address = CUT.state(counter)
        await until(lambda told=address: bool(panel.telegrams_since(mark, told)), 10, f"{counter} is said again")
        assert panel.last(address) == value
