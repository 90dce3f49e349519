"""The KNX line goes and comes back: the car keeps charging, and the building is told the latest."""

import asyncio

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.payloads import ampere

SESSION, COMMANDED = Outlet(1), Outlet(2)
HOUSE = House((charger("SESSION", connector(SESSION, "online")), charger("COMMANDED", connector(COMMANDED))))


async def test_a_line_that_dies_in_a_session_hears_the_latest_when_it_is_back(
    arrive: Arrive, panel: Panel, knxd: Knxd, bridge: BridgeProcess
):
    box = await arrive("SESSION", SESSION)
    await box.plug()
    await panel.write(SESSION.command("charging"), True)
    number = await box.charges()
    for amperes in ("10.0", "12.0"):
        await box.meters(1, current(amperes), transaction=number)
    await panel.rest(SESSION.prefix)
    panel.stop()
    knxd.stop()
    await box.says(1, "SuspendedEV")
    await box.says(1, "Charging")
    for amperes in ("9.0", "8.0", "7.0"):
        await box.meters(1, current(amperes), transaction=number)
        await asyncio.sleep(0.3)
    assert await box.send("Heartbeat")
    await asyncio.sleep(6)
    knxd.start()
    panel.start()
    ga = SESSION.state("current")
    await panel.expect(ga, ampere(7.0), 90)
    said = await panel.rest(SESSION.prefix, 3)
    assert [t.payload for t in said if t.ga == SESSION.state("charging")] in ([], [True])
    assert [t.payload for t in said if t.ga == SESSION.state("status")] in ([], [b"\x02"])
    assert box.transaction() == number
    assert bridge.pid
    await panel.write(SESSION.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
    await panel.expect(SESSION.state("charging"), False)
    await panel.rest(SESSION.prefix)


async def test_commands_are_not_replayed_when_the_line_is_back(arrive: Arrive, panel: Panel, knxd: Knxd):
    box = await arrive("COMMANDED", COMMANDED)
    await panel.write(COMMANDED.command("unlock"), True)
    await box.expect_call("UnlockConnector")
    panel.stop()
    knxd.stop()
    await asyncio.sleep(1)
    knxd.start()
    panel.start()
    answer = None
    async with asyncio.timeout(90):
        while answer is None:
            answer = await panel.read(COMMANDED.state("status"), 1)
    assert answer == b"\x00"
    await asyncio.sleep(3)
    assert len(box.calls_of("UnlockConnector")) == 1
    known = {"status": b"\x00", "error_code": b"\x00", "charging": False, "availability": True}
    numbers = {"current": ampere(0.0), "max_current": ampere(16.0)}
    expected = {COMMANDED.state(key): value for key, value in (known | numbers).items()}
    for telegram in await panel.rest(COMMANDED.prefix):
        assert telegram.payload == expected[telegram.ga]


def current(amperes: str) -> dict[str, object]:
    return {"measurand": "Current.Import", "value": amperes, "phase": "L1", "unit": "A"}
