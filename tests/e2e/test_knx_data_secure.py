"""The bridge and KNX Data Secure: the kit's own wall switches, devices gone bad, wrong clocks, and power cuts."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.knx.secure.sequence_numbers import SOON_S
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import CHARGERS_ONLINE_GA
from tests.kit.keyrings import key_of, raw
from tests.kit.secure_group import Sealed, request, sealed
from tests.kit.secure_panel import ADDRESS
from tests.kit.secured_site import BOX, CHARGING, FAULT, OPEN_SWITCH, STATUS, SWITCH, Site, secured_site

STRANGER = "1.1.99"
NOBODY = b"\x00"
"""Chargers online."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with secured_site(tmp_path) as site:
        yield site


async def test_secured_group_telegrams_go_both_ways_and_each_has_a_higher_number(site: Site):
    began = datetime.now(UTC)
    await site.starts()
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await site.is_on_the_bus()
        await box.plug()
        await site.panel.hears(STATUS, b"\x01")
        await site.switch_starts_a_charge(box, BOX)
        charging = await site.panel.hears(STATUS, b"\x02")
        answer = await site.panel.read(CHARGING)
        assert answer is not None
        assert answer.payload is True
        assert charging.sequence is not None
        assert answer.sequence is not None
        since_2018 = (began - datetime(2018, 1, 5, tzinfo=UTC)) / timedelta(milliseconds=1)
        assert since_2018 <= charging.sequence < answer.sequence
        site.panel.write(SWITCH, False)
        await box.expect_call("RemoteStopTransaction")
        await site.panel.hears(CHARGING, False)
    assert site.panel.unreadable == 0
    assert all((each.sequence is None) == (each.destination not in site.panel.keys) for each in site.panel.said)


@pytest.mark.parametrize("connection", ["tunneling", "tunneling_tcp"])
async def test_data_secure_needs_no_secure_tunnel(site: Site, connection: str):
    await site.starts(connection=connection, gateway=f"127.0.0.1:{site.server.bus.port}")
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await box.plug()
        await site.panel.hears(STATUS, b"\x01")
        await site.switch_starts_a_charge(box, BOX)
        assert (await site.panel.hears(STATUS, b"\x02")).sequence is not None


async def test_what_is_plain_old_strange_or_tampered_on_a_secured_address_is_refused_and_counted(site: Site):
    await site.starts()
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await site.is_on_the_bus()
        await box.plug()
        number = await site.switch_starts_a_charge(box, BOX)
        pressed = site.panel.frames[-1]
        site.panel.said.clear()
        site.panel.write(SWITCH, False)
        assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
        await site.panel.hears(CHARGING, False)
        box.forget_calls()
        before = await site.refused()
        site.panel.write_plain(SWITCH, True)
        site.panel.put(pressed)
        site.panel.write(SWITCH, True, sequence=site.panel.sequence - 1)
        site.panel.write(SWITCH, True, sequence=site.panel.sequence - 5)
        site.panel.write(SWITCH, True, source=STRANGER)
        site.panel.write_tampered(SWITCH, True)
        answer = await site.panel.read(CHARGING)
        assert answer is not None
        assert (answer.payload, box.fresh_calls(), before) == (False, [], {})
        assert await site.refused() == {"plain": 1, "replay": 3, "unknown_sender": 1, "forged": 1}
        await site.switch_starts_a_charge(box, BOX)


async def test_a_wrong_clock_holds_data_secure_back_until_it_is_set(site: Site):
    await site.starts(clock=datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC))
    await site.is_on_the_bus()
    site.panel.write(SWITCH, True)
    assert (await site.panel.hears(FAULT, True)).sequence is None
    assert await site.panel.read(CHARGERS_ONLINE_GA, 1) is None
    assert (await site.refused())["clock"] >= 1
    assert not [each for each in site.panel.said if each.destination in site.panel.keys]
    site.clock.is_off(timedelta())
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await site.panel.hears(STATUS, b"\x00", 40)
        await box.plug()
        await site.switch_starts_a_charge(box, BOX)


async def test_after_a_restart_with_the_clock_set_back_numbers_go_on_and_recorded_telegrams_are_refused(site: Site):
    await site.starts(clock=datetime.now(UTC) + timedelta(days=1))
    before = await site.panel.hears(CHARGERS_ONLINE_GA, NOBODY)
    site.panel.write(SWITCH, True)
    recorded = site.panel.frames[-1]
    assert await site.panel.read(CHARGERS_ONLINE_GA) is not None
    await asyncio.to_thread(site.bridge.terminate)
    await site.starts_again_a_day_earlier()
    after = await site.panel.hears(CHARGERS_ONLINE_GA, NOBODY)
    assert before.sequence is not None
    assert after.sequence is not None
    assert after.sequence > before.sequence
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await box.plug()
        await site.is_silent()
        site.panel.put(recorded)
        assert await site.panel.read(CHARGERS_ONLINE_GA) is not None
        assert (await site.refused(), box.fresh_calls()) == ({"replay": 1}, [])
        await site.switch_starts_a_charge(box, BOX)


async def test_after_a_power_cut_numbers_go_on_even_if_the_clock_is_set_back(site: Site):
    await site.starts(clock=datetime.now(UTC) + timedelta(days=1))
    before = await site.panel.hears(CHARGERS_ONLINE_GA, NOBODY)
    last = await site.panel.read(CHARGERS_ONLINE_GA)
    site.bridge.kill9()
    await site.starts_again_a_day_earlier()
    after = await site.panel.hears(CHARGERS_ONLINE_GA, NOBODY)
    assert last is not None
    assert before.sequence is not None
    assert last.sequence is not None
    assert after.sequence is not None
    assert before.sequence < last.sequence < after.sequence


async def test_a_command_that_was_recorded_starts_nothing_after_a_power_cut(site: Site):
    await site.starts()
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await site.is_on_the_bus()
        await box.plug()
        number = await site.switch_starts_a_charge(box, BOX)
        recorded = site.panel.frames[-1]
        site.panel.write(SWITCH, False)
        assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
        await site.panel.hears(CHARGING, False)
        await asyncio.sleep(SOON_S + 0.5)
        site.bridge.kill9()
    await site.starts()
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await site.is_on_the_bus()
        await box.plug()
        await site.is_silent()
        site.panel.put(recorded)
        assert await site.panel.read(CHARGERS_ONLINE_GA) is not None
        assert (await site.refused(), box.fresh_calls()) == ({"replay": 1}, [])
        await site.switch_starts_a_charge(box, BOX)


async def test_noise_that_looks_like_data_secure_breaks_nothing_and_does_not_fill_the_log(site: Site):
    chance = random.Random(1)
    await site.starts()
    async with FakeCharger(site.bridge.url, "BOX") as box:
        await box.plug()
        await site.panel.hears(STATUS, b"\x01")
        site.bridge.new_log()
        for _ in range(20):
            for _ in range(30):
                ga, sequence, said = (
                    chance.choice((SWITCH, STATUS, OPEN_SWITCH)),
                    site.panel.sequence,
                    chance.randrange(20),
                )
                site.panel.sequence += 1
                good = sealed(key_of(SWITCH), Sealed(ADDRESS, raw(ga), sequence, chance.randbytes(said)))
                noise = (
                    b"\x03\xf1" + chance.randbytes(chance.randrange(30)),
                    chance.randbytes(chance.randrange(2, 40)),
                    good,
                    good[:2] + chance.randbytes(1) + good[3:],
                )
                site.panel.put(request(ADDRESS, raw(ga), chance.choice(noise)))
            await asyncio.sleep(0.02)
        assert await site.panel.read(CHARGERS_ONLINE_GA) is not None
        assert set(await site.refused()) >= {"forged", "no_key"}
        site.panel.write(SWITCH, False)
        await site.is_silent()
        await site.switch_starts_a_charge(box, BOX)
        log = site.bridge.new_log()
        assert "Traceback" not in log
        assert len(log.splitlines()) < 30
