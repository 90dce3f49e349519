"""The bridge at a KNX IP Secure interface, the kit's own: what it dials, what it is told, and what an attacker says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.fake_charger import FakeCharger
from tests.kit.keyrings import PASSWORD
from tests.kit.secure_crypto import device_key
from tests.kit.secure_server import Speech
from tests.kit.secure_session import User
from tests.kit.secured_site import OPEN, OPEN_CHARGING, OPEN_SWITCH, SECURED, TUNNELS, USERS, Site, secured_site

CONFIG_ERROR = 3


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with secured_site(tmp_path) as site:
        yield site


async def test_a_wall_switch_starts_a_charge_through_a_secure_tunnel(site: Site):
    await site.starts()
    async with FakeCharger(site.bridge.url, "OPEN") as box:
        await box.plug()
        assert await site.is_on_the_bus() in TUNNELS
        await site.panel.hears(OPEN.state("status"), b"\x01")
        await site.switch_starts_a_charge(box, OPEN)
        said = await site.panel.hears(OPEN.state("status"), b"\x02")
        assert (said.source, said.sequence) == (site.tunnel, None)
    assert (site.server.opened, dict(site.server.refused)) == (1, {})


async def test_the_tunnel_that_was_chosen_is_the_one_it_takes(site: Site):
    await site.starts(individual_address="1.1.6")
    assert await site.is_on_the_bus() == "1.1.6"


async def test_with_a_wrong_keyring_password_cars_charge_and_it_is_told_what_to_do(site: Site):
    await site.starts(keyring_password="pwd-Test2")
    async with FakeCharger(site.bridge.url, "OPEN") as box:
        await box.plug()
        await box.card("CARD")
        await box.charges()
        assert "pwd-Test2" not in await site.says_why("keyring_password")
    assert site.tunnel == ""
    site.bridge.config.write_text(site.bridge.config.read_text().replace("pwd-Test2", PASSWORD))
    site.bridge.sighup()
    await site.is_on_the_bus()
    assert "knx.keyring_password changed: the next connection to the bus is made with it" in site.bridge.new_log()


async def test_a_user_password_that_the_interface_does_not_know_is_told_and_tried_again(site: Site):
    site.server.users[2] = User("changed since", ("1.1.5",))
    await site.starts(individual_address="1.1.5")
    await site.says_why("password")
    assert site.server.refused["password"] >= 1
    site.server.users[2] = USERS[2]
    await site.is_on_the_bus()


async def test_an_interface_that_cannot_prove_that_it_is_the_one_of_the_keyring_gets_no_login(site: Site):
    site.server.device = device_key("another")
    await site.starts()
    assert "device authentication" in await site.says_why("device authentication")
    assert (site.server.opened, dict(site.server.refused)) == (0, {})


async def test_without_secure_a_secured_interface_is_told_to_be_one(site: Site):
    await site.starts(connection="tunneling_tcp")
    await site.says_why("connection: tunneling_tcp_secure")
    assert site.server.opened == 0


async def test_all_tunnels_taken_is_told_and_the_first_free_one_is_used(site: Site):
    site.server.taken |= set(TUNNELS)
    await site.starts()
    await site.says_why("taken")
    site.server.taken.remove("1.1.7")
    assert await site.is_on_the_bus() == "1.1.7"


async def test_a_chosen_tunnel_that_somebody_else_has_is_named_and_taken_once_it_is_free(site: Site):
    site.server.taken.add("1.1.6")
    await site.starts(individual_address="1.1.6")
    assert "1.1.5, 1.1.7" in await site.says_why("tunnel 1.1.6", "taken")
    site.server.taken.clear()
    assert await site.is_on_the_bus() == "1.1.6"


@pytest.mark.parametrize("politely", [True, False])
async def test_a_session_that_breaks_is_opened_again_and_the_states_are_said(site: Site, politely: bool):
    await site.starts()
    async with FakeCharger(site.bridge.url, "OPEN") as box:
        await box.plug()
        await site.is_on_the_bus()
        await site.switch_starts_a_charge(box, OPEN)
        site.server.drop(politely=politely)
        await box.says(1, "SuspendedEV")
        await site.panel.hears(OPEN.state("status"), b"\x03")
        assert site.server.opened == 2
        site.panel.write(OPEN_SWITCH, False)
        await box.expect_call("RemoteStopTransaction")


async def test_what_is_tampered_forged_plain_or_repeated_on_the_way_starts_nothing(site: Site):
    await site.starts()
    async with FakeCharger(site.bridge.url, "OPEN") as box:
        await site.is_on_the_bus()
        await box.plug()
        number = await site.switch_starts_a_charge(box, OPEN)
        site.panel.write(OPEN_SWITCH, False)
        assert await box.expect_call("RemoteStopTransaction") == {"transactionId": number}
        await site.panel.hears(OPEN_CHARGING, False)
        await site.is_silent()
        box.forget_calls()
        site.server.replay()
        for site.server.speech in (Speech.TAMPERED, Speech.FORGED, Speech.PLAIN):
            site.panel.write(OPEN_SWITCH, True)
            await asyncio.sleep(0.3)
        site.server.speech = Speech.SEALED
        answer = await site.panel.read(OPEN_CHARGING)
        assert answer is not None
        assert (answer.payload, box.fresh_calls()) == (False, [])
        assert site.server.opened == 1


# Before anything is started


async def test_the_command_line_says_what_is_secured_and_whether_the_keyring_is_enough(site: Site):
    site.prepares(individual_address="1.1.6")
    table = await site.tells("check", "-c", str(site.bridge.config))
    assert {row.split()[3] for row in table.splitlines() if row.endswith(" yes")} == set(SECURED)
    said = await site.tells("knx", "keyring", "-c", str(site.bridge.config))
    assert "The house" in said
    assert all(tunnel in said for tunnel in TUNNELS)
    assert PASSWORD not in said
    rows = [line.split() for line in said.splitlines()]
    assert {row[0] for row in rows if row[-1:] == ["yes"] and "/" in row[0]} == set(SECURED)
    site.prepares(individual_address="1.1.8")
    assert "1.1.8" in await site.tells("check", "-c", str(site.bridge.config), code=CONFIG_ERROR)


async def test_the_check_says_that_the_password_of_the_keyring_is_wrong_and_does_not_show_it(site: Site):
    site.prepares(keyring_password="pwd-Test2")
    for verb in (("check",), ("knx", "keyring")):
        said = await site.tells(*verb, "-c", str(site.bridge.config), code=CONFIG_ERROR)
        assert "knx.keyring_password" in said
        assert "pwd-Test2" not in said
