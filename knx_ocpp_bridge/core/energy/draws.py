"""What a charger draws: between which currents, now and in the last seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.guests import Guest
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from knx_ocpp_bridge.core.energy.meter import TOTAL
from knx_ocpp_bridge.core.energy.sharing_state import Amperes, Drawn
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.energy.wiring import SAMPLE_COUNTS_S
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import ConnectorStatus

METER_LAGS_S: Final = 1.0
"""So long before its telegram a meter may have measured what it tells, and a car done what its charger tells later."""
_KEPT: Final = 16
_DRAWS_A: Final = 1.0
_SUSPENDED: Final = frozenset({ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})


@dataclass(frozen=True, slots=True)
class Draw:
    """Between these a charger draws now."""

    least_a: Amperes
    most_a: Amperes
    changed_at_s: float
    since_s: float
    """When that was seen: measured, or else now."""


def draw(of: Guest, now_s: float) -> Draw:
    """What the charger draws now, as far as it can be known."""
    view = of.view
    if view is None or not view.online:
        return _spread(of, 0.0, of.floor_a, now_s)
    if not view.charging:
        drawn_a = of.floor_a if of.floor_a >= _DRAWS_A else 0.0
        return _spread(of, drawn_a, drawn_a, now_s)
    if view.current_a is None or view.measured_at_s is None or now_s - view.measured_at_s > SAMPLE_COUNTS_S:
        return _spread(of, 0.0, of.promised_a, now_s)
    measured = measured_a(of)
    if view.measured_at_s >= of.changed_at_s + SETTLES_S:
        return Draw(measured, measured, of.changed_at_s, view.measured_at_s)
    limit_a = min(of.granted_a, of.promised_a if view.in_force_a is None else view.in_force_a)
    least = tuple(min(each, limit_a) for each in measured[:TOTAL])
    # A charger that pauses often measures no more: what it had measured before does not flow for ever.
    counts = now_s < of.changed_at_s + SETTLES_S and view.status not in _SUSPENDED
    most = tuple(
        max(each if counts else 0.0, of.promised_a if phase in of.line else 0.0)
        for phase, each in enumerate(measured[:TOTAL])
    )
    least = tuple(min(each) for each in zip(least, most, strict=True))
    return Draw(_with_total(least), _with_total(most), of.changed_at_s, now_s)


def measured_a(of: Guest) -> Amperes:
    """On the phases of the building; where the charger does not tell them apart, the largest on all that count."""
    view = of.view
    found = [0.0, 0.0, 0.0]
    if view is None or view.current_a is None:
        return _with_total(tuple(found))
    if view.currents_a is None:
        for phase in of.line:
            found[phase] = view.current_a
        return _with_total(tuple(found))
    for phase, each in zip(of.wires, view.currents_a, strict=False):
        found[phase] = view.current_a if each is None else each
    return _with_total(tuple(found))


def _spread(of: Guest, least_a: float, most_a: float, now_s: float) -> Draw:
    least = tuple(least_a if phase in of.line else 0.0 for phase in range(3))
    most = tuple(most_a if phase in of.line else 0.0 for phase in range(3))
    return Draw(_with_total(least), _with_total(most), of.changed_at_s, now_s)


def _with_total(phases: tuple[float, ...]) -> Amperes:
    return phases[0], phases[1], phases[2], sum(phases)


def past_draws(
    before: Mapping[OutletKey, tuple[Drawn, ...]], draws: Mapping[OutletKey, Draw], now_s: float
) -> dict[OutletKey, tuple[Drawn, ...]]:
    """What each drew in the last seconds, this moment included. Who is gone from `draws` is forgotten."""
    return {key: _followed(before.get(key, ()), draw, now_s) for key, draw in draws.items()}


def around(of: Draw, past: Iterable[Drawn], at_s: float) -> Draw:
    """All that it may have drawn when a meter measured what it told at `at_s`."""
    near = [each for each in past if each.until_s >= at_s - METER_LAGS_S]
    least = tuple(min(each) for each in zip(of.least_a, *(one.least_a for one in near), strict=True))
    most = tuple(max(each) for each in zip(of.most_a, *(one.most_a for one in near), strict=True))
    return replace(of, least_a=(least[0], least[1], least[2], least[3]), most_a=(most[0], most[1], most[2], most[3]))


def _followed(before: tuple[Drawn, ...], draw: Draw, now_s: float) -> tuple[Drawn, ...]:
    """Until it was seen to be another, it was as it was seen last."""
    now = Drawn(draw.least_a, draw.most_a, now_s)
    if not before:
        return (now,)
    *older, newest = before
    kept = [each for each in older if now_s - each.until_s <= METER_LAGS_S]
    if (newest.least_a, newest.most_a) != (now.least_a, now.most_a):
        kept.append(Drawn(newest.least_a, newest.most_a, min(now_s, max(newest.until_s, draw.since_s))))
    return (*kept[1 - _KEPT :], now)
