"""A copy of a frozen value with some fields changed, where `dataclasses.replace` takes too long.

Meter values are most of a charger's traffic, and the values that hold a charger and a connector are wide.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TypeVar

_T = TypeVar("_T")
_new, _set = object.__new__, object.__setattr__


def changed(value: _T, **changes: object) -> _T:
    """`value` with these fields changed. Only for slotted dataclasses with many fields and no `__post_init__`."""
    kind: Callable[..., object] = type(value)
    names, fields_of = _fields(kind)
    copy = _new(type(value))
    for name, field in zip(names, fields_of(value), strict=True):
        _set(copy, name, field)
    for name, field in changes.items():
        _set(copy, name, field)
    return copy


@cache
def _fields(kind: Callable[..., object]) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]:
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # slotted, as `changed` demands
    return names, attrgetter(*names)
