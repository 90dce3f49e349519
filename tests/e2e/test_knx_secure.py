"""The bridge on a secured line: IP Secure to the kit's own interface, Data Secure with the kit's own switches.

The charger `OPEN` has group addresses that are not secured. `BOX` has three that are, and so is the one that tells how
many chargers are online.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.knx.virtual_bus import VirtualBus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.fake_time import FakeTime
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of, raw
from tests.kit.secure_crypto import device_key
from tests.kit.secure_group import Sealed, request, sealed
from tests.kit.secure_panel import ADDRESS, SecurePanel
from tests.kit.secure_server import SecureServer, Speech
from tests.kit.secure_session import User
from tests.kit.until import until

BOX, OPEN = Outlet(1), Outlet(2)
SWITCH, CHARGING, STATUS = BOX.command("charging"), BOX.state("charging"), BOX.state("status")
OPEN_SWITCH, OPEN_CHARGING = OPEN.command("charging"), OPEN.state("charging")
SECURED = (SWITCH, CHARGING, STATUS, CHARGERS_ONLINE_GA)
USERS = {2: User("two-pw", ("1.1.5",)), 3: User("three-pw", ("1.1.6",)), 4: User("four-pw", ("1.1.7",))}
TUNNELS = tuple(tunnel for user in USERS.values() for tunnel in user.tunnels)
FAULT = "30/0/1"
STRANGER = "1.1.99"
NOBODY = b"\x00"
"""Chargers online."""
KEYRING = Keyring(
    interfaces=tuple(
        Interface(tunnel, user=number, password=user.password, groups=dict.fromkeys(SECURED, (ADDRESS, *TUNNELS)))
        for number, user in USERS.items()
        for tunnel in user.tunnels
    ),
    groups={ga: key_of(ga) for ga in SECURED},
    project="The house",
)
CHARGERS = (charger("BOX", connector(BOX, "online")), charger("OPEN", connector(OPEN, "online")))
BRIDGE_OBJECTS = {"chargers_online": CHARGERS_ONLINE_GA, "fault": FAULT}
CONFIG_ERROR = 3
BACK_S = 20.0
"""The bridge tries again after 1, 2, 5 and 10 s."""


class Site:
    """A building: the line, its secure interface, a panel with keys, and the bridge."""

    def __init__(self, folder: Path, server: SecureServer, panel: SecurePanel) -> None:
        self.folder, self.server, self.panel = folder, server, panel
        self.clock = FakeTime(folder)
        self._process: BridgeProcess | None = None

    @property
    def bridge(self) -> BridgeProcess:
        assert self._process is not None
        return self._process

    async def starts(self, **options: Any) -> None:
        """The bridge, set up so."""
        self.prepares(**options)
        await asyncio.to_thread(self.bridge.start)

    def prepares(self, *, keyring_password: str = PASSWORD, clock: datetime | None = None, **knx: object) -> None:
        """The bridge's configuration, with the keyring in its folder."""
        KEYRING.write(self.folder / "house.knxkeys")
        secure = {"connection": "tunneling_tcp_secure", "keyring": "house.knxkeys"}
        more = {"group_objects": {key: {"state_address": ga} for key, ga in BRIDGE_OBJECTS.items()}}
        house = House(CHARGERS, more=more, knx=secure | {"keyring_password": keyring_password} | knx)
        self._process = BridgeProcess(self.folder, house, self.server.port)
        if clock is not None:
            self.clock.shows(clock)
            self.bridge.environment = self.clock.environment

    async def is_on_the_bus(self, within_s: float = BACK_S) -> str:
        """The bridge has a tunnel; its address."""
        await until(lambda: bool(self.tunnel), within_s, "the bridge has a tunnel")
        return self.tunnel

    async def starts_again_a_day_earlier(self) -> None:
        """Nothing is left that knows of a later time, but the numbers of Data Secure: the clock is believed."""
        for each in self.bridge.state.glob("*.db*"):
            each.unlink()
        self.clock.is_off(timedelta())
        self.panel.said.clear()
        await asyncio.to_thread(self.bridge.start)

    @property
    def tunnel(self) -> str:
        """The address of the bridge's tunnel; empty: it has none."""
        return next((each for each in self.server.bus.clients if each in TUNNELS), "")

    async def tells(self, *words: str, code: int = 0) -> str:
        """What the command line shows, and ends with this code."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, *words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == code, said.decode()
        return said.decode()

    async def bus(self) -> dict[str, Any]:
        """What the daemon says of the bus."""
        reader, writer = await asyncio.open_unix_connection(self.bridge.socket)
        writer.write(b'{"verb": "query", "topic": "bus"}\n')
        (row,) = json.loads(await asyncio.wait_for(reader.readline(), 5))["rows"]
        writer.close()
        return dict(row)

    async def says_why(self, *words: str) -> str:
        """Why the bus is away, as soon as these words stand in it."""
        said = ""
        for _ in range(round(BACK_S * 5)):
            said = (await self.bus())["trouble"]
            if all(word in said for word in words):
                return said
            await asyncio.sleep(0.2)
        raise TimeoutError(f"{words} in: {said}")

    async def refused(self) -> dict[str, int]:
        """Telegrams that were not believed, by kind."""
        return dict((await self.bus())["refused"])

    async def is_silent(self) -> None:
        """Nobody has said anything for half a second."""
        heard = -1
        while heard != len(self.panel.said):
            heard = len(self.panel.said)
            await asyncio.sleep(0.5)

    async def switch_starts_a_charge(self, box: FakeCharger, outlet: Outlet) -> int:
        """A wall switch, from the press to the light in it; the transaction's number."""
        self.panel.write(outlet.command("charging"), True)
        number = await box.charges()
        await self.panel.hears(outlet.state("charging"), True)
        return number

    def ends(self) -> None:
        """No bridge any more, and its last words are shown."""
        if self._process is not None:
            self.bridge.kill9()
            print(self.bridge.new_log())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with (
        VirtualBus() as bus,
        SecureServer(bus, dict(USERS)) as server,
        SecurePanel(bus, KEYRING.groups) as panel,
    ):
        site = Site(tmp_path, server, panel)
        yield site
        site.ends()


# IP Secure


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


# Data Secure


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
    for _ in range(3):
        last = await site.panel.read(CHARGERS_ONLINE_GA)
    site.bridge.kill9()
    await site.starts_again_a_day_earlier()
    after = await site.panel.hears(CHARGERS_ONLINE_GA, NOBODY)
    assert last is not None
    assert before.sequence is not None
    assert last.sequence is not None
    assert after.sequence is not None
    assert before.sequence < last.sequence < after.sequence


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
