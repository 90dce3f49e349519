"""What a charger is told for the transaction and for the time after it: in a circuit, silence of the bridge means less.

The default profile rests at what the connector may have when nobody steers it. Above that a limit is the profile of
the transaction, which ends by itself and is renewed in time (rows S19, S20, S23).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from knx_ocpp_bridge.core import holding, limits, ways
from knx_ocpp_bridge.core.abilities import NO
from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.connector import Connector, Slot
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import Moment, TransactionId

LEASES: Final = "leases"
"""The ability of a firmware that was tried."""
_RENEWED_AFTER_S: Final = 60.0
"""The same profile is never said twice within a minute."""
_RENEWALS_IN_A_LEASE: Final = 3


@dataclass(frozen=True, slots=True)
class Aim:
    """The currents that both profiles of a connector are to have, in A per phase."""

    default_a: float
    tx_a: float
    lease_s: float | None = None
    """The profile of the transaction ends so long after it is sent; None: with the transaction."""


def aim(charger: Charger, connector: Connector, wanted_a: float) -> Aim:
    """How this charger is told that `wanted_a` is to flow.

    What is not above the resting limit does not end: without the bridge it would become more. A charger that refuses
    0 A is told its least current instead.
    """
    told = _meant(charger, connector, wanted_a)
    if told.default_a and told.tx_a:
        return told
    default_a = ways.as_taken(charger, connector, connector.default, told.default_a)
    return Aim(default_a, ways.as_taken(charger, connector, connector.tx, told.tx_a), told.lease_s)


def _meant(charger: Charger, connector: Connector, wanted_a: float) -> Aim:
    if not leases(charger, connector):
        return Aim(wanted_a, wanted_a)
    resting = resting_a(charger, connector)
    if connector.tx.plain:
        return Aim(resting, min(wanted_a, resting))
    return Aim(resting, wanted_a, connector.settings.lease_s if wanted_a > resting else None)


def leases(charger: Charger, connector: Connector) -> bool:
    """A limit of this connector can end by itself. False: its default profile carries the limit, and stays.

    A Relative schedule counts from the start of charging (OCPP 1.6 ed. 2 section 7, startSchedule), so that it would
    end at another time than is meant; ChargePointMaxProfile holds beside a TxProfile and not instead of it.
    """
    if connector.settings.fail_safe_a is None:
        return False
    flags = charger.flags
    if not (flags.leases and flags.tx_profile) or flags.limit_key or flags.zero_by_inoperative:
        return False
    if flags.relative_schedule or connector.charges_freely:
        return False
    if connector.transaction is not None and connector.tx.refused:
        return False
    way = ways.way_of(charger)
    return way is not None and way.purpose is ProfilePurpose.TX_DEFAULT


def resting_a(charger: Charger, connector: Connector) -> float:
    """The least of the fail-safe, of what holds without the bridge as well, and of what the owner allows."""
    settings = connector.settings
    held = holding.hold(connector)
    if held is not None and held.kind is LimitReason.DISOBEDIENCE:
        return 0.0
    caps = [cap for cap in connector.caps if cap.lasting]
    if settings.fail_safe_a is not None:
        caps.append(Cap(LimitReason.FAIL_SAFE, settings.fail_safe_a))
    return limits.wanted(settings, connector.wishes, charger.flags, caps).current_a


def of_before(
    settings: ConnectorSettings, abilities: Mapping[str, str], transaction: TransactionId, now: Moment
) -> Slot:
    """The profile of a transaction that goes on: what it was told before nobody remembers, only how long that lasts."""
    if settings.fail_safe_a is None:
        return Slot(transaction=transaction)
    until_s = inf if abilities.get(LEASES) == NO else now.monotonic_s + settings.lease_s
    return Slot(transaction=transaction, feared_a=inf, feared_until_s=until_s)


def ends_as_meant(slot: Slot, aims: Aim) -> bool:
    """What is confirmed for the transaction ends by itself, or does not, as is meant."""
    if aims.lease_s is not None:
        return slot.ends_at_s < inf
    return slot.ends_at_s == inf or aims.tx_a == aims.default_a


def ends_at_s(slot: Slot) -> float:
    """When that which was sent last ends by itself, by the bridge's monotonic clock."""
    sent = slot.sent
    if not isinstance(sent, SetProfile) or sent.duration_s is None:
        return inf
    ago_s = 0.0 if sent.start is None else ways.STARTED_AGO.total_seconds()
    return slot.sent_at_s + sent.duration_s - ago_s


def renewal_at_s(connector: Connector) -> float | None:
    """When the profile of the transaction is to be renewed, whether or not the last one was answered; None: never."""
    tx = connector.tx
    if tx.ends_at_s == inf or connector.transaction is None:
        return None
    return tx.sent_at_s + max(_RENEWED_AFTER_S, connector.settings.lease_s / _RENEWALS_IN_A_LEASE)


def rests(charger: Charger, connector: Connector, wanted_a: float) -> bool:
    """What is in force is not what is wanted, but what holds while nobody steers it."""
    if not leases(charger, connector) or connector.tx.confirmed_a is not None:
        return False
    return connector.in_force_a is not None and connector.in_force_a != wanted_a
