"""The addresses of this machine, for what is said of them before there is a connection."""

import ifaddr


def own_addresses() -> tuple[str, ...]:
    """Every IPv4 address that this machine has now, loopback last."""
    found = {ip.ip for card in ifaddr.get_adapters() for ip in card.ips if isinstance(ip.ip, str)}
    return tuple(sorted(found, key=lambda address: (address.startswith("127."), address)))
