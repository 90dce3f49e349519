"""Prices as they were written, made the slots that plans are made of: in order of time, none over another."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.tariff.error import PriceError

MOST: Final = 4000
"""Slots of one reading."""
_MOST_PRICE: Final = 1000.0
_HOUR: Final = timedelta(hours=1)
_MILLISECONDS: Final = 1e11
"""Larger numbers count milliseconds since 1970, smaller ones seconds."""
_YEARS: Final = (2000, 2100)
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Written:
    """One price as it stands there."""

    begin: object
    end: object | None
    """None: until the next one."""
    price: object | None
    """None: there is none then."""


def slots(written: Iterable[Written], factor: float, zone: tzinfo) -> tuple[PriceSlot, ...]:
    """The prices of one kWh. Times without a zone are times of `zone`; where none ends, each lasts until the next.

    Raises:
        PriceError: a time or a price is none, there are none or too many.
    """
    found: dict[datetime, PriceSlot] = {}
    ends_itself: set[datetime] = set()
    last: datetime | None = None
    for count, each in enumerate(written, 1):
        if count > MOST:
            raise PriceError(f"there are more than {MOST} prices", "leave out those of other days")
        begin = last = instant(each.begin, zone, last)
        end = begin if _is_empty(each.end) else instant(each.end, zone, begin)
        if end > begin:
            ends_itself.add(begin)
        elif not _is_empty(each.end):
            raise PriceError(f"a price ends at {_show(each.end)}, before it begins", "see that end is behind begin")
        if not _is_empty(each.price):
            found[begin] = PriceSlot(begin, end, _price(each.price, factor))
    if not found:
        raise PriceError("there are no prices in it", "see that format and fields are those of the source")
    return _ended([found[at] for at in sorted(found)], ends_itself)


def _ended(ordered: list[PriceSlot], ends_itself: set[datetime]) -> tuple[PriceSlot, ...]:
    """Until the next, but across no gap: none holds for longer than an hour, or than most of them do."""
    steps = Counter(after.begins - before.begins for before, after in pairwise(ordered))
    usual = steps.most_common(1)[0][0] if steps else _HOUR
    longest = max(usual, _HOUR)
    done = []
    for place, each in enumerate(ordered):
        following = ordered[place + 1].begins if place + 1 < len(ordered) else None
        if each.begins in ends_itself:
            end = each.ends
        elif following is None:
            before = each.begins - ordered[place - 1].begins if place else _HOUR
            end = each.begins + min(before, longest)
        else:
            end = each.begins + longest
        done.append(replace(each, ends=end if following is None else min(end, following)))
    return tuple(done)


def instant(written: object, zone: tzinfo, after: datetime | None = None) -> datetime:
    """The moment in UTC: seconds or milliseconds since 1970, or ISO 8601.

    `after` decides about an hour that comes twice, where the text does not say which one it is.

    Raises:
        PriceError: it is none of these, or not in this century.
    """
    try:
        number = float(written) if isinstance(written, int | float | str) and not isinstance(written, bool) else None
    except ValueError:
        number = None
    except OverflowError:
        raise _no_time(written) from None
    try:
        if number is not None:
            moment = datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS else number, UTC)
        elif isinstance(written, str):
            moment = _of_text(written.strip(), zone, after)
        else:
            raise _no_time(written)
    except (ValueError, OverflowError, OSError):
        raise _no_time(written) from None
    if not _YEARS[0] <= moment.year < _YEARS[1]:
        raise _no_time(written)
    return moment


def _of_text(written: str, zone: tzinfo, after: datetime | None) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if after is not None and first <= after < second else first


def _price(written: object, factor: float) -> float:
    try:
        price = _number(written) * factor
    except (ValueError, OverflowError, TypeError):
        raise PriceError(f"{_show(written)} is no price", "write a number like 0.31") from None
    if not math.isfinite(price) or abs(price) > _MOST_PRICE:
        raise PriceError(f"{_show(written)} times {factor:g} is no price of a kWh", "see whether `factor` is right")
    return price


def _number(written: object) -> float:
    match written:
        case bool():
            raise TypeError
        case int() | float():
            return float(written)
        case str():
            return float(written.strip().replace(",", "."))
        case _:
            raise TypeError


def _is_empty(written: object) -> bool:
    return written is None or (isinstance(written, str) and not written.strip())


def _no_time(written: object) -> PriceError:
    return PriceError(f"{_show(written)} is no time", "write ISO 8601, like 2026-11-21T13:00, or seconds since 1970")


def _show(written: object) -> str:
    text = repr(written)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def merged(old: Iterable[PriceSlot], new: tuple[PriceSlot, ...], since: datetime) -> tuple[PriceSlot, ...]:
    """What is known now: the new ones, and of the old ones those that none of them replaces, from `since` on."""
    begins = [each.begins for each in new]

    def is_replaced(each: PriceSlot) -> bool:
        place = bisect_left(begins, each.ends)
        return place > 0 and new[place - 1].ends > each.begins

    known = [*(each for each in old if not is_replaced(each)), *new]
    return tuple(sorted((each for each in known if each.ends > since), key=lambda each: each.begins))[-MOST:]
