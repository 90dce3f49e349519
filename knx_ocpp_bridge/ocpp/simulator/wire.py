"""The frames of OCPP-J as a charge point needs them, written apart from the Central System's: a peer, not a mirror."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, cast

Json = dict[str, object]

SUBPROTOCOL: Final = "ocpp1.6"


class MessageType(IntEnum):
    """OCPP-J 1.6 section 4.1.3."""

    CALL = 2
    CALLRESULT = 3
    CALLERROR = 4


@dataclass(frozen=True, slots=True)
class Request:
    """A call of either side without its id."""

    action: str
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """The other side asks."""

    id: str
    action: str
    payload: Json


@dataclass(frozen=True, slots=True)
class Result:
    """The other side answers."""

    id: str
    payload: Json


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer is a CALLERROR."""

    id: str
    code: str
    description: str


Frame = Call | Result | Refusal


class WireError(Exception):
    """What the Central System sent is no frame of OCPP-J."""


def decode(text: str) -> Frame:
    """One frame of the Central System.

    Raises:
        WireError: not one of the three messages of OCPP-J 1.6 section 4.2.
    """
    try:
        parts: object = json.loads(text)
    except ValueError as error:
        raise WireError(f"no JSON: {text[:80]!r}") from error
    match parts:
        case [MessageType.CALL, str(id_), str(action), dict(payload)]:
            return Call(id_, action, cast("Json", payload))
        case [MessageType.CALLRESULT, str(id_), dict(payload)]:
            return Result(id_, cast("Json", payload))
        case [MessageType.CALLERROR, str(id_), str(code), str(description), dict()]:
            return Refusal(id_, code, description)
        case _:
            raise WireError(f"no frame of OCPP-J: {text[:80]!r}")


def call(id_: str, request: Request) -> str:
    """The text of a CALL."""
    return _text([MessageType.CALL, id_, request.action, request.payload])


def result(id_: str, payload: Json) -> str:
    """The text of a CALLRESULT."""
    return _text([MessageType.CALLRESULT, id_, payload])


def refusal(id_: str, code: str, description: str = "") -> str:
    """The text of a CALLERROR."""
    return _text([MessageType.CALLERROR, id_, code, description, {}])


def stamp(at: datetime) -> str:
    """The dateTime of every message: UTC with `Z`, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime | None:
    """The UTC time that a dateTime says; None: it says none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def text_of(payload: Json, key: str) -> str:
    """The string at `key`, empty where there is none."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def whole_of(payload: Json, key: str) -> int | None:
    """The whole number at `key`, None where there is none."""
    value = payload.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number_of(payload: Json, key: str) -> float | None:
    """The number at `key`, None where there is none."""
    value = payload.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def object_of(payload: Json, key: str) -> Json:
    """The object at `key`, empty where there is none."""
    value = payload.get(key)
    return cast("Json", value) if isinstance(value, dict) else {}


def objects_of(payload: Json, key: str) -> list[Json]:
    """The objects of the list at `key`."""
    value = payload.get(key)
    return [cast("Json", item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(parts: list[object]) -> str:
    return json.dumps(parts, separators=(",", ":"))
