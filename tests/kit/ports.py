"""Ports that nobody uses at this moment."""

import socket


def free_tcp_port() -> int:
    """A TCP port on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
