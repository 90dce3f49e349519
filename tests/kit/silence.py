"""A peer that vanishes without a word: no FIN, no RST, no acknowledgement, on loopback and without root."""

import ctypes
import socket
import struct
from typing import Protocol

_SO_ATTACH_FILTER = 26
_BPF_RETURN = 0x06


class Socket(Protocol):
    """What asyncio hands out for a transport's socket."""

    def setsockopt(self, level: int, optname: int, value: bytes, /) -> None: ...


def fall_silent(connection: Socket) -> None:
    """From now on the kernel drops every segment that arrives here, before TCP sees it (Linux, BPF `return 0`)."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", _BPF_RETURN, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    connection.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
