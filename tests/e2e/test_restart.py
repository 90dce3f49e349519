"""The bridge itself goes: cut off, ended, reloaded; the charger and the building must not suffer."""

import asyncio
import sqlite3

from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import STOP_S, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, energy

CUT, LIMIT, ENDED, RELOADED, BROKEN, NUMBERS = (Outlet(main) for main in range(1, 7))


def house(**reloaded: object) -> House:
    return House(
        (
            charger("CUT", connector(CUT, "online")),
            charger("LIMIT", connector(LIMIT)),
            charger("ENDED", connector(ENDED)),
            charger("RELOADED", connector(RELOADED, "online", **reloaded)),
            charger("BROKEN", connector(BROKEN)),
            charger("NUMBERS", connector(NUMBERS)),
        )
    )


HOUSE = house()


async def cut(bridge: BridgeProcess, panel: Panel) -> None:
    """kill -9, and up again."""
    bridge.kill9()
    mark = panel.mark()
    await asyncio.to_thread(bridge.start)
    await on_the_bus(panel, mark)


async def test_a_transaction_that_began_before_a_kill_is_stopped_after_it(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("CUT", CUT)
    await box.plug()
    await panel.write(CUT.command("charging"), True)
    number = await box.charges()
    await panel.rest(CUT.prefix)
    await cut(bridge, panel)
    await box.connect()
    await box.meter(1500)
    await box.says(1, "Charging")
    await panel.expect(CUT.state("charging"), True)
    await panel.expect(CUT.state("status"), b"\x02")
    said = await panel.rest(CUT.prefix, 3)
    assert not {t.ga for t in said} & {CUT.state("charging"), CUT.state("status"), CUT.state("end_time")}, said
    await panel.write(CUT.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
    await panel.expect(CUT.state("charging"), False)
    await panel.expect(CUT.state("transaction_energy"), energy(1500))
    await panel.rest(CUT.prefix)


async def test_the_limit_that_was_written_is_still_wanted_after_a_kill(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("LIMIT", LIMIT)
    await panel.write(LIMIT.command("max_current"), ampere(8.0))
    await panel.expect(LIMIT.state("max_current"), ampere(8.0), 10)
    await cut(bridge, panel)
    box.machine.profiles.installed.clear()
    await box.power_cycle()
    asked = await box.expect_call("SetChargingProfile", 10)
    assert asked["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 8
    await panel.expect(LIMIT.state("max_current"), ampere(8.0), 10)
    await panel.rest(LIMIT.prefix)


async def test_transaction_numbers_are_never_given_twice(arrive: Arrive, panel: Panel, bridge: BridgeProcess):
    box = await arrive("NUMBERS", NUMBERS)
    numbers: list[object] = []
    for _ in range(3):
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": len(numbers), "timestamp": box.now().isoformat()}
        answer = await box.send("StartTransaction", start)
        numbers.append(answer["transactionId"])
        await cut(bridge, panel)
        await box.abort()
        await box.connect()
    assert len(set(numbers)) == 3
    await panel.rest(NUMBERS.prefix)


async def test_sigterm_ends_within_five_seconds_and_ends_no_transaction(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("ENDED", ENDED)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(ENDED.prefix)
    assert await asyncio.to_thread(bridge.terminate) < STOP_S
    assert box.calls_of("RemoteStopTransaction") == []
    assert box.transaction() == number
    mark = panel.mark()
    await asyncio.to_thread(bridge.start)
    await on_the_bus(panel, mark)
    await box.connect()
    await panel.write(ENDED.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction", within_s=15) == {"transactionId": number}
    await panel.rest(ENDED.prefix, 1)


async def test_sighup_changes_currents_without_touching_the_session(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("RELOADED", RELOADED)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(RELOADED.prefix, 1)
    bridge.configure(house(max_current=13))
    bridge.sighup()
    await panel.expect(RELOADED.state("max_current"), ampere(13.0), 12)
    assert box.transaction() == number
    await panel.expect_nothing(RELOADED.state("online"), 0.5)
    bridge.configure(house())
    bridge.sighup()
    await panel.expect(RELOADED.state("max_current"), ampere(16.0), 12)
    await panel.rest(RELOADED.prefix)


async def test_a_broken_file_changes_nothing_and_says_why(arrive: Arrive, panel: Panel, bridge: BridgeProcess):
    box = await arrive("BROKEN", BROKEN)
    good = bridge.config.read_text()
    bridge.config.write_text(good.replace('"heartbeat', '"x').replace('"listen"', '"lissten"'))
    bridge.new_log()
    bridge.sighup()
    await asyncio.sleep(1)
    bridge.config.write_text(good)
    log = bridge.new_log()
    assert "lissten" in log
    assert "listen" in log
    assert "bridge.yaml:" in log
    assert await box.send("Heartbeat")
    await panel.expect_nothing(BROKEN.prefix, 0.3)


async def test_the_journal_is_whole_after_it_all(bridge: BridgeProcess):
    (database,) = bridge.state.glob("*.db")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    journal.close()
