"""Press start: before the cable, twice, in vain, and how the LED of the switch keeps telling the truth."""

import time

import pytest

from tests.e2e.conftest import Arrive
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel

EARLY, CANCEL, EXPIRE, TWICE, REJECTED, UNSUPPORTED, SLOW, GONE, NEEDS_CABLE, AT_ONCE = (
    Outlet(main) for main in range(1, 11)
)
TWO_ONE, TWO_TWO = Outlet(11, 1), Outlet(11, 2)
CENTRAL_OFF, OFF_A, OFF_B = "20/0/0", Outlet(12), Outlet(13)
ANSWERED, STRANGER = Outlet(14), Outlet(15)


def switched_by(outlet: Outlet) -> dict[str, object]:
    """The outlet's own switch, and the central one."""
    return {"address": [outlet.command("charging"), CENTRAL_OFF], "state_address": outlet.state("charging")}


HOUSE = House(
    (
        charger("EARLY", connector(EARLY)),
        charger("CANCEL", connector(CANCEL, "command_result")),
        charger("EXPIRE", connector(EXPIRE, "command_result", start_window=2)),
        charger("TWICE", connector(TWICE)),
        charger("REJECTED", connector(REJECTED, "command_result")),
        charger("UNSUPPORTED", connector(UNSUPPORTED, "command_result")),
        charger("SLOW", connector(SLOW, "command_result")),
        charger("GONE", connector(GONE, "command_result")),
        charger("NEEDS_CABLE", connector(NEEDS_CABLE, "command_result", start_requires_cable=True)),
        charger("AT_ONCE", connector(AT_ONCE, remote_start_when="at_once")),
        charger("TWO", connector(TWO_ONE), connector(TWO_TWO)),
        charger("OFF_A", connector(OFF_A, objects={"charging": switched_by(OFF_A)})),
        charger("OFF_B", connector(OFF_B, objects={"charging": switched_by(OFF_B)})),
        charger("ANSWERED", connector(ANSWERED)),
        charger("STRANGER", connector(STRANGER)),
    ),
    ocpp={"response_timeout": 2},
)


async def test_start_before_the_cable_waits_for_the_car(arrive: Arrive, panel: Panel):
    box = await arrive("EARLY", EARLY)
    await panel.write(EARLY.command("charging"), True)
    await panel.expect_nothing(EARLY.prefix, 1.0)
    assert box.fresh_calls() == []
    await box.plug()
    await box.expect_call("RemoteStartTransaction")
    await box.charges()
    await panel.expect(EARLY.state("status"), b"\x01")
    await panel.expect(EARLY.state("charging"), True)
    await panel.expect(EARLY.state("status"), b"\x02")
    assert {telegram.ga for telegram in await panel.rest(EARLY.prefix)} == {EARLY.state("start_time")}


async def test_a_zero_cancels_a_start_that_waits(arrive: Arrive, panel: Panel):
    box = await arrive("CANCEL", CANCEL)
    await panel.write(CANCEL.command("charging"), True)
    await panel.write(CANCEL.command("charging"), False)
    await panel.expect(CANCEL.state("charging"), False)
    await panel.rest(CANCEL.prefix)
    await box.plug()
    await panel.expect(CANCEL.state("status"), b"\x01")
    await panel.expect_nothing(CANCEL.prefix, 1.0)
    assert box.fresh_calls() == []


async def test_a_start_without_a_car_expires_and_the_led_falls_back(arrive: Arrive, panel: Panel):
    box = await arrive("EXPIRE", EXPIRE)
    await panel.write(EXPIRE.command("charging"), True)
    await panel.expect_nothing(EXPIRE.prefix, 1.5)
    await panel.expect(EXPIRE.state("charging"), False)
    await panel.expect(EXPIRE.state("command_result"), b"\x03")
    await box.plug()
    await panel.expect(EXPIRE.state("status"), b"\x01")
    await panel.expect_nothing(EXPIRE.prefix, 0.5)
    assert box.fresh_calls() == []


async def test_pressing_start_twice_starts_once_and_confirms_the_led(arrive: Arrive, panel: Panel):
    box = await arrive("TWICE", TWICE)
    await box.plug()
    await panel.write(TWICE.command("charging"), True)
    await box.expect_call("RemoteStartTransaction")
    await box.charges()
    await panel.expect(TWICE.state("charging"), True)
    await panel.rest(TWICE.prefix)
    await panel.write(TWICE.command("charging"), True)
    await panel.expect(TWICE.state("charging"), True)
    await panel.expect_nothing(TWICE.prefix, 0.5)
    assert len(box.calls_of("RemoteStartTransaction")) == 1


async def test_a_start_that_the_charger_rejects_turns_the_led_off(arrive: Arrive, panel: Panel):
    box = await arrive("REJECTED", REJECTED)
    await box.plug()
    await panel.expect(REJECTED.state("status"), b"\x01")
    box.answer("RemoteStartTransaction", status="Rejected")
    await panel.write(REJECTED.command("charging"), True)
    await box.expect_call("RemoteStartTransaction")
    decided_s = time.monotonic()
    fallen = await panel.expect(REJECTED.state("charging"), False)
    assert fallen.at_s - decided_s < 0.5
    await panel.expect(REJECTED.state("command_result"), b"\x01")


async def test_a_start_that_the_charger_does_not_know_turns_the_led_off(arrive: Arrive, panel: Panel):
    box = await arrive("UNSUPPORTED", UNSUPPORTED)
    await box.plug()
    await panel.expect(UNSUPPORTED.state("status"), b"\x01")
    box.refuse("RemoteStartTransaction", "NotSupported")
    await panel.write(UNSUPPORTED.command("charging"), True)
    await panel.expect(UNSUPPORTED.state("charging"), False)
    await panel.expect(UNSUPPORTED.state("command_result"), b"\x02")


async def test_a_start_that_is_never_answered_turns_the_led_off(arrive: Arrive, panel: Panel):
    box = await arrive("SLOW", SLOW)
    await box.plug()
    await panel.expect(SLOW.state("status"), b"\x01")
    box.ignore("RemoteStartTransaction")
    await panel.write(SLOW.command("charging"), True)
    await panel.expect(SLOW.state("charging"), False, 5)
    await panel.expect(SLOW.state("command_result"), b"\x03")


async def test_a_start_while_the_charger_is_away_turns_the_led_off(arrive: Arrive, panel: Panel):
    box = await arrive("GONE", GONE)
    await box.abort()
    await panel.write(GONE.command("charging"), True)
    await panel.expect(GONE.state("charging"), False)
    await panel.expect(GONE.state("command_result"), b"\x04")


async def test_a_start_can_be_made_to_require_the_cable(arrive: Arrive, panel: Panel):
    box = await arrive("NEEDS_CABLE", NEEDS_CABLE)
    await panel.write(NEEDS_CABLE.command("charging"), True)
    await panel.expect(NEEDS_CABLE.state("charging"), False)
    await panel.expect(NEEDS_CABLE.state("command_result"), b"\x05")
    assert box.fresh_calls() == []
    await box.plug()
    await panel.expect(NEEDS_CABLE.state("status"), b"\x01")
    await panel.write(NEEDS_CABLE.command("charging"), True)
    await box.charges()
    await panel.expect(NEEDS_CABLE.state("charging"), True)
    await panel.rest(NEEDS_CABLE.prefix)


async def test_a_charger_that_waits_by_itself_gets_the_start_at_once(arrive: Arrive, panel: Panel):
    box = await arrive("AT_ONCE", AT_ONCE)
    await panel.write(AT_ONCE.command("charging"), True)
    await box.expect_call("RemoteStartTransaction")
    await box.plug()
    await box.charges()
    await panel.expect(AT_ONCE.state("charging"), True)
    await panel.rest(AT_ONCE.prefix)


@pytest.mark.parametrize("status", ["Unavailable", "Faulted"])
async def test_nothing_starts_where_nothing_can(arrive: Arrive, panel: Panel, status: str):
    box = await arrive("REJECTED", REJECTED)
    await box.says(1, status)
    await panel.rest(REJECTED.prefix)
    await panel.write(REJECTED.command("charging"), True)
    await panel.expect(REJECTED.state("charging"), False)
    await panel.expect(REJECTED.state("command_result"), b"\x05")
    assert "RemoteStartTransaction" not in box.fresh_calls()


async def test_both_connectors_of_one_charger_live_apart(arrive: Arrive, panel: Panel):
    box = await arrive("TWO", TWO_ONE, TWO_TWO)
    await box.plug(2)
    await panel.write(TWO_TWO.command("charging"), True)
    assert (await box.expect_call("RemoteStartTransaction"))["connectorId"] == 2
    second = await box.charges(2)
    await panel.expect(TWO_TWO.state("charging"), True)
    await panel.expect_nothing(TWO_ONE.prefix, 0.3)
    await box.plug(1)
    await panel.write(TWO_ONE.command("charging"), True)
    first = await box.charges(1)
    assert first != second
    await panel.expect(TWO_ONE.state("charging"), True)
    await panel.rest(TWO_ONE.prefix)
    await panel.rest(TWO_TWO.prefix)
    await panel.write(TWO_TWO.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction") == {"transactionId": second}
    await panel.expect(TWO_TWO.state("charging"), False)
    await panel.rest(TWO_TWO.prefix)
    await panel.expect_nothing(TWO_ONE.prefix, 0.3)
    assert box.transaction(1) == first


async def test_two_chargers_at_once_and_a_central_off(arrive: Arrive, panel: Panel):
    a = await arrive("OFF_A", OFF_A)
    b = await arrive("OFF_B", OFF_B)
    await panel.write(OFF_A.command("charging"), True)
    await panel.write(OFF_B.command("charging"), True)
    await a.plug()
    await b.plug()
    assert await a.charges() != await b.charges()
    await panel.expect(OFF_A.state("charging"), True)
    await panel.expect(OFF_B.state("charging"), True)
    await panel.rest(OFF_A.prefix)
    await panel.rest(OFF_B.prefix)
    await panel.write(CENTRAL_OFF, False)
    await panel.expect(OFF_A.state("charging"), False)
    await panel.expect(OFF_B.state("charging"), False)
    await panel.rest(OFF_A.prefix)
    await panel.rest(OFF_B.prefix)


async def test_a_response_on_a_command_address_starts_nothing(arrive: Arrive, panel: Panel):
    box = await arrive("ANSWERED", ANSWERED)
    await box.plug()
    await panel.expect(ANSWERED.state("status"), b"\x01")
    await panel.respond(ANSWERED.command("charging"), True)
    await panel.expect_nothing(ANSWERED.prefix, 1.0)
    assert box.fresh_calls() == []


async def test_a_foreign_write_on_a_state_address_changes_nothing(arrive: Arrive, panel: Panel):
    box = await arrive("STRANGER", STRANGER)
    await panel.write(STRANGER.state("charging"), True)
    await panel.write(STRANGER.state("status"), b"\x02")
    await panel.expect_nothing(STRANGER.prefix, 0.5)
    assert box.fresh_calls() == []
    assert await panel.read(STRANGER.state("charging")) is False
    assert await panel.read(STRANGER.state("status")) == b"\x00"
