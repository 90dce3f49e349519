"""The most that a connector may draw by what its charger was told, and what it holds when nobody steers it."""

from math import inf
from typing import Final

from knx_ocpp_bridge.core.connector import Connector, Slot
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.ways import can_limit

_CLOCKS_DIFFER_S: Final = 10.0
"""The charger's own clock tells it when a limit ends: so much later than the bridge's it may be."""


def promised_a(charger: Charger, connector: Connector, now_s: float) -> float:
    """The most that it may draw, in A per phase, by all that was confirmed, not answered yet, or may have been heard.

    Where nothing is known, and for a charger that cannot be limited, the connector's maximum. While the charger is
    away nobody renews anything, and whoever charges next begins with the default.
    """
    maximum_a = connector.settings.max_current_a
    if not can_limit(charger):
        return maximum_a
    default, tx = connector.default, connector.tx
    lasting_a = most_a(default, now_s)
    if lasting_a is None or default.confirmed_a is None:
        lasting_a = maximum_a  # what it was not told, or has not answered, keeps it from nothing
    if connector.transaction is None or connector.hidden:
        return min(lasting_a, maximum_a)
    own_a = most_a(tx, now_s)
    if own_a is None:
        return min(lasting_a, maximum_a)
    steered = charger.link is not None and charger.registered
    holds = tx.confirmed_a is not None and tx.ends_at_s > now_s and not tx.doubtful
    return min(own_a if holds and steered else max(own_a, lasting_a), maximum_a)


def resting_a(connector: Connector) -> float | None:
    """What the charger has confirmed for the time when nobody steers it; None: nothing, or nobody knows whether yet."""
    default = connector.default
    return None if default.doubtful or default.feared_until_s == inf else default.confirmed_a


def most_a(slot: Slot, now_s: float) -> float | None:
    """The most that this profile may allow; None: the charger has surely none."""
    known = []
    if slot.confirmed_a is not None and slot.ends_at_s + _CLOCKS_DIFFER_S > now_s:
        known.append(slot.confirmed_a)
    if slot.awaited:
        known.append(slot.sent_a)
    if slot.feared_until_s + _CLOCKS_DIFFER_S > now_s:
        known.append(slot.feared_a)
    return max(known, default=None)
