"""What the grid operator has ordered: the signals of the building, and what counts while one of them is silent.

An order ends by its own signal alone. A signal that falls silent, or is not heard yet after a start, leaves the last
order in force; a fallback can add an order, and never takes one away. Each line `ORDERED` of the log tells what every
signal orders, so that after a start each of them counts on for itself, the higher ones as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.core.energy.ruling import EvidenceRow, SiteNote
from knx_ocpp_bridge.core.energy.scene import Evidence, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.inputs import InputKey, InputState, InputValue, Reading
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId

SWITCH: Final = "grid_limit"
POWER: Final = "grid_limit_power"
CONTACTS: Final = {f"grid_limit_contact_{number}": number for number in (1, 2, 3, 4)}
SIGNALS: Final = (SWITCH, POWER, *CONTACTS)

Scope = ChargerId | None
"""One charge point, or all."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order that is in force."""

    limit_w: float
    by: tuple[str, ...]
    """The names of the inputs that say so."""
    higher: tuple[str, ...] = ()
    """The inputs that order more than that, each with its figure."""
    number: int = 0
    """Each order of a run of the bridge has its own."""
    is_unheard: bool = False
    """Nobody tells it at present: its signal is silent, or was not heard yet."""

    @property
    def signals(self) -> str:
        """All that order, the lowest first: what a start needs to go on."""
        return ", ".join((*self.by, *self.higher))


@dataclass(frozen=True, slots=True)
class Orders:
    """All of them. `held_w`: what each signal ordered when it was heard last."""

    held_w: Mapping[InputKey, float] = field(default_factory=dict)
    by_scope: Mapping[Scope, Order] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """The orders now, and what has changed about them."""

    orders: Orders
    notes: tuple[SiteNote, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()


def restored(rows: Iterable[EvidenceRow]) -> Orders:
    """The orders that the log leaves open, `rows` in order of time: they count until their signals are heard."""
    last: dict[Scope, EvidenceRow] = {}
    for row in rows:
        if row.outlet is not None and row.outlet[1] != CHARGE_POINT:
            continue
        scope = None if row.outlet is None else row.outlet[0]
        if row.what is Evidence.RELEASED:
            last.pop(scope, None)
        elif row.what is Evidence.ORDERED and row.limit_w is not None:
            last[scope] = row
    held_w: dict[InputKey, float] = {}
    orders: dict[Scope, Order] = {}
    for number, (scope, row) in enumerate(last.items(), start=1):
        limit_w = 0.0 if row.limit_w is None else row.limit_w
        said = _read(row.detail, limit_w)
        held_w |= {
            (scope, CHARGE_POINT, name): each_w for name, each_w in (said or dict.fromkeys(SIGNALS, limit_w)).items()
        }
        orders[scope] = replace(_order(said, limit_w), number=number)
    return Orders(held_w, orders, len(orders))


def heard(before: Orders, scene: Scene, terms: SiteTerms) -> Heard:
    """The orders that the signals of this moment make, each with its line for the log."""
    held_w: dict[InputKey, float] = {}
    fresh: set[InputKey] = set()
    for key, reading in scene.readings.items():
        if key[2] not in SIGNALS or key[1] != CHARGE_POINT:
            continue
        limit_w = _ordered_w(reading, before.held_w.get(key), terms)
        if limit_w is not None:
            held_w[key] = limit_w
            fresh |= {key} if reading.state is InputState.FRESH else set()
    found = Heard(Orders(held_w, {}, before.count), _taken_out(before, scene))
    for scope in sorted({key[0] for key in held_w} | before.by_scope.keys(), key=lambda one: one or ""):
        found = _judged(found, scope, before.by_scope.get(scope), _lowest(scope, held_w, fresh))
    return found


def of_the_order(scope: Scope) -> OutletKey | None:
    """Where its line of the log belongs."""
    return None if scope is None else (scope, CHARGE_POINT)


def _ordered_w(reading: Reading, held_w: float | None, terms: SiteTerms) -> float | None:
    """What this signal orders, in W; None: nothing."""
    now_w = None if reading.counts is None else _meant_w(reading.terms.key, reading.counts, terms)
    if reading.state is InputState.FRESH:
        return now_w
    told_w = held_w if reading.told is None else _meant_w(reading.terms.key, reading.told.value, terms)
    return min((each for each in (told_w, now_w) if each is not None), default=None)


def _meant_w(key: InputKey, value: InputValue, terms: SiteTerms) -> float | None:
    """A power below 0 is an order of 0 W; one that the chargers could not take anyway is none."""
    if key[2] == POWER:
        limit_w = max(0.0, float(value))
        return None if limit_w >= _most_w(key[0], terms) else limit_w
    if not value:
        return None
    number = CONTACTS.get(key[2])
    return (
        terms.grid_limit.power_w
        if number is None
        else terms.grid_limit.contacts_w.get(number, terms.grid_limit.power_w)
    )


def _most_w(scope: Scope, terms: SiteTerms) -> float:
    outlets = [outlet for key, outlet in terms.outlets.items() if scope is None or key[0] == scope]
    return sum(outlet.max_current_a * outlet.phases * NOMINAL_VOLTAGE_V for outlet in outlets)


def _lowest(scope: Scope, held_w: Mapping[InputKey, float], fresh: set[InputKey]) -> Order | None:
    """Of several orders the lowest; its number is given later."""
    mine = {key[2]: limit_w for key, limit_w in held_w.items() if key[0] == scope}
    if not mine:
        return None
    order = _order(mine, min(mine.values()))
    return replace(order, is_unheard=not any((scope, CHARGE_POINT, name) in fresh for name in order.by))


def _order(said: Mapping[str, float], limit_w: float) -> Order:
    by = sorted(name for name, each_w in said.items() if each_w <= limit_w)
    rest = sorted((each_w, name) for name, each_w in said.items() if each_w > limit_w)
    return Order(limit_w, tuple(by), tuple(f"{name} {each_w:.0f} W" for each_w, name in rest))


def _read(detail: str, limit_w: float) -> dict[str, float]:
    """What each signal ordered by a line of the log: those without a figure, the lowest."""
    found: dict[str, float] = {}
    for part in detail.split(","):
        name, _, figure = part.strip().partition(" ")
        digits = figure.removesuffix(" W")
        if name in SIGNALS:
            found[name] = max(limit_w, float(digits)) if digits.isdecimal() else limit_w
    return found


def _taken_out(before: Orders, scene: Scene) -> tuple[SiteNote, ...]:
    """Signals that order, and are in the configuration no more."""
    notes = []
    for scope, order in before.by_scope.items():
        gone = [key for key in before.held_w if key[0] == scope and key not in scene.readings]
        if gone and order.by:
            names = ", ".join(sorted(key[2] for key in gone))
            text = (
                f"{names} ordered {min(before.held_w[key] for key in gone):.0f} W and is not in the configuration any "
                f"more: that order has ended; if the grid operator still limits, configure the input again"
            )
            notes.append(SiteNote(Level.WARNING, of_the_order(scope), text))
    return tuple(notes)


def _judged(found: Heard, scope: Scope, before: Order | None, now: Order | None) -> Heard:
    """One scope more, with what is to be told of it."""
    if now is None:
        return found if before is None else _told(found, scope, Evidence.RELEASED, before)
    count = found.orders.count
    is_new = before is None or before.limit_w != now.limit_w
    number = count + 1 if before is None or is_new else before.number
    order = replace(now, number=number)
    orders = Orders(found.orders.held_w, {**found.orders.by_scope, scope: order}, max(count, number))
    found = Heard(orders, found.notes, found.evidence)
    was_unheard = before is not None and before.is_unheard
    are_others = before is not None and before.signals != now.signals
    if is_new or are_others or (was_unheard and not now.is_unheard):
        found = _told(found, scope, Evidence.ORDERED, order)
    if now.is_unheard and (is_new or not was_unheard):
        found = _told(found, scope, Evidence.UNKNOWN, order)
    return found


_SENTENCES: Final = {
    Evidence.ORDERED: (Level.INFO, "the grid operator limits {whom} to {limit:.0f} W ({by})"),
    Evidence.RELEASED: (Level.INFO, "the grid operator's limit of {limit:.0f} W for {whom} is over"),
    Evidence.UNKNOWN: (
        Level.WARNING,
        "nobody tells the grid operator's limit for {whom} at present ({by}): the last one, {limit:.0f} W, counts on",
    ),
}


def _told(found: Heard, scope: Scope, what: Evidence, order: Order) -> Heard:
    whom = "charging" if scope is None else scope
    level, sentence = _SENTENCES[what]
    by = order.signals
    note = SiteNote(level, of_the_order(scope), sentence.format(whom=whom, limit=order.limit_w, by=by))
    limit_w = None if what is Evidence.RELEASED else order.limit_w
    row = EvidenceRow(what, of_the_order(scope), limit_w, by)
    return Heard(found.orders, (*found.notes, note), (*found.evidence, row))
