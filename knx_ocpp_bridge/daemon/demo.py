"""The demo: the real bridge between a KNXnet/IP server of our own and a simulated charger, all on loopback."""

import asyncio
import contextlib
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.addresses import format_address, parse_group_address
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.bridge import Bridge, Paths, Witness
from knx_ocpp_bridge.daemon.story import CHAPTERS, CHARGER, CONFIGURATION, SWITCH, Chapter, Expected
from knx_ocpp_bridge.knx.virtual.virtual_bus import BusTelegram, Kind, VirtualBus
from knx_ocpp_bridge.knx.words import value_text
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.link import Link
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.script import perform
from knx_ocpp_bridge.ocpp.simulator.wording import sentence

Say = Callable[[str], None]

_CHAPTER_WITHIN_S: Final = 20.0
_CALL: Final = 2
_PAGES: Final = "web: {{listen: 127.0.0.1:{port}, tls: off, anonymous: operate, mdns: false}}\n"
"""Of a demo that stays up: on this machine alone, so nobody has to log in."""


class Stage:
    """The building of the demo: a bus, a bridge and a charger, and everything the bridge has said on the bus."""

    def __init__(self, say: Say, bus: VirtualBus, bridge: Bridge, charger: ChargePoint) -> None:
        self.bus = bus
        self.bridge = bridge
        self.charger = charger
        self._say = say
        self._heard: list[tuple[str, bytes]] = []
        self._news = asyncio.Event()
        bus.listen(self._listen)

    async def play(self, chapter: Chapter) -> list[Expected]:
        """Do what the chapter tells and wait for its telegrams. Returns those that were not seen in time."""
        self._say(f"\n{chapter.title}")
        if chapter.charger is not None:
            perform(chapter.charger, self.charger, datetime.now(UTC))
        if chapter.write is not None:
            address, payload = chapter.write
            await self._write(parse_group_address(address), payload)
        if chapter.read is not None:
            await self.bus.group_read(parse_group_address(chapter.read), source=SWITCH)
        missing = list(chapter.expected)
        try:
            async with asyncio.timeout(_CHAPTER_WITHIN_S):
                while missing := [one for one in missing if not self._take(one)]:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            for one in missing:
                self._say(f"MISSING  {one.address} {one.meaning}")
        return missing

    async def _write(self, address: int, payload: bytes) -> None:
        small = len(payload) == 1
        await self.bus.group_write(address, payload[0] if small else payload, source=SWITCH)

    def _take(self, expected: Expected) -> bool:
        for seen in self._heard:
            if seen[0] == expected.address and expected.check(seen[1]):
                self._heard.remove(seen)
                return True
        return False

    def _listen(self, telegram: BusTelegram) -> None:
        if telegram.kind is Kind.READ or telegram.source == SWITCH:
            return
        address = format_address(telegram.destination)
        self._heard.append((address, telegram.payload))
        self._news.set()


async def tell(say: Say, *, forever: bool) -> int:
    """Plays the story. Returns 0 if every expected telegram was seen, else 1."""
    pages = _free_port() if forever else 0
    async with _building(say, pages) as stage:
        missing = [expected for chapter in CHAPTERS for expected in await stage.play(chapter)]
        _show_table(say, stage)
        count = sum(len(chapter.expected) for chapter in CHAPTERS)
        say(f"\n{count - len(missing)} of {count} expected telegrams were seen.")
        if forever:
            _invite(say, stage, pages)
            await asyncio.get_running_loop().create_future()
        return 1 if missing else 0


@contextlib.asynccontextmanager
async def _building(say: Say, pages: int) -> AsyncIterator[Stage]:
    """Everything up and running; at the end everything is down again. `pages`: the port of the site, or 0."""
    with tempfile.TemporaryDirectory(prefix="knx-ocpp-demo-") as folder:
        place = Path(folder)
        async with VirtualBus() as bus:
            ocpp_port = _free_port()
            path = place / "bridge.yaml"
            site = _PAGES.format(port=pages) if pages else ""
            path.write_text(CONFIGURATION.format(knx_port=bus.port, ocpp_port=ocpp_port) + site, "utf-8")
            charger = ChargePoint(
                Plan(connectors=1, serial=CHARGER, car_max_a=16.0, time_lapse=60.0), datetime.now(UTC)
            )
            charger.configuration.change("MeterValueSampleInterval", "1")
            show = _Shown(say)
            bridge = Bridge(load(path, {}), Paths(place, place / "control.sock"), {}, Witness(show.ocpp, show.line))
            stage = Stage(say, bus, bridge, charger)
            link = Link(charger, CHARGER, f"ws://127.0.0.1:{ocpp_port}", lambda _direction, _line: None)
            running = asyncio.create_task(bridge.run())
            await bridge.ocpp.listening.wait()
            dialling = asyncio.create_task(link.run())
            try:
                yield stage
            finally:
                dialling.cancel()
                bridge.stop()
                await asyncio.wait([running, dialling])


class _Shown:
    """Shows what goes by: one line per telegram and per OCPP message."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._actions: dict[str, str] = {}

    def line(self, text: str) -> None:
        self._say(f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3] + f"  {text}")

    def ocpp(self, charger: ChargerId, direction: str, text: str) -> None:
        frame = json.loads(text)
        if frame[0] == _CALL:
            self._actions[frame[1]] = frame[2]
            payload = frame[3]
            if "idTag" in payload:
                payload["idTag"] = masked(payload["idTag"])
            words = sentence(frame[2], payload)
        else:
            words = sentence(f"{self._actions.pop(frame[1], '?')}.conf", frame[2])
        self.line(f"OCPP {'<-' if direction == 'in' else '->'} {charger} {words}")


def _show_table(say: Say, stage: Stage) -> None:
    """The object table with the values that the building knows now."""
    loaded = stage.bridge.service.loaded
    zone = ZoneInfo(loaded.bridge.site.timezone)
    say(f"\n{'object':20}{'receives':10}{'sends':10}{'DPT':8}last value")
    for bound in loaded.objects:
        receives = ", ".join(format_address(address) for address in bound.addresses)
        sends = "" if bound.state_address is None else format_address(bound.state_address)
        charger_id = ChargerId(CHARGER)
        said = stage.bridge.roster.charger(charger_id).connectors[bound.connector].said
        value = said.get(bound.row.key, stage.bridge.accounting.values(charger_id, bound.connector).get(bound.row.key))
        shown = "" if value is None else value_text(value, bound.row.quantity, zone)
        say(f"{bound.row.key:20}{receives:10}{sends:10}{bound.dpt:8}{shown}".rstrip())


def _invite(say: Say, stage: Stage, pages: int) -> None:
    say(f"\nPages and API: http://127.0.0.1:{pages}")
    say(f"KNXnet/IP tunnelling (UDP and TCP): 127.0.0.1:{stage.bus.port}")
    say(f"OCPP: ws://127.0.0.1:{stage.bridge.ocpp.port}/<id>; {CHARGER} is the simulated charger.")
    say("Ctrl+C ends it.")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
