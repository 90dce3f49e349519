"""Where chargers dial this bridge: what is typed into them."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.pki.names import Names

_SCHEMES: Final = {"off": ("ws",), "on": ("wss",), "both": ("ws", "wss")}


def rows(ocpp: Ocpp, names: Names, *, tls: bool) -> list[dict[str, Any]]:
    """Each way of dialling, the most likely address first; `tls`: there is a certificate to speak TLS with."""
    schemes = [one for one in _SCHEMES[ocpp.tls] if tls or one == "ws"]
    return [
        {"url": f"{scheme}://{HostPort(host, ocpp.listen.port)}/", "scheme": scheme, "host": host, "kind": kind}
        for host, kind in _hosts(ocpp.listen.host, names)
        for scheme in schemes
    ]


def _hosts(listens: str, names: Names) -> Iterator[tuple[str, str]]:
    if not _is_everything(listens):
        yield listens, _kind(listens)
        return
    for address in names.addresses:
        yield address, _kind(address)
    for host in names.hosts:
        if host.endswith(".local"):
            yield host, "name"


def _is_everything(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _kind(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return "name"
    return "this machine" if address.is_loopback else f"IPv{address.version}"
