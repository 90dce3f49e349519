"""Tells the local network where the pages are: DNS-SD (RFC 6763) over multicast DNS (RFC 6762).

Nothing depends on it: whatever fails is said once and tried again later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from knx_ocpp_bridge.pki.names import Names

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

_log = logging.getLogger(__name__)

TYPE: Final = "_http._tcp.local."
HOST: Final = "knx-ocpp.local"
"""A name of its own: that of the machine is told by the machine's own responder, which would see a rival."""
LOOK_EVERY_S: Final = 60.0
_NAME: Final = "KNX OCPP bridge"


class Speaker(Protocol):
    """The part of `AsyncZeroconf` that is used."""

    def async_register_service(
        self, info: "ServiceInfo", *, allow_name_change: bool
    ) -> Awaitable[Awaitable[object]]: ...
    async def async_unregister_all_services(self) -> None: ...
    async def async_close(self) -> None: ...


def speaker() -> Speaker:
    """Speaks on every interface, by IPv4.

    Raises:
        OSError: there is none.
    """
    from zeroconf import IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    return AsyncZeroconf(ip_version=IPVersion.V4Only)


def announced(names: Names, port: int, facts: dict[str, str]) -> "ServiceInfo | None":
    """What is told of pages at this port; None: nobody could reach them."""
    from zeroconf import ServiceInfo

    found = [ip_address(text) for text in names.addresses]
    reached = [each.packed for each in found if each.version == 4 and not each.is_loopback]
    if not reached:
        return None
    properties: dict[str | bytes, str | bytes | None] = {"path": "/"}
    properties.update(facts)
    return ServiceInfo(TYPE, f"{_NAME}.{TYPE}", port=port, addresses=reached, properties=properties, server=f"{HOST}.")


class Announcer:
    """Announces until cancelled, and then says goodbye. `port` is asked when it is known; `names` in every look."""

    def __init__(
        self,
        names: Callable[[], Names],
        port: Callable[[], int],
        facts: dict[str, str],
        opened: Callable[[], Speaker] = speaker,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._names = names
        self._port = port
        self._facts = facts
        self._opened = opened
        self._sleep = sleep
        self._told: tuple[str, ...] = ()
        self._speaker: Speaker | None = None

    async def run(self) -> None:
        """Looks every minute whether the addresses are others."""
        # It takes long to import, and no charger has to wait for it.
        await asyncio.to_thread(import_module, "zeroconf.asyncio")
        trouble = ""
        try:
            while True:
                said = await self._look()
                if said and said != trouble:
                    _log.warning("the local network is not told where the pages are: %s; it is tried again", said)
                trouble = said
                await self._sleep(LOOK_EVERY_S)
        finally:
            await self._leave()

    async def _look(self) -> str:
        """What went wrong; empty: nothing."""
        from zeroconf import Error

        names = await asyncio.to_thread(self._names)
        if names.addresses == self._told:
            return ""
        try:
            await self._leave()
            info = announced(names, self._port(), self._facts)
            if info is not None:
                self._speaker = self._opened()
                await (await self._speaker.async_register_service(info, allow_name_change=True))
        except (OSError, Error, TimeoutError) as error:
            await self._leave()
            return str(error) or type(error).__name__
        self._told = names.addresses
        return ""

    async def _leave(self) -> None:
        if self._speaker is None:
            return
        leaving, self._speaker, self._told = self._speaker, None, ()
        await leaving.async_unregister_all_services()
        await leaving.async_close()
