"""Who is near enough to set up a bridge that nobody has set up yet."""

import ipaddress
from typing import Final

_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""RFC 1918 section 3, RFC 4193 section 3.1."""


def is_near(peer: str) -> bool:
    """It is this machine, or one of a private or link-local network."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_link_local or any(address in block for block in _PRIVATE)
