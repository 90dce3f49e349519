"""Two configurations compared: what a running bridge takes over at once, and what waits for a restart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.site_models import GridLimit, Load, Surplus
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core.values import ChargerId

_AFTER_RESTART: Final = {
    "knx": (
        "connection",
        "gateway",
        "second_gateway",
        "individual_address",
        "local_address",
        "route_back",
        "rate_limit",
        "start_delay",
        "group_address_style",
    ),
    "ocpp": ("listen", "tls", "tls_compat", "response_timeout", "graceful_close", "max_frame", "pings"),
    "storage": ("path",),
    "web": ("listen", "tls", "mdns"),
}
"""Settings that sockets, files and formats were made with."""

_AT_ONCE: Final = {
    "site": ("name", "timezone", "currency", "prices"),
    "web": ("anonymous", "frames"),
    "storage": ("retention",),
    "load": tuple(Load.model_fields),
    "surplus": tuple(Surplus.model_fields),
    "grid_limit": tuple(GridLimit.model_fields),
    "tariff": tuple(Tariff.model_fields),
}
"""Settings that are looked up whenever they are needed; those of chargers are told by charger."""

_KEYRING: Final = "the next connection to the bus is made with it"
_PROJECT: Final = "its names are read now"
_LIVE: Final = {
    "keyring": _KEYRING,
    "keyring_password": _KEYRING,
    "project": _PROJECT,
    "project_password": _PROJECT,
}
"""Files of the ETS: what becomes of a change in the section `knx` without a restart."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs. A charger counts as changed if any of its settings, its name or its cards do."""

    added: tuple[ChargerId, ...] = ()
    removed: tuple[ChargerId, ...] = ()
    changed: tuple[ChargerId, ...] = ()
    objects: bool = False
    """The group objects differ, whichever charger's."""
    unknown_chargers: bool = False
    """What a charger that is not listed is told, or may do, differs."""
    log: bool = False
    site: bool = False
    """What was decided about circuits, the sun, the tariff or the grid operator differs, or about outlets in them."""
    live: tuple[str, ...] = ()
    """What applies at once, as sentences."""
    restart: tuple[str, ...] = ()
    """What applies after a restart only, as sentences; until then the old setting counts."""

    @property
    def empty(self) -> bool:
        """Nothing differs that the bridge knows of."""
        return not self.live and not self.restart


def differences(old: Loaded, new: Loaded) -> Plan:
    """What to do to get from `old` to `new` without touching a running session."""
    added = tuple(each for each in new.chargers if each not in old.chargers)
    removed = tuple(each for each in old.chargers if each not in new.chargers)
    changed = tuple(
        each for each, settings in new.chargers.items() if each in old.chargers and old.chargers[each] != settings
    )
    anybody = ChargerId("")
    plan = Plan(
        added=added,
        removed=removed,
        changed=changed,
        objects=_addresses(old) != _addresses(new),
        unknown_chargers=old.unknown(anybody) != new.unknown(anybody),
        log=old.bridge.log != new.bridge.log,
        site=old.site_terms != new.site_terms,
        restart=tuple(_after_restart(old, new)),
    )
    return replace(plan, live=tuple(_sentences(plan, old, new)))


def _addresses(loaded: Loaded) -> tuple[object, ...]:
    """The objects without the lines they stand in: a comment more changes nothing."""
    return tuple(
        (
            (bound.charger, bound.connector, bound.row.key, bound.dpt, bound.addresses, bound.state_address),
            (bound.min_change, bound.min_interval_s, bound.cyclic_s, bound.respond_to_read, bound.invert),
            (bound.read_on_init, bound.timeout_s, bound.fallback),
        )
        for bound in loaded.objects
    )


def _after_restart(old: Loaded, new: Loaded) -> Iterator[str]:
    for section, keys in _AFTER_RESTART.items():
        before, after = getattr(old.bridge, section), getattr(new.bridge, section)
        if before is None or after is None:
            if before is not after:
                yield f"the section {section} is {'put in' if before is None else 'taken out'} at the next restart"
            continue
        for key in keys:
            was, now = getattr(before, key), getattr(after, key)
            if was != now:
                yield f"{section}.{key} changes from {_shown(was)} to {_shown(now)} at the next restart"
    yield from _pages(old, new)
    if _without_keyring(old, new):
        yield "knx.keyring is taken out at the next restart"
    was, now = old.bridge.ocpp.heartbeat_interval, new.bridge.ocpp.heartbeat_interval
    if was != now:
        yield (
            f"ocpp.heartbeat_interval changes from {was} to {now}: a charger learns it when it boots next, but "
            f"until the next restart the bridge waits as long as with {was} before it gives up a silent connection"
        )


def _pages(old: Loaded, new: Loaded) -> Iterator[str]:
    before, after = old.bridge.web, new.bridge.web
    if before is None or after is None:
        if before is not after:
            yield f"the pages (web) are {'served' if after is not None else 'no longer served'} after the next restart"
        return
    for key in ("listen", "tls"):
        was, now = getattr(before, key), getattr(after, key)
        if was != now:
            yield f"web.{key} changes from {_shown(was)} to {_shown(now)} at the next restart"


def _without_keyring(old: Loaded, new: Loaded) -> bool:
    """Whoever has let secured devices in goes on doing so."""
    return old.bridge.knx.keyring is not None and new.bridge.knx.keyring is None


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)


def _sentences(plan: Plan, old: Loaded, new: Loaded) -> Iterator[str]:
    yield from (f"{each} is a new charger" for each in plan.added)
    yield from (f"{each} is no longer listed" for each in plan.removed)
    yield from (f"the settings of {each} changed" for each in plan.changed)
    if plan.objects:
        yield f"group objects: {len(old.objects)} before, {len(new.objects)} now"
    if plan.unknown_chargers and not _only_the_zone(old, new):
        yield "what chargers that are not listed are told, or may do, changed"
    for key, what in _LIVE.items():
        changed = getattr(old.bridge.knx, key) != getattr(new.bridge.knx, key)
        if changed and not (what is _KEYRING and _without_keyring(old, new)):
            yield f"knx.{key} changed: {what}"
    if plan.log:
        yield "the log levels changed"
    if old.site_terms.circuits != new.site_terms.circuits:
        yield "circuits changed"
    if old.site_terms.outlets != new.site_terms.outlets and not (plan.added or plan.removed or plan.changed):
        yield "plans, limits of sessions or priorities of outlets changed"
    yield from _named(old, new)


def _only_the_zone(old: Loaded, new: Loaded) -> bool:
    """What charge points are told, or may do, is as it was: their days begin at another time, which `_named` says."""
    anybody = ChargerId("")
    after = new.unknown(anybody)
    return replace(old.unknown(anybody), zone=after.zone) == after


def _named(old: Loaded, new: Loaded) -> Iterator[str]:
    for section, keys in _AT_ONCE.items():
        before, after = getattr(old.bridge, section), getattr(new.bridge, section)
        for key in keys if before is not None and after is not None else ():
            was, now = getattr(before, key), getattr(after, key)
            if was != now:
                yield f"{section}.{key} changed"
