"""What a connector is held at for reasons of its own: it did not obey, its car is woken, its phases are switched."""

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.limits import Limit
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.watch import Means


def hold(connector: Connector) -> Cap | None:
    """0 A and why; None: it is held by nothing."""
    if connector.pressure.means >= Means.ZERO:
        words = "it did not obey; until the car is unplugged, or charging or availability is set to 1"
        return Cap(LimitReason.DISOBEDIENCE, 0.0, words=words)
    if connector.phase_change.begun_at_s is not None:
        return Cap(LimitReason.SWITCHING_PHASES, 0.0, words="nothing may flow while its phases are switched")
    if connector.waking.napping:
        return Cap(LimitReason.WAKING, 0.0, words="for a moment, to wake the car")
    return None


def held(connector: Connector, limit: Limit) -> Limit:
    """The limit that is wanted, or 0 A where it is held at that."""
    cap = hold(connector)
    if cap is None or limit.current_a == 0.0:
        return limit
    return Limit(0.0, cap.kind, cap.words)
