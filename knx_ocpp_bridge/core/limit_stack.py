"""Every limit that is known of a connector, which of them decides, and who set it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import holding
from knx_ocpp_bridge.core.connector import Connector, Wisher
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A, Limit
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

    @property
    def current_a(self) -> float:
        """The current that is wanted where this one wins."""
        return 0.0 if self.kind in _STOPS else self.value_a


_STOPS: Final = frozenset({LimitReason.PAUSED, LimitReason.BELOW_THE_MINIMUM})


def stack(charger: Charger, connector: Connector) -> tuple[KnownLimit, ...]:
    """All of them, the strongest kind first; exactly one wins."""
    limit = wanted(charger, connector)
    return tuple(_known(kind, connector, limit) for kind in _kinds(connector, limit.reason))


def winner(charger: Charger, connector: Connector) -> KnownLimit:
    """The one that decides, alone."""
    limit = wanted(charger, connector)
    return _known(limit.reason, connector, limit)


def _kinds(connector: Connector, reason: LimitReason) -> Iterator[LimitReason]:
    hold = holding.hold(connector)
    if hold is not None:
        yield hold.kind
    if connector.wishes.paused:
        yield LimitReason.PAUSED
    if reason is LimitReason.STEPS_OF_THE_CHARGER:
        yield reason
    pauses = connector.settings.below_minimum is BelowMinimum.PAUSE or reason is LimitReason.BELOW_THE_MINIMUM
    yield LimitReason.BELOW_THE_MINIMUM if pauses else LimitReason.RAISED_TO_THE_MINIMUM
    if connector.wishes.limit_a is not None:
        yield LimitReason.RECEIVED_LIMIT
    yield from (LimitReason.FAST_CURRENT, LimitReason.NORMAL_CURRENT, LimitReason.CONNECTOR_MAXIMUM)


def _known(kind: LimitReason, connector: Connector, limit: Limit) -> KnownLimit:
    value_a, by, counts = _told(kind, connector, limit.current_a)
    origin, source, since = (None, "", None) if by is None else (by.origin, by.source, by.since)
    return KnownLimit(value_a, kind, origin, source, since, counts=counts, wins=kind is limit.reason)


def _told(kind: LimitReason, connector: Connector, wanted_a: float) -> tuple[float, Wisher | None, bool]:
    """Its value, who set it, and whether it counts."""
    settings, wishes, wishers = connector.settings, connector.wishes, connector.wishers
    match kind:
        case LimitReason.PAUSED:
            return 0.0, wishers.pause, True
        case LimitReason.RECEIVED_LIMIT:
            return wanted_a if wishes.limit_a is None else wishes.limit_a, wishers.limit, True
        case LimitReason.FAST_CURRENT:
            counts = wishes.fast and wishes.limit_a is None
            return settings.fast_current_a, wishers.fast if wishes.fast else None, counts
        case LimitReason.NORMAL_CURRENT:
            counts = not wishes.fast and wishes.limit_a is None
            return settings.normal_current_a, None if wishes.fast else wishers.fast, counts
        case LimitReason.CONNECTOR_MAXIMUM:
            return settings.max_current_a, None, True
        case LimitReason.BELOW_THE_MINIMUM | LimitReason.RAISED_TO_THE_MINIMUM:
            return max(settings.min_current_a, LOWEST_CURRENT_A), None, True
        case LimitReason.STEPS_OF_THE_CHARGER:
            return wanted_a, None, True
        case _:
            held = holding.hold(connector)
            caps = connector.caps if held is None else (held, *connector.caps)
            cap = next((each for each in caps if each.kind is kind), None)
            return wanted_a if cap is None else cap.current_a, None, True
