"""The one connection to the bus: made, watched, made again. What is said on it is decided elsewhere.

xknx brings the protocols. Its own reconnecting is off, because it would send what has grown old meanwhile; its queues
are not used, because they have no end and tell nobody of a failure.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from xknx import XKNX
from xknx.core.connection_state import XknxConnectionState, XknxConnectionType
from xknx.exceptions import XKNXException
from xknx.io import ConnectionConfig, ConnectionType
from xknx.telegram import Telegram

from knx_ocpp_bridge.config.models import Knx
from knx_ocpp_bridge.knx.confirmation import ConfirmingHandler, Delivery
from knx_ocpp_bridge.knx.liveness import Lost, is_alive

_LOG = logging.getLogger(__name__)

BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
CONNECT_TIMEOUT_S: Final = 15.0
QUIET_S: Final = 15.0
"""After this long without a sign of life the other end is asked for one."""
UNANSWERED: Final = 2
"""Sends in a row with no confirmation at all, until the connection is made anew. A negative one is an answer."""
_STEADY_S: Final = 5.0
"""A connection that did not last as long counts as a failed attempt."""
_CLOSE_TIMEOUT_S: Final = 2.0
_DEFAULT_PORT: Final = 3671

_TYPES: Final = {
    "automatic": ConnectionType.AUTOMATIC,
    "tunneling": ConnectionType.TUNNELING,
    "tunneling_tcp": ConnectionType.TUNNELING_TCP,
    "routing": ConnectionType.ROUTING,
}


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know. All three are called from the event loop and must not raise."""

    telegram: Callable[[Telegram], None]
    """A group telegram of somebody else, at once."""
    up: Callable[[], None]
    down: Callable[[float], None]
    """The bus is away, and may have been since this monotonic time."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One connection that was made."""

    xknx: XKNX
    handler: ConfirmingHandler
    gateway: str


class Connection:
    """Connected whenever that is possible; `run` never ends by itself."""

    def __init__(self, settings: Knx, listener: Listener) -> None:
        """Nothing is opened before `run`."""
        self._settings = settings
        self._listener = listener
        self._link: _Link | None = None
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
        return self._link.gateway if self._link is not None else _target(self._settings)

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

    async def _connect(self) -> _Link | None:
        self._lost.clear()
        xknx = self._make()
        handler = xknx.cemi_handler = ConfirmingHandler(xknx, self._heard)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return _Link(xknx, handler, await self._open(xknx))
        except (XKNXException, OSError) as error:  # TimeoutError is an OSError
            await _close(xknx)
            self._complain(f"cannot reach {_target(self._settings)}: {_cause(error)}")
            return None
        except asyncio.CancelledError:
            await _close(xknx)
            raise

    async def _open(self, xknx: XKNX) -> str:
        """Connect, and return the name of the other end."""
        await xknx.knxip_interface.start()
        if self._settings.connection == "routing" and not await is_alive(xknx):
            raise OSError("there is no route for multicast")
        if self._settings.connection == "automatic":
            found = await xknx.knxip_interface.gateway_info()
            if found is not None:
                return f"{found.name} at {found.ip_addr}:{found.port}"
        return _target(self._settings)

    def _make(self) -> XKNX:
        gateway = self._settings.gateway
        return XKNX(
            connection_state_changed_cb=self._state_changed,
            connection_config=ConnectionConfig(
                connection_type=_TYPES[self._settings.connection],
                individual_address=self._settings.individual_address,
                gateway_ip=gateway.host if gateway is not None else None,
                gateway_port=gateway.port if gateway is not None else _DEFAULT_PORT,
                auto_reconnect=False,
            ),
        )

    async def _hold(self, link: _Link) -> Lost:
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
            await _close(link.xknx)

    async def _watch(self, link: _Link) -> Lost:
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


def _target(settings: Knx) -> str:
    if settings.connection == "routing":
        return "the routing multicast group"
    if settings.gateway is None:
        return "any KNXnet/IP gateway on this network"
    return f"{settings.gateway.host}:{settings.gateway.port}"


def _cause(error: BaseException) -> str:
    """The innermost reason that says something."""
    inner = error.__cause__
    return _cause(inner) if inner is not None and str(inner) else str(error).rstrip(".") or type(error).__name__


async def _close(xknx: XKNX) -> None:
    """Say goodbye if there is still somebody, and let go of every socket."""
    if xknx.connection_manager.state is XknxConnectionState.DISCONNECTED:
        return
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await xknx.knxip_interface.stop()
    except (XKNXException, OSError) as error:
        _LOG.debug("closing the connection to the bus: %s", error)
