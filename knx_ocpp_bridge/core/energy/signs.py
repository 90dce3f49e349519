"""Whether the meter has the right sign: what cars draw more, it must show as taken from the grid.

A single comparison proves little, for clouds and kettles come at the same time. So it takes several, some while cars
took more and some while they took less, and none between them that agrees. What a wrong sign belongs to counts as taken
from the grid, whichever way it is said to flow: so no fuse carries more than it may.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Final

from knx_ocpp_bridge.core.energy.meter import Flow
from knx_ocpp_bridge.core.energy.ruling import SiteNote
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import Level

DOUBTED_S: Final = 900.0
"""So long a sign is not believed after it has said that more is fed in than the fuse may carry."""
_STEP_A: Final = 4.0
"""Cars must draw so much more or less at once to say anything."""
_ALIKE: Final = 0.25
_EXACT_A: Final = 0.5
_TIMES: Final = 3
_WITHIN_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Point:
    """A telegram of the meter while it was known what cars drew."""

    drawn_a: float
    told_a: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of the sign of one input. Times are monotonic."""

    source: str = ""
    """The name of the input that has the sign."""
    last: Point | None = None
    rises: int = 0
    """So often cars took more and the meter showed as much less, since it agreed last."""
    falls: int = 0
    """And so often the other way round."""
    agrees: int = 0
    """So often in a row it showed what cars did."""
    is_wrong: bool = False
    is_told: bool = False
    """People were told that it is wrong."""
    doubted_until_s: float = -inf


Signs = tuple[Sign, Sign, Sign, Sign]
"""Of L1, L2, L3, and of all three added."""
NO_SIGNS: Final = (Sign(), Sign(), Sign(), Sign())


def doubted(signs: Signs, now_s: float) -> frozenset[int]:
    """The places whose sign is not believed."""
    return frozenset(place for place, one in enumerate(signs) if one.is_wrong or now_s < one.doubted_until_s)


def compared(sign: Sign, flow: Flow, between_a: Iterable[tuple[float, float]]) -> Sign:
    """After a telegram of the meter. `between_a`: the least and the most that each charger drew then."""
    if flow.is_house or not flow.source:
        return sign
    if sign.source != flow.source:
        sign = Sign(flow.source, doubted_until_s=sign.doubted_until_s)
    known = tuple(between_a)
    drawn_a = sum(least_a for least_a, _ in known)
    if sum(most_a for _, most_a in known) - drawn_a > _EXACT_A:
        return sign
    now, before = Point(drawn_a, flow.told_a, flow.at_s), sign.last
    sign = replace(sign, last=now)
    if before is None or now.at_s - before.at_s > _WITHIN_S or abs(now.drawn_a - before.drawn_a) < _STEP_A:
        return sign
    return _judged(sign, before, now)


def told(signs: Signs) -> tuple[Signs, tuple[SiteNote, ...]]:
    """Once when a sign is found to be wrong, and once when it is right again."""
    notes = []
    for one in signs:
        if one.is_wrong and not one.is_told:
            text = (
                f"{one.source} has the wrong sign: several times it fell by as much as cars took more; from now on all "
                f"of it counts as taken from the grid; turn its sign round in the ETS parameters of the meter, or its "
                f"current transformer: positive is what is taken from the grid"
            )
            notes.append(SiteNote(Level.WARNING, None, text))
        elif one.is_told and not one.is_wrong:
            text = f"{one.source} has the right sign again: it shows what cars take, and its sign counts"
            notes.append(SiteNote(Level.INFO, None, text))
    first, second, third, total = (replace(one, is_told=one.is_wrong) for one in signs)
    return (first, second, third, total), tuple(notes)


def _judged(sign: Sign, before: Point, now: Point) -> Sign:
    cars_a, meter_a = now.drawn_a - before.drawn_a, now.told_a - before.told_a
    alike_a = max(_EXACT_A * 2, _ALIKE * abs(cars_a))
    if abs(meter_a - cars_a) <= alike_a:
        agrees = sign.agrees + 1
        return replace(sign, rises=0, falls=0, agrees=agrees, is_wrong=sign.is_wrong and agrees < _TIMES)
    # What is positive all the time counts as it is: of an unsigned current nothing is wrong.
    if abs(meter_a + cars_a) > alike_a or min(before.told_a, now.told_a) >= 0:
        return sign
    rises, falls = sign.rises + (cars_a > 0), sign.falls + (cars_a < 0)
    is_wrong = sign.is_wrong or (min(rises, falls) >= 1 and rises + falls >= _TIMES)
    return replace(sign, rises=rises, falls=falls, agrees=0, is_wrong=is_wrong)
