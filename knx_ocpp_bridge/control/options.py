"""The options of queries and commands: a table says what there is, and whatever else comes is refused in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LONGEST_TEXT: Final = 64 * 1024
_HIGHEST: Final = 2**53


class AskError(ValueError):
    """The request cannot be understood, or names what does not exist; says in words why."""


class MissingError(AskError):
    """Somebody or something was named that does not exist, e.g. a charger."""


class MisuseError(AskError):
    """What was typed is none: no address, type or value. It is a mistake of usage to whoever calls."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option. Its kind is that of `default`; None stands for a text or number that may be left out."""

    kind: type[bool] | type[int] | type[str]
    default: bool | int | str | None
    low: int = 0
    high: int = _HIGHEST
    longest: int = _LONGEST_TEXT
    """Characters of a text."""


Options = Mapping[str, Option]


def read(table: Options, given: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every option of the table.

    Raises:
        AskError: something else is given, or a value of another kind or out of its range.
    """
    for name in given:
        if name not in table:
            known = ", ".join(table) or "none"
            raise AskError(f"there is no option {name[:64]!r} here; there are {known}")
    return {name: _value(name, option, given.get(name)) for name, option in table.items()}


def _value(name: str, option: Option, value: object) -> bool | int | str | None:
    match value:
        case None:
            return option.default
        case bool() if option.kind is bool:
            return value
        case str() if option.kind is str:
            if len(value) > option.longest:
                raise AskError(f"{name} has more than {option.longest} characters")
            return value
        case int() if option.kind is int and not isinstance(value, bool):
            if not option.low <= value <= option.high:
                raise AskError(f"{name} is a whole number from {option.low} to {option.high}")
            return value
        case _:
            words = {bool: "true or false", int: "a whole number", str: "text"}
            raise AskError(f"{name} is {words[option.kind]}")
