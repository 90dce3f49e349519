"""An order of the grid operator (section 14a EnWG): in the middle of charging, and while the bridge was down."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.fused_house import NAMES, ORDER, OUTLETS, SAID, Site, house
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.payloads import ampere
from tests.kit.sender import Sender

HOUSE = house(metered=False)
SENT_WITHIN_S = 5.0
LIMIT_A = 6.0
"""4200 W on three phases of 230 V are 6.08 A."""


@pytest.fixture
async def contact(knxd: Knxd) -> AsyncIterator[Sender]:
    """The control box: what it orders can be read at any time."""
    async with Sender(knxd) as one:
        one.values[ORDER] = False
        yield one


def order(contact: Sender, *, limited: bool) -> None:
    contact.values[ORDER] = limited
    contact.write(ORDER, limited)


async def test_an_order_is_obeyed_at_once_remembered_with_what_was_wished_meanwhile_and_proven(
    bridge: BridgeProcess, panel: Panel, contact: Sender
):
    async with Site(bridge) as site:
        await site.arrive()
        await site.becomes(10.6, 10.6, 10.6, within_s=15)
        began = time.monotonic()
        order(contact, limited=True)
        await site.becomes(*[LIMIT_A] * 3)
        assert time.monotonic() - began < SENT_WITHIN_S
        await panel.hears(SAID["grid_limit_active"], True)
        await panel.hears(SAID["grid_limit_confirmed"], True)
        for outlet in OUTLETS.values():
            await panel.hears(outlet.state("max_current"), ampere(LIMIT_A))
        await panel.write(OUTLETS["ONE"].command("max_current"), ampere(8))
        await asyncio.sleep(2)
        bridge.kill9()
        site.let_leases_end()
        assert max(site.limits_a().values()) <= LIMIT_A, "the order outlives the bridge"
        await asyncio.to_thread(bridge.start)
        for name in NAMES:
            await site.chargers[name].connect()
        await site.becomes(*[LIMIT_A] * 3, within_s=20)
        (row,) = await site.tells("grid-limit")
        for _ in range(60):  # the rules are loaded beside the loop after a start
            if row["active"]:
                break
            await asyncio.sleep(0.25)
            (row,) = await site.tells("grid-limit")
        assert (row["active"], row["limit_w"]) == (True, 4200.0)

        order(contact, limited=False)
        await site.becomes(8.0, 12.0, 12.0, within_s=20)
        await panel.hears(SAID["grid_limit_active"], False)
        log = await site.tells("grid-limit", "log")
        assert log[0]["what"] == "ordered"
        assert log[-1]["what"] == "released"
        assert [row["number"] for row in log] == list(range(1, len(log) + 1))
        confirmed = {row["charger"] for row in log if row["what"] == "confirmed"}
        assert confirmed >= set(NAMES)


async def test_an_order_that_was_given_while_the_bridge_was_down_is_obeyed_when_it_is_up(
    bridge: BridgeProcess, panel: Panel, contact: Sender
):
    async with Site(bridge) as site:
        await site.arrive()
        await site.becomes(8.0, 12.0, 12.0, within_s=20)
        await asyncio.to_thread(bridge.terminate)
        order(contact, limited=True)
        mark = panel.mark()
        await asyncio.to_thread(bridge.start)
        for name in NAMES:
            await site.chargers[name].connect()
        await site.becomes(*[LIMIT_A] * 3, within_s=20)
        assert SAID["grid_limit_active"] in {telegram.ga for telegram in panel.telegrams_since(mark, "29/2/")}
        log = await site.tells("grid-limit", "log")
        assert "ordered" in {row["what"] for row in log}
        order(contact, limited=False)
