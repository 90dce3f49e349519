"""Group objects as the installer bound them: by name, by scheme, and what each may say of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config import input_checks, schemes
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Binding, GroupObjectsFrom
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.keys import about_unknown_object, objects_of
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.core.group_objects import CATALOGUE, GroupObject, Scope
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId

_CYCLIC_S: Final = {"heartbeat": 60.0, "bus_time": 3600.0, "bus_date": 3600.0}
"""Objects that are sent again without being asked to."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a group of objects stands."""

    path: KeyPath
    scope: Scope
    charger: ChargerId | None
    connector: ConnectorId


Placed = tuple[BoundObject, KeyPath]
"""An object and the path of what binds it."""


def bind(
    bridge: Bridge, document: Document, broken: frozenset[KeyPath]
) -> tuple[tuple[Placed, ...], tuple[Problem, ...]]:
    """Every group object in the order of file and catalogue, and what is wrong with them one by one."""
    objects: list[Placed] = []
    problems: list[Problem] = []
    unsound = schemes.unsound(bridge, document)
    for place, bindings, scheme in _places(bridge):
        schemed, wrong = _by_scheme(place, scheme, bridge, document, broken, unsound)
        problems += wrong
        named, wrong = _named(place, bindings, document, schemed)
        problems += wrong
        for row in objects_of(place.scope):
            binding, at = _binding_of(row.key, place, named, schemed or {})
            if binding is None or (row.key in bindings and bindings[row.key] is None):
                continue
            if schemed is None and not binding.address and binding.state_address is None:
                continue  # its addresses are those of a scheme that is not known
            wrong = list(_wrong(row, binding, at, document, explicit=row.key in named))
            problems += wrong
            if not wrong:
                objects.append((_bound(row, binding, place, document.where(at)), at))
    problems += input_checks.problems(objects, document)
    return tuple(objects), tuple(problems)


def _places(bridge: Bridge) -> Iterator[tuple[_Place, Mapping[str, Binding | None], GroupObjectsFrom | None]]:
    yield _Place((), Scope.BRIDGE, None, CHARGE_POINT), bridge.group_objects, None
    for i, charger in enumerate(bridge.chargers):
        charger_id = ChargerId(charger.id)
        yield _Place(("chargers", i), Scope.CHARGE_POINT, charger_id, CHARGE_POINT), charger.group_objects, None
        for j, connector in enumerate(charger.connectors):
            path: KeyPath = ("chargers", i, "connectors", j)
            place = _Place(path, Scope.CONNECTOR, charger_id, ConnectorId(connector.id))
            yield place, connector.group_objects, connector.group_objects_from


def _named(
    place: _Place, bindings: Mapping[str, Binding | None], document: Document, schemed: Mapping[str, Binding] | None
) -> tuple[dict[str, Binding], list[Problem]]:
    named: dict[str, Binding] = {}
    problems: list[Problem] = []
    for key, binding in bindings.items():
        row, path = CATALOGUE.get(key), (*place.path, "group_objects", key)
        if row is None or place.scope not in row.scope:
            problems.append(document.problem(path, *about_unknown_object(key, place.scope)))
        elif binding is not None:
            named[key] = binding
        elif schemed == {}:
            reason = f"{key} is null, which removes an object of group_objects_from, but there is none"
            problems.append(document.problem(path, reason, f"take {key} out, or give it an address"))
    return named, problems


def _by_scheme(
    place: _Place,
    scheme: GroupObjectsFrom | None,
    bridge: Bridge,
    document: Document,
    broken: frozenset[KeyPath],
    unsound: frozenset[str],
) -> tuple[dict[str, Binding] | None, list[Problem]]:
    """Empty: there is no scheme; None: there is one, and what is wrong with it or its base is told."""
    path = (*place.path, "group_objects_from")
    if any(each[: len(path)] == path for each in broken):
        return None, []
    if scheme is None:
        return {}, []
    if scheme.scheme in unsound or any(each[:1] == ("schemes",) for each in broken):
        return None, []
    return schemes.laid_out(scheme, bridge, path, document)


def _binding_of(
    key: str, place: _Place, named: Mapping[str, Binding], schemed: Mapping[str, Binding]
) -> tuple[Binding | None, KeyPath]:
    """What counts: an entry that names an address wins; one that names none takes the scheme's addresses."""
    own, other = named.get(key), schemed.get(key)
    if own is None:
        return other, (*place.path, "group_objects_from")
    path = (*place.path, "group_objects", key)
    if other is not None and not own.address and own.state_address is None:
        taken = {"address": other.address, "state_address": other.state_address, "dpt": own.dpt or other.dpt}
        own = own.model_copy(update=taken)
    return own, path


def _wrong(
    row: GroupObject, binding: Binding, path: KeyPath, document: Document, *, explicit: bool
) -> Iterator[Problem]:
    if not binding.address and binding.state_address is None:
        ways = " or ".join(_ways(row))
        yield document.problem(path, f"{row.key} has no group address", f"give it {ways}")
    if binding.address and not row.receives:
        reason = f"{row.key} only sends: nothing can be written to it"
        yield document.problem((*path, "address"), reason, "write state_address instead of address")
    if binding.state_address is not None and not row.sends:
        reason = f"{row.key} only receives: it has no state to tell"
        yield document.problem((*path, "state_address"), reason, "write address instead of state_address")
    if binding.dpt is not None and binding.dpt not in row.dpts:
        allowed = " or ".join(f'"{dpt}"' for dpt in row.dpts)
        yield document.problem((*path, "dpt"), f"{row.key} cannot be a DPT {binding.dpt}", f"write dpt: {allowed}")
    if explicit:
        yield from _without_effect(row, binding, path, document)


def _ways(row: GroupObject) -> Iterator[str]:
    if row.receives:
        yield "an address (the bridge receives)"
    if row.sends:
        yield "a state_address (the bridge sends)"


def _without_effect(row: GroupObject, binding: Binding, path: KeyPath, document: Document) -> Iterator[Problem]:
    for key in ("min_change", "min_interval", "cyclic", "respond_to_read"):
        if getattr(binding, key) is None:
            continue
        if binding.state_address is None:
            yield document.problem((*path, key), f"{row.key} sends nothing here", f"take {key} out")
        elif key == "min_change" and not row.measurement:
            reason = f"{row.key} is no measurement: every change of it is sent"
            yield document.problem((*path, key), reason, f"take {key} out")
    for key in ("read_on_init", "timeout", "fallback"):
        if getattr(binding, key) is not None and not row.input:
            reason = f"{row.key} is no input: what is received on it is a command"
            yield document.problem((*path, key), reason, f"take {key} out")
    dpt = binding.dpt or row.dpts[0]
    if binding.invert and not dpt.startswith("1."):
        yield document.problem((*path, "invert"), f"{row.key} is a DPT {dpt}, not 1 bit", "take invert out")


def _bound(row: GroupObject, binding: Binding, place: _Place, where: str) -> BoundObject:
    cyclic = _CYCLIC_S.get(row.key, 0.0) if binding.cyclic is None else binding.cyclic
    return BoundObject(
        charger=place.charger,
        connector=place.connector,
        row=row,
        dpt=binding.dpt or row.dpts[0],
        addresses=binding.address,
        state_address=binding.state_address,
        min_change=row.min_change if binding.min_change is None else binding.min_change,
        min_interval_s=binding.min_interval or 0.0,
        cyclic_s=cyclic,
        respond_to_read=binding.respond_to_read is not False,
        invert=binding.invert,
        read_on_init=row.input and binding.read_on_init is not False,
        timeout_s=binding.timeout or 0.0,
        fallback=binding.fallback,
        where=where,
    )
