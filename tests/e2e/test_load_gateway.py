"""The gateway dies while three cars share a fuse with a house that is measured: nobody guesses, the fallback counts."""

from collections.abc import AsyncIterator

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.fused_house import FUSE_A, NAMES, Site, house
from tests.kit.knxd import Knxd
from tests.kit.looking import rows
from tests.kit.sender import Sender

STALE_S = 3.0
HOUSE = house(circuit={"fallback_current": 18}, timeout_s=STALE_S)


@pytest.fixture
async def sender(knxd: Knxd) -> AsyncIterator[Sender]:
    async with Sender(knxd) as one:
        yield one


async def test_a_meter_that_nobody_hears_leaves_the_fallback_until_it_is_heard_again(
    bridge: BridgeProcess, knxd: Knxd, sender: Sender
):
    async with Site(bridge, sender) as site:
        site.cooks_a = 2.0
        await site.arrive()
        await site.becomes(10.0, 10.0, 10.0, within_s=15)
        knxd.stop()
        await site.fall_silent()
        await site.becomes(6.0, 6.0, 6.0, within_s=STALE_S + 5)
        (main,) = await site.tells("circuits")
        assert main["house_a"] is None
        assert main["words"]
        kinds = {row["kind"] for row in await rows(bridge.socket, "alarms", standing=True)}
        assert "input" in kinds
        assert [site.chargers[name].transaction() is None for name in NAMES] == [False] * 3
        knxd.start()
        async with Sender(knxd) as again:
            site.hear_by(again)
            await site.becomes(10.0, 10.0, 10.0, within_s=40)
        assert site.flows_a() <= FUSE_A
