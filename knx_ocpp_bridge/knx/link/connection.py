"""The one connection to the bus: made, watched, made again. What is said on it is decided elsewhere."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from xknx.core.connection_state import XknxConnectionState
from xknx.telegram import Telegram

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.link.dialling import DialError, Dialler, Ears, Link, hang_up, target
from knx_ocpp_bridge.knx.link.gateways import PROBE_S, RETURN_S, STILL_S, GoingBack, Way, chosen, configured
from knx_ocpp_bridge.knx.link.guard import TALLY
from knx_ocpp_bridge.knx.link.liveness import Lost, WayOut, silence, way_out
from knx_ocpp_bridge.knx.link.occupied import explained, has_room
from knx_ocpp_bridge.knx.link.scan import ScanError, scan
from knx_ocpp_bridge.knx.secure.security import Security
from knx_ocpp_bridge.knx.statistics import Figures, Statistics

_LOG = logging.getLogger(__name__)

BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0)
QUIET_S: Final = 5.0
"""After this long without a sign of life the other end is asked for one."""
DOUBT_S: Final = 0.5
"""A telegram that is not confirmed by then: the other end is asked for a sign of life at once."""
LOOK_S: Final = 1.0
"""Routing: so often it is looked whether the link is up."""
UNANSWERED: Final = 2
"""Sends in a row with no confirmation at all, until the connection is made anew. A negative one is an answer."""
_STEADY_S: Final = 5.0
"""A connection that did not last as long counts as a failed attempt."""
_NEXT_WITHIN_S: Final = 5.0
"""Where there is another gateway to try, one that does not answer is not waited for any longer."""


NOT_YET: Final = "not connected yet"
"""The trouble before anything was tried."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know. All are called from the event loop and must not raise."""

    telegram: Callable[[Telegram], None]
    """A group telegram of somebody else, at once."""
    up: Callable[[], None]
    down: Callable[[float], None]
    """The bus is away, and may have been since this monotonic time."""
    trouble: Callable[[str], None]
    """Why there is no bus, as soon as that is known, each time it is another reason; empty: it is there."""


class Connection:
    """Connected whenever that is possible; `run` never ends by itself."""

    def __init__(self, settings: Knx, listener: Listener, security: Security) -> None:
        """Nothing is opened before `run`."""
        self._settings = settings
        self._security = security
        self._listener = listener
        self._statistics = Statistics()
        self._dropped_before = TALLY.counts()
        self._ways = configured(settings)
        self._way: Way | None = None
        self._link: Link | None = None
        self._way_out: WayOut | None = None
        self._trouble = NOT_YET
        self._alive_at = self._passed_at = 0.0
        self._unanswered = 0
        self._closed = self._doubted = False
        self._wake = asyncio.Event()
        self._under_way: asyncio.Timeout | None = None
        self._going_back = GoingBack()
        self._goes_back = False
        self._failed: Way | None = None
        """Whose gateway was lost as dead just now."""

    @property
    def own_address(self) -> str | None:
        """Individual address of this end while connected, e.g. `1.1.240`."""
        return str(self._link.xknx.current_address) if self._link is not None else None

    @property
    def way(self) -> str:
        """How it is connected, or tries to be: one of the words of `connection`."""
        return self._settings.connection if self._link is None or self._way is None else self._way.connection

    @property
    def gateway(self) -> str:
        """Whom the bridge is connected to, or tries to be."""
        return self._link.gateway if self._link is not None else target(self._settings, self._settings.gateway)

    @property
    def trouble(self) -> str:
        """Why there is no connection; empty while there is one."""
        return self._trouble

    @property
    def on_second(self) -> bool:
        """The second gateway serves."""
        return self._link is not None and len(self._ways) > 1 and self._way is not self._ways[0]

    def figures(self, refused: Mapping[str, int] | None = None) -> Figures:
        """What has passed since the start, and how full the line is."""
        dropped = {kind: count - self._dropped_before.get(kind, 0) for kind, count in TALLY.counts().items()}
        return self._statistics.figures(time.monotonic(), {**(refused or {}), **dropped})

    async def run(self) -> None:
        """Keep the connection until cancelled; then it is closed."""
        self._listener.trouble(self._trouble)
        attempt = 0
        async with asyncio.TaskGroup() as tasks:
            while True:
                link = await self._connect()
                if link is not None:
                    began = time.monotonic()
                    lost = await self._hold(link, tasks)
                    self._complain(lost.reason)
                    if time.monotonic() - began >= _STEADY_S:
                        attempt = 0
                        continue
                    if lost.dead and len(self._ways) > 1:
                        continue  # it took seconds to be sure of that, and the other gateway is tried first
                await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
                attempt += 1

    async def send(self, telegram: Telegram) -> Delivery:
        """Send one telegram and tell what became of it, within 3 s; one at a time."""
        link = self._link
        if link is None or self._is_cut_off():
            delivery = Delivery.UNANSWERED
        else:
            delivery = await self._deliver(link, telegram)
        self._passed_at = time.monotonic()
        self._statistics.delivered(telegram, delivery, self._passed_at)
        return delivery

    async def _deliver(self, link: Link, telegram: Telegram) -> Delivery:
        doubt = asyncio.get_running_loop().call_later(DOUBT_S, self._doubt)
        try:
            async with asyncio.timeout(None) as self._under_way:
                delivery = await link.handler.deliver(telegram)
        except TimeoutError:
            return Delivery.UNANSWERED  # the connection ended meanwhile
        finally:
            self._under_way = None
            doubt.cancel()
        if delivery is Delivery.CONFIRMED and self._is_cut_off():
            return Delivery.UNANSWERED  # routing has nobody who confirms: xknx does it itself
        if link is not self._link:
            return delivery
        if delivery is Delivery.UNANSWERED:
            self._unanswered += 1
            self._wake.set()
        elif delivery is not Delivery.HELD:
            self._unanswered, self._alive_at = 0, time.monotonic()
        return delivery

    async def _connect(self) -> Link | None:
        """The first way that works."""
        if not self._ways and self._way is not None and self._way is not self._failed:
            # What was found before is there again sooner than it is found.
            link = await self._try((self._way,))
            if link is not None:
                return link
            self._way = None
        try:
            ways = await self._search() if not self._ways else self._in_order()
        except ScanError as error:
            self._complain(str(error))
            return None
        return await self._try(ways)

    def _in_order(self) -> tuple[Way, ...]:
        """The preferred way first; but last the one whose gateway has just failed."""
        return tuple(sorted(self._ways, key=lambda way: way is self._failed))

    async def _search(self) -> tuple[Way, ...]:
        ways, why = chosen(await scan(self._settings.local_address), self._settings)
        if not ways:
            raise ScanError(why)
        return ways

    async def _try(self, ways: tuple[Way, ...]) -> Link | None:
        self._failed = None
        complaints: list[str] = []
        for way in ways:
            try:
                link = await self._dial(way, _NEXT_WITHIN_S if len(ways) > 1 else None)
            except DialError as error:
                complaints.append(await explained(error, way, self._settings))
            else:
                self._way = way
                if complaints:
                    _LOG.warning("%s; %s serves meanwhile", complaints[0], target(self._settings, way.gateway))
                return link if way.found is None else replace(link, gateway=_name(way, link))
        self._complain("; ".join(dict.fromkeys(complaints)))
        return None

    async def _dial(self, way: Way, within_s: float | None) -> Link:
        changed: dict[str, object] = {"connection": way.connection}
        if way.connection == "tunneling_tcp" and way in self._ways[1:]:
            changed["individual_address"] = None  # every address is there once: it is a tunnel of the first gateway
        settings = self._settings.model_copy(update=changed)
        dialler = Dialler(settings, Ears(self._heard, self._state_changed), self._security)
        try:
            async with asyncio.timeout(within_s):
                return await dialler.dial(way.gateway)
        except TimeoutError as error:
            raise DialError(f"cannot reach {target(settings, way.gateway)}: no answer in {within_s:g} s") from error

    async def _hold(self, link: Link, tasks: asyncio.TaskGroup) -> Lost:
        self._link, self._trouble, self._way_out = link, "", way_out(link.xknx)
        self._closed = link.xknx.connection_manager.state is XknxConnectionState.DISCONNECTED
        self._unanswered, self._doubted, self._goes_back = 0, False, False
        self._alive_at = self._passed_at = began_s = time.monotonic()
        _LOG.info("connected to %s as %s", self.gateway, self.own_address)
        self._statistics.connected()
        self._listener.up()
        self._listener.trouble("")
        looking = tasks.create_task(self._look_for_first()) if self.on_second else None
        lost = None
        try:
            lost = await self._watch(link)
            return lost
        finally:
            if looking is not None:
                looking.cancel()
            elif time.monotonic() - began_s > RETURN_S:
                self._going_back.arrived()
            await self._let_go(link, lost, tasks)

    async def _let_go(self, link: Link, lost: Lost | None, tasks: asyncio.TaskGroup) -> None:
        self._link = None
        link.handler.abandon()
        if self._under_way is not None:
            self._under_way.reschedule(asyncio.get_running_loop().time())
            self._under_way = None
        self._listener.down(lost.since_s if lost is not None else self._alive_at)
        if lost is not None and lost.dead:
            self._failed = self._way
            tasks.create_task(hang_up(link.xknx), name="goodbye to nobody")
        else:
            await hang_up(link.xknx)

    async def _watch(self, link: Link) -> Lost:
        while True:
            await self._rest()
            lost = self._seen_lost()
            if lost is None and (self._doubted or self._quiet_s() >= QUIET_S):
                self._doubted = False
                trouble = await silence(link.xknx)
                if trouble:
                    lost = Lost(f"{self.gateway} {trouble}", self._alive_at, dead=True)
                else:
                    self._alive_at = time.monotonic()
            if lost is not None:
                return lost

    def _seen_lost(self) -> Lost | None:
        """What is known without asking anybody."""
        now_s = time.monotonic()
        if self._closed:
            return Lost(f"{self.gateway} closed the connection", now_s)
        if self._goes_back:
            return Lost(f"the first gateway, {self._ways[0].gateway}, is there again", now_s)
        if self._unanswered >= UNANSWERED:
            return Lost(f"{self.gateway} confirms nothing", self._alive_at, dead=True)
        if self._way_out is None:
            return None
        trouble = self._way_out.trouble()
        if trouble:
            return Lost(trouble, self._alive_at)
        self._alive_at = now_s
        return None

    async def _rest(self) -> None:
        """Until somebody wakes the watch, or it is time to look."""
        rest_s = LOOK_S if self._way_out is not None else QUIET_S - self._quiet_s()
        try:
            async with asyncio.timeout(max(0.0, rest_s)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _quiet_s(self) -> float:
        return time.monotonic() - self._alive_at

    async def _look_for_first(self) -> None:
        """While the second gateway serves: go back once the first has been there for a while, and all is quiet."""
        first, asked_at = self._ways[0], time.monotonic()
        while True:
            await asyncio.sleep(STILL_S)
            if time.monotonic() - asked_at >= PROBE_S:
                asked_at = time.monotonic()
                self._going_back.seen(asked_at, alive=await has_room(first, self._settings))
            if self._under_way is None and self._going_back.may_go(time.monotonic(), self._passed_at):
                self._going_back.went()
                self._goes_back = True
                self._wake.set()
                return

    def _heard(self, telegram: Telegram) -> None:
        self._alive_at = self._passed_at = time.monotonic()
        self._statistics.heard(telegram, self._alive_at)
        self._listener.telegram(telegram)

    def _state_changed(self, state: XknxConnectionState) -> None:
        if state is XknxConnectionState.DISCONNECTED:
            self._closed = True
            self._wake.set()

    def _doubt(self) -> None:
        self._doubted = True
        self._wake.set()

    def _is_cut_off(self) -> bool:
        """Routing: what is sent now gets nowhere. The watch is woken."""
        if self._way_out is None or not self._way_out.trouble():
            return False
        self._wake.set()
        return True

    def _complain(self, trouble: str) -> None:
        """Say it once, not at every attempt."""
        news = trouble != self._trouble
        _LOG.log(logging.WARNING if news else logging.DEBUG, "%s; trying again", trouble)
        self._trouble = trouble
        if news:
            self._listener.trouble(trouble)


def _name(way: Way, link: Link) -> str:
    return str(way.found) if way.gateway is not None else link.gateway
