"""Values as SQLite can store them."""

from datetime import datetime
from enum import Enum
from typing import Final

Cell = int | float | str | None
Statement = tuple[str, tuple[Cell, ...]]
"""SQL and its parameters."""
_LARGEST: Final = 2**63 - 1


def cell(value: object) -> Cell:
    """A NaN becomes NULL, an integer beyond 64 bits the largest, half a surrogate pair a question mark."""
    match value:
        case None | float():
            return value
        case datetime():
            return value.isoformat()
        case Enum():
            return value.name
        case int():
            return max(-_LARGEST, min(_LARGEST, int(value)))
        case _:
            return str(value).encode("utf-8", "replace").decode("utf-8")
