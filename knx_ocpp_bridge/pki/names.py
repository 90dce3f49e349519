"""Under which names and addresses this machine is dialled: what a server certificate must say."""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

MOST_ADDRESSES: Final = 24
MOST_HOSTS: Final = 12
"""A certificate must fit into the small buffers of a charger (often 4 KiB)."""
_LONGEST_HOST: Final = 253
_HOST: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*")
_INTERFACES: Final = Path("/proc/self/net/if_inet6")
_VIRTUAL: Final = re.compile(r"docker|br-|veth|virbr|vnet|lxc|lxd|cni|podman|tun|tap|wg|zt|tailscale")
"""How network cards of containers, virtual machines and tunnels are named."""
_TEMPORARY: Final = 0x01
"""IFA_F_TEMPORARY of Linux' if_addr.h: a privacy address (RFC 8981), which changes daily and which nobody dials."""


@dataclass(frozen=True, slots=True)
class Names:
    """Addresses as text, the most likely one first, and host names."""

    addresses: tuple[str, ...]
    hosts: tuple[str, ...]

    def usable(self) -> "Names":
        """What a certificate can say of it: canonical, without repetition, bounded; anything else is left out."""
        addresses = dict.fromkeys(str(one) for text in self.addresses if (one := _address(text)) is not None)
        hosts = dict.fromkeys(name for text in self.hosts if (name := _host(text)) is not None)
        return Names(tuple(addresses)[:MOST_ADDRESSES], tuple(hosts)[:MOST_HOSTS])


def of_this_machine(*extra: str) -> Names:
    """Every address a charger could dial now, the host name, also under .local.

    IPv4 comes first, then those of containers, virtual machines and tunnels, and loopback last.

    Link-local IPv6 (it needs a scope, which no certificate can carry) and temporary IPv6 addresses are left out.
    `extra` are further names or addresses, such as those of a router's own DNS. Nothing is asked of the network.
    """
    import ifaddr  # 30 ms

    found = {
        address: _VIRTUAL.match(card.nice_name) is not None
        for card in ifaddr.get_adapters()
        for ip in card.ips
        if (address := _address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])) is not None
    }
    temporary = temporary_addresses(_text(_INTERFACES))
    addresses = [one for one in found if one not in temporary and _dialled(one)]
    addresses.sort(key=lambda one: (one.is_loopback, found[one], one.version))
    asked = [_address(one) for one in extra]
    name = socket.gethostname().lower().rstrip(".")
    short = name.partition(".")[0]
    return Names(
        (*(str(one) for one in addresses), *(str(one) for one in asked if one is not None)),
        (name, short, f"{short}.local", "localhost", *(one for one in extra if _address(one) is None)),
    ).usable()


def temporary_addresses(interfaces: str) -> frozenset[IPv4Address | IPv6Address]:
    """The temporary ones among the addresses that Linux lists in /proc/net/if_inet6 (its text is given)."""
    rows = [line.split() for line in interfaces.splitlines()]
    return frozenset(IPv6Address(int(row[0], 16)) for row in rows if len(row) > 4 and int(row[4], 16) & _TEMPORARY)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:
        return ""  # no IPv6 here, or not Linux


def _dialled(address: IPv4Address | IPv6Address) -> bool:
    scoped = address.version == 6 and address.is_link_local
    return not (scoped or address.is_unspecified or address.is_multicast)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _host(text: str) -> str | None:
    name = text.lower().rstrip(".")
    return name if len(name) <= _LONGEST_HOST and _HOST.fullmatch(name) else None
