"""What no single value can be blamed for: ids twice, currents out of order, group addresses that collide."""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Bridge, Connector
from knx_ocpp_bridge.config.problems import KeyPath, Problem

LOWEST_CHARGING_CURRENT_A: Final = 6.0
"""IEC 61851-1 knows no charging current below this."""

AREAS: Final = ("actor", "config", "control", "core", "daemon", "knx", "ocpp", "store")
"""The concerns that `log.levels` names; any other name is a library's logger, e.g. `xknx.log`."""

_LIBRARIES: Final = ("asyncio", "websockets", "xknx")

_ASKING: Final = frozenset({"tunneling_tcp", "tunneling_tcp_secure", "routing", "routing_secure"})
"""The ways to the bus on which an individual address can be asked for."""

_TUNNELS: Final = frozenset({"tunneling", "tunneling_tcp", "tunneling_tcp_secure"})
_SECURE: Final = frozenset({"tunneling_tcp_secure", "routing_secure"})


def site_problems(bridge: Bridge, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    """A time zone that nobody knows, a gateway that is missing or has no use."""
    name = bridge.site.timezone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = get_close_matches(name, available_timezones(), n=1, cutoff=0.6)
        remedy = f"did you mean {close[0]}?" if close else "write a name like Europe/Amsterdam"
        yield document.problem(("site", "timezone"), f"{name!r} is no time zone", remedy)
    knx = bridge.knx
    if any(path[:1] == ("knx",) or path == () for path in broken):
        return
    if knx.connection in _TUNNELS and knx.gateway is None:
        remedy = "add gateway: with the address of the KNX/IP interface, or write connection: automatic"
        yield document.problem(("knx", "connection"), f"{knx.connection} needs a gateway", remedy)
    if knx.connection not in _TUNNELS and knx.gateway is not None:
        remedy = "write connection: tunneling, or take gateway out"
        yield document.problem(("knx", "gateway"), f"connection: {knx.connection} uses no gateway", remedy)
    yield from _secure_problems(bridge.knx, document)
    if knx.second_gateway is not None and knx.connection not in _TUNNELS:
        remedy = "take second_gateway out, or tunnel to two named gateways"
        yield document.problem(("knx", "second_gateway"), f"connection: {knx.connection} uses no gateway", remedy)
    elif knx.second_gateway is not None and knx.second_gateway == knx.gateway:
        yield document.problem(("knx", "second_gateway"), "this is the same gateway again", "name another interface")
    yield from _way_problems(knx, document)
    if knx.individual_address is not None and knx.connection not in _ASKING:
        reason = f"connection: {knx.connection} cannot ask for an individual address"
        remedy = "write connection: tunneling_tcp, or take individual_address out"
        yield document.problem(("knx", "individual_address"), reason, remedy)


def _way_problems(knx: Knx, document: Document) -> Iterator[Problem]:
    if knx.local_address is not None and knx.connection == "tunneling_tcp":
        remedy = "take local_address out: by TCP the system chooses the way to the gateway"
        yield document.problem(("knx", "local_address"), f"connection: {knx.connection} has no use for it", remedy)
    if knx.route_back and knx.connection not in {"tunneling", "automatic"}:
        remedy = "take route_back out: by TCP the answer always finds its way"
        yield document.problem(("knx", "route_back"), f"connection: {knx.connection} sends no UDP to a gateway", remedy)


def _secure_problems(knx: Knx, document: Document) -> Iterator[Problem]:
    if knx.connection in _SECURE and knx.keyring is None:
        remedy = "add keyring: with the .knxkeys file that ETS exports, and keyring_password"
        yield document.problem(("knx", "connection"), f"{knx.connection} needs a keyring", remedy)
    if knx.keyring is not None and not knx.keyring_password:
        remedy = "add keyring_password: !secret knx_keyring, and the password to secrets.yaml"
        yield document.problem(("knx", "keyring"), "the keyring needs its password", remedy)
    for key, needed in (("keyring_password", "keyring"), ("project_password", "project")):
        if getattr(knx, key) and getattr(knx, needed) is None:
            yield document.problem(("knx", key), f"there is no {needed} that it opens", f"add {needed}, or take it out")


def log_problems(bridge: Bridge, document: Document) -> Iterator[Problem]:
    """A level for something that never logs."""
    for name in bridge.log.levels:
        first = name.split(".", 1)[0]
        if first not in AREAS and first not in _LIBRARIES:
            close = get_close_matches(first.lower(), (*AREAS, *_LIBRARIES), n=1, cutoff=0.6)
            remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join((*AREAS, *_LIBRARIES))}"
            yield document.problem(("log", "levels", name), f"nothing is logged by {name}", remedy)


def connector_problems(bridge: Bridge, document: Document) -> Iterator[Problem]:
    """A connector twice, connector 0."""
    for i, charger in enumerate(bridge.chargers):
        yield from _connector_problems(charger.connectors, ("chargers", i, "connectors"), document)


def _connector_problems(connectors: tuple[Connector, ...], path: KeyPath, document: Document) -> Iterator[Problem]:
    first: dict[int, KeyPath] = {}
    for j, connector in enumerate(connectors):
        here = (*path, j, "id")
        known = first.setdefault(connector.id, here)
        if connector.id < 1:
            remedy = "count connectors from 1; objects of the charge point stand under chargers[].group_objects"
            yield document.problem(here, f"connector {connector.id} is no outlet (0 is the charge point)", remedy)
        elif known != here:
            reason = f"connector {connector.id} stands here again, first at {document.where(known)}"
            yield document.problem(here, reason, "give each connector its own number, or take one out")


def current_problems(bridge: Bridge, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    """Currents that are not min <= normal <= fast <= max, or below what IEC 61851 can signal."""
    for i, charger in enumerate(bridge.chargers):
        for j, connector in enumerate(charger.connectors):
            path: KeyPath = ("chargers", i, "connectors", j)
            spoilt = any(
                each == path[: len(each)] or (each[:4] == path and str(each[-1]).endswith("_current"))
                for each in broken
            )
            if not spoilt:
                yield from _current_problems(connector, path, document)


def currents(connector: Connector) -> tuple[float, float, float, float]:
    """Lowest, normal, fast and highest current in A: fast is the highest and normal the fast one if left out."""
    fast = connector.max_current if connector.fast_current is None else connector.fast_current
    normal = fast if connector.normal_current is None else connector.normal_current
    return connector.min_current, normal, fast, connector.max_current


def _current_problems(connector: Connector, path: KeyPath, document: Document) -> Iterator[Problem]:
    names = ("min_current", "normal_current", "fast_current", "max_current")
    order = tuple(zip(names, currents(connector), strict=True))
    if connector.min_current < LOWEST_CHARGING_CURRENT_A:
        reason = f"min_current is {connector.min_current:g} A, but IEC 61851 knows no charging below 6 A"
        yield document.problem((*path, "min_current"), reason, "write 6 or more")
    for (low, low_a), (high, high_a) in pairwise(order):
        if low_a > high_a:
            to_blame = low if low in connector.model_fields_set else high
            reason = f"{low} ({low_a:g} A) is above {high} ({high_a:g} A)"
            remedy = "keep min_current <= normal_current <= fast_current <= max_current"
            yield document.problem((*path, to_blame), reason, remedy)
