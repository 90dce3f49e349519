"""What has come of requests and is not worked on yet: handed on one request at a time, in portions."""

import re
from typing import Final

LARGEST_HEAD: Final = 32 * 1024
MOST_FIELDS: Final = 128
PORTION_BYTES: Final = 64 * 1024
"""Of a body, in one turn of the loop."""
_END: Final = re.compile(rb"\n\r?\n")
_LENGTH: Final = re.compile(rb"[0-9]{1,20}")
_ONCE: Final = frozenset({b"host", b"origin", b"content-length", b"authorization", b"cookie"})
"""Fields of which two could be read in two ways."""


class RefusedError(Exception):
    """A request that is not even looked at: the status and what is wrong."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Reception:
    """Never hands on a byte of the next request before it is asked for.

    It knows heads and bodies of a stated length (RFC 9112 section 6.3), and refuses those in chunks, of which there
    can be as many as bytes. All else of HTTP is for whom it is handed to.
    """

    __slots__ = ("_body_left", "_held", "_searched")

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0
        self._body_left = 0

    def __bool__(self) -> bool:
        """Something is held."""
        return bool(self._held)

    def bring(self, data: bytes) -> None:
        self._held += data

    def take(self, *, another: bool) -> bytes:
        """The next portion of the request, or if there may be `another`, its head; empty: there is none yet.

        Raises:
            RefusedError: that request is not served.
        """
        if self._body_left:
            portion = self._cut(min(self._body_left, PORTION_BYTES))
            self._body_left -= len(portion)
            return portion
        return self._head() if another and self._held else b""

    def _head(self) -> bytes:
        if self._held[0] <= 0x20:
            raise RefusedError(400, "this is no request")
        end = _END.search(self._held, max(0, self._searched - 2))
        self._searched = len(self._held)
        if (self._searched if end is None else end.end()) > LARGEST_HEAD:
            raise RefusedError(431, f"the head of a request has {LARGEST_HEAD} bytes at most")
        if end is None:
            return b""
        head = self._cut(end.end())
        self._searched = 0
        self._body_left = _body_bytes(head)
        return head

    def _cut(self, size: int) -> bytes:
        portion = bytes(self._held[:size])
        del self._held[:size]
        return portion


def _body_bytes(head: bytes) -> int:
    lines = head.split(b"\n")[1:-2]
    if len(lines) > MOST_FIELDS:
        raise RefusedError(431, f"the head of a request has {MOST_FIELDS} fields at most")
    seen: dict[bytes, bytes] = {}
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            raise RefusedError(400, "fields of several lines are not read")
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in _ONCE and name in seen:
            raise RefusedError(400, f"{name.decode('ascii')} is there twice")
        seen[name] = value.strip()
    if b"transfer-encoding" in seen:
        raise RefusedError(411, "a body is sent with its Content-Length, not in chunks")
    length = seen.get(b"content-length", b"0")
    if not _LENGTH.fullmatch(length):
        raise RefusedError(400, "Content-Length is no number")
    return int(length)
