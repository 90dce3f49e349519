"""Which gateway to go by: the order of trying, and when to go back to the one that is preferred. Pure.

All times are seconds of one monotonic clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import Connection, HostPort
from knx_ocpp_bridge.knx.link.scan import Found

PROBE_S: Final = 30.0
"""While the second gateway serves, the first is asked so often whether it is there."""
RETURN_S: Final = 300.0
"""The first must have answered for this long before the bridge goes back to it."""
STILL_S: Final = 2.0
"""Going back takes some 50 ms without a bus: nothing may have passed for this long before."""
_LONGEST_RETURN_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to try: how, and by which gateway (None: routing needs none)."""

    connection: Connection
    gateway: HostPort | None
    found: Found | None = None
    """What is known of the gateway, if it was searched for."""


def configured(knx: Knx) -> tuple[Way, ...]:
    """The ways that the configuration names, the preferred first; none with `automatic`, which has to search."""
    if knx.connection == "automatic":
        return ()
    gateways = [knx.gateway, *([knx.second_gateway] if knx.second_gateway is not None else [])]
    return tuple(Way(knx.connection, gateway) for gateway in gateways)


def chosen(found: Iterable[Found], knx: Knx) -> tuple[tuple[Way, ...], str]:
    """The ways that can be tried by these gateways, best first; and if there are none, why, and what to do.

    A tunnel goes before routing, TCP before UDP. With a keyring a gateway that wants KNX Secure is preferred, without
    one it is no choice. A gateway whose tunnels are all taken is none either.
    """
    gateways, secured = list(found), knx.keyring is not None
    ways = [way for one in gateways for way in _ways(one, secured=secured)]
    wanted = knx.individual_address

    def rank(way: Way) -> tuple[bool, bool, bool]:
        offered = {tunnel.address for tunnel in way.found.tunnels} if way.found else set()
        routes = way.gateway is None
        return routes, wanted is not None and wanted not in offered, secured and not way.connection.endswith("_secure")

    return tuple(sorted(ways, key=rank)), "" if ways else _why_none(gateways)


def _ways(one: Found, *, secured: bool) -> Iterable[Way]:
    if not one.full:
        if one.secure_tunnelling:
            if secured:
                yield Way("tunneling_tcp_secure", one.gateway, one)
        elif one.tunnelling_tcp:
            yield Way("tunneling_tcp", one.gateway, one)
        elif one.tunnelling_udp:
            yield Way("tunneling", one.gateway, one)
    if one.routing and (secured or not one.secure_routing):
        yield Way("routing_secure" if one.secure_routing else "routing", None, one)


def _why_none(gateways: list[Found]) -> str:
    if not gateways:
        return (
            "no KNXnet/IP gateway answers on this network: look at its power and cable; if it stands in another "
            "network, name its address (gateway:) and a way to tunnel (connection:)"
        )
    full = [one for one in gateways if one.full]
    if full:
        return "; ".join(map(taken, full))
    names = ", ".join(map(str, gateways))
    return f"{names} can only be used with KNX Secure: add the keyring that ETS exports (keyring:)"


def taken(one: Found) -> str:
    """That its tunnels are all taken, and what to do."""
    count = len(one.tunnels)
    which = "the only tunnel" if count == 1 else f"all {count} tunnels"
    return f"{which} of {one} {'is' if count == 1 else 'are'} taken: free one, or name another gateway"


class GoingBack:
    """When the bridge returns from the second gateway to the first: that was there for a while, and nothing passes."""

    def __init__(self) -> None:
        self._alive_since_s: float | None = None
        self._wait_s = RETURN_S

    def seen(self, now_s: float, *, alive: bool) -> None:
        """The first gateway was asked, and has a tunnel for us, or not."""
        if not alive:
            self._alive_since_s = None
        elif self._alive_since_s is None:
            self._alive_since_s = now_s

    def may_go(self, now_s: float, passed_at_s: float) -> bool:
        """Whether now is the moment; `passed_at_s` is when a telegram passed last."""
        since_s = self._alive_since_s
        return since_s is not None and now_s - since_s >= self._wait_s and now_s - passed_at_s >= STILL_S

    def went(self) -> None:
        """The bridge tries to go back now; should it be on the second again, the next time is later (1 h at most)."""
        self._alive_since_s = None
        self._wait_s = min(2 * self._wait_s, _LONGEST_RETURN_S)

    def arrived(self) -> None:
        """The first has served for a while: what was is forgotten."""
        self._alive_since_s, self._wait_s = None, RETURN_S
