"""What a day could have cost at least: a linear programme that knows the whole day beforehand.

It may charge with any current, in any slot, and split it as it likes, so nobody who has to keep to 6 A and does not
know tomorrow can reach it. SciPy is needed for it alone: `pip install --require-hashes -r benchmarks/requirements.txt`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from knx_ocpp_bridge.core.energy.terms import Phases


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the day. Energies in Wh, prices of a kWh."""

    lasts_h: float
    besides_wh: float
    """What the house takes less what its roof gives."""
    room_wh: Phases
    """What the fuse lets through on each phase besides the house."""
    price: float
    pays: float
    """For what is fed in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One car: on these phases (0 is L1), so much energy, in the slots in which it is there."""

    phases: tuple[int, ...]
    power_w: float
    energy_wh: float
    there: tuple[bool, ...]


class NotPossibleError(Exception):
    """Not even who knows the whole day could do it."""


def base_cost(slots: Sequence[Slot]) -> float:
    """Of the house without any car."""
    return sum((slot.price if slot.besides_wh > 0 else slot.pays) * slot.besides_wh / 1000.0 for slot in slots)


def least_cost(slots: Sequence[Slot], cars: Sequence[Wanted]) -> float:
    """Of the house and its cars together.

    Raises:
        NotPossibleError: there is no such day.
        ModuleNotFoundError: SciPy is not installed.
    """
    from scipy.optimize import linprog
    from scipy.sparse import lil_array

    count, per_slot = len(slots), len(cars) + 2
    variables = count * per_slot  # of each slot: every car, bought, sold
    cost, upper = [0.0] * variables, [0.0] * variables
    balance = lil_array((count + len(cars), variables))
    amounts = [slot.besides_wh for slot in slots] + [car.energy_wh for car in cars]
    fuses = lil_array((3 * count, variables))
    rooms: list[float] = []
    for row, slot in enumerate(slots):
        at = row * per_slot
        bought, sold = at + len(cars), at + len(cars) + 1
        cost[bought], cost[sold] = slot.price / 1000.0, -slot.pays / 1000.0
        upper[bought] = upper[sold] = float("inf")
        balance[row, bought], balance[row, sold] = 1.0, -1.0
        for number, car in enumerate(cars):
            upper[at + number] = car.power_w * slot.lasts_h if car.there[row] else 0.0
            balance[row, at + number] = -1.0
            balance[count + number, at + number] = 1.0
            for phase in car.phases:
                fuses[3 * row + phase, at + number] = 1.0 / len(car.phases)
        rooms += [max(0.0, room_wh) for room_wh in slot.room_wh]
    found = linprog(
        cost, A_ub=fuses.tocsr(), b_ub=rooms, A_eq=balance.tocsr(), b_eq=amounts,
        bounds=[(0.0, most) for most in upper], method="highs",
    )  # fmt: skip
    if not found.success:
        raise NotPossibleError(found.message)
    return float(found.fun)
