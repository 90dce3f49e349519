"""The bridge is killed while three cars charge at the limit of a fuse: silence means less, and so does not knowing."""

import asyncio

from tests.kit.bridge import BridgeProcess
from tests.kit.fused_house import FUSE_A, NAMES, Site, house

HOUSE = house(circuit={}, metered=False, fail_safe_a=6.0)


async def test_what_nobody_renews_ends_and_nothing_is_given_out_before_all_is_known_again(bridge: BridgeProcess):
    async with Site(bridge) as site:
        await site.arrive()
        await site.becomes(10.6, 10.6, 10.6, within_s=15)
        bridge.kill9()
        assert site.limits_a() == dict.fromkeys(NAMES, 10.6), "nothing happens at once: the cars go on"
        site.let_leases_end()
        assert site.limits_a() == dict.fromkeys(NAMES, 6.0)

        await asyncio.to_thread(bridge.start)
        for name in ("ONE", "TWO"):
            await site.chargers[name].connect()
        await asyncio.sleep(8)
        assert site.limits_a() == dict.fromkeys(NAMES, 6.0), "nobody knows of THREE"
        (main,) = await site.tells("circuits")
        assert main["settling"]
        assert site.over_s == 0.0

        await site.chargers["THREE"].connect()
        await site.becomes(10.6, 10.6, 10.6, within_s=20)
        assert site.over_s == 0.0
        assert site.flows_a() <= FUSE_A
        assert [each.transaction() for each in site.chargers.values()] == [1, 2, 3]

        told = {name: site.orders(name) for name in NAMES}
        await asyncio.to_thread(bridge.terminate)
        assert {name: site.orders(name) for name in NAMES} == told, "an orderly end leaves them with what they have"
        assert site.limits_a() == dict.fromkeys(NAMES, 10.6)
        site.let_leases_end()
        assert site.limits_a() == dict.fromkeys(NAMES, 6.0)
        await asyncio.to_thread(bridge.start)
