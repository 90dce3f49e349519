"""Payloads of any datapoint type as people read and write them, also of types that no object of the bridge has.

What an object of the bridge means is `datapoints`' alone; here a telegram is shown as it is on the line, unscaled.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, time
from enum import Enum
from functools import lru_cache
from typing import Final

from xknx.dpt.dpt import DPTBase, DPTComplexData, DPTEnum, DPTEnumData, DPTNumeric
from xknx.dpt.dpt_10 import DPTTime, KNXDay, KNXTime
from xknx.dpt.dpt_11 import DPTDate, KNXDate
from xknx.dpt.dpt_16 import DPTString
from xknx.dpt.dpt_19 import KNXDateTime
from xknx.exceptions import ConversionError, CouldNotParseTelegram

from knx_ocpp_bridge.knx.datapoints import Payload

_MOST_TYPES: Final = 512
"""Types remembered; xknx knows some 230."""
_LONGEST: Final = 120
_SWITCHES: Final = {"on": 1, "true": 1, "yes": 1, "off": 0, "false": 0, "no": 0}
_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?)\s*([^0-9]*)")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_NO_UNIT: Final = frozenset({"counter pulses", "pulses"})
"""xknx's words for a bare count."""
_FLOAT32: Final = "14"


class UnwritableError(ValueError):
    """What was written is no value of this datapoint type; says in words why."""


@lru_cache(_MOST_TYPES)
def transcoder(dpt: str) -> type[DPTBase] | None:
    """The class of xknx for `main.sub`, or for the main type where it knows no such subtype; None: it knows neither."""
    main, _, sub = dpt.partition(".")
    if not main.isdecimal() or (sub and not sub.isdecimal()):
        return None
    exact = DPTBase.transcoder_by_dpt(int(main), int(sub)) if sub else None
    return exact or DPTBase.transcoder_by_dpt(int(main))


def shown(dpt: str, payload: Payload) -> str | None:
    """The value with its unit, as it is on the line; None: this payload is none of this type, or nobody knows it."""
    kind = transcoder(dpt)
    if kind is None:
        return None
    try:
        value = kind.from_knx(payload)
    except (ConversionError, CouldNotParseTelegram):
        return None
    text = _words(value, exact=dpt.partition(".")[0] == _FLOAT32)
    unit = "" if kind.unit is None or kind.unit in _NO_UNIT else f" {kind.unit}"
    return "".join(letter if letter.isprintable() else "?" for letter in text + unit)[:_LONGEST]


def written(dpt: str, text: str) -> Payload:
    """The payload for what a person has typed, in the unit of the type: `1`, `on`, `16 A`, `21.5`, `12:30`.

    Raises:
        UnwritableError: it is no value of this type, or this type cannot be written by hand.
    """
    kind = transcoder(dpt)
    if kind is None:
        raise UnwritableError(f"datapoint type {dpt!r} is not known; write it like 9.001")
    try:
        return kind.to_knx(_value(kind, dpt, text.strip()))
    except (ConversionError, OverflowError) as error:
        raise UnwritableError(f"{text!r} is no value of {dpt}") from error


def _value(kind: type[DPTBase], dpt: str, text: str) -> object:
    if issubclass(kind, DPTNumeric):
        return _number(kind, dpt, text)
    if issubclass(kind, DPTEnum):
        return _choice(kind, dpt, text)
    if issubclass(kind, DPTString):
        return _text(kind, dpt, text)
    if issubclass(kind, DPTTime):
        return _time(dpt, text)
    if issubclass(kind, DPTDate):
        return _date(dpt, text)
    raise UnwritableError(f"values of {dpt} cannot be written by hand: numbers, switches, texts, times and dates can")


def _words(value: object, *, exact: bool = False) -> str:
    match value:
        case Enum():
            return value.name.lower().replace("_", " ")
        case KNXTime(day=day):
            name = "" if day is KNXDay.NO_DAY else f"{_words(day).capitalize()[:3]} "
            return f"{name}{value.hour:02}:{value.minutes:02}:{value.seconds:02}"
        case KNXDate():
            return f"{value.year:04}-{value.month:02}-{value.day:02}"
        case KNXDateTime():
            return _instant(value)
        case DPTComplexData():
            return ", ".join(f"{name.replace('_', ' ')} {_part(part)}" for name, part in value.as_dict().items())
        case str():
            return f'"{value}"'
        case float():
            return f"{value:.7g}" if exact else f"{value:.9g}"
        case _:
            return str(value)


def _part(part: object) -> str:
    match part:
        case None:
            return "-"
        case bool():
            return "yes" if part else "no"
        case Mapping():
            return "(" + ", ".join(f"{name} {_part(each)}" for name, each in part.items()) + ")"
        case _:
            return str(part).replace("_", " ")


def _instant(value: KNXDateTime) -> str:
    """Fields that the sender calls invalid are question marks."""
    day = "-".join(_two(part) for part in (value.year, value.month, value.day))
    clock = ":".join(_two(part) for part in (value.hour, value.minutes, value.seconds))
    marks = " (fault)" if value.fault else ""
    return f"{day} {clock}{marks}"


def _two(part: int | None) -> str:
    return "??" if part is None else f"{part:02}"


def _number(kind: type[DPTNumeric], dpt: str, text: str) -> float:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise UnwritableError(f"{text!r} is no number; {dpt} wants one, with a point before the decimals")
    number = int(found[1]) if found[1].lstrip("+-").isdecimal() else float(found[1])
    unit = found[2].strip()
    own = "" if kind.unit is None or kind.unit in _NO_UNIT else kind.unit
    if unit and unit.casefold() != own.casefold():
        counts = f"counts in {own}, not in {unit}" if own else f"has no unit, and {unit!r} is one"
        raise UnwritableError(f"{dpt} {counts}")
    if not math.isfinite(number) or not kind.value_min <= number <= kind.value_max:
        span = f"{kind.value_min:.10g} to {kind.value_max:.10g} {own}".rstrip()
        raise UnwritableError(f"{text} is out of range: {dpt} goes from {span}")
    return round(number) if kind.resolution == 1 else number  # xknx cuts off what an integer cannot hold


def _choice(kind: type[DPTEnum[DPTEnumData]], dpt: str, text: str) -> DPTEnumData:
    """A word of this type, its number, or on and off where it has two."""
    choices = kind.get_valid_values()
    word = text.casefold().replace(" ", "_").replace("-", "_")
    for each in choices:
        if word == each.name.casefold() or word == str(int(each.value)):
            return each
    if len(choices) == len(set(_SWITCHES.values())) and word in _SWITCHES:
        return next(each for each in choices if int(each.value) == _SWITCHES[word])
    names = ", ".join(f"{int(each.value)} {_words(each)}" for each in choices)
    raise UnwritableError(f"{text!r} is no value of {dpt}; there are {names}")


def _text(kind: type[DPTString], dpt: str, text: str) -> str:
    if len(text) > kind.payload_length:
        raise UnwritableError(f"the text has {len(text)} characters, and {dpt} holds {kind.payload_length}")
    return text


def _time(dpt: str, text: str) -> KNXTime:
    found = _TIME.fullmatch(text)
    try:
        at = None if found is None else time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        at = None
    if at is None:
        raise UnwritableError(f"{text!r} is no time of day; {dpt} wants one like 12:30 or 12:30:00")
    return KNXTime.from_time(at)


def _date(dpt: str, text: str) -> KNXDate:
    try:
        return KNXDate.from_date(date.fromisoformat(text))
    except ValueError as error:
        raise UnwritableError(f"{text!r} is no date; {dpt} wants one like 2026-11-21") from error
