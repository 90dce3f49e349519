"""Ports that nobody uses at this moment, and that the system gives to nobody by itself meanwhile."""

import itertools
import os
import random
import socket
from typing import Final

_FIRST, _LAST = 20_000, 32_000
"""Below the ports that the system hands out to whoever dials: those may be taken at any time."""
_TRIES: Final = 500
_places = itertools.count(random.Random(os.getpid()).randrange(_LAST - _FIRST))


def free_tcp_port() -> int:
    """A TCP port."""
    return _free(socket.SOCK_STREAM)


def free_udp_port() -> int:
    """A UDP port; bound without SO_REUSEADDR, because two knxd would share one silently."""
    return _free(socket.SOCK_DGRAM)


def _free(kind: socket.SocketKind) -> int:
    for place in itertools.islice(_places, _TRIES):
        port = _FIRST + place % (_LAST - _FIRST)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")
