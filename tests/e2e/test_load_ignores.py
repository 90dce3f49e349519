"""A charger accepts each limit and keeps to none: what it takes is counted, and it is stopped by stronger means."""

from tests.kit.bridge import BridgeProcess
from tests.kit.fused_house import NAMES, OUTLETS, SAID, Site, house
from tests.kit.looking import rows
from tests.kit.panel import Panel
from tests.kit.until import until

HOUSE = house(metered=False)


async def test_a_charger_that_does_not_obey_is_counted_and_stopped_and_the_others_have_the_rest(
    bridge: BridgeProcess, panel: Panel
):
    async with Site(bridge) as site:
        deaf = site.chargers["ONE"]
        deaf.answer("SetChargingProfile", status="Accepted")
        await site.arrive()
        assert site.drawn_a("ONE") == 16.0
        await until(lambda: site.drawn_a("TWO") == site.drawn_a("THREE") == 8.0, 40, "the others have what is left")
        await panel.hears(SAID["fault"], True, 20)
        assert "limit_disobeyed" in {row["kind"] for row in await rows(bridge.socket, "alarms", standing=True)}
        await until(lambda: deaf.transaction() is None, 40, "it is stopped")
        assert deaf.calls_of("RemoteStopTransaction")
        await until(lambda: bool(deaf.calls_of("ChangeAvailability")), 20, "it cannot be started again")
        assert deaf.calls_of("ChangeAvailability")[-1] == {"connectorId": 1, "type": "Inoperative"}
        await until(lambda: site.drawn_a("TWO") == site.drawn_a("THREE") == 16.0, 30, "all of the fuse is theirs")
        assert list(OUTLETS) == list(NAMES)
