"""A copy of a frozen value with some fields changed, where `dataclasses.replace` takes too long.

Meter values are most of a charger's traffic, and the values that hold a charger and a connector are wide.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

_T = TypeVar("_T")
_Setters = dict[str, Callable[[object, object], None]]
_new = object.__new__


def changed(value: _T, **changes: object) -> _T:
    """`value` with these fields changed. Only for slotted dataclasses with many fields and no `__post_init__`."""
    kind: Callable[..., object] = type(value)
    setters, fields_of = _fields(kind)
    copy = _new(type(value))
    for put, field in zip(setters.values(), fields_of(value), strict=True):
        put(copy, field)
    for name, field in changes.items():
        setters[name](copy, field)
    return copy


@cache
def _fields(kind: Callable[..., Any]) -> tuple[_Setters, Callable[[object], tuple[object, ...]]]:
    """A slot is written through its descriptor, which no frozen class can forbid."""
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # slotted, as `changed` demands
    return {name: getattr(kind, name).__set__ for name in names}, attrgetter(*names)
