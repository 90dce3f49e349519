"""What the building hears: every state object, byte by byte."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.e2e.conftest import Arrive
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charge_point_objects, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, date_and_time, energy, time_of_day

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STATUS, ERROR, SESSION, OTHER_DPTS, READINGS, DERIVED, LIMIT, EXTRA, WHOLE = (Outlet(main) for main in range(1, 10))
ALL_EXTRA = ("online", "fault", "cable_connected", "power", "meter", "session_energy", "error_text", "command_result")
HOUSE = House(
    (
        charger("STATUS", connector(STATUS)),
        charger("ERROR", connector(ERROR)),
        charger("SESSION", connector(SESSION)),
        charger(
            "OTHER",
            connector(
                OTHER_DPTS,
                objects={
                    "start_time": {"dpt": "19.001"},
                    "end_time": {"dpt": "19.001"},
                    "current": {"dpt": "9.021"},
                    "max_current": {"dpt": "9.021"},
                },
            ),
        ),
        charger("READINGS", connector(READINGS)),
        charger("DERIVED", connector(DERIVED)),
        charger("LIMIT", connector(LIMIT, normal_current=10)),
        charger("EXTRA", connector(EXTRA, *ALL_EXTRA)),
        charger("WHOLE", connector(WHOLE), group_objects=charge_point_objects(Outlet(WHOLE.main, 0))),
    )
)

STATUS_VALUES = [
    ("Preparing", b"\x01"),
    ("Charging", b"\x02"),
    ("SuspendedEV", b"\x03"),
    ("SuspendedEVSE", b"\x04"),
    ("Finishing", b"\x05"),
    ("Available", b"\x00"),
    ("Reserved", b"\x06"),
    ("Unavailable", b"\x07"),
    ("Faulted", b"\x08"),
]
ERROR_VALUES = [
    ("ConnectorLockFailure", b"\x01"),
    ("EVCommunicationError", b"\x02"),
    ("GroundFailure", b"\x03"),
    ("HighTemperature", b"\x04"),
    ("InternalError", b"\x05"),
    ("LocalListConflict", b"\x06"),
    ("OtherError", b"\x07"),
    ("OverCurrentFailure", b"\x08"),
    ("OverVoltage", b"\x09"),
    ("PowerMeterFailure", b"\x0a"),
    ("PowerSwitchFailure", b"\x0b"),
    ("ReaderFailure", b"\x0c"),
    ("ResetFailure", b"\x0d"),
    ("UnderVoltage", b"\x0e"),
    ("WeakSignal", b"\x0f"),
    ("NoError", b"\x00"),
    ("Smoke", b"\x07"),
]


async def test_every_status_has_its_number(arrive: Arrive, panel: Panel):
    box = await arrive("STATUS", STATUS)
    for status, payload in STATUS_VALUES:
        await box.says(1, status)
        await panel.expect(STATUS.state("status"), payload)
    await panel.rest(STATUS.prefix)


async def test_every_error_code_has_its_number_and_a_foreign_one_is_other_error(arrive: Arrive, panel: Panel):
    box = await arrive("ERROR", ERROR)
    for error_code, payload in ERROR_VALUES:
        await box.says(1, "Available", error_code)
        await panel.expect(ERROR.state("error_code"), payload)
    assert {telegram.ga for telegram in await panel.rest(ERROR.prefix)} == set()


async def session(box: FakeCharger, began: datetime, ended: datetime, *, meter_start: int, meter_stop: int) -> None:
    """One transaction by a card, with the charger's own times."""
    started = await box.send(
        "StartTransaction",
        {"connectorId": 1, "idTag": "CARD", "meterStart": meter_start, "timestamp": began.isoformat()},
    )
    await box.send(
        "StopTransaction",
        {
            "transactionId": started["transactionId"],
            "meterStop": meter_stop,
            "timestamp": ended.isoformat(),
            "reason": "Local",
        },
    )


async def test_a_session_is_told_with_energy_and_times(arrive: Arrive, panel: Panel):
    box = await arrive("SESSION", SESSION)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=90)
    ended = began + timedelta(seconds=88)
    started = await box.send(
        "StartTransaction", {"connectorId": 1, "idTag": "CARD", "meterStart": 5000, "timestamp": began.isoformat()}
    )
    await panel.expect(SESSION.state("charging"), True)
    await panel.expect(SESSION.state("start_time"), time_of_day(began.astimezone(AMSTERDAM)))
    stop = {"transactionId": started["transactionId"], "meterStop": 6234, "timestamp": ended.isoformat()}
    await box.send("StopTransaction", stop)
    await panel.expect(SESSION.state("charging"), False)
    await panel.expect(SESSION.state("end_time"), time_of_day(ended.astimezone(AMSTERDAM)))
    await panel.expect(SESSION.state("transaction_energy"), energy(1234))
    assert {telegram.ga for telegram in await panel.rest(SESSION.prefix)} <= {SESSION.state("current")}


async def test_the_other_datapoint_types_carry_date_and_milliampere(arrive: Arrive, panel: Panel):
    box = await arrive("OTHER", OTHER_DPTS)
    assert panel.last(OTHER_DPTS.state("max_current")) == bytes.fromhex("561a")  # 16000 mA
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60)
    ended = began + timedelta(seconds=50)
    await session(box, began, ended, meter_start=0, meter_stop=10)
    await panel.rest(OTHER_DPTS.prefix)
    for key, at in (("start_time", began), ("end_time", ended)):
        payload = panel.last(OTHER_DPTS.state(key))
        assert isinstance(payload, bytes)
        assert payload[:7] == date_and_time(at.astimezone(AMSTERDAM))
        assert payload[7] in {0x00, 0x80}
    await panel.rest(OTHER_DPTS.prefix)
    await box.says(1, "Charging")
    await box.meters(1, sample("Current.Import", "10.0", phase="L1"))
    await panel.expect(OTHER_DPTS.state("current"), bytes.fromhex("4fa1"))  # 10000 mA
    await panel.rest(OTHER_DPTS.prefix)


def sample(measurand: str, value: str, **more: str) -> dict[str, object]:
    return {"measurand": measurand, "value": value} | more


async def test_current_is_the_largest_phase_sent_on_change_and_zero_at_the_end(arrive: Arrive, panel: Panel):
    box = await arrive("READINGS", READINGS)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(READINGS.prefix)
    ga = READINGS.state("current")
    for amperes in (("9.8", "10.0", "0.1"), ("10.1", "10.1", "0.1"), ("16.0", "15.9", "15.9")):
        phases = zip(("L1", "L2", "L3"), amperes, strict=True)
        samples = [sample("Current.Import", value, phase=phase, unit="A") for phase, value in phases]
        await box.meters(1, *samples, transaction=number)
    await panel.expect(ga, ampere(10.0))
    await panel.expect(ga, ampere(16.0))  # 10.1 was within the deadband of 0.2 A
    await box.unplug()
    await panel.expect(ga, ampere(0.0))
    await panel.rest(READINGS.prefix)


async def test_current_is_derived_where_the_charger_only_tells_power(arrive: Arrive, panel: Panel):
    box = await arrive("DERIVED", DERIVED)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(DERIVED.prefix)
    await box.meters(1, sample("Power.Active.Import", "6.9", unit="kW"), transaction=number)
    await panel.expect(DERIVED.state("current"), ampere(10.0))
    await panel.rest(DERIVED.prefix)


async def test_the_limit_is_said_when_the_charger_has_accepted_it(arrive: Arrive, panel: Panel):
    box = await arrive("LIMIT", LIMIT, ready=False)
    box.delay("SetChargingProfile", 1.0)
    await box.expect_call("SetChargingProfile", 10)
    await panel.expect_nothing(LIMIT.state("max_current"), 0.8)
    await panel.expect(LIMIT.state("max_current"), ampere(10.0))
    await panel.rest(LIMIT.prefix)


async def test_availability_follows_the_status(arrive: Arrive, panel: Panel):
    outlet = STATUS
    box = await arrive("STATUS", outlet)
    ga = outlet.state("availability")
    await box.says(1, "Unavailable")
    await panel.expect(ga, False)
    await box.says(1, "Available")
    await panel.expect(ga, True)
    await box.says(1, "Faulted", "GroundFailure")
    await panel.expect(ga, False)
    await box.says(1, "Available")
    await panel.expect(ga, True)
    await panel.rest(outlet.prefix)


async def test_a_whole_session_on_the_objects_beyond_the_twelve(arrive: Arrive, panel: Panel):
    box = await arrive("EXTRA", EXTRA)
    assert panel.last(EXTRA.state("online")) is True
    assert panel.last(EXTRA.state("fault")) is False
    assert panel.last(EXTRA.state("cable_connected")) is False
    await box.plug()
    await panel.expect(EXTRA.state("cable_connected"), True)
    await box.card("CARD")
    await box.charges()
    await panel.rest(EXTRA.prefix)
    await box.meter(500)
    await panel.expect(EXTRA.state("power"), bytes.fromhex("462c8000"))  # 11040 W, DPT 14.056
    await panel.expect(EXTRA.state("meter"), energy(10_500))
    await panel.expect(EXTRA.state("session_energy"), energy(500))
    await box.says(1, "Faulted", "OtherError", vendorErrorCode="E7", info="Relay")
    await panel.expect(EXTRA.state("fault"), True)
    text = panel.last(EXTRA.state("error_text"))
    assert isinstance(text, bytes)
    assert (len(text), b"Relay" in text, b"E7" in text) == (14, True, True)
    await box.says(1, "Charging")
    await panel.expect(EXTRA.state("fault"), False)
    await box.unplug()
    await panel.expect(EXTRA.state("cable_connected"), False)
    await panel.expect(EXTRA.state("power"), ampere(0.0))
    await panel.rest(EXTRA.prefix)


async def test_the_charge_point_has_objects_of_its_own(arrive: Arrive, panel: Panel):
    point = Outlet(WHOLE.main, 0)
    box = await arrive("WHOLE", WHOLE, point)
    assert panel.last(point.state("online")) is True
    await box.says(0, "Faulted", "InternalError")
    await panel.expect(point.state("status"), b"\x08")
    await panel.expect(point.state("error_code"), b"\x05")
    await panel.expect(point.state("fault"), True)
    await box.says(0, "Available")
    await panel.expect(point.state("status"), b"\x00")
    await panel.rest(point.prefix)
