"""What energy costs when: the course of the price, made of all that was told about it.

For each moment the first of these that says something counts: the slots that a file or a service told, the input
`price` (for now alone), the input `tariff` with the prices of its numbers (for now alone), the zones of the week, the
price outside of them.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from typing import Final

from knx_ocpp_bridge.core.energy.scene import PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms, TariffTerms
from knx_ocpp_bridge.core.energy.zones import borders, day_of, zone_at
from knx_ocpp_bridge.core.inputs import InputKey, InputValue
from knx_ocpp_bridge.core.values import CHARGE_POINT

PRICE: Final[InputKey] = (None, CHARGE_POINT, "price")
TARIFF: Final[InputKey] = (None, CHARGE_POINT, "tariff")
PRESENT: Final = timedelta(minutes=15)
"""So long what the bus tells of now is taken to go on."""
SAME: Final = 1e-9
"""Prices that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time in which the price does not change."""

    begins: datetime
    ends: datetime
    price: float | None
    """Of a kWh with all that comes on top; None: nobody knows."""
    rank: float
    """What it counts as beside the others: the price, or where nobody knows it the mean of those that are known."""
    steady: bool
    """Nothing speaks for one moment in it rather than another: no price, or the one that always counts."""

    @property
    def length_s(self) -> float:
        return (self.ends - self.begins).total_seconds()


@dataclass(frozen=True, slots=True)
class Market:
    """What is known about prices at one moment."""

    now: datetime
    told: tuple[PriceSlot, ...]
    present: float | None
    """Of now alone, by the bus."""
    usual: float | None
    """The mean of what the input `tariff` can mean, where `present` is one of these."""
    terms: TariffTerms


def market(scene: Scene, terms: SiteTerms) -> Market:
    """All that is known now."""
    price, number = _counts(scene, PRICE), _counts(scene, TARIFF)
    numbers, usual = terms.tariff.numbers, None
    if price is not None:
        present: float | None = float(price) + terms.tariff.surcharge
    else:
        present = None if number is None else numbers.get(int(number))
        usual = None if present is None else sum(numbers.values()) / len(numbers)
    return Market(scene.now.utc, scene.prices, present, usual, terms.tariff)


def _counts(scene: Scene, key: InputKey) -> InputValue | None:
    """What is no number says nothing."""
    reading = scene.readings.get(key)
    counts = None if reading is None else reading.counts
    return counts if counts is not None and isfinite(counts) else None


def curve(known: Market, terms: SiteTerms, begins: datetime, ends: datetime) -> tuple[Stretch, ...]:
    """The price from one moment to another without a gap, in order of time; nothing where the second is not later."""
    if begins >= ends:
        return ()
    zones = known.terms.zones
    marks = {begins, ends, *borders(zones, begins, ends, terms.zone), known.now, known.now + PRESENT}
    marks.update(at for slot in known.told for at in (slot.begins, slot.ends))
    starts = [slot.begins for slot in known.told]
    pieces = []
    for begin, end in pairwise(sorted(at for at in marks if begins <= at <= ends)):
        price, steady = _price(known, terms, starts, begin)
        pieces.append((begin, end, price, steady))
    return _merged(_ranked(pieces, known))


def price_now(known: Market, terms: SiteTerms) -> float | None:
    """Of a kWh at this moment; None: nobody knows."""
    return _price(known, terms, [slot.begins for slot in known.told], known.now)[0]


def _price(known: Market, terms: SiteTerms, starts: list[datetime], at: datetime) -> tuple[float | None, bool]:
    place = bisect_right(starts, at) - 1
    if place >= 0 and at < known.told[place].ends:
        return known.told[place].price + known.terms.surcharge, False
    zone = zone_at(known.terms.zones, at, terms.zone)
    usual = known.terms.price if zone is None else zone.price
    if known.present is not None and known.now <= at < known.now + PRESENT:
        return known.present, usual is not None and abs(known.present - usual) < SAME and zone is None
    return usual, zone is None


_Piece = tuple[datetime, datetime, float | None, bool]


def _ranked(pieces: list[_Piece], known: Market) -> Iterable[Stretch]:
    """Where all that is known of the price is that of now, with nothing to compare it with, it says nothing."""
    unknown = known.usual if known.usual is not None else _mean(pieces)
    nothing_else = any(price is None for _, _, price, _ in pieces)
    for begins, ends, price, steady in pieces:
        rank = unknown if price is None else price
        alone = nothing_else and price == known.present and abs(rank - unknown) < SAME
        yield Stretch(begins, ends, price, rank, steady or alone)


def _mean(pieces: list[_Piece]) -> float:
    weighed = [(price, (ends - begins).total_seconds()) for begins, ends, price, _ in pieces if price is not None]
    total_s = sum(length_s for _, length_s in weighed)
    return sum(price * length_s for price, length_s in weighed) / total_s if total_s else 0.0


def _merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for each in stretches:
        last = merged[-1] if merged else None
        if last is not None and (last.price, last.rank, last.steady) == (each.price, each.rank, each.steady):
            merged[-1] = Stretch(last.begins, each.ends, last.price, last.rank, last.steady)
        else:
            merged.append(each)
    return tuple(merged)


def cheap_hours(known: Market, terms: SiteTerms, begins: datetime, ends: datetime) -> tuple[Stretch, ...]:
    """When energy costs no more than on average of its local day. Where all costs the same, all is cheap."""
    found: list[Stretch] = []
    while begins < ends:
        day = day_of(begins, terms.zone)
        whole = curve(known, terms, *day)
        mean = sum(each.rank * each.length_s for each in whole) / sum(each.length_s for each in whole)
        for each in whole:
            begin, end = max(each.begins, begins), min(each.ends, ends)
            if begin < end and each.rank <= mean + SAME:
                found.append(Stretch(begin, end, each.price, each.rank, each.steady))
        begins = day[1]
    return tuple(found)
