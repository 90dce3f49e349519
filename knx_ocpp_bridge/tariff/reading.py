"""The three ways in which prices are written: a table, a list of objects, lists beside each other."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Final, assert_never

from knx_ocpp_bridge.config.price_source import PriceFields
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.tariff.error import UNREADABLE, PriceError
from knx_ocpp_bridge.tariff.slots import Written, instant, slots

LARGEST: Final = 1024 * 1024
"""Bytes of what is read."""
_SEPARATORS: Final = ";\t,"
_REMEDY: Final = "see that `format` and `fields` are those of the source"


def read(raw: bytes, source: Tariff, zone: tzinfo) -> tuple[PriceSlot, ...]:
    """The prices that stand in it, in order of time.

    Raises:
        PriceError: there are none, or something else than prices.
    """
    if len(raw) > LARGEST:
        raise PriceError(f"it is larger than {LARGEST // 1024} KiB", "leave out what is not needed for a week")
    try:
        return _read(raw, source, zone)
    except UNREADABLE:
        raise PriceError("it cannot be understood", _REMEDY) from None


def _read(raw: bytes, source: Tariff, zone: tzinfo) -> tuple[PriceSlot, ...]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PriceError("it is no text in UTF-8", "save it as UTF-8") from None
    match source.format:
        case "csv":
            written: Iterable[Written] = _table(text, source.fields)
        case "rows":
            written = _rows(_json(text), source.fields)
        case "arrays":
            written = _arrays(_json(text), source.fields)
        case _:
            assert_never(source.format)
    return slots(written, source.factor, zone)


def _table(text: str, fields: PriceFields) -> Iterator[Written]:
    """Columns by the names in the first line; without such a line begin, then end if there are three, then price."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return
    separator = max(_SEPARATORS, key=lambda each: (lines[0].count(each) > 0, -_SEPARATORS.index(each)))
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise PriceError(f"it is no table: {error}", "write begin;price in each line") from None
    begin, end, price = _columns([cell.strip().casefold() for cell in rows[0]], fields)
    for row in rows if _is_time(rows[0][begin]) else rows[1:]:
        if len(row) <= max(begin, price, end or 0):
            raise PriceError(f"the line {separator.join(row)[:80]!r} is too short", "write begin;price in each line")
        yield Written(row[begin].strip(), None if end is None else row[end], row[price])


def _columns(names: list[str], fields: PriceFields) -> tuple[int, int | None, int]:
    if len(names) < 2:
        raise PriceError("it is no table", "write begin;price in each line")
    begin, end, price = (each.casefold() for each in (fields.begin, fields.end, fields.price))
    if begin in names and price in names:
        return names.index(begin), names.index(end) if end in names else None, names.index(price)
    return (0, 1, 2) if len(names) >= 3 else (0, None, 1)


def _is_time(cell: str) -> bool:
    try:
        instant(cell.strip(), UTC)
    except PriceError:
        return False
    return True


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PriceError("it is no JSON", _REMEDY) from None


def _rows(data: object, fields: PriceFields) -> Iterator[Written]:
    for row in _list(data, fields.rows):
        begin = _at(row, fields.begin)
        if begin is None:
            raise PriceError(f"a row has no {fields.begin!r}", _REMEDY)
        yield Written(begin, _at(row, fields.end) if fields.end else None, _at(row, fields.price))


def _arrays(data: object, fields: PriceFields) -> Iterable[Written]:
    begins, prices = _list(data, fields.begin), _list(data, fields.price)
    ends: Sequence[object] = _list(data, fields.end) if fields.end else [None] * len(begins)
    if not len(begins) == len(prices) == len(ends):
        raise PriceError("the lists of times and prices are not of the same length", _REMEDY)
    return map(Written, begins, ends, prices)


def _list(data: object, way: str) -> list[object]:
    found = _at(data, way)
    if not isinstance(found, list):
        raise PriceError(f"there is no list at {way!r}" if way else "it is no list", _REMEDY)
    return found


def _at(data: object, way: str) -> object | None:
    """What is there, step by step; None: nothing."""
    for step in way.split(".") if way else ():
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isascii() and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data
