"""What is wrong with meters, the sun, tariffs, plans and the limits of sessions, where keys do not fit each other."""

from collections.abc import Iterator, Sequence
from typing import Final

from knx_ocpp_bridge.config import meter_checks, meters
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Bridge, Connector
from knx_ocpp_bridge.config.objects import Placed
from knx_ocpp_bridge.config.outlet_models import mode_word
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.tariff_models import Tariff, Zone
from knx_ocpp_bridge.config.week import DAYS, MINUTES_OF_A_DAY, minute_of, numbered
from knx_ocpp_bridge.core.energy_objects import CONTACTS
from knx_ocpp_bridge.core.status import ChargeMode

BY_SURPLUS: Final = frozenset({ChargeMode.SURPLUS, ChargeMode.MINIMUM_AND_SURPLUS})
"""The modes in which the sun decides."""
_PRICES: Final = frozenset({"price", "zones", "numbers", "file", "url"})
"""Keys of a tariff by each of which energy has a price."""
_WEEK: Final = 7 * MINUTES_OF_A_DAY
_CONTACT: Final = "grid_limit_contact_{}"


def problems(
    bridge: Bridge, document: Document, placed: Sequence[Placed], broken: frozenset[KeyPath]
) -> Iterator[Problem]:
    """All of it; of inputs nothing while some of them were refused."""
    yield from _zones(bridge.tariff.zones, document)
    known = not any(each == () or "group_objects" in each or "group_objects_from" in each for each in broken)
    inputs = meters.bound_inputs(bound for bound, _ in placed)
    if known:
        yield from meter_checks.problems(bridge, placed, document)
        yield from _meters(bridge, inputs, document)
        yield from _battery(bridge, inputs, document)
        yield from _contacts(bridge, inputs, document)
        yield from _numbers(bridge.tariff, inputs, document)
    for i, charger in enumerate(bridge.chargers):
        for j, connector in enumerate(charger.connectors):
            path: KeyPath = ("chargers", i, "connectors", j)
            yield from _plans(connector, path, document)
            yield from _limits(connector, path, document)
            if known:
                yield from _surplus(connector, path, inputs, document)
                yield from _cost(connector, path, priced(bridge.tariff, inputs), document)


def priced(tariff: Tariff, inputs: frozenset[str]) -> bool:
    """Somebody says what energy costs."""
    return bool(tariff.model_fields_set & _PRICES) or "price" in inputs


def _meters(bridge: Bridge, inputs: frozenset[str], document: Document) -> Iterator[Problem]:
    for i, circuit in enumerate(bridge.circuits):
        lacking = meters.missing(inputs, circuit.max_current) if circuit.metered else ()
        if not lacking:
            continue
        here: KeyPath = ("circuits", i, "metered")
        if not inputs & meters.METERS:
            reason = "nothing measures it: no input grid_... has an address"
            remedy = f"bind {', '.join(lacking)} under group_objects, or take metered out"
        else:
            reason = f"on some phases nothing is measured: {', '.join(lacking)} has no address"
            remedy = "bind it under group_objects (or grid_power, or the power of the phase), or take metered out"
        yield document.problem(here, reason, remedy)


def _battery(bridge: Bridge, inputs: frozenset[str], document: Document) -> Iterator[Problem]:
    if bridge.surplus.battery_first_soc is not None and "battery_soc" not in inputs:
        remedy = "bind battery_soc under group_objects, or take battery_first_soc out"
        yield document.problem(("surplus", "battery_first_soc"), "nobody tells how full the battery is", remedy)


def _contacts(bridge: Bridge, inputs: frozenset[str], document: Document) -> Iterator[Problem]:
    meant = bridge.grid_limit.contacts
    for number in map(str, CONTACTS):
        key = _CONTACT.format(number)
        if number in meant and key not in inputs:
            remedy = f"bind {key} under group_objects, or take contact {number} out"
            yield document.problem(("grid_limit", "contacts", number), f"{key} has no address", remedy)


def _numbers(tariff: Tariff, inputs: frozenset[str], document: Document) -> Iterator[Problem]:
    if tariff.numbers and "tariff" not in inputs:
        remedy = "bind tariff under group_objects, or take numbers out"
        yield document.problem(("tariff", "numbers"), "nobody tells the number of the tariff", remedy)


def _surplus(connector: Connector, path: KeyPath, inputs: frozenset[str], document: Document) -> Iterator[Problem]:
    if connector.mode in BY_SURPLUS and not meters.tells_surplus(inputs):
        reason = f"{mode_word(connector.mode)} needs to know the surplus, and nothing tells it"
        remedy = "bind grid_power (or all of grid_power_l1 to l3, or pv_power) under group_objects"
        yield document.problem((*path, "mode"), reason, remedy)


def _cost(connector: Connector, path: KeyPath, has_price: bool, document: Document) -> Iterator[Problem]:  # noqa: FBT001
    if connector.session_limits.cost is not None and not has_price:
        remedy = "add tariff: {price: ...}, or bind the input price, or take cost out"
        yield document.problem((*path, "session_limits", "cost"), "nobody says what energy costs", remedy)


def _limits(connector: Connector, path: KeyPath, document: Document) -> Iterator[Problem]:
    limits, capacity_kwh = connector.session_limits, connector.battery_capacity
    if limits.energy is not None and capacity_kwh is not None and limits.energy > capacity_kwh:
        reason = f"{limits.energy:g} kWh is more than the battery takes ({capacity_kwh:g} kWh)"
        remedy = "write less than battery_capacity, or take it out"
        yield document.problem((*path, "session_limits", "energy"), reason, remedy)


def _plans(connector: Connector, path: KeyPath, document: Document) -> Iterator[Problem]:
    first: dict[tuple[int, int], KeyPath] = {}
    for number, plan in enumerate(connector.plans):
        here: KeyPath = (*path, "plans", number)
        if plan.energy is not None and plan.soc is not None:
            reason = "a plan by energy and by soc is two plans"
            yield document.problem((*here, "soc"), reason, "keep one of energy and soc")
        for day in sorted(numbered(plan.days)):
            before = first.setdefault((day, minute_of(plan.ready_by)), here)
            if before != here:
                reason = f"there is a plan for {DAYS[day]} {plan.ready_by:%H:%M} already, at {document.where(before)}"
                yield document.problem((*here, "days"), reason, "take the day out of one of them")
                break
        for key, unit in (("energy", "kWh"), ("soc", "%")):
            wanted, most = getattr(plan, key), getattr(connector.session_limits, key)
            if wanted is not None and most is not None and wanted > most:
                reason = f"{wanted:g} {unit} is never reached: session_limits end a session at {most:g} {unit}"
                yield document.problem((*here, key), reason, "write less here, or more there")
        if plan.energy is not None and connector.battery_capacity is not None:
            yield from _beyond(plan.energy, connector.battery_capacity, (*here, "energy"), document)


def _beyond(energy_kwh: float, capacity_kwh: float, path: KeyPath, document: Document) -> Iterator[Problem]:
    if energy_kwh > capacity_kwh:
        reason = f"{energy_kwh:g} kWh is more than the battery takes ({capacity_kwh:g} kWh)"
        yield document.problem(path, reason, "write no more than battery_capacity, or soc: 100")


def _zones(zones: Sequence[Zone], document: Document) -> Iterator[Problem]:
    """Two with different prices at one time."""
    taken: list[tuple[int, int, int]] = []
    for number, zone in enumerate(zones):
        spans = tuple(_spans(zone))
        others = [each for each in taken if zones[each[2]].price != zone.price]
        found = next(
            ((day, other) for day, *span in spans for begins, ends, other in others if _meet(span, begins, ends)), None
        )
        if found is not None:
            day, other = found
            where = document.where(("tariff", "zones", other))
            reason = f"the zone of {DAYS[day]} {zone.begins:%H:%M} meets the one at {where}: which price counts?"
            yield document.problem(("tariff", "zones", number), reason, "let one end where the other begins")
        taken += [(begins, ends, number) for _, begins, ends in spans]


def _spans(zone: Zone) -> Iterator[tuple[int, int, int]]:
    """Of each day: its number, and first and last minute of the week, which may lie beyond the end of the week."""
    begins, ends = minute_of(zone.begins), minute_of(zone.ends)
    length = (ends - begins) % MINUTES_OF_A_DAY or MINUTES_OF_A_DAY
    for day in sorted(numbered(zone.days)):
        start = day * MINUTES_OF_A_DAY + begins
        yield day, start, start + length


def _meet(span: Sequence[int], begins: int, ends: int) -> bool:
    """Both share a minute of some week."""
    return any(span[0] + shift < ends and begins < span[1] + shift for shift in (-_WEEK, 0, _WEEK))
