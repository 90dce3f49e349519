"""Chargers come, go, come twice and vanish: the building sees no more of it than is true."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import Arrive
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, energy, time_of_day

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TWIN, POWER, LATE, LOST, SHORT, RESERVED, ORPHAN = (Outlet(main) for main in range(1, 8))
HOUSE = House(
    (
        charger("TWIN", connector(TWIN, "online")),
        charger("POWER", connector(POWER, "online")),
        charger("LATE", connector(LATE)),
        charger("LOST", connector(LOST, "online")),
        charger("SHORT", connector(SHORT, "online")),
        charger("RESERVED", connector(RESERVED)),
        charger("ORPHAN", connector(ORPHAN)),
    ),
    site={"offline_after": 5},
)


async def test_a_charger_that_dials_again_without_closing_causes_no_flicker(arrive: Arrive, panel: Panel):
    box = await arrive("TWIN", TWIN)
    await box.plug()
    await box.card("CARD")
    number = await box.charges()
    await panel.rest(TWIN.prefix)
    await box.reconnect_without_closing()
    await panel.expect_exactly(TWIN.prefix, [], quiet_s=6)
    await panel.write(TWIN.command("charging"), False)
    assert await box.expect_call("RemoteStopTransaction", within_s=15) == {"transactionId": number}
    await panel.expect(TWIN.state("charging"), False)
    await panel.rest(TWIN.prefix)


async def test_a_short_gap_is_invisible(arrive: Arrive, panel: Panel):
    box = await arrive("SHORT", SHORT)
    await box.abort()
    await panel.expect_nothing(SHORT.prefix, 2)
    await box.connect()
    await panel.expect_exactly(SHORT.prefix, [], quiet_s=4)


async def test_a_longer_gap_is_told_and_so_is_the_return(arrive: Arrive, panel: Panel):
    box = await arrive("SHORT", SHORT)
    await box.abort()
    await panel.expect(SHORT.state("online"), False, 8)
    await panel.expect(SHORT.state("availability"), False)
    await panel.expect(SHORT.state("status"), b"\x07")
    await panel.expect_nothing(SHORT.prefix, 0.5)
    await box.connect()
    await box.says(1, "Available")
    await panel.expect(SHORT.state("online"), True, 8)
    await panel.expect(SHORT.state("availability"), True)
    await panel.expect(SHORT.state("status"), b"\x00")
    assert {(t.ga, t.payload) for t in await panel.rest(SHORT.prefix)} <= {(SHORT.state("current"), ampere(0.0))}


async def test_a_power_cycle_in_a_transaction_ends_it_with_its_energy(arrive: Arrive, panel: Panel):
    box = await arrive("POWER", POWER)
    await box.plug()
    await panel.write(POWER.command("charging"), True)
    await box.charges()
    await box.meter(2500)
    await panel.rest(POWER.prefix)
    await box.power_cycle()
    await panel.expect(POWER.state("charging"), False)
    await panel.expect(POWER.state("transaction_energy"), energy(2500))
    await panel.expect(POWER.state("status"), b"\x05")
    assert {t.ga for t in await panel.rest(POWER.prefix)} <= {POWER.state("end_time"), POWER.state("current")}


async def test_a_transaction_delivered_an_hour_late_is_told_once_and_switches_nothing(arrive: Arrive, panel: Panel):
    box = await arrive("LATE", LATE)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    lasted = timedelta(minutes=20)
    await box.deliver_offline_transaction(1, "CARD", began, lasted=lasted, energy_wh=4321)
    await panel.expect_exactly(
        LATE.prefix,
        [
            (LATE.state("transaction_energy"), energy(4321)),
            (LATE.state("start_time"), time_of_day(began.astimezone(AMSTERDAM))),
            (LATE.state("end_time"), time_of_day((began + lasted).astimezone(AMSTERDAM))),
        ],
        quiet_s=1.5,
        in_order=False,
    )


@pytest.mark.long
async def test_a_peer_that_vanishes_without_a_word_is_offline_within_two_minutes(arrive: Arrive, panel: Panel):
    box = await arrive("LOST", LOST)
    await box.plug()
    await box.card("CARD")
    await box.charges()
    await panel.rest(LOST.prefix)
    box.vanish()
    await panel.expect(LOST.state("online"), False, 120)
    await panel.expect(LOST.state("availability"), False)
    await panel.expect(LOST.state("status"), b"\x07")
    assert {t.ga for t in await panel.rest(LOST.prefix)} <= {LOST.state("current")}


async def test_a_reservation_outlives_its_expiry(arrive: Arrive, panel: Panel):
    """A charger that lets it expire is asked again, with the same number."""
    box = await arrive("RESERVED", RESERVED)
    await panel.write(RESERVED.command("reservation"), True)
    first = await box.expect_call("ReserveNow")
    await panel.expect(RESERVED.state("status"), b"\x06")
    box.machine.connectors[1].reservation = None  # its clock, or its idea of an expiry
    await panel.expect(RESERVED.state("status"), b"\x00")
    renewed = await box.expect_call("ReserveNow", 10)
    assert renewed["reservationId"] == first["reservationId"]
    assert datetime.fromisoformat(str(renewed["expiryDate"])) >= datetime.fromisoformat(str(first["expiryDate"]))
    await panel.expect(RESERVED.state("status"), b"\x06")
    await panel.write(RESERVED.command("reservation"), False)
    assert await box.expect_call("CancelReservation") == {"reservationId": first["reservationId"]}
    await panel.expect(RESERVED.state("status"), b"\x00")
    await panel.rest(RESERVED.prefix)


async def test_a_stop_of_an_unknown_transaction_is_answered(arrive: Arrive, panel: Panel):
    box = await arrive("ORPHAN", ORPHAN)
    stop = {"transactionId": 987654, "meterStop": 10, "timestamp": datetime.now(UTC).isoformat()}
    answer = await box.send("StopTransaction", stop)
    assert answer.get("idTagInfo", {"status": "Accepted"})["status"] == "Accepted"
    await panel.rest(ORPHAN.prefix)
