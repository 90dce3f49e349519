"""A building whose line is secured, and the bridge in it as a real process.

The charger `OPEN` has group addresses that are not secured. `BOX` has three that are, and so is the one that tells how
many chargers are online.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.fake_time import FakeTime
from tests.kit.house import CHARGERS_ONLINE_GA, House, Json, Outlet, charger, connector
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of
from tests.kit.secure_panel import ADDRESS, SecurePanel
from tests.kit.secure_server import SecureServer
from tests.kit.secure_session import User
from tests.kit.until import until

BOX, OPEN = Outlet(1), Outlet(2)
SWITCH, CHARGING, STATUS = BOX.command("charging"), BOX.state("charging"), BOX.state("status")
OPEN_SWITCH, OPEN_CHARGING = OPEN.command("charging"), OPEN.state("charging")
SECURED: Final = (SWITCH, CHARGING, STATUS, CHARGERS_ONLINE_GA)
USERS: Final = {2: User("two-pw", ("1.1.5",)), 3: User("three-pw", ("1.1.6",)), 4: User("four-pw", ("1.1.7",))}
TUNNELS: Final = tuple(tunnel for user in USERS.values() for tunnel in user.tunnels)
FAULT: Final = "30/0/1"
KEYRING: Final = Keyring(
    interfaces=tuple(
        Interface(tunnel, user=number, password=user.password, groups=dict.fromkeys(SECURED, (ADDRESS, *TUNNELS)))
        for number, user in USERS.items()
        for tunnel in user.tunnels
    ),
    groups={ga: key_of(ga) for ga in SECURED},
    project="The house",
)
_CHARGERS: Final = (charger("BOX", connector(BOX, "online")), charger("OPEN", connector(OPEN, "online")))
_BRIDGE_OBJECTS: Final = {"chargers_online": CHARGERS_ONLINE_GA, "fault": FAULT}
BACK_S: Final = 20.0
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
        more: Json = {"group_objects": {key: {"state_address": ga} for key, ga in _BRIDGE_OBJECTS.items()}}
        house = House(_CHARGERS, more=more, knx=secure | {"keyring_password": keyring_password} | knx)
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
            said = str((await self.bus())["trouble"])
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


@contextlib.asynccontextmanager
async def secured_site(folder: Path) -> AsyncIterator[Site]:
    """The line, its interface and the panel are there; the bridge is not started."""
    async with (
        VirtualBus() as bus,
        SecureServer(bus, dict(USERS)) as server,
        SecurePanel(bus, KEYRING.groups) as panel,
    ):
        site = Site(folder, server, panel)
        try:
            yield site
        finally:
            site.ends()
