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
from xknx.exceptions import IPSecureError, XKNXException
from xknx.io import ConnectionConfig, ConnectionType, SecureConfig
from xknx.io.routing import SecureRouting
from xknx.secure.keyring import Keyring, XMLInterface
from xknx.telegram import Telegram

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.knx.link import guard
from knx_ocpp_bridge.knx.link.confirmation import ConfirmingHandler
from knx_ocpp_bridge.knx.link.liveness import silence
from knx_ocpp_bridge.knx.link.reasons import is_taken, reason
from knx_ocpp_bridge.knx.link.scan import describe
from knx_ocpp_bridge.knx.secure.keyring import KeyringError
from knx_ocpp_bridge.knx.secure.refusals import Refusal
from knx_ocpp_bridge.knx.secure.secure_tunnels import NoTunnelError, all_taken, offered, wanted
from knx_ocpp_bridge.knx.secure.security import Security

_LOG = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 15.0
_CLOSE_TIMEOUT_S: Final = 2.0
_SYNCHRONISED_WITHIN: Final = 4.0
"""Latencies of secure routing: so long its members are waited for at most (KNX IP Secure 03.08.09 section 2.2.2.3)."""
_DEFAULT_PORT: Final = 3671

_TYPES: Final = {
    "automatic": ConnectionType.AUTOMATIC,
    "tunneling": ConnectionType.TUNNELING,
    "tunneling_tcp": ConnectionType.TUNNELING_TCP,
    "tunneling_tcp_secure": ConnectionType.TUNNELING_TCP_SECURE,
    "routing": ConnectionType.ROUTING,
    "routing_secure": ConnectionType.ROUTING_SECURE,
}
_STRANGE_LETTER: Final = "the password of the tunnel has a letter that KNX IP Secure has not (it has Latin-1)"
_CHANGE_IT: Final = "give it another one in ETS, download the interface, and export the keyring again"
ROUTING: Final = frozenset({"routing", "routing_secure"})
_SECURE: Final = frozenset({"tunneling_tcp_secure", "routing_secure"})


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

    def __init__(self, settings: Knx, ears: Ears, security: Security) -> None:
        """Nothing is opened, and no file is read, before `dial`."""
        self._settings = settings
        self._ears = ears
        self._security = security

    async def dial(self, gateway: HostPort | None) -> Link:
        """An open connection to this gateway (None: whichever the way finds).

        Raises:
            DialError: there is none after 15 s at most (secure routing: and four times its latency); nothing is left
                open.
        """
        guard.stand()
        where = target(self._settings, gateway)
        try:
            keyring = await self._security.open()
            async with asyncio.timeout(CONNECT_TIMEOUT_S + self._patience_s(keyring)):
                link = await self._first_of(await self._logins(gateway, keyring), gateway)
        except KeyringError as error:
            raise DialError(str(error)) from error
        except NoTunnelError as error:
            raise DialError(f"no connection to {where}: {error}") from error
        except (XKNXException, OSError) as error:  # TimeoutError is an OSError
            raise DialError(reason(error, where)) from error
        try:
            await self._security.connected(str(link.xknx.current_address))
        except asyncio.CancelledError:
            await hang_up(link.xknx)
            raise
        return link

    async def _logins(self, gateway: HostPort | None, keyring: Keyring | None) -> tuple[SecureConfig | None, ...]:
        """What xknx has to know of secrets, to be tried one after the other."""
        if keyring is None or self._settings.connection not in _SECURE:
            return (None,)
        if gateway is None:
            return (SecureConfig(keyring=keyring),)
        if self._settings.individual_address is not None:
            tunnels = await self._wanted(keyring, self._settings.individual_address, gateway)
        else:
            tunnels = offered(keyring, await describe(gateway, self._settings.local_address))
        return tuple(
            SecureConfig(
                user_id=each.user_id,
                user_password=each.decrypted_password,
                device_authentication_password=each.decrypted_authentication,
            )
            for each in tunnels
        )

    async def _wanted(self, keyring: Keyring, address: str, gateway: HostPort) -> tuple[XMLInterface, ...]:
        """The tunnel with this address; at the second gateway, which cannot have the same, whichever it has."""
        tunnel = wanted(keyring, address)
        if gateway != self._settings.second_gateway:
            return (tunnel,)
        found = await describe(gateway, self._settings.local_address)
        is_its_own = found is None or str(tunnel.host) == found.individual_address
        return (tunnel,) if is_its_own else offered(keyring, found)

    async def _first_of(self, logins: tuple[SecureConfig | None, ...], gateway: HostPort | None) -> Link:
        """The first tunnel that is not taken."""
        for login in logins:
            try:
                return await self._attempt(login, gateway)
            except XKNXException as error:
                if login is None or not is_taken(error):
                    raise
        found = None if gateway is None else await describe(gateway, self._settings.local_address)
        raise all_taken(len(logins), self._settings.individual_address, found)

    async def _attempt(self, login: SecureConfig | None, gateway: HostPort | None) -> Link:
        xknx = self._make(login, gateway)
        handler = xknx.cemi_handler = ConfirmingHandler(xknx, self._ears.telegram, self._security.guard)
        if handler.data_secure is None:
            xknx.telegram_queue.register_data_secure_group_key_issue_cb(self._not_opened)
        try:
            return Link(xknx, handler, await self._open(xknx, gateway))
        except UnicodeError:  # its words would show a letter of the password
            await hang_up(xknx)
            raise NoTunnelError(_STRANGE_LETTER, _CHANGE_IT) from None
        except ValueError as error:  # of cryptography: a key that is none
            await hang_up(xknx)
            raise IPSecureError(f"it offers a key that is none ({error})") from error
        except (XKNXException, OSError, asyncio.CancelledError):
            await hang_up(xknx)
            raise

    async def _open(self, xknx: XKNX, gateway: HostPort | None) -> str:
        """Connect, and return the name of the other end."""
        await xknx.knxip_interface.start()
        if self._settings.connection in ROUTING and (trouble := await silence(xknx)):
            raise OSError(trouble)
        interface = xknx.knxip_interface._interface  # noqa: SLF001 - xknx offers no public way to what it has made
        if isinstance(interface, SecureRouting) and interface.transport.secure_timer.timekeeper:
            _LOG.info(
                "nobody in secure routing has answered with another time: if nothing is heard from now on, the keyring "
                "is older than the last download in ETS, and its backbone key another (export it again)"
            )
        return target(self._settings, gateway)

    def _not_opened(self, telegram: Telegram) -> None:
        """It is secured, and there is no key at all."""
        address = telegram.destination_address.raw
        if isinstance(address, int):
            self._security.refused(Refusal.NO_KEY, address, str(telegram.source_address))

    def _make(self, login: SecureConfig | None, gateway: HostPort | None) -> XKNX:
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
                secure_config=login,
            ),
        )

    def _patience_s(self, keyring: Keyring | None) -> float:
        if self._settings.connection != "routing_secure" or keyring is None or keyring.backbone is None:
            return 0.0
        return _SYNCHRONISED_WITHIN * (keyring.backbone.latency or 0) / 1000


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
