"""What may be said in each operation, for whoever writes one by hand: the fields of the official schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocpp.messages import MessageType, get_validator

from knx_ocpp_bridge.ocpp.v16.commands import ACTIONS

_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request; `name` is its path, with [] behind what is a list."""

    name: str
    type: str
    required: bool
    words: tuple[str, ...] = ()
    """The only values that it takes; empty: any of its type."""
    longest: int | None = None
    """Characters."""


def actions() -> tuple[str, ...]:
    """Every operation that a Central System may initiate."""
    return tuple(sorted(ACTIONS))


def fields(action: str) -> tuple[Field, ...]:
    """What its request may hold, in the order of the schema; nothing for what is no operation."""
    if action not in ACTIONS:
        return ()
    schema: Mapping[str, Any] = get_validator(MessageType.Call, action, "1.6").schema
    return tuple(_fields(schema, schema, "", 0))


def _fields(schema: Mapping[str, Any], whole: Mapping[str, Any], path: str, depth: int) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, found in schema.get("properties", {}).items():
        inner = _resolved(found, whole)
        here, kind = f"{path}{name}", str(inner.get("type", "object"))
        words = tuple(map(str, inner.get("enum", ())))
        yield Field(here, kind, name in required, words, inner.get("maxLength"))
        if depth < _DEEPEST and kind == "array":
            yield from _fields(_resolved(inner.get("items", {}), whole), whole, f"{here}[].", depth + 1)
        elif depth < _DEEPEST:
            yield from _fields(inner, whole, f"{here}.", depth + 1)


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the schema points to."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found = {**whole.get("definitions", {}), **whole.get("$defs", {})}.get(name, schema) if name else schema
    return found if isinstance(found, Mapping) else {}
