"""Which addresses are one for whoever counts wrong passwords.

A block of 64 bits of IPv6 is what one household far away has (RFC 4291 section 2.5.4); nearby it is everybody.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final

_HOME_BITS: Final = 64
_NEAR: Final = (IPv6Network("fe80::/10"), IPv6Network("fc00::/7"))
"""RFC 4291 section 2.5.6, RFC 4193 section 3.1."""
_INTERFACES: Final = Path("/proc/self/net/if_inet6")
_LONGEST: Final = 64


def own_addresses() -> str:
    """The IPv6 addresses of this machine, as Linux lists them; empty: it has none, or is no Linux."""
    try:
        return _INTERFACES.read_text("ascii")
    except OSError:
        return ""


class Blocks:
    """The keys of addresses. `own` gives the text of Linux' /proc/net/if_inet6: who shares a block with us is near."""

    def __init__(self, own: Callable[[], str]) -> None:
        self._own = own

    def home(self, address: str) -> str:
        """What counts as one peer: the address itself, or the block of a household far away."""
        parsed = _parsed(address)
        if parsed is None:
            return address[:_LONGEST]
        return str(_block(parsed) if isinstance(parsed, IPv6Address) and not self._is_near(parsed) else parsed)

    def link(self, address: str) -> str:
        """The block that a peer nearby shares with others; empty: it has none of IPv6, or is far away."""
        parsed = _parsed(address)
        return str(_block(parsed)) if isinstance(parsed, IPv6Address) and self._is_near(parsed) else ""

    def _is_near(self, address: IPv6Address) -> bool:
        return any(address in block for block in _NEAR) or _block(address) in _blocks(self._own())


def _blocks(interfaces: str) -> set[IPv6Network]:
    """The first column is the address in hex."""
    rows = (line.split() for line in interfaces.splitlines())
    return {_block(IPv6Address(int(row[0], 16))) for row in rows if row}


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """IPv4 in the clothes of IPv6 is IPv4."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _block(address: IPv6Address) -> IPv6Network:
    return IPv6Network((address, _HOME_BITS), strict=False)
