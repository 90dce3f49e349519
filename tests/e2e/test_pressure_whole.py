"""The whole daemon with 203 connectors that report every second, behind a knxd that is as slow as a TP line."""

import asyncio
import time

import pytest

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.telegrams import Kind
from tests.kit.until import until

pytestmark = pytest.mark.long
CHARGERS, CONNECTORS = 29, 7
RATE, BURST, FEEDBACK_S, LASTS_S = 10.0, 20, 0.5, 60.0
EXTRA = ("online", "power", "meter", "command_result")
HOUSE = House(
    tuple(
        charger(f"C{n}", *(connector(Outlet(n, number), *EXTRA) for number in range(1, CONNECTORS + 1)))
        for n in range(1, CHARGERS + 1)
    ),
    knx={"rate_limit": RATE},
)


async def reports(fake):
    """Every connector has another status, another power and another register, every second."""
    beat = 0
    while True:
        began = time.monotonic()
        beat += 1
        for number in range(1, CONNECTORS + 1):
            await fake.says(number, ("Available", "Preparing")[beat % 2])
            await fake.meters(
                number,
                {"measurand": "Power.Active.Import", "unit": "W", "value": str(1000 + 200 * (beat % 30))},
                {"measurand": "Current.Import", "unit": "A", "value": str(6 + beat % 10)},
                {"measurand": "Energy.Active.Import.Register", "unit": "Wh", "value": str(100_000 + 150 * beat)},
            )
        await asyncio.sleep(max(0.0, began + 1.0 - time.monotonic()))


async def test_203_connectors_that_report_every_second_leave_the_line_its_pace_and_a_switch_its_led(tmp_path):
    knxd = Knxd(tmp_path, pace_ms=20).start()
    panel = Panel(knxd).start()
    bridge = BridgeProcess(tmp_path, HOUSE, knxd.port).start()
    fakes = [FakeCharger(bridge.url, f"C{n}", Plan(connectors=CONNECTORS)) for n in range(1, CHARGERS + 1)]
    took = []
    try:
        for fake in fakes:
            await fake.connect()
        async with asyncio.TaskGroup() as tasks:
            alive = [tasks.create_task(reports(fake)) for fake in fakes]
            began, mark = time.monotonic(), panel.mark()
            for press in range(20):
                await asyncio.sleep(LASTS_S / 20)
                outlet = Outlet(1 + press, 1 + press % CONNECTORS)
                led, place, pressed_s = outlet.state("charging"), panel.mark(), time.monotonic()
                await panel.write(outlet.command("charging"), value=False)  # nothing charges: its state is said again
                await until(lambda led=led, place=place: panel.telegrams_since(place, led), 5, "the LED")
                took.append(panel.telegrams_since(place, led)[0].at_s - pressed_s)
            lasted = time.monotonic() - began
            for task in alive:
                task.cancel()
        said = [telegram for telegram in panel.telegrams_since(mark) if telegram.kind is Kind.WRITE]
    finally:
        for fake in fakes:
            await fake.close()
        bridge.terminate()
        panel.stop()
        knxd.stop()
    print(f"longest {max(took):.3f} s; {len(said) / lasted:.1f} telegrams/s on {len({t.ga for t in said})} addresses")
    assert max(took) <= FEEDBACK_S
    assert len(said) <= BURST + RATE * (lasted + 1)
    assert len({telegram.ga for telegram in said}) >= 0.8 * len(said)  # one after the other, nobody twice
