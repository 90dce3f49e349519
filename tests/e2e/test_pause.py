"""`stop_mode: pause`: 0 A instead of the end, for cars that do not start again without being plugged in anew."""

from tests.e2e.conftest import Arrive
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, energy

PAUSE, FAST, HOLD = (Outlet(main) for main in range(1, 4))
HOUSE = House(
    (
        charger("PAUSE", connector(PAUSE, "pause", stop_mode="pause")),
        charger("FAST", connector(FAST, "fast_charging", normal_current=10, fast_current=16)),
        charger("HOLD", connector(HOLD, "pause")),
    )
)


async def test_pause_there_and_back(arrive: Arrive, panel: Panel):
    box = await arrive("PAUSE", PAUSE)
    await box.plug()
    await panel.write(PAUSE.command("charging"), True)
    number = await box.charges()
    await box.meter(400)
    await panel.rest(PAUSE.prefix, 8)
    box.forget_calls()
    await panel.write(PAUSE.command("charging"), False)
    await panel.expect(PAUSE.state("charging"), False, 15)
    assert limits(box.fresh_payloads("SetChargingProfile")) == {0}
    assert box.calls_of("RemoteStopTransaction") == []
    assert box.transaction() == number
    said = {telegram.ga for telegram in await panel.rest(PAUSE.prefix, 6)}
    assert PAUSE.state("end_time") not in said
    assert PAUSE.state("transaction_energy") not in said
    assert panel.last(PAUSE.state("status")) == b"\x04"
    box.forget_calls()
    await panel.write(PAUSE.command("charging"), True)
    await panel.expect(PAUSE.state("charging"), True, 15)
    assert 16 in limits(box.fresh_payloads("SetChargingProfile"))
    assert box.transaction() == number
    await panel.rest(PAUSE.prefix, 1)
    await box.unplug()
    await panel.expect(PAUSE.state("charging"), False)
    await panel.expect(PAUSE.state("transaction_energy"), energy(400))
    await panel.rest(PAUSE.prefix)


async def test_fast_and_normal_current(arrive: Arrive, panel: Panel):
    box = await arrive("FAST", FAST)
    assert panel.last(FAST.state("max_current")) == ampere(10.0)
    await panel.write(FAST.command("fast_charging"), True)
    await panel.expect(FAST.state("fast_charging"), True, 10)
    await panel.expect(FAST.state("max_current"), ampere(16.0), 10)
    await panel.write(FAST.command("max_current"), ampere(7.0))
    await panel.expect(FAST.state("max_current"), ampere(7.0), 10)
    await panel.write(FAST.command("fast_charging"), False)
    await panel.expect(FAST.state("max_current"), ampere(10.0), 10)
    assert box.calls_of("SetChargingProfile")
    await panel.rest(FAST.prefix)


async def test_the_pause_object_holds_and_lets_go(arrive: Arrive, panel: Panel):
    await arrive("HOLD", HOLD)
    await panel.write(HOLD.command("pause"), True)
    await panel.expect(HOLD.state("pause"), True, 10)
    await panel.expect(HOLD.state("max_current"), ampere(0.0), 10)
    await panel.write(HOLD.command("pause"), False)
    await panel.expect(HOLD.state("pause"), False, 10)
    await panel.expect(HOLD.state("max_current"), ampere(16.0), 10)


def limits(calls: list[dict[str, object]]) -> set[object]:
    periods = [call["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] for call in calls]
    return {period["limit"] for (period,) in periods}
