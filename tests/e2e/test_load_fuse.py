"""Three cars behind a fuse of 32 A, and a house that cooks: exact currents on the wire and on the bus."""

from collections.abc import AsyncIterator

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.fused_house import METER, NAMES, OUTLETS, SAID, Site, house
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.payloads import ampere
from tests.kit.sender import Sender

HOUSE = house()
MADE_ROOM_WITHIN_S = 6.0
CIRCUIT, WAITING = b"\x08", b"\x09"


@pytest.fixture
async def site(bridge: BridgeProcess, knxd: Knxd) -> AsyncIterator[Site]:
    async with Sender(knxd) as sender:
        sender.watches = set(METER.values())
        async with Site(bridge, sender) as one:
            yield one


async def test_the_house_cooks_and_the_cars_make_room_and_have_it_back(site: Site, panel: Panel):
    site.cooks_a = 2.0
    await site.arrive()
    await site.becomes(10.0, 10.0, 10.0, within_s=15)
    assert site.over_s == 0.0
    for name, outlet in OUTLETS.items():
        assert site.orders(name)[-1] == ("TxProfile", 10, 180), "120 s of lease, begun a minute ago"
        await panel.hears(outlet.state("max_current"), ampere(10))
        await panel.hears(outlet.state("limit_reason"), CIRCUIT)
    await panel.hears(SAID["charging_current_l1"], ampere(30))
    await panel.hears(SAID["chargers_charging"], b"\x03")

    site.cooks_a = 13.0
    await site.becomes(6.3, 6.3, 6.3)
    for outlet in OUTLETS.values():
        await panel.hears(outlet.state("max_current"), ampere(6.3))

    site.cooks_a = 20.0
    await site.becomes(0.0, 6.0, 6.0)
    waits = next(name for name, limit_a in site.limits_a().items() if limit_a == 0.0)
    await panel.hears(OUTLETS[waits].state("waiting"), True)
    await panel.hears(OUTLETS[waits].state("limit_reason"), WAITING)
    await panel.hears(OUTLETS[waits].state("max_current"), ampere(0))
    await panel.hears(SAID["chargers_waiting"], b"\x01")
    await panel.hears(SAID["free_current_l1"], ampere(0))

    site.cooks_a = 2.0
    await site.becomes(10.0, 10.0, 10.0, within_s=15)
    await panel.hears(OUTLETS[waits].state("waiting"), False)
    await panel.hears(SAID["chargers_waiting"], b"\x00")
    assert site.over_s < MADE_ROOM_WITHIN_S
    sent = [limit_a for name in NAMES for _, limit_a, _ in site.orders(name)]
    assert not [each for each in sent if 0 < each < 6]


async def test_the_tree_is_shown_as_it_is(site: Site):
    (main,) = await site.tells("circuits")
    assert (main["name"], main["max_current_a"], main["metered"], main["settling"]) == ("main", [32.0] * 3, True, False)
    assert [outlet["charger"] for outlet in main["outlets"]] == list(NAMES)
