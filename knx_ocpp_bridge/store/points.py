"""Where points of curves stand on the disk: by one integer of their transaction's place in the log and their time.

Points of the newest transaction are so the last rows of all, which SQLite appends by writing one page; to keep them by
charger and number would split pages in the middle, and cost an SD card more than twice as much. The place of a
transaction never changes. All statements name it by charger, without regard to case, and number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.store.cells import Statement, cell

_TIMES: Final = 2**33
"""Seconds of one transaction's part of the key."""
_OF_ONE: Final = "WHERE t.charger = ? AND t.id = ?"
# SQLite keeps the order of tables in a CROSS JOIN: the transaction first, then its part of the key alone.
_CURVE: Final = (
    f"FROM transactions AS t CROSS JOIN samples AS s {_OF_ONE}"
    f" AND s.point >= t.number * {_TIMES} AND s.point < (t.number + 1) * {_TIMES} ORDER BY s.point"
)
_AT: Final = f"s.point % {_TIMES}"
_WHOLE: Final = f"SELECT {_AT}, s.energy_wh, s.power_w, s.current_a {_CURVE}"
_LAST: Final = f"SELECT {_AT}, s.energy_wh {_CURVE} DESC LIMIT 1"
_WHEN: Final = f"SELECT {_AT} {_CURVE}"
_PUT: Final = (
    "REPLACE INTO samples (point, energy_wh, power_w, current_a)"
    f" SELECT t.number * {_TIMES} + ?, ?, ?, ? FROM transactions AS t {_OF_ONE}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: s since 1970 (UTC), Wh since the transaction began, W, A."""

    at_s: int
    energy_wh: int
    power_w: int | None
    current_a: float | None


def has_a_place(at_s: int) -> bool:
    """True from 1970 to 2242."""
    return 0 <= at_s < _TIMES


def putting(charger: str, transaction: int, point: Point) -> Statement:
    """What writes the point in place of one of the same second; of a transaction that is not in the log, nothing."""
    values = (point.at_s, point.energy_wh, point.power_w, point.current_a, charger, transaction)
    return _PUT, tuple(cell(value) for value in values)


def whole(charger: str, transaction: int) -> Statement:
    """What reads the curve: the fields of `Point`, in the order of time."""
    return _WHOLE, (cell(charger), cell(transaction))


def last(charger: str, transaction: int) -> Statement:
    """What reads time and energy of the last point, if there is one."""
    return _LAST, (cell(charger), cell(transaction))


def times(charger: str, transaction: int) -> Statement:
    """What reads the times of the curve, in order."""
    return _WHEN, (cell(charger), cell(transaction))


def erasing(charger: str, transaction: int, at_s: Sequence[int]) -> Statement:
    """What erases the points at these times."""
    given = ", ".join(["(?)"] * len(at_s))
    keys = f"SELECT t.number * {_TIMES} + g.column1 FROM transactions AS t CROSS JOIN (VALUES {given}) AS g {_OF_ONE}"
    return f"DELETE FROM samples WHERE point IN ({keys})", (*at_s, cell(charger), cell(transaction))
