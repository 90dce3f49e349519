"""What the command line and the daemon say to each other: one line of JSON there, one line back, and the end.

Requests:

    {"verb": "status"}
    {"verb": "reload"}
    {"verb": "wish", "charger": "GARAGE", "connector": 1, "key": "max_current", "value": 10.0, "id_tag": null}
    {"verb": "call", "charger": "GARAGE", "action": "GetConfiguration", "payload": {}}
    {"verb": "query", "topic": "trace", "charger": "GARAGE", "options": {"after": 0}}
    {"verb": "manage", "act": "adopt", "charger": "GARAGE", "options": {"name": "Garage"}}

Answers, in the same order:

    {"bridge": {...}, "chargers": [...]}
    {"reloaded": true, "messages": ["..."]}
    {"result": "ACCEPTED", "reason": "..."}
    {"called": "ACCEPTED", "reason": "Accepted", "answer": {...}}
    {"rows": [{...}], "next": 0, "zone": "Europe/Berlin"}
    {"done": true, "messages": ["..."]}     also "row": {...}; where it was not done "because": "OFFLINE"

and for each of them `{"error": "..."}` where the request was not understood.

The snapshot of `status`:

    {"bridge": {"version": "0.1.0",
                "knx": {"connected": true, ...}, "ocpp": {"listen": "0.0.0.0:8016", "connected": 1, ...},
                "clock": "sane", "alarms": 0, "energy": null},
     "chargers": [{"id": "GARAGE", "name": "Garage", "configured": true, "online": "online",
                   "registration": "accepted", "waits_until": null, "peer": "192.168.1.40:51000",
                   "vendor": "", "model": "", "firmware": "",
                   "connectors": [{"id": 1,
                                   "values": {"status": 2, "charging": true, "current": 15.8, ...},
                                   "transaction": {"id": 7, "started_at": "...", ...}}]}]}

`values` are those of the group objects by their key, as last said to the building: currents in A, power in W, energy
in Wh, times in ISO 8601. What is unknown is not there. `transaction` is null while none is open. `online` is "online",
"offline", or a sentence while neither is known. `energy` is the site's current with its circuits, null where nothing
needs it; of a connector how it is charged and what is wanted of its session. The parts about KNX and OCPP may say more
than is named here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, assert_never

from knx_ocpp_bridge.core.group_objects import CATALOGUE, Quantity
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag

LONGEST_REQUEST: Final = 1024 * 1024
"""Bytes of a request, its end of line included."""

_LONGEST_NAME: Final = 255
_MOST_CONNECTORS: Final = 255
_LONGEST_ACTION: Final = 64


class ProtocolError(ValueError):
    """The line is no request, or no answer; says in words why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody at the command line wants something; the fields are those of `core.events.Wished`.

    `id_tag` may be the name of a card as well.
    """

    charger: ChargerId
    connector: ConnectorId
    key: str
    value: bool | float
    id_tag: IdTag | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How everything stands."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the configuration again."""


@dataclass(frozen=True, slots=True)
class Call:
    """Any operation of OCPP 1.6 or its security extension; `payload` is the JSON object of its request."""

    charger: ChargerId
    action: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """Something that is only looked at; what there is, is `daemon.queries.TOPICS`, what `options` mean as well."""

    topic: str
    charger: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manage:
    """Something that changes what the bridge knows of chargers; what there is, is `daemon.manage.VERBS`."""

    act: str
    charger: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


Request = Wish | Status | Reload | Call | Query | Manage


@dataclass(frozen=True, slots=True)
class Called:
    """What became of a call; `answer` is the charger's payload, None where it gave none."""

    result: CommandResult
    reason: str
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a query, plain JSON values; `next` is where to go on (`options.after`), 0 where there is no such.

    `zone` is the site's (IANA), for whoever shows the times to people.
    """

    rows: tuple[Mapping[str, Any], ...]
    next: int = 0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Managed:
    """What was done, or that it was not, in sentences."""

    done: bool
    messages: tuple[str, ...] = ()
    because: CommandResult = CommandResult.REJECTED
    """Where it was not done: of what kind the reason is."""
    row: Mapping[str, Any] | None = None
    """What was learnt, as plain JSON values, where it is more than sentences."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a wish."""

    result: CommandResult
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Plain JSON values, shaped as the module says."""

    bridge: Mapping[str, Any]
    chargers: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The configuration is in force (with remarks, e.g. what needs a restart), or refused with all its problems."""

    reloaded: bool
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The request cannot be carried out, e.g. there is no such charger."""

    error: str
    usage: bool = False
    """What was asked for is none, e.g. no group address: a mistake of usage."""
    missing: bool = False
    """What was named does not exist, e.g. a charger."""


Response = Ended | Snapshot | Reloaded | Called | Listing | Managed | Failed


def encode_request(request: Request) -> bytes:
    """The line of this request."""
    match request:
        case Wish():
            return _line({"verb": "wish", **asdict(request)})
        case Status():
            return _line({"verb": "status"})
        case Reload():
            return _line({"verb": "reload"})
        case Call():
            return _line({"verb": "call", **asdict(request)})
        case Query():
            return _line({"verb": "query", **asdict(request)})
        case Manage():
            return _line({"verb": "manage", **asdict(request)})
        case _:
            assert_never(request)


def decode_request(line: bytes) -> Request:
    """The request of this line.

    Raises:
        ProtocolError: it is none; nothing else is ever raised.
    """
    message = _object(line)
    verb = message.pop("verb", None)
    decode = _VERBS.get(verb) if isinstance(verb, str) else None
    if decode is None:
        raise ProtocolError(f"there is no such verb; there are {', '.join(_VERBS)}")
    return decode(message)


def encode_response(response: Response) -> bytes:
    """The line of this answer."""
    match response:
        case Ended(result, reason):
            return _line({"result": result.name, "reason": reason})
        case Called(result, reason, answer):
            return _line({"called": result.name, "reason": reason, "answer": answer})
        case Managed(done, messages, because, row):
            more = {} if done else {"because": because.name}
            return _line({"done": done, "messages": messages, **more, **({} if row is None else {"row": row})})
        case Failed(error, usage, missing):
            flags = {"usage": usage, "missing": missing}
            return _line({"error": error, **{name: so for name, so in flags.items() if so}})
        case Snapshot() | Reloaded() | Listing():
            return _line(asdict(response))
        case _:
            assert_never(response)


def decode_response(line: bytes) -> Response:
    """The answer of this line.

    Raises:
        ProtocolError: it is none of this version's.
    """
    message = _object(line)
    match message:
        case {"error": str(error)}:
            return Failed(error, message.get("usage") is True, message.get("missing") is True)
        case {"result": str(result), "reason": str(reason)} if result in CommandResult.__members__:
            return Ended(CommandResult[result], reason)
        case {"called": str(result), "reason": str(reason), "answer": dict() | None as answer} if (
            result in CommandResult.__members__
        ):
            return Called(CommandResult[result], reason, answer)
        case {"rows": list(rows), "next": int(following)}:
            return Listing(tuple(rows), following, str(message.get("zone", "")))
        case {"done": bool(done), "messages": list(messages)}:
            return Managed(done, tuple(map(str, messages)), _because(message), _row(message))
        case {"reloaded": bool(reloaded), "messages": list(messages)}:
            return Reloaded(reloaded, tuple(map(str, messages)))
        case {"bridge": dict(bridge), "chargers": list(chargers)}:
            return Snapshot(bridge, tuple(chargers))
        case _:
            raise ProtocolError("the bridge answers something unknown; its version is another than this command's")


def _because(message: dict[str, Any]) -> CommandResult:
    return CommandResult.__members__.get(str(message.get("because")), CommandResult.REJECTED)


def _row(message: dict[str, Any]) -> dict[str, Any] | None:
    row = message.get("row")
    return row if isinstance(row, dict) else None


def _decode_wish(message: dict[str, Any]) -> Wish:
    match message:
        case {"charger": str(charger), "connector": int(connector), "key": str(key), "value": bool() | int() | float()}:
            pass
        case _:
            raise ProtocolError("a wish has charger (text), connector (number), key (text) and value (bool or number)")
    id_tag = message.get("id_tag")
    if not _is_word(charger, _LONGEST_NAME) or isinstance(connector, bool) or not 0 <= connector <= _MOST_CONNECTORS:
        raise ProtocolError(f"charger has 1 to {_LONGEST_NAME} characters, connector is 0 to {_MOST_CONNECTORS}")
    if id_tag is not None and not _is_word(id_tag, _LONGEST_NAME):
        raise ProtocolError(f"an idTag, or the name of its card, has 1 to {_LONGEST_NAME} characters")
    value = wished_value(key, message["value"])
    return Wish(ChargerId(charger), ConnectorId(connector), key, value, None if id_tag is None else IdTag(id_tag))


_KINDS: Final = {
    Quantity.SWITCH: "true or false",
    Quantity.CURRENT: "in A",
    Quantity.ENERGY: "in Wh",
    Quantity.DURATION: "in s",
    Quantity.PERCENT: "in percent",
    Quantity.MINUTE_OF_DAY: "in minutes after midnight",
}


def wished_value(key: str, value: bool | float) -> bool | float:  # noqa: FBT001 - a wish is a bool or a number
    """The value as this group object takes it.

    Raises:
        ProtocolError: it takes none, or another kind; says in words why.
    """
    row = CATALOGUE.get(key)
    if row is None or not row.receives:
        known = ", ".join(name for name, each in CATALOGUE.items() if each.receives)
        raise ProtocolError(f"nothing can be wished of {key[:40]!r}; it can of {known}")
    if isinstance(value, bool) is not (row.quantity is Quantity.SWITCH):
        raise ProtocolError(f"the value of {key} is {_KINDS.get(row.quantity, 'a number')}")
    if row.acts_on_one_only and not value:
        raise ProtocolError(f"only true acts on {key}")
    return value if isinstance(value, bool) else _number(value)


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise ProtocolError("the value has too many digits") from error


def _is_word(text: object, longest: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= longest and text.isprintable()


def _decode_status(_message: dict[str, Any]) -> Status:
    return Status()


def _decode_reload(_message: dict[str, Any]) -> Reload:
    return Reload()


def _decode_call(message: dict[str, Any]) -> Call:
    match message:
        case {"charger": str(charger), "action": str(action), "payload": dict(payload)}:
            pass
        case _:
            raise ProtocolError("a call has charger (text), action (text) and payload (object)")
    if not _is_word(charger, _LONGEST_NAME) or not _is_word(action, _LONGEST_ACTION):
        raise ProtocolError(f"charger has 1 to {_LONGEST_NAME} characters, action 1 to {_LONGEST_ACTION}")
    return Call(ChargerId(charger), action, payload)


def _decode_query(message: dict[str, Any]) -> Query:
    return Query(*_asked(message, "topic"))


def _decode_manage(message: dict[str, Any]) -> Manage:
    return Manage(*_asked(message, "act"))


def _asked(message: dict[str, Any], what: str) -> tuple[str, str, dict[str, Any]]:
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise ProtocolError("half of a character stands in it, which no file takes") from error
    match message.get(what), message.get("charger", ""), message.get("options", {}):
        case str(word), str(charger), dict(options) if (
            _is_word(word, _LONGEST_ACTION) and len(charger) <= _LONGEST_NAME
        ):
            return word, charger, options
        case _:
            raise ProtocolError(f"it has {what} (text), charger (text) and options (object)")


_VERBS: Final[dict[str, Callable[[dict[str, Any]], Request]]] = {
    "status": _decode_status,
    "reload": _decode_reload,
    "wish": _decode_wish,
    "call": _decode_call,
    "query": _decode_query,
    "manage": _decode_manage,
}


def _object(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("the line is not JSON in UTF-8") from error
    if not isinstance(message, dict):
        raise ProtocolError("the line is no JSON object")
    return message


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
