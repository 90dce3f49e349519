"""The commonest WebSocket frame read and written without a parser's state: one whole text message.

RFC 6455 section 5.2. All other frames go through the library; `frame_size` finds where they end, so that the library
is only ever given whole frames and the two may take turns.
"""

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without a compiler
    from websockets.utils import apply_mask

MAX_HEADER_BYTES: Final = 14
PING: Final = b"\x89\x00"
_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80


def whole_text(view: memoryview, start: int, end: int) -> tuple[bytes, int] | None:
    """Give the payload of an unfragmented, masked text frame below 64 KiB, and where it ends in `view`.

    None: there is no such frame, or not all of it, between `start` and `end`.
    """
    if end - start < 6 or view[start] != _FINAL_TEXT:
        return None
    size = view[start + 1] - _MASKED
    body = start + 6
    if size == 126:
        size = view[start + 2] << 8 | view[start + 3]
        body = start + 8
    elif not 0 <= size < 126:
        return None
    after = body + size
    if after > end:
        return None
    return apply_mask(view[body:after], bytes(view[body - 4 : body])), after


def frame_size(view: memoryview, start: int, end: int) -> int:
    """Give header and payload of the frame at `start` in bytes; 0: the header is not complete yet."""
    if end - start < 2:
        return 0
    length = view[start + 1] & 0x7F
    header = 2 + {126: 2, 127: 8}.get(length, 0) + (4 if view[start + 1] & _MASKED else 0)
    if end - start < header:
        return 0
    if length >= 126:
        length = int.from_bytes(view[start + 2 : start + (4 if length == 126 else 10)], "big")
    return header + length


def text_frame(payload: bytes) -> bytes:
    """Give an unfragmented, unmasked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_FINAL_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL_TEXT, 127)) + size.to_bytes(8, "big") + payload
