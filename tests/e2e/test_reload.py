"""SIGHUP at a running bridge: cards, group addresses and chargers change under running connections."""

import asyncio
from dataclasses import replace

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere
from tests.kit.until import until

CARDS, MOVED, GOES = Outlet(1), Outlet(2), Outlet(3)
ELSEWHERE = "2/7/7"

HOUSE = House(
    chargers=(
        charger("CARDS", connector(CARDS)),
        charger("MOVED", connector(MOVED)),
        charger("GOES", connector(GOES, "online")),
    ),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    site={"offline_after": 2},
    tags='- {id: "OLD"}\n',
)


async def status_of_card(box, id_tag: str) -> str:
    answer = await box.send("Authorize", {"idTag": id_tag})
    return str(answer["idTagInfo"]["status"])


async def test_a_card_that_was_added_may_charge_and_one_that_was_taken_out_may_not(
    arrive: Arrive, bridge: BridgeProcess
):
    box = await arrive("CARDS", CARDS)
    assert await status_of_card(box, "NEW") == "Invalid"
    bridge.configure(replace(HOUSE, tags='- {id: "NEW"}\n'))
    bridge.sighup()
    await asyncio.sleep(0.5)
    assert await status_of_card(box, "NEW") == "Accepted"
    assert await status_of_card(box, "OLD") == "Invalid"
    bridge.configure(HOUSE)
    bridge.sighup()
    await asyncio.sleep(0.5)


async def test_a_group_address_that_moved_says_the_state_at_its_new_place(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    await arrive("MOVED", MOVED)
    moved = connector(MOVED, objects={"status": {"state_address": ELSEWHERE}})
    bridge.configure(replace(HOUSE, chargers=(HOUSE.chargers[0], charger("MOVED", moved), HOUSE.chargers[2])))
    bridge.sighup()
    await panel.expect(ELSEWHERE, b"\x00")
    assert await panel.read(ELSEWHERE) == b"\x00"
    assert await panel.read(MOVED.state("status")) is None
    bridge.configure(HOUSE)
    bridge.sighup()
    await panel.expect(MOVED.state("status"), b"\x00")


async def test_an_object_that_is_bound_later_says_what_was_known_before(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    await arrive("MOVED", MOVED)
    objects = {"cable_connected": {"state_address": "2/7/8"}, "sessions_total": {"state_address": "2/7/9"}}
    bound = connector(MOVED, objects=objects)
    bridge.configure(replace(HOUSE, chargers=(HOUSE.chargers[0], charger("MOVED", bound), HOUSE.chargers[2])))
    bridge.sighup()
    await panel.expect("2/7/8", False)
    await panel.expect("2/7/9", b"\x00\x00")
    bridge.configure(HOUSE)
    bridge.sighup()
    await asyncio.sleep(0.5)


async def test_a_charger_that_leaves_and_comes_back_tells_nothing_of_before(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("GOES", GOES, strict=False)
    await box.plug()
    await box.card("OLD")
    await box.charges()
    await box.meters(1, {"measurand": "Current.Import", "value": "16.0", "unit": "A"})
    await panel.hears(GOES.state("current"), ampere(16.0))
    online = panel.last(CHARGERS_ONLINE_GA)
    assert online is not None
    bridge.configure(replace(HOUSE, chargers=HOUSE.chargers[:2]))
    bridge.sighup()
    await until(lambda: panel.last(CHARGERS_ONLINE_GA) != online, 5, "one charger less is online")
    await box.close()
    await asyncio.sleep(3)
    bridge.configure(HOUSE)
    bridge.sighup()
    await panel.expect(GOES.state("online"), False, 10)
    await panel.rest(GOES.prefix)
    assert await panel.read(GOES.state("current")) is None
    assert await panel.read(GOES.state("status")) == b"\x07"
