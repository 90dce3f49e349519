"""What a request says: options from its query, a JSON object from its body. Whatever is wrong is said in words."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request

from knx_ocpp_bridge.control.options import AskError, Option, Options, read
from knx_ocpp_bridge.web.api.problems import NO_JSON, SENSELESS, TOO_LARGE, UNREADABLE, ProblemError

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes."""
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}


def from_query(request: Request, options: Options) -> dict[str, Any]:
    """A value for every option of the table.

    Raises:
        ProblemError: 422, there is no such option, or its value is none.
    """
    given: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name in given:
            raise ProblemError(SENSELESS, f"{name[:64]!r} is given twice: give it once", "query")
        given[name] = _value(name, text, options.get(name))
    return checked(options, given, "query")


def _value(name: str, text: str, option: Option | None) -> bool | int | str:
    if option is None or option.kind is str:
        return text
    if option.kind is bool:
        if text in _FLAGS:
            return _FLAGS[text]
        raise ProblemError(SENSELESS, f"{name} is true or false", f"query: {name}")
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    raise ProblemError(SENSELESS, f"{name} is a whole number from {option.low} to {option.high}", f"query: {name}")


def checked(options: Options, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A value for every option of the table.

    Raises:
        ProblemError: 422, there is no such option, or its value is none.
    """
    try:
        return read(options, given)
    except AskError as error:
        raise ProblemError(SENSELESS, str(error), where) from error


async def from_body(request: Request) -> dict[str, Any]:
    """The JSON object of the body; an empty body is an empty object.

    Raises:
        ProblemError: 413, 415 or 400: it is too large, not JSON by its header, or none.
    """
    text = await _body(request)
    media_type, _, charset = request.headers.get("content-type", "").partition(";")
    if text or media_type:
        encoding = charset.strip().lower().removeprefix("charset=").strip('"')
        if media_type.strip().lower() != "application/json" or encoding not in {"", "utf-8"}:
            raise ProblemError(
                NO_JSON, "send the body as JSON, with Content-Type: application/json", "header: content-type"
            )
    if not text:
        return {}
    try:
        sent = msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise ProblemError(UNREADABLE, f"the body is no JSON: {error}", "body") from error
    except RecursionError as error:
        raise ProblemError(UNREADABLE, "the body is nested too deeply", "body") from error
    if not isinstance(sent, dict):
        raise ProblemError(UNREADABLE, 'the body is a JSON object, e.g. {"value": true}', "body")
    return sent


async def _body(request: Request) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > LARGEST_BODY:
            raise ProblemError(TOO_LARGE, f"a body has at most {LARGEST_BODY >> 20} MiB here", "body")
    return bytes(parts)
