"""The bytes on the line of a real KNXnet/IP server, one object of each kind; addresses in any style of the ETS."""

from tests.e2e.conftest import Arrive
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.payloads import ampere

PHASES, TYPES, MODE, INVERTED, SEVERAL, STYLES = (Outlet(main) for main in range(1, 7))
ALL_PHASES = tuple(f"{what}_l{phase}" for what in ("current", "voltage") for phase in (1, 2, 3))
OTHER_TYPES = {
    "current_l1": "9.021",
    "power": "9.024",
    "meter": "29.010",
    "session_duration": "13.100",
    "energy_total": "13.013",
}
HOUSE = House(
    (
        charger("PHASES", connector(PHASES, *ALL_PHASES, "soc")),
        charger(
            "TYPES",
            connector(TYPES, objects={key: TYPES.addresses(key) | {"dpt": dpt} for key, dpt in OTHER_TYPES.items()}),
        ),
        charger("MODE", connector(MODE, "charge_mode", "limit_reason", "pause", "fast_charging", normal_current=10)),
        charger(
            "INVERTED",
            connector(
                INVERTED,
                objects={
                    "pause": INVERTED.addresses("pause") | {"invert": True},
                    "cable_connected": INVERTED.addresses("cable_connected") | {"invert": True},
                },
            ),
        ),
        charger(
            "SEVERAL",
            connector(
                SEVERAL,
                objects={"max_current": {"address": ["5/1/42", "5/1/142", "5/242"], "state_address": "5/1/41"}},
            ),
        ),
        charger(
            "STYLES",
            connector(STYLES, objects={"power": {"state_address": "6/460"}, "pause": {"state_address": 12749}}),
        ),
    ),
    knx={"group_address_style": "two_level"},
)


def sample(measurand: str, value: str, phase: str = "", unit: str = "", **more: str) -> dict[str, str]:
    said = {"measurand": measurand, "value": value, "phase": phase, "unit": unit} | more
    return {key: word for key, word in said.items() if word}


async def charging(arrive: Arrive, panel: Panel, charger_id: str, outlet: Outlet) -> tuple[FakeCharger, int]:
    """A car charges there, and the building knows it all."""
    box = await arrive(charger_id, outlet)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(outlet.prefix)
    return box, number


async def test_each_phase_and_the_battery_are_said_and_answered(arrive: Arrive, panel: Panel):
    box, number = await charging(arrive, panel, "PHASES", PHASES)
    await box.meters(
        1,
        sample("Current.Import", "9.5", "L1", "A"),
        sample("Current.Import", "10.25", "L2", "A"),
        sample("Current.Import", "0.0", "L3", "A"),
        sample("Voltage", "226.5", "L1-N", "V"),
        sample("Voltage", "227.0", "L2-N", "V"),
        sample("Voltage", "235.25", "L3-N", "V"),
        sample("SoC", "57", unit="Percent", location="EV"),
        transaction=number,
    )
    expected = {
        "current_l1": "41180000",
        "current_l2": "41240000",
        "current_l3": "00000000",
        "voltage_l1": "43628000",
        "voltage_l2": "43630000",
        "voltage_l3": "436B4000",
        "soc": "91",
    }
    for key, wire in expected.items():
        if key != "current_l3":  # 0 A is no news
            await panel.expect(PHASES.state(key), bytes.fromhex(wire))
    await panel.rest(PHASES.prefix)
    for key, wire in expected.items():
        assert await panel.read(PHASES.state(key)) == bytes.fromhex(wire), key
    await box.unplug()
    for key in ("current_l1", "current_l2"):
        await panel.expect(PHASES.state(key), ampere(0.0))
    await panel.rest(PHASES.prefix)
    assert await panel.read(PHASES.state("voltage_l1")) == bytes.fromhex("43628000")
    assert await panel.read(PHASES.state("soc"), 0.3) is None


async def test_other_types_of_the_same_objects(arrive: Arrive, panel: Panel):
    box, number = await charging(arrive, panel, "TYPES", TYPES)
    await box.meters(
        1,
        sample("Current.Import", "10.0", "L1", "A"),
        sample("Power.Active.Import", "7400", unit="W"),
        sample("Energy.Active.Import.Register", "5000000000", unit="Wh"),
        transaction=number,
    )
    await panel.expect(TYPES.state("current_l1"), bytes.fromhex("4FA1"))
    await panel.expect(TYPES.state("power"), bytes.fromhex("02E4"))
    await panel.expect(TYPES.state("meter"), bytes.fromhex("000000012A05F200"))
    await panel.rest(TYPES.prefix)
    duration = await panel.read(TYPES.state("session_duration"))
    assert isinstance(duration, bytes)
    assert (len(duration), int.from_bytes(duration, "big") < 600) == (4, True)
    total = await panel.read(TYPES.state("energy_total"))
    assert isinstance(total, bytes)
    assert len(total) == 4


async def test_off_normal_and_fast_by_one_number(arrive: Arrive, panel: Panel):
    box = await arrive("MODE", MODE)
    assert await panel.read(MODE.state("charge_mode")) == b"\x01"
    assert await panel.read(MODE.state("limit_reason")) == b"\x01"
    for mode, limit_a, reason in ((2, 16.0, 2), (0, 0.0, 4), (1, 10.0, 1)):
        await panel.write(MODE.command("charge_mode"), bytes([mode]))
        await box.expect_call("SetChargingProfile", 10)
        await panel.expect(MODE.state("charge_mode"), bytes([mode]))
        await panel.expect(MODE.state("max_current"), ampere(limit_a))
        await panel.expect(MODE.state("limit_reason"), bytes([reason]))
        await panel.rest(MODE.prefix)


async def test_by_the_sun_alone_a_charger_without_a_meter_of_the_house_has_nothing(arrive: Arrive, panel: Panel):
    await arrive("MODE", MODE)
    await panel.write(MODE.command("charge_mode"), b"\x03")
    await panel.expect(MODE.state("charge_mode"), b"\x03")
    await panel.expect(MODE.state("max_current"), ampere(0.0))
    await panel.rest(MODE.prefix)


async def test_inverted_objects_are_turned_round_in_both_directions(arrive: Arrive, panel: Panel):
    box = await arrive("INVERTED", INVERTED)
    assert await panel.read(INVERTED.state("pause")) is True
    assert await panel.read(INVERTED.state("cable_connected")) is True
    await panel.write(INVERTED.command("pause"), False)
    await panel.expect(INVERTED.state("pause"), False)
    await panel.expect(INVERTED.state("max_current"), ampere(0.0))
    await box.plug()
    await panel.expect(INVERTED.state("cable_connected"), False)
    await panel.rest(INVERTED.prefix)


async def test_a_command_is_heard_on_each_of_its_addresses(arrive: Arrive, panel: Panel):
    await arrive("SEVERAL", SEVERAL)
    for address, amperes in (("5/1/42", 9.0), ("5/1/142", 11.0), ("5/0/242", 13.0)):
        await panel.write(address, ampere(amperes))
        await panel.expect("5/1/41", ampere(amperes), 10)
    await panel.rest(SEVERAL.prefix)


async def test_an_address_is_the_same_however_it_is_written(arrive: Arrive, panel: Panel, knxd: Knxd):
    """6/460 of two levels and the free 12749 are 6/1/204 and 6/1/205."""
    await arrive("STYLES", STYLES)
    code, said = await knxd.tool("groupreadresponse", "6/1/204")
    assert (code, "00 00 00 00" in said) == (0, True)
    assert await panel.read("6/1/205") is False
    await panel.rest(STYLES.prefix)
