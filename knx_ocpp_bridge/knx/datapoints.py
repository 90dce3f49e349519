"""Values of the core <-> payloads of KNX datapoint types. Pure: what waits is elsewhere.

Scaling is here alone: the core counts in A, W and Wh, whatever unit the datapoint type carries.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from xknx.dpt.dpt import DPTBase, DPTNumeric
from xknx.dpt.dpt_10 import DPTTime, KNXDay, KNXTime
from xknx.dpt.dpt_11 import DPTDate, KNXDate
from xknx.dpt.dpt_16 import DPTLatin1
from xknx.dpt.dpt_19 import DPTDateTime, KNXDateTime, KNXDayOfWeek
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.exceptions import ConversionError, CouldNotParseTelegram

from knx_ocpp_bridge.core.values import Value

Payload = DPTBinary | DPTArray

Decoded = bool | float | datetime | date | time
"""What a payload can mean. Times of the building are naive: the wall clock of the site."""

SCALE: Final = {"5.001": 2.55, "7.006": 1 / 60, "7.012": 1000.0, "9.021": 1000.0, "9.024": 0.001, "13.013": 0.001}
"""Wire unit per unit of the core (255ths per percent, min per s, mA per A, kW per W, kWh per Wh); the other types
carry the same.
"""

_TEXT_OCTETS: Final = DPTLatin1.payload_length
_CARRIED_AS: Final = {"5.001": "5.010"}
"""xknx rounds a percentage to a whole one before it sends it, and after it was received."""
_YEARS_OF_11_001: Final = range(1990, 2090)
_INVALID_FLOAT16: Final = (0x7F, 0xFF)
"""`KNX v02.02.01 - Datapoint Types 03.07.02 - section 3.10`: invalid data of every 9.xxx."""
_FLOAT32_MAX: Final = 3.4028234663852886e38
MINUTES_OF_A_DAY: Final = 24 * 60
_NO_MINUTE: Final = 1e-6
_DIGITS: Final = 6
"""Behind the point; what is beyond them comes of the scaling alone, as in 50 % * 2.55 = 127.49999999999999."""
_BEYOND: Final = 1e300
"""No quantity of a building: NaN and infinity fail this comparison as well."""


@dataclass(frozen=True, slots=True)
class WrongTelegram:
    """The payload does not fit the object: wrong length or wrong type."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsayable:
    """The value has no meaning in this datapoint type; nothing may be sent for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """How instants are told to the building."""

    zone: ZoneInfo
    synchronised: Callable[[], bool]
    """True while the clock follows an external source (NTP): sets the clock quality of 19.001."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One datapoint type, resolved once when the configuration is loaded. Both directions are total."""

    dpt: str
    encode: Callable[[Value, Calendar], Payload | Unsayable]
    """Core value to payload. Numbers are rounded to what the type can hold, beyond its range they saturate."""
    decode: Callable[[Payload], Decoded | WrongTelegram]
    """Received payload to core value. NaN and infinity are passed on: refusing them is the core's to say."""


@cache
def codec(dpt: str) -> Codec:
    """The codec of a datapoint type of the catalogue, `main.sub` with three digits.

    Raises:
        ValueError: the type is not one the bridge speaks; a bug, because `config` has checked it.
    """
    maker = _MAKERS.get(dpt) or _MAKERS.get(dpt.partition(".")[0])
    if maker is None:
        raise ValueError(f"no codec for datapoint type {dpt}")
    return maker(dpt)


@cache
def inverted(plain: Codec) -> Codec:
    """The same type of 1 bit, with 0 on the bus for 1 here, in both directions; all else stays as it is."""
    return replace(
        plain, encode=partial(_encode_inverted, plain.encode), decode=partial(_decode_inverted, plain.decode)
    )


def _switch(dpt: str) -> Codec:
    return Codec(dpt, _encode_switch, partial(_decode_switch, DPTBase.get_dpt(dpt)))


def _number(
    encode: Callable[[type[DPTNumeric], float, Value, Calendar], Payload | Unsayable],
) -> Callable[[str], Codec]:
    def make(dpt: str) -> Codec:
        transcoder, scale = DPTNumeric.get_dpt(_CARRIED_AS.get(dpt, dpt)), SCALE.get(dpt, 1.0)
        return Codec(dpt, partial(encode, transcoder, scale), partial(_decode_number, transcoder, scale))

    return make


def _sent_only(encode: Callable[[Value, Calendar], Payload | Unsayable]) -> Callable[[str], Codec]:
    def make(dpt: str) -> Codec:
        return Codec(dpt, encode, partial(_decode_nothing, dpt))

    return make


def _encode_switch(value: Value, _: Calendar) -> Payload | Unsayable:
    return DPTBinary(int(value)) if isinstance(value, bool) else Unsayable(f"{value!r} is neither on nor off")


def _encode_inverted(
    encode: Callable[[Value, Calendar], Payload | Unsayable], value: Value, calendar: Calendar
) -> Payload | Unsayable:
    return encode(not value if isinstance(value, bool) else value, calendar)


def _decode_inverted(decode: Callable[[Payload], Decoded | WrongTelegram], payload: Payload) -> Decoded | WrongTelegram:
    value = decode(payload)
    return not value if isinstance(value, bool) else value


def _encode_integer(transcoder: type[DPTNumeric], scale: float, value: Value, _: Calendar) -> Payload | Unsayable:
    scaled = _scaled(value, scale)
    if isinstance(scaled, Unsayable):
        return scaled
    return transcoder.to_knx(int(min(max(round(round(scaled, _DIGITS)), transcoder.value_min), transcoder.value_max)))


def _encode_period(transcoder: type[DPTNumeric], scale: float, value: Value, _: Calendar) -> Payload | Unsayable:
    """Only a minute that has passed counts. The tolerance is for the division, and far below a second."""
    scaled = _scaled(value, scale)
    if isinstance(scaled, Unsayable):
        return scaled
    whole = math.floor(scaled + _NO_MINUTE)
    return transcoder.to_knx(int(min(max(whole, transcoder.value_min), transcoder.value_max)))


def _encode_float(transcoder: type[DPTNumeric], scale: float, value: Value, _: Calendar) -> Payload | Unsayable:
    scaled = _scaled(value, scale)
    if isinstance(scaled, Unsayable):
        return scaled
    low, high = max(transcoder.value_min, -_FLOAT32_MAX), min(transcoder.value_max, _FLOAT32_MAX)
    return transcoder.to_knx(min(max(scaled, low), high))


def _scaled(value: Value, scale: float) -> float | Unsayable:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Unsayable(f"{value!r} is not a number")
    if not abs(value) < _BEYOND:
        return Unsayable(f"{value} cannot be told to the bus")
    return value if scale == 1 else value * scale


def _encode_text(value: Value, _: Calendar) -> Payload | Unsayable:
    if not isinstance(value, str):
        return Unsayable(f"{value!r} is not a text")
    shown = "".join(letter if letter.isprintable() else "?" for letter in value[:_TEXT_OCTETS])
    return DPTLatin1.to_knx(shown)


def _encode_time(value: Value, calendar: Calendar) -> Payload | Unsayable:
    """An instant with its weekday, or minutes after midnight of any day."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _encode_minute(value)
    local = _local(value, calendar)
    if isinstance(local, Unsayable):
        return local
    return DPTTime.to_knx(KNXTime(local.hour, local.minute, local.second, KNXDay(local.isoweekday())))


def _encode_minute(minutes: float) -> Payload | Unsayable:
    if not 0 <= minutes < MINUTES_OF_A_DAY:
        return Unsayable(f"{minutes} is no minute of the day")
    hour, minute = divmod(math.floor(minutes), 60)
    return DPTTime.to_knx(KNXTime(hour, minute, 0, KNXDay.NO_DAY))


def _encode_date(value: Value, calendar: Calendar) -> Payload | Unsayable:
    local = _local(value, calendar)
    if isinstance(local, Unsayable):
        return local
    if local.year not in _YEARS_OF_11_001:
        return Unsayable(f"the year {local.year} is not between 1990 and 2089")
    return DPTDate.to_knx(KNXDate.from_date(local.date()))


def _encode_date_time(value: Value, calendar: Calendar) -> Payload | Unsayable:
    local = _local(value, calendar)
    if isinstance(local, Unsayable):
        return local
    if not 1900 <= local.year <= 2155:
        return Unsayable(f"the year {local.year} is not between 1900 and 2155")
    told = KNXDateTime.from_datetime(local)
    told.day_of_week = KNXDayOfWeek(local.isoweekday())
    told.dst = bool(local.dst())
    told.external_sync = calendar.synchronised()
    return DPTDateTime.to_knx(told)


def _local(value: Value, calendar: Calendar) -> datetime | Unsayable:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return Unsayable(f"{value!r} is not an instant")
    try:
        return value.astimezone(calendar.zone)
    except OverflowError:
        return Unsayable(f"{value} is beyond the calendar")


def _decode_switch(transcoder: type[DPTBase], payload: Payload) -> bool | WrongTelegram:
    try:
        return transcoder.validate_payload(payload)[0] == 1
    except CouldNotParseTelegram:
        return _misfit(transcoder.dpt_number_str(), payload)


def _decode_number(transcoder: type[DPTNumeric], scale: float, payload: Payload) -> float | WrongTelegram:
    try:
        return transcoder.from_knx(payload) / scale
    except CouldNotParseTelegram:
        return _misfit(transcoder.dpt_number_str(), payload)
    except ConversionError:
        if isinstance(payload, DPTArray) and payload.value == _INVALID_FLOAT16:
            return math.nan
        return WrongTelegram(f"{payload_text(payload)} is out of range for {transcoder.dpt_number_str()}")


def _decode_time(payload: Payload) -> time | WrongTelegram:
    """The weekday is left out: the date of 11.001 says more."""
    try:
        return DPTTime.from_knx(payload).as_time()
    except CouldNotParseTelegram:
        return _misfit("10.001", payload)
    except ConversionError:
        return WrongTelegram(f"{payload_text(payload)} is no time of the day (10.001)")


def _decode_date(payload: Payload) -> date | WrongTelegram:
    try:
        return DPTDate.from_knx(payload).as_date()
    except CouldNotParseTelegram:
        return _misfit("11.001", payload)
    except (ConversionError, ValueError):
        return WrongTelegram(f"{payload_text(payload)} is no date of the calendar (11.001)")


def _decode_date_time(payload: Payload) -> datetime | WrongTelegram:
    """`fold` is set outside of summer time, so that the hour that comes twice is told apart.

    A clock that reports a fault, or has no year, no date or no time, tells nothing: `KNX v02.02.01 - Datapoint Types
    03.07.02 - section 3.20`.
    """
    try:
        told = DPTDateTime.from_knx(payload)
    except CouldNotParseTelegram:
        return _misfit("19.001", payload)
    except ConversionError:
        return WrongTelegram(f"{payload_text(payload)} is no date and time (19.001)")
    if told.fault:
        return WrongTelegram(f"{payload_text(payload)}: that clock reports a fault (19.001)")
    if told.year is None or told.month is None or told.day is None or told.hour is None:
        return WrongTelegram(f"{payload_text(payload)}: that clock has no valid date and time (19.001)")
    try:
        midnight = datetime(told.year, told.month, told.day)  # noqa: DTZ001 - of the site's wall
    except ValueError:
        return WrongTelegram(f"{payload_text(payload)} is no date of the calendar (19.001)")
    local = midnight + timedelta(hours=told.hour, minutes=told.minutes or 0, seconds=told.seconds or 0)
    return local.replace(fold=not told.dst)


def _decode_nothing(dpt: str, payload: Payload) -> WrongTelegram:
    return WrongTelegram(f"{payload_text(payload)}: objects of {dpt} are sent, never received")


def _misfit(dpt: str, payload: Payload) -> WrongTelegram:
    return WrongTelegram(f"{payload_text(payload)} has the wrong length for {dpt}")


def payload_text(payload: Payload) -> str:
    """The payload as a group monitor shows it: `$01` for up to six bits, else octets as `0C 33`."""
    match payload:
        case DPTBinary(value=small):
            return f"${small:02X}"
        case DPTArray(value=octets):
            return bytes(octets).hex(" ").upper()


def _instant(
    encode: Callable[[Value, Calendar], Payload | Unsayable], decode: Callable[[Payload], Decoded | WrongTelegram]
) -> Callable[[str], Codec]:
    return lambda dpt: Codec(dpt, encode, decode)


_MAKERS: Final[dict[str, Callable[[str], Codec]]] = {
    "1": _switch,
    "5": _number(_encode_integer),
    "7": _number(_encode_integer),
    "7.006": _number(_encode_period),
    "9": _number(_encode_float),
    "10": _instant(_encode_time, _decode_time),
    "11": _instant(_encode_date, _decode_date),
    "13": _number(_encode_integer),
    "14": _number(_encode_float),
    "16": _sent_only(_encode_text),
    "19": _instant(_encode_date_time, _decode_date_time),
    "29": _number(_encode_integer),
}
