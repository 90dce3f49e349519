"""A pydantic error in the installer's words."""

from collections.abc import Callable
from datetime import date, datetime
from math import isfinite, isinf
from typing import Any, Final

from pydantic_core import ErrorDetails

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.keys import about_unknown_key, nearest
from knx_ocpp_bridge.config.problems import KeyPath, Problem

_ID_TAG_KEYS: Final = frozenset({"own_tag_group", "remote_id_tag", "group"})
_EXAMPLES: Final = {
    "connectors": "[{id: 1}]",
    "scheme": "xxter",
    "base": "9/6/0",
    "price": "0.34",
    "name": "main",
    "max_current": "32",
    "from": '"22:00"',
    "to": '"06:00"',
    "ready_by": '"07:00"',
}
_Context = dict[str, Any]


def explain(
    error: ErrorDetails,
    document: Document,
    *,
    path: KeyPath | None = None,
    unknown: Callable[[KeyPath], tuple[str, str]] = about_unknown_key,
) -> Problem:
    """The problem behind one pydantic error; `path` where it differs from the error's own.

    `unknown` gives reason and remedy for a key that does not belong there.
    """
    at = tuple(error["loc"]) if path is None else path
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    key = str(at[-1]) if at else ""
    if kind == "extra_forbidden":
        reason, remedy = unknown(at)
    elif kind == "missing":
        reason, remedy = f"{key} is missing", f"add {key}: {_EXAMPLES.get(key, '...')}"
    elif kind == "refused":
        reason, remedy = context["reason"], context["remedy"]
    elif kind == "unquoted":
        hidden = context["secret"] or key in _ID_TAG_KEYS
        reason, remedy = _unquoted(value, None if hidden else document.written.get(at), key)
    else:
        say = _SENTENCES.get(kind)
        shown = document.written.get(at, repr(value) if isinstance(value, str) else _kind(value))
        reason, remedy = say(shown, context) if say else (error["msg"], "see docs/configuration.md")
    return document.problem(at, reason, remedy, repeats=context.get("repeats", True))


def _unquoted(value: object, written: str | None, key: str) -> tuple[str, str]:
    if value is None or isinstance(value, list | dict):
        return f"{_kind(value)} stands where a text belongs", f'write {key}: "..."'
    subject = "this" if written is None else written
    remedy = "put quotes round it" if written is None else f'put quotes round it: {key}: "{written}"'
    kind = _kind(value) if written is None or not _is_number(value) else f"the number {value}"
    return f"{subject} without quotes is {kind} to YAML, not a text", remedy


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not isfinite(value):
        return "infinity" if isinf(value) else "no number"
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        ((int, float), "a number"),
        ((date, datetime), "a date"),
        (str, "a text"),
        (dict, "a group of keys"),
        (list, "a list"),
    )
    return next((name for types, name in names if isinstance(value, types)), "nothing")


def _choice(shown: str, context: _Context) -> tuple[str, str]:
    words = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",") if word.strip()]
    close = nearest(shown.strip("'"), words)
    meant = f"did you mean {close}? " if close else ""
    return f"{shown} is none of the values of this key", f"{meant}Allowed: {' | '.join(words)}"


def _bound(word: str, name: str) -> Callable[[str, _Context], tuple[str, str]]:
    return lambda shown, context: (f"{shown} is out of range", f"write {word} {_plain(context[name])}")


def _plain(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _fixed(reason: str, remedy: str) -> Callable[[str, _Context], tuple[str, str]]:
    return lambda shown, _context: (f"{shown} {reason}", remedy)


_NOT_A_NUMBER = _fixed("is not a number", "write a number")
_NOT_A_WHOLE = _fixed("is not a whole number", "write a whole number")
_NOT_A_SWITCH = _fixed("is neither yes nor no", "write true or false")
_NOT_A_GROUP = _fixed("stands where a group of keys belongs", "write keys with their values, indented below")
_NOT_A_LIST = _fixed("stands where a list belongs", "begin each entry with a dash")

_SENTENCES: Final[dict[str, Callable[[str, _Context], tuple[str, str]]]] = {
    "literal_error": _choice,
    "enum": _choice,
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than_equal": _bound("at most", "le"),
    "finite_number": _NOT_A_NUMBER,
    "float_parsing": _NOT_A_NUMBER,
    "float_type": _NOT_A_NUMBER,
    "int_parsing": _NOT_A_WHOLE,
    "int_parsing_size": _NOT_A_WHOLE,
    "int_type": _NOT_A_WHOLE,
    "int_from_float": _NOT_A_WHOLE,
    "bool_parsing": _NOT_A_SWITCH,
    "bool_type": _NOT_A_SWITCH,
    "model_type": _NOT_A_GROUP,
    "dict_type": _NOT_A_GROUP,
    "tuple_type": _NOT_A_LIST,
    "list_type": _NOT_A_LIST,
    "string_too_long": lambda _shown, context: ("the text is too long", f"at most {context['max_length']} characters"),
}
