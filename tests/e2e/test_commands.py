"""What the wall switch sends: every command object, and what the charger is asked."""

from dataclasses import replace

import pytest

from tests.e2e.conftest import Arrive
from tests.kit.fake_charger import PLAN
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere

START, STOP, RESERVE, AVAILABLE, UNLOCK, LOCKED, RESET, LIMIT, LIMIT_MA = (Outlet(main) for main in range(1, 10))
SHARED_A, SHARED_B = Outlet(10, 1), Outlet(10, 2)
OTHERS = Outlet(11)
MATRIX = tuple(Outlet(12, number) for number in range(1, 8))
MATRIX_MA = tuple(Outlet(13, number) for number in range(1, 6))
SHARED_RESET = "10/7/1"
SEVEN_OUTLETS = replace(PLAN, connectors=7)
HOUSE = House(
    (
        charger("START", connector(START)),
        charger("STOP", connector(STOP)),
        charger("RESERVE", connector(RESERVE, "command_result")),
        charger("AVAILABLE", connector(AVAILABLE)),
        charger("UNLOCK", connector(UNLOCK, "command_result")),
        charger("LOCKED", connector(LOCKED, "command_result", unlock_in_transaction="refuse")),
        charger("RESET", connector(RESET)),
        charger("LIMIT", connector(LIMIT)),
        charger("LIMIT_MA", connector(LIMIT_MA, objects={"max_current": {"dpt": "9.021"}})),
        charger(
            "SHARED",
            connector(SHARED_A, objects={"reset": {"address": SHARED_RESET}}),
            connector(SHARED_B, objects={"reset": {"address": SHARED_RESET}}),
        ),
        charger("OTHERS", connector(OTHERS, "command_result", "hard_reset", "clear_cache", "fast_charging")),
        charger("MATRIX", *(connector(outlet) for outlet in MATRIX)),
        charger("MATRIX_MA", *(connector(outlet, objects={"max_current": {"dpt": "9.021"}}) for outlet in MATRIX_MA)),
    )
)


def limit_of(call: dict[str, object]) -> object:
    """The limit of a SetChargingProfile."""
    schedule = call["csChargingProfiles"]["chargingSchedule"]
    assert schedule["chargingRateUnit"] == "A"
    (period,) = schedule["chargingSchedulePeriod"]
    return period["limit"]


async def test_one_on_charging_starts_a_car_that_is_plugged_in(arrive: Arrive, panel: Panel):
    box = await arrive("START", START)
    await box.plug()
    await panel.expect(START.state("status"), b"\x01")
    await panel.write(START.command("charging"), True)
    asked = await box.expect_call("RemoteStartTransaction")
    assert asked["connectorId"] == 1
    tag = str(asked["idTag"])
    assert 0 < len(tag) <= 16
    assert tag.isalnum()
    assert tag == tag.upper()
    await box.charges()
    await panel.expect(START.state("charging"), True)
    await panel.expect(START.state("status"), b"\x02")
    await panel.rest(START.prefix)


async def test_zero_on_charging_ends_the_transaction(arrive: Arrive, panel: Panel):
    box = await arrive("STOP", STOP)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(STOP.prefix)
    await panel.write(STOP.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
    await panel.expect(STOP.state("charging"), False)
    await panel.expect(STOP.state("status"), b"\x05")
    await panel.rest(STOP.prefix)


async def test_reservation_reserves_with_a_tag_that_starts_nothing_and_frees(arrive: Arrive, panel: Panel):
    box = await arrive("RESERVE", RESERVE)
    await panel.write(RESERVE.command("reservation"), True)
    asked = await box.expect_call("ReserveNow")
    assert asked["connectorId"] == 1
    await panel.expect(RESERVE.state("status"), b"\x06")
    await panel.expect(RESERVE.state("command_result"), b"\x00")
    refused = await box.send("Authorize", {"idTag": asked["idTag"]})
    assert refused["idTagInfo"]["status"] != "Accepted"
    await panel.write(RESERVE.command("charging"), True)
    await panel.expect(RESERVE.state("charging"), False)
    await panel.expect(RESERVE.state("command_result"), b"\x05")
    assert "RemoteStartTransaction" not in box.fresh_calls()
    await panel.write(RESERVE.command("reservation"), False)
    assert await box.expect_call("CancelReservation") == {"reservationId": asked["reservationId"]}
    await panel.expect(RESERVE.state("status"), b"\x00")
    await panel.rest(RESERVE.prefix)


async def test_a_charger_that_cannot_reserve_says_so(arrive: Arrive, panel: Panel):
    box = await arrive("RESERVE", RESERVE)
    box.refuse("ReserveNow", "NotSupported")
    await panel.write(RESERVE.command("reservation"), True)
    await box.expect_call("ReserveNow")
    await panel.expect(RESERVE.state("command_result"), b"\x02")
    box.answer("ReserveNow", status="Rejected")
    await panel.write(RESERVE.command("reservation"), True)
    await box.expect_call("ReserveNow")
    await panel.expect(RESERVE.state("command_result"), b"\x01")


async def test_availability_is_changed_and_the_state_follows_the_charger(arrive: Arrive, panel: Panel):
    box = await arrive("AVAILABLE", AVAILABLE)
    await panel.write(AVAILABLE.command("availability"), False)
    assert await box.expect_call("ChangeAvailability") == {"connectorId": 1, "type": "Inoperative"}
    await panel.expect(AVAILABLE.state("availability"), False)
    await panel.expect(AVAILABLE.state("status"), b"\x07")
    await panel.write(AVAILABLE.command("availability"), True)
    assert await box.expect_call("ChangeAvailability") == {"connectorId": 1, "type": "Operative"}
    await panel.expect(AVAILABLE.state("availability"), True)
    await panel.expect(AVAILABLE.state("status"), b"\x00")


async def test_unavailable_is_scheduled_while_a_car_charges(arrive: Arrive, panel: Panel):
    box = await arrive("AVAILABLE", AVAILABLE)
    await box.plug()
    await box.card("CARD")
    await box.charges()
    await panel.rest(AVAILABLE.prefix)
    await panel.write(AVAILABLE.command("availability"), False)
    await box.expect_call("ChangeAvailability")
    await panel.expect_nothing(AVAILABLE.state("availability"), 0.5)
    await box.unplug()
    await panel.expect(AVAILABLE.state("availability"), False)
    await panel.rest(AVAILABLE.prefix)


async def test_only_a_one_unlocks(arrive: Arrive, panel: Panel):
    box = await arrive("UNLOCK", UNLOCK)
    await panel.write(UNLOCK.command("unlock"), False)
    await panel.expect_nothing(UNLOCK.prefix, 0.5)
    assert box.fresh_calls() == []
    await panel.write(UNLOCK.command("unlock"), True)
    assert await box.expect_call("UnlockConnector") == {"connectorId": 1}
    await panel.expect(UNLOCK.state("command_result"), b"\x00")


async def test_unlocking_in_a_transaction_ends_it(arrive: Arrive, panel: Panel):
    box = await arrive("UNLOCK", UNLOCK)
    await box.plug()
    await box.card("CARD")
    await box.charges()
    await panel.rest(UNLOCK.prefix)
    await panel.write(UNLOCK.command("unlock"), True)
    await box.expect_call("UnlockConnector")
    await panel.expect(UNLOCK.state("charging"), False)
    await panel.rest(UNLOCK.prefix)


async def test_unlocking_in_a_transaction_can_be_forbidden(arrive: Arrive, panel: Panel):
    box = await arrive("LOCKED", LOCKED)
    await box.plug()
    await box.card("CARD")
    await box.charges()
    await panel.rest(LOCKED.prefix)
    await panel.write(LOCKED.command("unlock"), True)
    await panel.expect(LOCKED.state("command_result"), b"\x05")
    assert box.calls_of("UnlockConnector") == []


async def test_reset_is_a_soft_reset_of_the_whole_charge_point(arrive: Arrive, panel: Panel):
    box = await arrive("RESET", RESET)
    await panel.write(RESET.command("reset"), False)
    await panel.expect_nothing(RESET.prefix, 0.3)
    await panel.write(RESET.command("reset"), True)
    assert await box.expect_call("Reset") == {"type": "Soft"}
    assert len(box.calls_of("Reset")) == 1


async def test_one_telegram_that_several_connectors_share_resets_once(arrive: Arrive, panel: Panel):
    box = await arrive("SHARED", SHARED_A, SHARED_B)
    box.answer("Reset", status="Rejected")
    await panel.write(SHARED_RESET, True)
    await box.expect_call("Reset")
    await panel.expect_nothing(SHARED_A.prefix, 1.0)
    assert len(box.calls_of("Reset")) == 1


async def test_hard_reset_and_cache(arrive: Arrive, panel: Panel):
    box = await arrive("OTHERS", OTHERS)
    box.answer("Reset", status="Accepted")
    await panel.write(OTHERS.command("clear_cache"), True)
    assert await box.expect_call("ClearCache") == {}
    await panel.expect(OTHERS.state("command_result"), b"\x00")
    await panel.write(OTHERS.command("hard_reset"), True)
    assert await box.expect_call("Reset") == {"type": "Hard"}
    await panel.expect(OTHERS.state("command_result"), b"\x00")


@pytest.mark.parametrize(
    ("outlet", "payload", "limit", "said"),
    [
        (LIMIT, bytes.fromhex("41200000"), 10, bytes.fromhex("41200000")),
        (LIMIT_MA, bytes.fromhex("4fa1"), 10, bytes.fromhex("4fa1")),
    ],
)
async def test_a_limit_reaches_the_charger_and_comes_back(
    arrive: Arrive, panel: Panel, outlet: Outlet, payload: bytes, limit: float, said: bytes
):
    box = await arrive("LIMIT" if outlet is LIMIT else "LIMIT_MA", outlet)
    await panel.write(outlet.command("max_current"), payload)
    asked = await box.expect_call("SetChargingProfile", 10)
    assert asked["connectorId"] == 1
    assert asked["csChargingProfiles"]["chargingProfilePurpose"] == "TxDefaultProfile"
    assert limit_of(asked) == limit
    await panel.expect(outlet.state("max_current"), said)


async def test_what_a_limit_becomes_in_ampere(arrive: Arrive, panel: Panel):
    """0 and 3 A pause, 6 A is the least, 40 A is cut to the connector's 16, NaN, infinity and negative are refused."""
    box = await arrive("MATRIX", *MATRIX, plan=SEVEN_OUTLETS)
    wanted = [0.0, 3.0, 6.0, 40.0, float("nan"), float("inf"), -1.0]
    before = ampere(16.0)
    expected = [ampere(0.0), ampere(0.0), ampere(6.0), before, before, before, before]
    for outlet, value in zip(MATRIX, wanted, strict=True):
        await panel.write(outlet.command("max_current"), ampere(value))
    for outlet, payload in zip(MATRIX, expected, strict=True):
        await panel.expect(outlet.state("max_current"), payload, 12)
    limits = {call["connectorId"]: limit_of(call) for call in box.calls_of("SetChargingProfile")}
    assert limits == {1: 0, 2: 0, 3: 6, 4: 16, 5: 16, 6: 16, 7: 16}


async def test_what_a_limit_becomes_in_milliampere(arrive: Arrive, panel: Panel):
    """9.021 has no 6 A: both of its neighbours are 6 A."""
    box = await arrive("MATRIX_MA", *MATRIX_MA, plan=SEVEN_OUTLETS)
    wanted = ["4c94", "4c93", "4fa1", "561a", "7fff"]  # 6000.64, 5995.52, 9999.36, 15994.88 mA, invalid
    expected = ["4c94", "4c94", "4fa1", "561a", None]
    for outlet, payload in zip(MATRIX_MA, wanted, strict=True):
        await panel.write(outlet.command("max_current"), bytes.fromhex(payload))
    for outlet, said in zip(MATRIX_MA, expected, strict=True):
        if said is not None:
            await panel.expect(outlet.state("max_current"), bytes.fromhex(said), 12)
    limits = {call["connectorId"]: limit_of(call) for call in box.calls_of("SetChargingProfile")}
    assert {n: limits[n] for n in range(1, 6)} == {1: 6, 2: 6, 3: 10, 4: 16, 5: 16}
    await panel.rest(MATRIX_MA[4].prefix)
