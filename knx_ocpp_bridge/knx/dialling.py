"""One attempt to get on the bus: xknx set up for one way and one gateway, and opened.

xknx brings the protocols. Its own reconnecting is off, because it would send what has grown old meanwhile; its queues
are not used, because they have no end and tell nobody of a failure.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from xknx import XKNX
from xknx.core.connection_state import XknxConnectionState
from xknx.exceptions import XKNXException
from xknx.io import ConnectionConfig, ConnectionType
from xknx.telegram import Telegram

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.confirmation import ConfirmingHandler
from knx_ocpp_bridge.knx.liveness import silence

_LOG = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 15.0
_CLOSE_TIMEOUT_S: Final = 2.0
_DEFAULT_PORT: Final = 3671

_TYPES: Final = {
    "automatic": ConnectionType.AUTOMATIC,
    "tunneling": ConnectionType.TUNNELING,
    "tunneling_tcp": ConnectionType.TUNNELING_TCP,
    "tunneling_tcp_secure": ConnectionType.TUNNELING_TCP_SECURE,
    "routing": ConnectionType.ROUTING,
    "routing_secure": ConnectionType.ROUTING_SECURE,
}
ROUTING: Final = frozenset({"routing", "routing_secure"})


class DialError(Exception):
    """There is no connection: why, and what to do about it. No secret stands in it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection that was made."""

    xknx: XKNX
    handler: ConfirmingHandler
    gateway: str
    """Name of the other end."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of a connection while it lasts. Called from the event loop; must not raise."""

    telegram: Callable[[Telegram], None]
    """A group telegram of somebody else, at once."""
    state: Callable[[XknxConnectionState], None]


class Dialler:
    """Makes connections as the configuration says, one at a time."""

    def __init__(self, settings: Knx, ears: Ears) -> None:
        """Nothing is opened, and no file is read, before `dial`."""
        self._settings = settings
        self._ears = ears

    async def dial(self, gateway: HostPort | None) -> Link:
        """An open connection to this gateway (None: whichever the way finds).

        Raises:
            DialError: there is none after 15 s at most; nothing is left open.
        """
        xknx = self._make(gateway)
        handler = xknx.cemi_handler = ConfirmingHandler(xknx, self._ears.telegram)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return Link(xknx, handler, await self._open(xknx, gateway))
        except (XKNXException, OSError) as error:  # TimeoutError is an OSError
            await hang_up(xknx)
            raise DialError(f"cannot reach {target(self._settings, gateway)}: {_cause(error)}") from error
        except asyncio.CancelledError:
            await hang_up(xknx)
            raise

    async def _open(self, xknx: XKNX, gateway: HostPort | None) -> str:
        """Connect, and return the name of the other end."""
        await xknx.knxip_interface.start()
        if self._settings.connection in ROUTING and (trouble := await silence(xknx)):
            raise OSError(trouble)
        if self._settings.connection == "automatic":
            found = await xknx.knxip_interface.gateway_info()
            if found is not None:
                return f"{found.name} at {found.ip_addr}:{found.port}"
        return target(self._settings, gateway)

    def _make(self, gateway: HostPort | None) -> XKNX:
        return XKNX(
            connection_state_changed_cb=self._ears.state,
            connection_config=ConnectionConfig(
                connection_type=_TYPES[self._settings.connection],
                individual_address=self._settings.individual_address,
                gateway_ip=gateway.host if gateway is not None else None,
                gateway_port=gateway.port if gateway is not None else _DEFAULT_PORT,
                local_ip=self._settings.local_address,
                route_back=self._settings.route_back,
                auto_reconnect=False,
            ),
        )


def target(settings: Knx, gateway: HostPort | None) -> str:
    """Whom an attempt tries to reach, in words."""
    if settings.connection in ROUTING:
        return "the routing multicast group"
    if gateway is None:
        return "any KNXnet/IP gateway on this network"
    return f"{gateway.host}:{gateway.port}"


async def hang_up(xknx: XKNX) -> None:
    """Say goodbye if there is still somebody, and let go of every socket."""
    if xknx.connection_manager.state is XknxConnectionState.DISCONNECTED:
        return
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await xknx.knxip_interface.stop()
    except (XKNXException, OSError) as error:
        _LOG.debug("closing the connection to the bus: %s", error)


def _cause(error: BaseException) -> str:
    """The innermost reason that says something."""
    inner = error.__cause__
    return _cause(inner) if inner is not None and str(inner) else str(error).rstrip(".") or type(error).__name__
