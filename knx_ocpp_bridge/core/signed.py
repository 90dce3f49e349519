"""Signed meter values: kept as they came, next to what is counted, which they do not touch.

Those that bear witness are kept: of the beginning and the end of a transaction, those that somebody asked for, and
whatever comes with StopTransaction. What a meter signs every few minutes besides is not.
"""

from typing import Final

from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import Metered, MeterReading
from knx_ocpp_bridge.core.facts import SignedKept
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import TransactionId

_KEPT: Final = frozenset({"Transaction.Begin", "Transaction.End", "Other", "Trigger"})
MOST: Final = 64
"""Of one transaction, besides those that come with its end."""


def kept(turn: Turn, connector: Connector, event: Metered) -> Connector:
    """The connector, after the signed values of this message that are worth it were kept."""
    transaction = _whose(turn, connector, event.transaction)
    values = tuple(value for reading in event.readings for value in reading.signed if value.context in _KEPT)
    if transaction is None or not values or connector.signed >= MOST:
        return connector
    values = values[: MOST - connector.signed]
    turn.facts.append(SignedKept(transaction, values))
    counted = replace(connector, signed=connector.signed + len(values))
    turn.put(counted)
    if counted.signed == MOST:
        turn.note(Level.WARNING, connector.id, f"{MOST} signed values of transaction {transaction}: no more are kept")
    return counted


def kept_at_the_end(turn: Turn, transaction: TransactionId, readings: tuple[MeterReading, ...]) -> None:
    """What came with StopTransaction is kept, whatever its context says."""
    values = tuple(value for reading in readings for value in reading.signed)[:MOST]
    if values:
        turn.facts.append(SignedKept(transaction, values))


def _whose(turn: Turn, connector: Connector, number: TransactionId | None) -> TransactionId | None:
    """The open transaction of the connector; or one that has ended and is named: the last word may come after it."""
    known = connector.transaction
    if known is None or known.id != number:
        ended = (one.id for one in turn.charger.ended if one.id == number and one.connector == connector.id)
        named = next(ended, None)
        if named is not None:
            return named
    return None if known is None else known.id
