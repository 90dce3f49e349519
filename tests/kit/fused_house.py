"""Three chargers behind one fuse, a meter that measures all of it, and the cars that draw what they may."""

import asyncio
import contextlib
import itertools
import json
import struct
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.payloads import ampere
from tests.kit.sender import Sender
from tests.kit.until import until

Json = dict[str, Any]

NAMES: Final = ("ONE", "TWO", "THREE")
OUTLETS: Final = {name: Outlet(main) for main, name in enumerate(NAMES, start=1)}
METER: Final = {phase: f"29/0/{phase}" for phase in (1, 2, 3)}
ORDER: Final = "29/1/1"
SAID: Final = {
    "charging_power": "29/2/1",
    "chargers_charging": "29/2/2",
    "chargers_waiting": "29/2/3",
    "grid_limit_active": "29/2/4",
    "grid_limit_confirmed": "29/2/5",
    **{f"charging_current_l{phase}": f"29/3/{phase}" for phase in (1, 2, 3)},
    **{f"free_current_l{phase}": f"29/4/{phase}" for phase in (1, 2, 3)},
    "fault": "29/5/1",
    "error_text": "29/5/2",
}
"""Objects of the bridge and where they are said."""
LOAD: Final = {"raise_after": 1, "hold": 2, "rotate_after": 60, "lease": 120, "disobeyed_after": 5}
LEASE_S: Final = 120
PLAN: Final = Plan(connectors=1, reboot_s=0.3)
FUSE_A: Final = 32.0
_EXACT_A: Final = 0.05
_TELL: Final = "SetChargingProfile"
_LOOKS_EVERY_S: Final = 0.1
_TELLS_EVERY: Final = 5
"""Looks: a telegram on each phase every half second."""
_ROOT: Final = Path(__file__).parents[2]


def house(
    *, circuit: Json | None = None, timeout_s: float = 5.0, metered: bool = True, fail_safe_a: float | None = None
) -> House:
    """The configuration: 32 A, 0 A fallback, of each outlet what is looked at."""
    main = {"name": "main", "max_current": 32, "metered": metered} | (circuit or {})
    inputs = {f"grid_current_l{phase}": {"address": ga, "timeout": timeout_s} for phase, ga in METER.items()}
    objects: Json = {key: {"state_address": ga} for key, ga in SAID.items()}
    objects |= {"chargers_online": {"state_address": CHARGERS_ONLINE_GA}, "grid_limit": {"address": ORDER}}
    own: Json = {} if fail_safe_a is None else {"fail_safe_current": fail_safe_a}
    extra = ("waiting", "limit_reason", "charge_mode")
    return House(
        tuple(
            charger(name, connector(outlet, *extra, circuit="main", start_on_plug=True, **own), name=name.title())
            for name, outlet in OUTLETS.items()
        ),
        more={"circuits": [main], "load": LOAD, "group_objects": objects | (inputs if metered else {})},
    )


class Site:
    """The chargers with their cars, and what of the house is drawn on each phase. Usable as `async with`."""

    def __init__(self, bridge: BridgeProcess, sender: Sender | None = None, plan: Plan = PLAN) -> None:
        self.bridge = bridge
        self.chargers = {name: FakeCharger(bridge.url, name, plan) for name in NAMES}
        self.cooks_a = 0.0
        """What the house takes on each phase."""
        self.over_s = 0.0
        """The longest that more than the fuse has flowed at a stretch, since it was set to 0."""
        self._sender = sender
        self._measuring: asyncio.Task[None] | None = None
        for each in self.chargers.values():
            each.machine.configuration.change("MeterValueSampleInterval", "1")

    async def __aenter__(self) -> Self:
        self.measure()
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self.fall_silent()
        for each in self.chargers.values():
            if each.machine.online:
                await each.unplug()
            await each.close()

    def measure(self) -> None:
        """The meter sends from now on."""
        self._measuring = asyncio.create_task(self._measure())

    def hear_by(self, sender: Sender) -> None:
        """Another meter sends from now on."""
        self._sender = sender
        self.measure()

    async def fall_silent(self) -> None:
        """The meter sends no more."""
        if self._measuring is not None:
            self._measuring.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._measuring

    async def arrive(self, *names: str) -> None:
        """They dial in, a car is plugged into each, and it charges."""
        for name in names or NAMES:
            each = self.chargers[name]
            await each.connect()
            await each.plug()
        for name in names or NAMES:
            await self.chargers[name].charges(within_s=15)

    def drawn_a(self, name: str) -> float:
        """What flows on each phase, as the charger lets it."""
        each = self.chargers[name]
        return each.machine.current_a(each.machine.connectors[1], each.now())

    def flows_a(self) -> float:
        """Through the fuse, on each phase."""
        return self.cooks_a + sum(map(self.drawn_a, NAMES))

    def limits_a(self) -> dict[str, float]:
        """What each charger holds itself to."""
        return {
            name: each.machine.limit_a(each.machine.connectors[1], each.now()) for name, each in self.chargers.items()
        }

    async def becomes(self, *limits_a: float, within_s: float = 8.0) -> None:
        """The chargers hold themselves to these currents, the lowest first."""
        wanted = sorted(limits_a)

        def are() -> bool:
            return [round(each, 3) for each in sorted(self.limits_a().values())] == wanted

        try:
            await until(are, within_s, f"limits {wanted}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; they are {self.limits_a()}, the house takes {self.cooks_a} A") from error

    def orders(self, name: str) -> list[tuple[str, float, int | None]]:
        """What this charger was told on the wire: purpose, limit and duration of each profile."""
        told: list[Any] = [payload["csChargingProfiles"] for payload in self.chargers[name].calls_of(_TELL)]
        return [
            (
                each["chargingProfilePurpose"],
                each["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"],
                each["chargingSchedule"].get("duration"),
            )
            for each in told
        ]

    async def tells(self, *words: str) -> list[Json]:
        """What the command line shows, as JSON."""
        command = [sys.executable, "-c", COMMAND, *words, "--json", "--socket", str(self.bridge.socket)]
        run = await asyncio.to_thread(
            subprocess.run, command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=30
        )
        return [json.loads(line) for line in run.stdout.splitlines()]

    def let_leases_end(self) -> None:
        """As much time passes for the chargers as a limit lasts that nobody renews."""
        for each in self.chargers.values():
            late = each.now() + timedelta(seconds=LEASE_S)
            for key, profile in list(each.machine.profiles.installed.items()):
                if profile.start is None or profile.duration_s is None:
                    continue
                if profile.start + timedelta(seconds=profile.duration_s) <= late:
                    del each.machine.profiles.installed[key]

    async def _measure(self) -> None:
        since_s: float | None = None
        for tick in itertools.count():
            flows_a, now_s = self.flows_a(), time.monotonic()
            if flows_a <= FUSE_A + _EXACT_A:
                since_s = None
            else:
                since_s = now_s if since_s is None else since_s
                self.over_s = max(self.over_s, now_s - since_s)
            if self._sender is not None and tick % _TELLS_EVERY == 0:
                for ga in METER.values():
                    self._sender.write(ga, ampere(flows_a))
            await asyncio.sleep(_LOOKS_EVERY_S)


def amperes(payload: object) -> float | None:
    """Of DPT 14.019."""
    return round(struct.unpack(">f", payload)[0], 2) if isinstance(payload, bytes) else None
