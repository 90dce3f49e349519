"""Is this a KNXnet/IP frame that can be read? Pure.

Looked at before xknx does: it trusts every length that a frame states of itself, and one of 0 keeps it busy for ever.
"""

from typing import Final

HEADER: Final = 6
"""Octets of the header: its own length, the version, the service, the length of all (KNX Core 03.08.02 section 2.3)."""
LONGEST: Final = 4096
"""Octets: many times what a gateway has to say at once, even of 250 tunnels."""
_BEGINNING: Final = b"\x06\x10"
_BLOCK: Final = 2
_BLOCKS_FROM: Final = {0x0202: HEADER + 8, 0x0204: HEADER, 0x020B: HEADER + 8, 0x020C: HEADER + 8}
"""Where description blocks, or search parameters, begin: after the address (HPAI), or at once."""


class FrameError(Exception):
    """Why these octets are no frame."""


def length_of(octets: bytes) -> int:
    """Length of the frame that begins here, 6 to 4096; there may be more or fewer octets.

    Raises:
        FrameError: none begins here.
    """
    if len(octets) < HEADER or not octets.startswith(_BEGINNING):
        raise FrameError("it does not begin like KNXnet/IP")
    length = int.from_bytes(octets[4:HEADER], "big")
    if not HEADER <= length <= LONGEST:
        raise FrameError(f"it says that it has {length} octets")
    return length


def service_of(frame: bytes) -> int:
    """The number of its service; for a frame with a whole header."""
    return int.from_bytes(frame[2:4], "big")


def checked(octets: bytes) -> bytes:
    """The frame that begins here, without what comes behind it. Each of its blocks has a length, and is whole.

    Raises:
        FrameError: there is none, or not all of it.
    """
    length = length_of(octets)
    if len(octets) < length:
        raise FrameError(f"it says that it has {length} octets, and has {len(octets)}")
    frame = octets[:length]
    at = _BLOCKS_FROM.get(service_of(frame), length)
    while at < length:
        size = frame[at]
        if size < _BLOCK or at + size > length:
            raise FrameError(f"a block in it says that it has {size} octets")
        at += size
    return frame
