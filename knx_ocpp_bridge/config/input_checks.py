"""What is wrong with inputs and with the time of day, where more than one key has to be looked at."""

from collections.abc import Iterator, Sequence
from typing import Final

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.core.group_objects import Quantity

_HALF: Final = "10.001"
"""The time of day and a weekday: nobody knows the date by that."""


def problems(objects: Sequence[tuple[BoundObject, KeyPath]], document: Document) -> Iterator[Problem]:
    """A fallback that is no value, a time that is sent and taken at once, or of which a half is missing."""
    for bound, path in objects:
        if bound.row.input and bound.fallback is not None:
            yield from _fallback(bound, bound.fallback, (*path, "fallback"), document)
    clocks = [(bound, path) for bound, path in objects if bound.row.quantity is Quantity.CLOCK]
    sent = next((bound for bound, _ in clocks if bound.state_address is not None), None)
    taken = [(bound, path) for bound, path in clocks if bound.addresses]
    for bound, path in taken:
        if sent is not None:
            whose = "it" if sent is bound else f"{sent.row.key} ({sent.where})"
            reason = f"{bound.row.key} is taken from the bus, and {whose} is sent there"
            remedy = "take address out if the bridge is to send the time, or state_address if it is to take it"
            yield document.problem((*path, "address"), reason, remedy)
    if sent is None:
        yield from _halves(taken, document)


def advice(objects: Sequence[BoundObject]) -> Iterator[str]:
    """Sentences that begin with `file:line`."""
    sent = {bound.row.key: bound for bound in objects if bound.state_address is not None}
    day, clock = sent.get("bus_date"), sent.get("bus_time")
    if day is not None and (clock is None or clock.dpt != _HALF):
        yield f'{day.where}: bus_date is sent without a bus_time of dpt "{_HALF}": 19.001 carries its own date'


def _fallback(bound: BoundObject, fallback: float, path: KeyPath, document: Document) -> Iterator[Problem]:
    key, quantity = bound.row.key, bound.row.quantity
    if quantity is Quantity.SWITCH and fallback not in {0.0, 1.0}:
        yield document.problem(path, f"{key} is 0 or 1, not {fallback:g}", "write 0 (held) or 1 (released)")
    if quantity is Quantity.CURRENT and fallback < 0:
        yield document.problem(path, f"{key} cannot be {fallback:g} A", "write a current from 0")
    if key == "grid_limit_power" and fallback < 0:
        yield document.problem(path, f"{key} cannot be {fallback:g} W", "write a power from 0")
    if quantity is Quantity.PERCENT and not 0 <= fallback <= 100:
        yield document.problem(path, f"{key} cannot be {fallback:g} %", "write a number from 0 to 100")
    if quantity is Quantity.COUNT and not (fallback >= 0 and fallback == int(fallback)):
        yield document.problem(path, f"{key} cannot be number {fallback:g}", "write a whole number from 0")


def _halves(taken: Sequence[tuple[BoundObject, KeyPath]], document: Document) -> Iterator[Problem]:
    by_key = {bound.row.key: (bound, path) for bound, path in taken}
    clock, day = by_key.get("bus_time"), by_key.get("bus_date")
    if clock is not None and clock[0].dpt == _HALF and day is None:
        reason = f"a bus_time of {_HALF} has no date: by it alone no clock can be set"
        remedy = 'add bus_date with an address, or take dpt: "19.001" if the sender can do that'
        yield document.problem((*clock[1], "dpt"), reason, remedy)
    if day is not None and (clock is None or clock[0].dpt != _HALF):
        reason = f"bus_date is of use beside a bus_time of {_HALF} alone"
        remedy = f'add bus_time: {{address: …, dpt: "{_HALF}"}}, or take bus_date out'
        yield document.problem((*day[1], "address"), reason, remedy)
