"""The OpenAPI 3.1 document: made from the table of routes, the options of topics and verbs, and the catalogue."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, assert_never

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.core.group_objects import GroupObject, Quantity
from knx_ocpp_bridge.web.access.cookies import SESSION
from knx_ocpp_bridge.web.api import problems
from knx_ocpp_bridge.web.api.events import KINDS as EVENTS
from knx_ocpp_bridge.web.api.files import MEDIA_TYPE
from knx_ocpp_bridge.web.api.problems import Kind
from knx_ocpp_bridge.web.api.schemas import ANY_OBJECT, SCHEMAS, TEXT, Schema, called, maybe, rows, told, value_of
from knx_ocpp_bridge.web.api.table import (
    PREFIX,
    Act,
    AnyCall,
    Document,
    Fetch,
    Look,
    ReadAgain,
    Route,
    Send,
    State,
    Stream,
    Want,
)
from knx_ocpp_bridge.web.roles import Role

_PLACE: Final = re.compile(r"{(\w+)}")
_PLACES: Final[Mapping[str, Schema]] = {
    "charger": {"type": "string", "minLength": 1, "maxLength": 255},
    "connector": {"type": "integer", "minimum": 0, "maximum": 255},
    "action": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z]+$"},
    "file": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_PLACE_WORDS: Final[Mapping[str, str]] = {
    "charger": "Its id, as in the configuration, or an alias.",
    "connector": "Its number; 0 is the charge point itself.",
    "action": "Name of the operation, e.g. `GetConfiguration`.",
    "file": "As it was told when it was made.",
}
_UNDER_WAY: Final[Schema] = {
    "description": "It is being done",
    "content": {"application/json": {"schema": called("UnderWay")}},
}
_PREFER: Final[Schema] = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=8`: answer 202 after so many seconds, should it not have ended.",
    "schema": {"type": "string"},
    "example": "wait=8",
}
_STATES: Final[Mapping[str, Schema]] = {
    "status": called("Status"),
    "chargers": rows("Charger"),
    "charger": called("Charger"),
    "connector": called("Connector"),
}
_ALWAYS: Final = (problems.NOBODY, problems.FORBIDDEN, problems.MISSING, problems.SENSELESS)
_OF_COMMANDS: Final = (
    problems.UNREADABLE, problems.NOT_DONE, problems.TOO_LARGE, problems.NO_JSON, problems.TOO_MANY,
)  # fmt: skip
_INTRODUCTION: Final = """\
Everything that the pages and the command line show and do. Send a token: `Authorization: Bearer <token>`.

What was not done is answered 409 with `outcome` and `why`; every problem is told as RFC 9457 has it.
Currents are in A, power in W, energy in Wh, durations in s, times in ISO 8601.
"""


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document, as plain JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "KNX-OCPP bridge", "version": version, "description": _INTRODUCTION},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "responses": {_title(kind): _problem(kind) for kind in problems.KINDS},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "session": {
                    "type": "apiKey", "in": "cookie", "name": SESSION,
                    "description": "A browser that has logged in; what it sends must come from the pages themselves.",
                },
            },
        },
    }  # fmt: skip


def _operation(route: Route) -> dict[str, Any]:
    who = "" if route.role is Role.NOBODY else f"For the role {route.role.name.lower()} and above."
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": " ".join(part for part in (who, _remark(route)) if part),
        "tags": [route.group],
        "x-role": route.role.name.lower(),
    }
    waits = [_PREFER] if route.commands and not isinstance(route.asks, Send) else []
    if parameters := [*_places(route), *_query(route), *waits]:
        operation["parameters"] = parameters
    if route.commands:
        operation["requestBody"] = _body(route)
    operation["responses"] = _responses(route)
    return operation


def _remark(route: Route) -> str:
    match route.asks:
        case Look(offer=offer) if offer.operator:
            return f"Only operators may ask for {', '.join(offer.operator)}."
        case Stream():
            return "Each event is named: " + "; ".join(f"`{name}` {words}" for name, words in EVENTS.items()) + "."
        case _:
            return ""


def _places(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": _PLACE_WORDS[name], "schema": _PLACES[name]}
        for name in _PLACE.findall(route.path)
    ]


def _query(route: Route) -> list[dict[str, Any]]:
    match route.asks:
        case Look(options=options):
            return [
                {"name": name, "in": "query", "description": route.words.get(name, ""), "schema": option_schema(option)}
                for name, option in options.items()
            ]
        case Stream():
            words = "Kinds of events, separated by commas; left out: connector, charger, bridge, alarm."
            pattern = f"^({'|'.join(EVENTS)})(,({'|'.join(EVENTS)}))*$"
            return [{"name": "topics", "in": "query", "description": words, "schema": {**TEXT, "pattern": pattern}}]
        case _:
            return []


def option_schema(option: Option) -> dict[str, Any]:
    """Type, range and default of one option."""
    default = {} if option.default is None else {"default": option.default}
    if option.kind is bool:
        return {"type": "boolean", **default}
    if option.kind is int:
        return {"type": "integer", "minimum": option.low, "maximum": option.high, **default}
    return {"type": "string", "maxLength": option.longest, **default}


def _body(route: Route) -> dict[str, Any]:
    match route.asks:
        case Act(offer=offer, options=options):
            properties = {
                name: told(
                    ANY_OBJECT if name in offer.json else maybe(option_schema(option)), route.words.get(name, "")
                )
                for name, option in options.items()
            }
            schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
            return {"required": False, "content": {"application/json": {"schema": schema}}}
        case Want(row):
            schema = {
                "type": "object",
                "properties": {
                    "value": told(wanted_schema(row), route.words["value"]),
                    "id_tag": {
                        "type": ["string", "null"], "minLength": 1, "maxLength": 255,
                        "description": route.words["id_tag"],
                    },
                },
                "required": ["value"],
                "additionalProperties": False,
            }  # fmt: skip
            return {
                "required": True,
                "content": {"application/json": {"schema": schema, "example": {"value": example_of(row)}}},
            }
        case Send():
            return {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string", "minLength": 1}}}}
        case AnyCall():
            words = "Payload of the request, as OCPP 1.6 has it"
            return {"required": False, "content": {"application/json": {"schema": told(ANY_OBJECT, words)}}}
        case _:
            schema = {"type": "object", "additionalProperties": False}
            return {"required": False, "content": {"application/json": {"schema": schema}}}


def wanted_schema(row: GroupObject) -> Schema:
    """What can be wished of it."""
    if row.acts_on_one_only:
        return {"const": True}
    return value_of(row) if row.quantity is Quantity.SWITCH else {"type": "number"}


def example_of(row: GroupObject) -> bool | float:
    """A value that can be wished of it."""
    if row.quantity is Quantity.SWITCH:
        return True
    return 10 if row.quantity is Quantity.CURRENT else 1


def _responses(route: Route) -> dict[str, Any]:
    kinds = (*_ALWAYS, *(_OF_COMMANDS if route.commands else ()))
    if isinstance(route.asks, Stream):
        kinds = (*kinds, problems.TOO_MANY)
    refused = {str(kind.status.value): {"$ref": f"#/components/responses/{_title(kind)}"} for kind in kinds}
    waits = route.commands and not isinstance(route.asks, Send)
    return {"200": _good(route), **({"202": _UNDER_WAY} if waits else {}), **dict(sorted(refused.items()))}


def _good(route: Route) -> dict[str, Any]:
    schema: Schema
    match route.asks:
        case State(part):
            schema = _STATES[part]
        case Look(offer=offer):
            one = called(offer.row) if offer.row else ANY_OBJECT
            schema = one if offer.one else rows(offer.row)
        case Stream():
            return {"description": "Events until one side closes", "content": {"text/event-stream": {"schema": TEXT}}}
        case Fetch():
            return {"description": "The file", "content": {MEDIA_TYPE: {"schema": TEXT}}}
        case Document():
            schema = ANY_OBJECT
        case Send():
            schema = called("Sent")
        case Act() | Want() | AnyCall() | ReadAgain():
            schema = called("Done")
        case _:
            assert_never(route.asks)
    return {"description": "As asked", "content": {"application/json": {"schema": schema}}}


def _problem(kind: Kind) -> dict[str, Any]:
    return {"description": kind.meaning, "content": {problems.MEDIA_TYPE: {"schema": called("Problem")}}}


def _title(kind: Kind) -> str:
    return "".join(word.capitalize() for word in kind.name.split("-"))
