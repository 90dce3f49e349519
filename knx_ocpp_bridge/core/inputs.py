"""What the building has told: the newest value of each input with its age, and what counts while there is none.

Ages are on the monotonic clock: a wall clock that is set makes nothing stale and nothing fresh.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from knx_ocpp_bridge.core.group_objects import CATALOGUE, Quantity
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Moment

InputKey = tuple[ChargerId | None, ConnectorId, str]
"""Charger (None: the building), connector and configuration key."""

InputValue = bool | float

_PLAUSIBLE: Final = {
    Quantity.CURRENT: (0.0, 10_000.0),
    Quantity.POWER: (-10e6, 10e6),
    Quantity.COUNT: (0.0, 254.0),
    Quantity.PERCENT: (0.0, 100.0),
    Quantity.PRICE: (-1000.0, 1000.0),
}
"""A, W, numbers of tariffs (255 is none in DPT 5.006), percent, and the price of a kWh, which falls below 0 at times:
beyond it is no building that charges cars."""
_PLAUSIBLE_OF: Final = {"grid_limit_power": (0.0, 10e6)}
"""Where one object has narrower bounds than others of its quantity."""
_UNITS: Final = {Quantity.CURRENT: " A", Quantity.POWER: " W", Quantity.PERCENT: " %"}


IN_TIME: Final = 3
"""So many telegrams, each in time, and for longer than the timeout: then one that was late is so no more. One whose
cycle is a little longer than the timeout never gets there.
"""


class InputState(Enum):
    """How far the value of an input can be relied on."""

    UNKNOWN = "unknown"
    """Nobody has told it since the start, or since its addresses changed."""
    FRESH = "fresh"
    STALE = "stale"
    """Nobody has told it for as long as its timeout."""


@dataclass(frozen=True, slots=True)
class InputTerms:
    """One input as it is bound."""

    key: InputKey
    addresses: tuple[int, ...]
    dpt: str
    invert: bool = False
    timeout_s: float = 0.0
    """0: it never becomes stale."""
    fallback: float | None = None
    """What counts while it is stale or unknown."""

    @property
    def listens(self) -> tuple[object, ...]:
        """What makes a value that was heard this input's own."""
        return self.addresses, self.dpt, self.invert


@dataclass(frozen=True, slots=True)
class Told:
    """One value of an input."""

    value: InputValue
    at: Moment
    source: str
    """Individual address of the sender."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An input as it stands."""

    terms: InputTerms
    state: InputState
    told: Told | None
    """The newest value, however old; None: unknown."""
    silent_since_s: float
    """Monotonic: its newest telegram, or since when one is waited for."""
    counts: InputValue | None
    """The value, the fallback, or nothing."""
    late_since_s: float | None = None
    """Monotonic: it was silent from then on, and has not told often enough in time since; None: it can be relied on."""
    comes_and_goes: bool = False
    """It has told since then, and was late again."""

    @property
    def falls_back(self) -> bool:
        """What counts is the fallback."""
        return self.state is not InputState.FRESH and self.counts is not None


class InputNews(Enum):
    """What has changed about an input beyond its value."""

    STALE = "stale"
    COMES_AND_GOES = "comes and goes"
    """It has spoken, and is late again."""
    SPEAKS_AGAIN = "speaks again"
    """In time, and several times."""


@dataclass(frozen=True, slots=True)
class InputEvent:
    """Told once for each change."""

    key: InputKey
    news: InputNews


@dataclass(frozen=True, slots=True)
class Implausible:
    """The value is kept out, for this reason."""

    reason: str


@dataclass(slots=True)
class _Input:
    terms: InputTerms
    since_s: float
    told: Told | None = None
    is_silent: bool = False
    """It was stale when it was looked at last."""
    late_since_s: float | None = None
    comes_and_goes: bool = False
    in_time: int = 0
    """Telegrams since it was stale."""
    in_time_since_s: float = 0.0

    @property
    def silent_since_s(self) -> float:
        return self.since_s if self.told is None else self.told.at.monotonic_s

    @property
    def deadline_s(self) -> float | None:
        return self.silent_since_s + self.terms.timeout_s if self.terms.timeout_s else None

    def is_stale(self, now_s: float) -> bool:
        deadline_s = self.deadline_s
        return deadline_s is not None and now_s >= deadline_s

    def hear(self, told: Told) -> None:
        """The newest value."""
        if self.is_stale(told.at.monotonic_s) or not self.in_time:
            self.in_time, self.in_time_since_s = 0, told.at.monotonic_s
        self.in_time += 1
        self.told = told

    def is_reliable(self, now_s: float) -> bool:
        """It has shown that it tells in time, or need not."""
        if not self.terms.timeout_s:
            return True
        return self.in_time >= IN_TIME and now_s - self.in_time_since_s > self.terms.timeout_s


class InputBook:
    """The inputs of one configuration. Decides by the time it is given; `deadline_s` says when to come back."""

    def __init__(self) -> None:
        self._inputs: dict[InputKey, _Input] = {}

    def configure(self, terms: Iterable[InputTerms], now: Moment) -> tuple[InputEvent, ...]:
        """From now on there are these inputs: one that listens as before keeps its value, any other is unknown.

        Of an input that is gone, or unknown again, no event tells that it speaks: there is none to speak.
        """
        before, self._inputs = self._inputs, {}
        for each in terms:
            known = before.get(each.key)
            if known is None or known.terms.listens != each.listens:
                known = _Input(each, now.monotonic_s)
            elif known.terms.timeout_s != each.timeout_s:
                known.in_time, known.in_time_since_s = IN_TIME, -math.inf  # it was late by other terms
            known.terms = each
            self._inputs[each.key] = known
        return self.passed(now)

    def heard(self, key: InputKey, value: InputValue, source: str, now: Moment) -> tuple[InputEvent, ...] | Implausible:
        """The newest value of this input; one that no building has changes nothing, and is no sign of life either."""
        known = self._inputs.get(key)
        if known is None:
            return ()
        wrong = _implausible(key[2], value)
        if wrong is not None:
            return wrong
        late = self._changes(known, now)
        known.hear(Told(value, now, source))
        return (*late, *self._changes(known, now))

    def passed(self, now: Moment) -> tuple[InputEvent, ...]:
        """What time alone has changed."""
        return tuple(event for known in self._inputs.values() for event in self._changes(known, now))

    @property
    def deadline_s(self) -> float | None:
        """When the next input becomes stale, on the monotonic clock; None: none will."""
        deadlines = (known.deadline_s for known in self._inputs.values() if not known.is_silent)
        return min((each for each in deadlines if each is not None), default=None)

    def reading(self, key: InputKey, now: Moment) -> Reading | None:
        """The input as it stands; None: it is not bound."""
        known = self._inputs.get(key)
        return None if known is None else _reading(known, now.monotonic_s)

    def readings(self, now: Moment) -> tuple[Reading, ...]:
        """All of them, in the order of the configuration."""
        return tuple(_reading(known, now.monotonic_s) for known in self._inputs.values())

    @staticmethod
    def _changes(known: _Input, now: Moment) -> tuple[InputEvent, ...]:
        fell_silent = known.is_stale(now.monotonic_s) and not known.is_silent
        known.is_silent = known.is_stale(now.monotonic_s)
        news = None
        if fell_silent and known.late_since_s is None:
            known.late_since_s, news = known.silent_since_s, InputNews.STALE
        elif fell_silent and not known.comes_and_goes:
            known.comes_and_goes, news = True, InputNews.COMES_AND_GOES
        elif known.late_since_s is not None and not known.is_silent and known.is_reliable(now.monotonic_s):
            known.late_since_s, known.comes_and_goes, news = None, False, InputNews.SPEAKS_AGAIN
        return () if news is None else (InputEvent(known.terms.key, news),)


def _reading(known: _Input, now_s: float) -> Reading:
    if known.is_stale(now_s):
        state = InputState.STALE
    else:
        state = InputState.UNKNOWN if known.told is None else InputState.FRESH
    value = known.told.value if known.told is not None and state is InputState.FRESH else _fallback(known.terms)
    return Reading(
        known.terms, state, known.told, known.silent_since_s, value, known.late_since_s, known.comes_and_goes
    )


def _fallback(terms: InputTerms) -> InputValue | None:
    if terms.fallback is None:
        return None
    return bool(terms.fallback) if CATALOGUE[terms.key[2]].quantity is Quantity.SWITCH else terms.fallback


def _implausible(key: str, value: InputValue) -> Implausible | None:
    quantity = CATALOGUE[key].quantity
    if isinstance(value, bool) or quantity not in _PLAUSIBLE:
        return None
    if not math.isfinite(value):
        return Implausible("its sender marks the value as invalid" if math.isnan(value) else "it is infinite")
    low, high = _PLAUSIBLE_OF.get(key, _PLAUSIBLE[quantity])
    if low <= value <= high:
        return None
    unit = _UNITS.get(quantity, "")
    return Implausible(f"{value:g}{unit} is not between {low:.0f} and {high:.0f}{unit}")
