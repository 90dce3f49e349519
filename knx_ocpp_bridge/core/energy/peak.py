"""The mean power of a quarter of an hour: what is left of it for the rest of the quarter."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.values import Clock, Moment

QUARTER_S: Final = 900.0
_MINUTE_S: Final = 60.0
_MINUTES: Final = 15
_LEAST_REST_S: Final = 60.0
"""What is left is spread over no less: else the last seconds of a quarter would carry anything."""


@dataclass(frozen=True, slots=True)
class PeakMemory:
    """How much was taken from the grid so far."""

    quarter: int | None
    """By UTC; None: the clock cannot be believed, and the last 15 minutes count."""
    at_s: float
    import_w: float
    energy_ws: float
    """In this quarter; what was before the first look counts as the limit."""
    minutes_ws: tuple[float, ...] = ()
    """Of the last whole minutes, the oldest first, while there is no quarter: then `energy_ws` is the running one's."""
    minute_at_s: float = 0.0
    kept_w: float = 0.0
    """What the whole site may take from the grid, as it was last said."""


def watch(before: PeakMemory | None, import_w: float | None, peak_w: float, now: Moment) -> PeakMemory:
    """The memory after this moment; while no more than `kept_w` is taken, the mean stays below `peak_w`.

    Import that nobody measures counts as the limit. `kept_w` rises to no more than the limit, but is kept while the
    mean allows it, so that neither a kettle interrupts a charge nor the end of a quarter brings a surge.
    """
    is_sane = now.clock is Clock.SANE
    power_w = peak_w if import_w is None else max(0.0, import_w)
    if before is None or is_sane is (before.quarter is None):
        before = _new(power_w, peak_w, now)
    lasted_s = min(max(0.0, now.monotonic_s - before.at_s), QUARTER_S)
    if not is_sane:
        return _rolling(before, power_w, peak_w, lasted_s, now.monotonic_s)
    quarter, gone_s = _quarter(now), now.utc.timestamp() % QUARTER_S
    if quarter == before.quarter:
        energy_ws = before.energy_ws + before.import_w * lasted_s
    else:
        energy_ws = before.import_w * min(lasted_s, gone_s) + peak_w * max(0.0, gone_s - lasted_s)
    allowed_w = (peak_w * QUARTER_S - energy_ws) / max(QUARTER_S - gone_s, _LEAST_REST_S)
    kept_w = max(0.0, min(before.kept_w, allowed_w), min(peak_w, allowed_w))
    return PeakMemory(quarter, now.monotonic_s, power_w, energy_ws, kept_w=kept_w)


def wake_at_s(memory: PeakMemory, now: Moment) -> float:
    """The next time at which there may be more or less, without anything happening."""
    if memory.quarter is None:
        return now.monotonic_s + _MINUTE_S / 2
    return now.monotonic_s + min(QUARTER_S - now.utc.timestamp() % QUARTER_S, _MINUTE_S / 2)


def _quarter(now: Moment) -> int | None:
    return int(now.utc.timestamp() // QUARTER_S) if now.clock is Clock.SANE else None


def _new(power_w: float, peak_w: float, now: Moment) -> PeakMemory:
    quarter = _quarter(now)
    energy_ws = 0.0 if quarter is None else peak_w * (now.utc.timestamp() % QUARTER_S)
    return PeakMemory(quarter, now.monotonic_s, power_w, energy_ws, (), now.monotonic_s, peak_w)


def _rolling(before: PeakMemory, power_w: float, peak_w: float, lasted_s: float, now_s: float) -> PeakMemory:
    """The last 15 minutes, in whole ones: what is unknown of them counts as the limit."""
    minutes, energy_ws = before.minutes_ws, before.energy_ws + before.import_w * lasted_s
    whole = int((now_s - before.minute_at_s) // _MINUTE_S)
    if whole:
        minutes = (*minutes, *(energy_ws / whole,) * min(whole, _MINUTES))[1 - _MINUTES :]
        energy_ws = 0.0
    begun_at_s = before.minute_at_s + whole * _MINUTE_S
    past_ws = sum(minutes) + peak_w * _MINUTE_S * (_MINUTES - 1 - len(minutes))
    rest_s = max(_MINUTE_S - (now_s - begun_at_s), 1.0)
    allowed_w = max(0.0, min(peak_w, (peak_w * QUARTER_S - past_ws - energy_ws) / rest_s))
    return PeakMemory(None, now_s, power_w, energy_ws, minutes, begun_at_s, allowed_w)
