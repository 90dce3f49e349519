"""What is commanded by the API: verbs, wishes, calls, and reading the configuration again."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

import msgspec
from starlette.requests import Request

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Call, Manage, Managed, ProtocolError, Reload, Wish, wished_value
from knx_ocpp_bridge.control.protocol import Response as Answer
from knx_ocpp_bridge.core.group_objects import GroupObject
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.web.api.answers import outcome, under_way
from knx_ocpp_bridge.web.api.problems import MISSING, SENSELESS, ProblemError
from knx_ocpp_bridge.web.api.reading import checked, from_body
from knx_ocpp_bridge.web.api.table import Act

__all__ = ["call", "outcome", "patience_s", "reload", "under_way", "verb", "want", "without_path"]

_LONGEST_TAG: Final = 255
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,4})(?=$|[,;\s])", re.IGNORECASE | re.ASCII)
_LONGEST_ACTION: Final = 64


async def verb(act: Act, request: Request, place: Mapping[str, Any]) -> Manage:
    """A verb with the options of the body."""
    sent = await from_body(request)
    for name in act.offer.json:
        if name in sent:
            if not isinstance(sent[name], dict):
                raise ProblemError(SENSELESS, f"{name} is an object", f"body: {name}")
            sent[name] = msgspec.json.encode(sent[name]).decode()
    return Manage(act.verb, place.get("charger", ""), checked(act.options, sent, "body"))


def patience_s(request: Request) -> float | None:
    """How long the caller waits before it goes on (`Prefer: wait=8`, RFC 7240 section 4.3); None: to the end."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return None if found is None else float(found[1])


def without_path(asks: object, answer: Answer) -> Answer:
    """Of a file that was made, its name alone."""
    if not isinstance(asks, Act) or not asks.offer.file or not isinstance(answer, Managed) or answer.row is None:
        return answer
    return replace(answer, row={**answer.row, "file": PurePath(answer.row["file"]).name})


async def want(row: GroupObject, request: Request, place: Mapping[str, Any]) -> Wish:
    """A wish with the value of the body."""
    sent = await from_body(request)
    for name in sent:
        if name not in {"value", "id_tag"}:
            raise ProblemError(SENSELESS, f"there is no {name[:64]!r} here; there are value, id_tag", "body")
    value, id_tag = sent.get("value"), sent.get("id_tag")
    if not isinstance(value, bool | int | float):
        raise ProblemError(SENSELESS, 'value is needed: true, false or a number, e.g. {"value": true}', "body: value")
    try:
        value = wished_value(row.key, value)
    except ProtocolError as error:
        raise ProblemError(SENSELESS, str(error), "body: value") from error
    tag = None
    if id_tag is not None:
        if not isinstance(id_tag, str) or not 0 < len(id_tag) <= _LONGEST_TAG or not id_tag.isprintable():
            raise ProblemError(SENSELESS, f"id_tag is text of 1 to {_LONGEST_TAG} characters", "body: id_tag")
        tag = IdTag(id_tag)
    return Wish(ChargerId(place["charger"]), ConnectorId(place["connector"]), row.key, value, tag)


async def call(request: Request, place: Mapping[str, Any]) -> Call:
    """An operation with the payload of the body."""
    if len(place["action"]) > _LONGEST_ACTION:
        raise ProblemError(
            MISSING, f"the name of an operation has at most {_LONGEST_ACTION} characters", "path: action"
        )
    return Call(ChargerId(place["charger"]), place["action"], await from_body(request))


async def reload(request: Request) -> Reload:
    """No options."""
    checked(dict[str, Option](), await from_body(request), "body")
    return Reload()
