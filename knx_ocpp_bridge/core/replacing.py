"""A copy of a frozen value with some fields changed: `dataclasses.replace` at a quarter of its time.

Every event copies the values that hold a charger and a connector, which are wide, and that is most of what deciding
costs. The one trick of this package: `dataclasses` writes an `__init__` for each class as source text, and this writes
a copy in the same manner.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

__all__ = ["replace"]

_T = TypeVar("_T")
_SetSlot = Callable[[object, object], None]

_COPIES: Final[dict[type, tuple[Callable[[Any], Any], dict[str, _SetSlot]]]] = {}
"""For each class the function that copies it, and what writes its fields."""

if TYPE_CHECKING:
    # So that names and types of the fields are checked as with the original.
    from dataclasses import replace
else:

    def replace(value: _T, /, **changes: object) -> _T:
        """`value` with these fields changed. Only for slotted dataclasses without `__post_init__`, as all are here."""
        found = _COPIES.get(type(value))
        copied, setters = _prepared(type(value)) if found is None else found
        copy = copied(value)
        for name, field in changes.items():
            setters[name](copy, field)
        return copy


def _prepared(kind: type) -> tuple[Callable[[Any], Any], dict[str, _SetSlot]]:
    """A slot is written through its descriptor, which no frozen class can forbid."""
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # slotted, as `replace` demands
    setters: dict[str, _SetSlot] = {name: getattr(kind, name).__set__ for name in names}
    lines = ["def copied(value):", " copy = new(kind)", *(f" set_{name}(copy, value.{name})" for name in names)]
    scope: dict[str, Any] = {"new": object.__new__, "kind": kind}
    scope |= {f"set_{name}": setter for name, setter in setters.items()}
    exec("\n".join((*lines, " return copy")), scope)  # noqa: S102  nothing but names of fields goes into the text
    _COPIES[kind] = scope["copied"], setters
    return _COPIES[kind]
