"""GroupValueRead: answered from what is known, and not at all while nothing is."""

from datetime import UTC, datetime

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, energy

KNOWN, UNKNOWN, LEFT, MUTE = (Outlet(main) for main in range(1, 5))
HOUSE = House(
    (
        charger("KNOWN", connector(KNOWN)),
        charger("UNKNOWN", connector(UNKNOWN)),
        charger("LEFT", connector(LEFT, "online", "meter")),
        charger("MUTE", connector(MUTE, objects={"status": {"respond_to_read": False}})),
    ),
    site={"offline_after": 2},
)
STATES = (
    "status",
    "error_code",
    "charging",
    "availability",
    "transaction_energy",
    "start_time",
    "end_time",
    "current",
    "max_current",
)


async def test_a_read_before_anything_is_known_gets_no_answer(bridge: BridgeProcess, panel: Panel):
    assert bridge.pid
    for key in ("current", "max_current", "transaction_energy", "start_time", "end_time", "error_code"):
        assert await panel.read(UNKNOWN.state(key), 0.3) is None, key


async def test_every_state_object_answers_with_what_was_last_said(arrive: Arrive, panel: Panel):
    box = await arrive("KNOWN", KNOWN)
    started = await box.send(
        "StartTransaction",
        {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": datetime.now(UTC).isoformat()},
    )
    stop = {"transactionId": started["transactionId"], "meterStop": 700, "timestamp": datetime.now(UTC).isoformat()}
    await box.send("StopTransaction", stop)
    await box.meters(1, {"measurand": "Current.Import", "value": "0.0"})
    await panel.expect(KNOWN.state("transaction_energy"), energy(700))
    await panel.rest(KNOWN.prefix)
    expected = {
        "status": b"\x00",
        "error_code": b"\x00",
        "charging": False,
        "availability": True,
        "transaction_energy": energy(700),
        "current": ampere(0.0),
        "max_current": ampere(16.0),
    }
    answers = {key: await panel.read(KNOWN.state(key)) for key in STATES}
    assert {key: answers[key] for key in expected} == expected
    for key in ("start_time", "end_time"):
        assert answers[key] == panel.last(KNOWN.state(key))
        assert answers[key] is not None


async def test_measurements_of_an_offline_charger_are_not_told(arrive: Arrive, panel: Panel):
    box = await arrive("LEFT", LEFT)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await box.meters(1, {"measurand": "Current.Import", "value": "8.0", "phase": "L1"}, transaction=number)
    await panel.rest(LEFT.prefix)
    assert await panel.read(LEFT.state("current")) == ampere(8.0)
    await box.abort()
    await panel.expect(LEFT.state("online"), False, 5)
    await panel.rest(LEFT.prefix)
    assert await panel.read(LEFT.state("current"), 0.4) is None
    assert await panel.read(LEFT.state("charging")) is True
    assert await panel.read(LEFT.state("status")) == b"\x07"
    assert await panel.read(LEFT.state("availability")) is False


async def test_an_object_told_not_to_answer_does_not(arrive: Arrive, panel: Panel):
    await arrive("MUTE", MUTE)
    assert await panel.read(MUTE.state("status"), 0.4) is None
    assert await panel.read(MUTE.state("availability")) is True


async def test_a_command_address_is_never_answered(arrive: Arrive, panel: Panel):
    await arrive("KNOWN", KNOWN)
    assert await panel.read(KNOWN.command("charging"), 0.4) is None


async def test_the_bridge_tells_how_many_chargers_are_online(bridge: BridgeProcess, panel: Panel):
    assert bridge.pid
    assert isinstance(await panel.read(CHARGERS_ONLINE_GA), bytes)
