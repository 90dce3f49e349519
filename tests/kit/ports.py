"""Ports that nobody uses at this moment."""

import socket


def free_tcp_port() -> int:
    """A TCP port on loopback."""
    return _free(socket.SOCK_STREAM)


def free_udp_port() -> int:
    """A UDP port; bound without SO_REUSEADDR, because two knxd would share one silently."""
    return _free(socket.SOCK_DGRAM)


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port
