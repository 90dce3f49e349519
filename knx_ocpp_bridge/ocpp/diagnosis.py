"""What is wrong with a connection, in words. Pure.

Nothing is repeated that may be secret: of a broken request the line's number, never its content (row C7).
"""

import re
from typing import Final

from websockets.exceptions import PayloadTooBig

from knx_ocpp_bridge.ocpp.failures import Dialled, Kind, Trouble

HANDSHAKE_S: Final = 10.0
MAX_LINE_BYTES: Final = 8192
_COMPRESSED: Final = 0x40
_FIRMWARE: Final = "a newer firmware, and nothing between it and the bridge that changes its requests"
NO_SOAP: Final = "choose OCPP 1.6 JSON in the charger: OCPP by SOAP is not spoken here"
_URL: Final = "type its URL again, without blanks, umlauts and signs"
SOAP: Final = "soap"
_CAUSES: Final = {NO_SOAP: SOAP, _URL: "url"}
_NAME: Final = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_AGENT: Final = re.compile(rb"^user-agent:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)

TLS_IS_OFF: Final = Trouble(
    Kind.TLS,
    "it speaks TLS, which is off here: its URL must begin with ws://, not wss://",
    "write ws:// in the charger, or set ocpp.tls: both",
    "tls_off",
)
LATE: Final = Trouble(
    Kind.TIMEOUT, f"no complete handshake within {HANDSHAKE_S:g} s", "see that the network is good; restart it"
)
CUT_OFF: Final = Trouble(Kind.CLOSED, "it closed the connection before its request was complete", "restart it")
NOTHING_SAID: Final = Trouble(
    Kind.CLOSED, "it connected and said nothing", "see that it is set to OCPP 1.6 JSON, which is by WebSocket", SOAP
)


def diagnose(head: bytes) -> Trouble:
    """Give the first thing that is wrong with what came instead of a request."""
    for found in (_request_line, _lines, _headers):
        reason = found(head)
        if reason:
            remedy = NO_SOAP if head.startswith(b"POST ") else _URL if "path" in reason else _FIRMWARE
            return Trouble(Kind.MALFORMED, reason, remedy, _CAUSES.get(remedy, ""))
    return Trouble(Kind.MALFORMED, "its request is no HTTP request for a WebSocket", _FIRMWARE)


def dialled(head: bytes) -> Dialled:
    """Give what can be made out of path and user agent."""
    first = head.split(b"\n", 1)[0].strip()
    words = first.split(b" ")
    path = b" ".join(words[1:-1] if words[-1].startswith(b"HTTP/") else words[1:])
    if not words[0].isalpha() or not path.startswith(b"/"):
        path = b""  # it may be anything, even a header with a password in it
    agent = _AGENT.search(head)
    return Dialled(path.decode("utf-8", "replace"), agent[1].decode("latin-1").strip() if agent else "")


def not_allowed(error: Exception, first: int, max_bytes: int) -> Trouble:
    """Give what the WebSocket's parser found wrong; `first` is the first byte of that frame (RFC 6455 section 5.2)."""
    if isinstance(error, PayloadTooBig):
        reason = f"it sends a message longer than {max_bytes} bytes"
        return Trouble(Kind.FRAME_TOO_LARGE, reason, "raise ocpp.max_frame if the message is a good one")
    if first & _COMPRESSED:
        reason = "it sends compressed frames (RSV1), and compression was not agreed on"
        return Trouble(Kind.WEBSOCKET, reason, "switch WebSocket compression (permessage-deflate) off in it")
    return Trouble(Kind.WEBSOCKET, f"it sends what no WebSocket allows: {error}", "restart it; a newer firmware")


def _request_line(head: bytes) -> str:
    line = head.split(b"\n", 1)[0].rstrip(b"\r")
    words = line.split(b" ")
    if not _NAME.fullmatch(words[0]):
        return "what it sends is no HTTP"
    if len(words) > 3 and words[-1].startswith(b"HTTP/"):
        return "there is a blank in the path of its URL"
    if len(words) != 3 or words[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        return "the first line of its request is not a path and HTTP/1.1"
    if not words[1].isascii():
        return "there is a character in the path of its URL that should be percent-encoded"
    return ""


def _lines(head: bytes) -> str:
    lines = head.split(b"\n")
    if any(len(line) > MAX_LINE_BYTES for line in lines):
        return f"a line of its request is longer than {MAX_LINE_BYTES} bytes"
    if any(not line.endswith(b"\r") for line in lines[:-1]):
        return "the lines of its request do not end with CR and LF"
    return ""


def _headers(head: bytes) -> str:
    for number, line in enumerate(head.split(b"\r\n")[1:], start=2):
        if not line:
            break
        name, colon, value = line.partition(b":")
        if line[:1] in b" \t":
            return f"line {number} of its request continues the line before it"
        if not colon or not _NAME.fullmatch(name):
            return f"line {number} of its request is no header"
        named = name.decode().lower()
        if named == "transfer-encoding" or (named == "content-length" and value.strip() != b"0"):
            return "its request has a body"
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
            return f"the header in line {number} of its request holds a control character"
    return ""
