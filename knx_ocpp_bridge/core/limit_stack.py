"""Every limit that is known of a connector, which of them decides, and who set it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import holding
from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.ceilings import ceilings
from knx_ocpp_bridge.core.connector import Connector, Wisher
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.limits import LOWEST_CURRENT_A, Limit
from knx_ocpp_bridge.core.modes import going_on_in, mode_of
from knx_ocpp_bridge.core.profiles import wanted
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason


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
    words: str = ""
    """Why it is as it is; empty: there is no more to say than its kind."""

    @property
    def current_a(self) -> float:
        """The current that is wanted where this one wins."""
        return 0.0 if self.kind in _STOPS else self.value_a


_STOPS: Final = frozenset({LimitReason.PAUSED, LimitReason.BELOW_THE_MINIMUM})
_AT_NORMAL_CURRENT: Final = frozenset({ChargeMode.NORMAL, ChargeMode.OFF})


def stack(charger: Charger, connector: Connector) -> tuple[KnownLimit, ...]:
    """All of them, the strongest kind first; exactly one wins."""
    limit = wanted(charger, connector)
    held, caps = holding.hold(connector), _caps(charger, connector)
    found = [_of_site(held, limit)] if held is not None else []
    found += [_own(kind, connector, limit) for kind in _stops(connector, limit.reason)]
    found += [_of_site(cap, limit) for cap in caps]
    found += [_own(kind, connector, limit) for kind in _allowances(connector)]
    first = next((one for one in found if one.wins), None)
    return tuple(one if not one.wins or one is first else replace(one, wins=False) for one in found)


def winner(charger: Charger, connector: Connector) -> KnownLimit:
    """The one that decides, alone."""
    return next(one for one in stack(charger, connector) if one.wins)


def _caps(charger: Charger, connector: Connector) -> list[Cap]:
    """The lowest first; of the same, as the site has ordered them."""
    return sorted(ceilings(charger, connector), key=lambda cap: cap.current_a)


def _stops(connector: Connector, reason: LimitReason) -> Iterator[LimitReason]:
    if mode_of(connector.settings, connector.wishes) is ChargeMode.OFF:
        yield LimitReason.PAUSED
    if reason is LimitReason.STEPS_OF_THE_CHARGER:
        yield reason
    pauses = connector.settings.below_minimum is BelowMinimum.PAUSE or reason is LimitReason.BELOW_THE_MINIMUM
    yield LimitReason.BELOW_THE_MINIMUM if pauses else LimitReason.RAISED_TO_THE_MINIMUM


def _allowances(connector: Connector) -> Iterator[LimitReason]:
    if connector.wishes.limit_a is not None:
        yield LimitReason.RECEIVED_LIMIT
    yield from (LimitReason.FAST_CURRENT, LimitReason.NORMAL_CURRENT, LimitReason.CONNECTOR_MAXIMUM)


def _of_site(cap: Cap, limit: Limit) -> KnownLimit:
    """What nobody has wished for: the bridge itself sets it."""
    return KnownLimit(
        cap.current_a, cap.kind, Origin.BRIDGE, "", cap.since, cap.until, wins=cap.kind is limit.reason, words=cap.words
    )


def _own(kind: LimitReason, connector: Connector, limit: Limit) -> KnownLimit:
    value_a, by, counts = _told(kind, connector, limit.current_a)
    origin, source, since = (None, "", None) if by is None else (by.origin, by.source, by.since)
    return KnownLimit(value_a, kind, origin, source, since, counts=counts, wins=kind is limit.reason)


def _told(kind: LimitReason, connector: Connector, wanted_a: float) -> tuple[float, Wisher | None, bool]:
    """Its value, who set it, and whether it counts."""
    settings, wishes, wishers = connector.settings, connector.wishes, connector.wishers
    normal = going_on_in(settings, wishes) in _AT_NORMAL_CURRENT
    match kind:
        case LimitReason.PAUSED:
            return 0.0, wishers.pause if wishes.paused else wishers.fast, True
        case LimitReason.RECEIVED_LIMIT:
            return wanted_a if wishes.limit_a is None else wishes.limit_a, wishers.limit, True
        case LimitReason.FAST_CURRENT:
            return settings.fast_current_a, None if normal else wishers.fast, not normal and wishes.limit_a is None
        case LimitReason.NORMAL_CURRENT:
            return settings.normal_current_a, wishers.fast if normal else None, normal and wishes.limit_a is None
        case LimitReason.CONNECTOR_MAXIMUM:
            return settings.max_current_a, None, True
        case LimitReason.BELOW_THE_MINIMUM | LimitReason.RAISED_TO_THE_MINIMUM:
            return max(settings.min_current_a, LOWEST_CURRENT_A), None, True
        case _:
            return wanted_a, None, True
