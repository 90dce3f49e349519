"""Ten power cuts in one session: the transaction goes on, its stop arrives, and no number is given twice."""

import asyncio

import pytest

from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import energy

pytestmark = pytest.mark.long

SESSION, SHORT = Outlet(1), Outlet(2)
HOUSE = House((charger("SESSION", connector(SESSION)), charger("SHORT", connector(SHORT))))
KILLS = 10


async def test_ten_kills_in_a_session_lose_no_transaction_and_repeat_no_number(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("SESSION", SESSION, strict=False)
    other = await arrive("SHORT", SHORT, strict=False)
    await box.plug()
    await panel.write(SESSION.command("charging"), True)
    numbers: list[object] = [await box.charges()]
    for kill in range(KILLS):
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": kill, "timestamp": other.now().isoformat()}
        numbers.append((await other.send("StartTransaction", start))["transactionId"])
        bridge.kill9()
        mark = panel.mark()
        await asyncio.to_thread(bridge.start)
        await on_the_bus(panel, mark)
        for each in (box, other):
            await each.abort()
            await each.connect()
        await box.meter(100)
        await box.says(1, "Charging")
    assert len(set(numbers)) == KILLS + 1, numbers
    await panel.rest(SESSION.prefix, 2)
    await panel.write(SESSION.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction", within_s=15) == {"transactionId": numbers[0]}
    await panel.expect(SESSION.state("charging"), False)
    await panel.expect(SESSION.state("transaction_energy"), energy(100 * KILLS))
