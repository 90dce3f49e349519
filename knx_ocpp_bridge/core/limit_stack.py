"""Every limit that is known of a connector, which of them decides, and who set it."""

from dataclasses import dataclass
from datetime import datetime

from knx_ocpp_bridge.core.connector import Connector, Wisher
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A
from knx_ocpp_bridge.core.profiles import wanted
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import LimitReason


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """One limit. `value_a` is A per phase; of the minimum, the least that is ever sent besides 0."""

    value_a: float
    kind: LimitReason
    origin: Origin | None = None
    """Who set it; None: the configuration, the charger's make, or somebody before the bridge was started."""
    source: str = ""
    """As in `core.events.Wished`."""
    since: datetime | None = None
    """UTC; None: nobody knows, or since the configuration says so."""
    until: datetime | None = None
    """UTC; None: until something else is said."""
    counts: bool = True
    """False: another one stands in its place."""
    wins: bool = False
    """It is the reason of the current that is wanted now."""


def stack(charger: Charger, connector: Connector) -> tuple[KnownLimit, ...]:
    """All of them, the strongest kind first; exactly one wins."""
    winner = wanted(charger, connector)
    return tuple(_marked(one, winner.reason) for one in _known(connector, winner.current_a, winner.reason))


def winner(charger: Charger, connector: Connector) -> KnownLimit:
    """The one that decides, alone."""
    return next(one for one in stack(charger, connector) if one.wins)


def _known(connector: Connector, wanted_a: float, reason: LimitReason) -> list[KnownLimit]:
    settings, wishes, wishers = connector.settings, connector.wishes, connector.wishers
    found: list[KnownLimit] = []
    if wishes.paused:
        found.append(_wished(0.0, LimitReason.PAUSED, wishers.pause))
    if reason is LimitReason.STEPS_OF_THE_CHARGER:
        found.append(KnownLimit(wanted_a, reason))
    pauses = settings.below_minimum is BelowMinimum.PAUSE or reason is LimitReason.BELOW_THE_MINIMUM
    below = LimitReason.BELOW_THE_MINIMUM if pauses else LimitReason.RAISED_TO_THE_MINIMUM
    found.append(KnownLimit(max(settings.min_current_a, LOWEST_CURRENT_A), below))
    received = wishes.limit_a
    if received is not None:
        found.append(_wished(received, LimitReason.RECEIVED_LIMIT, wishers.limit))
    mode = wishers.fast
    fast, normal = LimitReason.FAST_CURRENT, LimitReason.NORMAL_CURRENT
    found += [
        _wished(settings.fast_current_a, fast, mode if wishes.fast else None, counts=wishes.fast and received is None),
        _wished(
            settings.normal_current_a,
            normal,
            None if wishes.fast else mode,
            counts=not wishes.fast and received is None,
        ),
        KnownLimit(settings.max_current_a, LimitReason.CONNECTOR_MAXIMUM),
    ]
    return found


def _wished(value_a: float, kind: LimitReason, by: Wisher | None, *, counts: bool = True) -> KnownLimit:
    if by is None:
        return KnownLimit(value_a, kind, counts=counts)
    return KnownLimit(value_a, kind, by.origin, by.source, by.since, counts=counts)


def _marked(one: KnownLimit, reason: LimitReason) -> KnownLimit:
    if one.kind is not reason:
        return one
    return KnownLimit(one.value_a, one.kind, one.origin, one.source, one.since, one.until, one.counts, wins=True)
