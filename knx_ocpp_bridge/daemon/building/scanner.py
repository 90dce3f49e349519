"""The search for gateways as it is asked for from outside: one at a time, and what it found is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.knx.link.gateways import chosen, taken
from knx_ocpp_bridge.knx.link.scan import Found, ScanError, scan

Search = Callable[[str | None, float], Awaitable[Sequence[Found]]]
"""As `knx.link.scan.scan`."""

_LONGEST_NAME: Final = 60


class Scanner:
    """Searches when asked; whoever asks meanwhile waits for the same search."""

    def __init__(self, knx: Callable[[], Knx], utc: Callable[[], datetime], search: Search = scan) -> None:
        """`knx` is the section that is in force."""
        self._knx = knx
        self._utc = utc
        self._search = search
        self._under_way: asyncio.Task[Managed] | None = None
        self.rows: tuple[Mapping[str, Any], ...] = ()
        """Of the last search: name, gateway, individual_address, connection (the best way to it, empty: none), secure,
        routing, tunnels, free, remark, in_use and at."""

    async def scan(self, within_s: float) -> Managed:
        """What answers within this."""
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._scan(within_s), name="search for gateways")
            self._under_way.add_done_callback(self._done)
        return await asyncio.shield(self._under_way)

    def _done(self, _task: asyncio.Task[Managed]) -> None:
        self._under_way = None

    async def _scan(self, within_s: float) -> Managed:
        knx = self._knx()
        try:
            found = await self._search(knx.local_address, within_s)
        except ScanError as error:
            return Managed(done=False, messages=(str(error),), because=CommandResult.OFFLINE)
        at = self._utc().astimezone(UTC).isoformat(timespec="seconds")
        self.rows = tuple(_row(one, knx, at) for one in found)
        ways, why = chosen(found, knx)
        return Managed(done=bool(found), messages=() if ways else (why,), because=CommandResult.TIMED_OUT)


def _row(one: Found, knx: Knx, at: str) -> dict[str, Any]:
    ways, why = chosen((one,), knx)
    connection = ways[0].connection if ways else "tunneling_tcp_secure" if one.secure_tunnelling else ""
    return {
        "name": "".join(letter if letter.isprintable() else "?" for letter in one.name)[:_LONGEST_NAME],
        "gateway": str(one.gateway),
        "individual_address": one.individual_address,
        "connection": "" if one.full else connection,
        "secure": "required" if one.secure_tunnelling else "possible" if one.can_secure else "no",
        "routing": "no" if not one.routing else "secure" if one.secure_routing else "yes",
        "tunnels": len(one.tunnels),
        "free": one.free,
        "remark": taken(one) if one.full else why,
        "in_use": one.gateway in {knx.gateway, knx.second_gateway},
        "at": at,
    }
