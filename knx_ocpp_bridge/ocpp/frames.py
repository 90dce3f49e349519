"""OCPP-J's three messages and their text: total on any input, and sparing in what it says.

The payload of a call is cut out without looking into it: whoever does knows the types, or asks `guards` first.
What strict JSON refuses goes once through `repair`.
"""

import re
from enum import Enum
from typing import Final, Literal

import msgspec

from knx_ocpp_bridge.ocpp.guards import MAX_NESTING, too_deep
from knx_ocpp_bridge.ocpp.repair import repair

MAX_ID_BYTES: Final = 255
MAX_ACTION_CHARS: Final = 64
MAX_ELEMENTS: Final = 6
MAX_REPAIRED_BYTES: Final = 256 * 1024
"""A longer frame that is no JSON is not worth the time its repair would take."""
MAX_DESCRIPTION_CHARS: Final = 254


class ErrorCode(Enum):
    """CALLERROR codes, spelled as OCPP-J 1.6 section 4.2.3 spells them (its slips included)."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class Call(msgspec.Struct, frozen=True, gc=False):
    """A request. `id` is the JSON text of the message id, to be echoed in its own type."""

    id: str
    action: str
    payload: bytes
    """A JSON value, not yet looked into; `{}` where the peer sent none or null."""
    repaired: bool = False


class Result(msgspec.Struct, frozen=True, gc=False):
    """The answer to a call of ours."""

    id: str
    payload: bytes
    repaired: bool = False


class Error(msgspec.Struct, frozen=True, gc=False):
    """The refusal of a call of ours."""

    id: str
    code: str
    description: str = ""
    repaired: bool = False


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """What is none of the three. `kind` 2, 3 or 4 and `id` are given where they could be made out."""

    kind: int
    id: str | None
    reason: str


Message = Call | Result | Error | Unreadable


class _StrictCall(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    kind: Literal[2]
    id: msgspec.Raw
    action: str
    payload: msgspec.Raw


_CALL: Final = msgspec.json.Decoder(_StrictCall)
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_KINDS: Final = {text: kind for kind in (2, 3, 4) for text in (b"%d" % kind, b'"%d"' % kind, b"%d.0" % kind)}
_HEAD: Final = re.compile(
    r'[\s\x00\ufeff]*\[\s*"?([234])(?:\.0)?"?\s*,\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"|-?\d{1,30})'
)


def read(data: bytes, max_bytes: int = 1 << 20) -> Message:
    """Give exactly one message for any bytes, and raise nothing."""
    if len(data) > max_bytes:
        return Unreadable(0, None, f"longer than {max_bytes} bytes")
    try:
        call = _CALL.decode(data)
        id_text = bytes(call.id)
        payload = bytes(call.payload)
        if len(id_text) <= MAX_ID_BYTES and id_text[0] not in b"[{" and payload != b"null":
            return Call(id_text.decode(), call.action[:MAX_ACTION_CHARS], payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _read_leniently(data)


def _read_leniently(data: bytes) -> Message:
    if too_deep(data):
        return _unreadable(data, f"nested deeper than {MAX_NESTING}")
    try:
        return _message(_ELEMENTS.decode(data), data, repaired=False)
    except msgspec.ValidationError:
        return _unreadable(data, "not an array")
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if not data.strip(b" \t\r\n\0"):
        return Unreadable(0, None, "empty")
    if len(data) > MAX_REPAIRED_BYTES:
        return _unreadable(data, "not JSON, and too long to repair")
    mended = repair(data.decode("utf-8", "replace"))
    if mended is None:
        return _unreadable(data, "not JSON")
    try:
        return _message(_ELEMENTS.decode(mended), data, repaired=True)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _unreadable(data, "not JSON")


def _message(elements: list[msgspec.Raw], data: bytes, *, repaired: bool) -> Message:
    """OCPP-J 1.6 section 4.2, with fewer or more elements than it asks for."""
    parts = [bytes(element) for element in elements]
    if not 2 <= len(parts) <= MAX_ELEMENTS:
        return _unreadable(data, f"{len(parts)} elements")
    kind = _KINDS.get(parts[0], 0)
    if kind == 0:
        return Unreadable(0, None, "no message type 2, 3 or 4")
    if len(parts[1]) > MAX_ID_BYTES or parts[1][0] in b"[{":
        return Unreadable(kind, None, "no usable message id")
    id_text = parts[1].decode()
    if kind == 4:
        return Error(id_text, _text(parts, 2) or ErrorCode.GENERIC_ERROR.value, _text(parts, 3), repaired)
    if kind == 3:
        return Result(id_text, _result_payload(parts), repaired)
    action = _text(parts, 2)
    if not action:
        return Unreadable(kind, id_text, "no action")
    payload = parts[3] if len(parts) > 3 and parts[3] != b"null" else b"{}"
    return Call(id_text, action[:MAX_ACTION_CHARS], payload, repaired)


def _result_payload(parts: list[bytes]) -> bytes:
    """The first object behind the id: some echo the action before it."""
    return next((part for part in parts[2:] if part.startswith(b"{")), b"{}")


def _text(parts: list[bytes], index: int) -> str:
    try:
        return _TEXT.decode(parts[index])[:MAX_DESCRIPTION_CHARS]
    except (IndexError, msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _unreadable(data: bytes, reason: str) -> Unreadable:
    head = _HEAD.match(data[: MAX_ID_BYTES + 64].decode("utf-8", "replace"))
    if head is None:
        return Unreadable(0, None, reason)
    return Unreadable(int(head[1]), head[2] if len(head[2]) <= MAX_ID_BYTES else None, reason)


def result(id_text: str, payload: str) -> str:
    """Give the text of a CALLRESULT; both arguments are JSON texts."""
    return f"[3,{id_text},{payload}]"


def error(id_text: str, code: ErrorCode, description: str) -> str:
    """Give the text of a CALLERROR: short, with no details."""
    words = msgspec.json.encode(description[:MAX_DESCRIPTION_CHARS]).decode()
    return f'[4,{id_text},"{code.value}",{words},{{}}]'


def call(message_id: str, action: str, payload: str) -> str:
    """Give the text of a CALL; `payload` is JSON text, the other two need no escaping."""
    return f'[2,"{message_id}","{action}",{payload}]'
