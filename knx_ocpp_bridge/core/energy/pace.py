"""How quickly a car takes energy, as far as it has shown it.

A charger with three phases says nothing about the car on it. Until a car has been seen to charge, a plan reckons with
the slowest that was seen at this outlet, or with one phase: whoever believes the charger begins too late for a small
car.
"""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.scene import OutletView
from knx_ocpp_bridge.core.energy.terms import OutletTerms
from knx_ocpp_bridge.core.values import TransactionId

VOLT: Final = 230.0
_LEAST: Final = 0.1
"""Of what is offered. A car that takes less is full or has not begun, and shows nothing."""
_FORMER: Final = 4
"""Sessions that are remembered."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What part of the power of all phases the cars of one outlet took, 0.1 to 1."""

    session: TransactionId | None = None
    latest: float | None = None
    """Of this session's car; None: it has not charged yet."""
    best: float = 0.0
    former: tuple[float, ...] = ()
    """The best of each session before, the newest last."""

    @property
    def is_known(self) -> bool:
        """Some car has shown what it takes."""
        return self.latest is not None or bool(self.former)


def watched(known: Pace, view: OutletView, terms: OutletTerms) -> Pace:
    """With what flows now. On fewer phases than there are a car shows nothing more than is known of it."""
    if view.session != known.session:
        former = (*known.former, known.best)[-_FORMER:] if known.best else known.former
        known = Pace(view.session, former=former)
    taken = _part(view, terms)
    on_fewer = view.phases_in_force is not None and view.phases_in_force < terms.phases
    if taken is None or (on_fewer and known.latest is not None):
        return known
    return Pace(known.session, taken, max(known.best, taken), known.former)


def _part(view: OutletView, terms: OutletTerms) -> float | None:
    flowing = view.in_force_a
    if not view.charging or view.power_w is None or flowing is None or flowing < terms.min_current_a:
        return None
    part = view.power_w / offered_w(terms, flowing)
    return min(part, 1.0) if part >= _LEAST else None


def offered_w(terms: OutletTerms, current_a: float) -> float:
    """What this current is on all phases of the outlet. Charging by plan is on all of them, wherever it is switched."""
    return terms.phases * VOLT * current_a


def expected(known: Pace, terms: OutletTerms) -> float:
    """What part of the offered power a plan may count on."""
    if known.latest is not None:
        return known.latest
    return min(known.former, default=1 / terms.phases)
