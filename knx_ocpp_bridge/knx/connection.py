"""The one connection to the bus: made, watched, made again. What is said on it is decided elsewhere."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from xknx.core.connection_state import XknxConnectionState, XknxConnectionType
from xknx.telegram import Telegram

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.confirmation import Delivery
from knx_ocpp_bridge.knx.dialling import DialError, Dialler, Ears, Link, hang_up, target
from knx_ocpp_bridge.knx.liveness import Lost, is_alive

_LOG = logging.getLogger(__name__)

BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
QUIET_S: Final = 15.0
"""After this long without a sign of life the other end is asked for one."""
UNANSWERED: Final = 2
"""Sends in a row with no confirmation at all, until the connection is made anew. A negative one is an answer."""
_STEADY_S: Final = 5.0
"""A connection that did not last as long counts as a failed attempt."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know. All three are called from the event loop and must not raise."""

    telegram: Callable[[Telegram], None]
    """A group telegram of somebody else, at once."""
    up: Callable[[], None]
    down: Callable[[float], None]
    """The bus is away, and may have been since this monotonic time."""


class Connection:
    """Connected whenever that is possible; `run` never ends by itself."""

    def __init__(self, settings: Knx, listener: Listener) -> None:
        """Nothing is opened before `run`."""
        self._settings = settings
        self._listener = listener
        self._dialler = Dialler(settings, Ears(self._heard, self._state_changed))
        self._link: Link | None = None
        self._trouble = "not connected yet"
        self._alive_at = 0.0
        self._unanswered = 0
        self._lost = asyncio.Event()

    @property
    def own_address(self) -> str | None:
        """Individual address of this end while connected, e.g. `1.1.240`."""
        return str(self._link.xknx.current_address) if self._link is not None else None

    @property
    def gateway(self) -> str:
        """Whom the bridge is connected to, or tries to be."""
        return self._link.gateway if self._link is not None else target(self._settings, self._settings.gateway)

    @property
    def trouble(self) -> str:
        """Why there is no connection; empty while there is one."""
        return self._trouble

    async def run(self) -> None:
        """Keep the connection until cancelled; then it is closed."""
        attempt = 0
        while True:
            link = await self._connect()
            if link is not None:
                began = time.monotonic()
                self._complain((await self._hold(link)).reason)
                if time.monotonic() - began >= _STEADY_S:
                    attempt = 0
                    continue
            await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    async def send(self, telegram: Telegram) -> Delivery:
        """Send one telegram and tell what became of it, within 3 s; one at a time."""
        link = self._link
        if link is None:
            return Delivery.UNANSWERED
        delivery = await link.handler.deliver(telegram)
        if link is not self._link:
            return delivery
        if delivery is not Delivery.UNANSWERED:
            self._unanswered = 0
            if link.xknx.connection_manager.connection_type is not XknxConnectionType.ROUTING:
                self._alive_at = time.monotonic()  # routing has nobody who confirms: xknx does it itself
            return delivery
        self._unanswered += 1
        if self._unanswered >= UNANSWERED:
            self._lost.set()
        return delivery

    async def _connect(self) -> Link | None:
        self._lost.clear()
        try:
            return await self._dialler.dial(self._settings.gateway)
        except DialError as error:
            self._complain(str(error))
            return None

    async def _hold(self, link: Link) -> Lost:
        self._link, self._trouble = link, ""
        self._unanswered, self._alive_at = 0, time.monotonic()
        _LOG.info("connected to %s as %s", self.gateway, self.own_address)
        self._listener.up()
        since_s = self._alive_at
        try:
            lost = await self._watch(link)
            since_s = lost.since_s
            return lost
        finally:
            self._link = None
            link.handler.abandon()
            self._listener.down(since_s)
            await hang_up(link.xknx)

    async def _watch(self, link: Link) -> Lost:
        while True:
            try:
                async with asyncio.timeout(max(0.0, self._alive_at + QUIET_S - time.monotonic())):
                    await self._lost.wait()
            except TimeoutError:
                if time.monotonic() - self._alive_at < QUIET_S:
                    continue
                if not await is_alive(link.xknx):
                    return Lost(f"{self.gateway} gives no sign of life", self._alive_at)
                self._alive_at = time.monotonic()
                continue
            if self._unanswered:
                return Lost(f"{self.gateway} confirms nothing", self._alive_at)
            return Lost(f"{self.gateway} closed the connection", time.monotonic())

    def _heard(self, telegram: Telegram) -> None:
        self._alive_at = time.monotonic()
        self._listener.telegram(telegram)

    def _state_changed(self, state: XknxConnectionState) -> None:
        if state is XknxConnectionState.DISCONNECTED:
            self._lost.set()

    def _complain(self, trouble: str) -> None:
        """Say it once, not at every attempt."""
        _LOG.log(logging.DEBUG if trouble == self._trouble else logging.WARNING, "%s; trying again", trouble)
        self._trouble = trouble
