"""Stops of a transaction: wanted, asked, answered, failed. Only StopTransaction is the end."""

from typing import Final

from knx_ocpp_bridge.core.commands import RemoteStop
from knx_ocpp_bridge.core.connector import Connector, Reminder, StopWish
from knx_ocpp_bridge.core.events import Outcome, Replied, Wished
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import TransactionId

KEY: Final = "charging"
_STOP_AWAITED_FOR_S: Final = 60.0


def wanting_a_stop(turn: Turn, connector: Connector, transaction: TransactionId, number: int = 0) -> Connector:
    """The connector whose transaction is to be stopped; reconciliation asks the charger."""
    reminders = with_reminder(connector.reminders, Reminder.STOP_ENDS, turn.now.monotonic_s + _STOP_AWAITED_FOR_S)
    return replace(connector, stop=StopWish(number, transaction), reminders=reminders)


def stop(turn: Turn, connector: Connector, event: Wished) -> None:
    """0 on `charging` while a transaction is open: RemoteStopTransaction, once."""
    transaction = connector.transaction
    if transaction is None:
        return
    if connector.stop is not None:
        turn.nothing_new(connector.id, KEY, event.number, "the charger has been asked to stop already")
        return
    turn.put(wanting_a_stop(turn, connector, transaction.id, event.number))


def ask_to_stop(turn: Turn, connector: Connector) -> None:
    """Send the stop; after a lost connection once more, as long as somebody still waits for it."""
    wish = connector.stop
    if wish is not None:
        turn.put(replace(connector, stop=replace(wish, asked=True)))
        turn.commands.append(RemoteStop(wish.transaction))


def stop_answered(turn: Turn, connector: Connector, event: Replied) -> None:
    """The charger's answer to RemoteStopTransaction; only StopTransaction is the end (row T26)."""
    wish = connector.stop
    if wish is None:
        return
    if event.outcome is Outcome.ANSWERED and event.status == "Accepted":
        turn.put(replace(connector, stop=replace(wish, number=0, answered=True)))
        turn.succeed(connector.id, wish.number, "the charger accepted the stop")
        return
    turn.put(replace(connector, stop=None, reminders=without(connector.reminders, Reminder.STOP_ENDS)))
    if event.outcome in {Outcome.TIMED_OUT, Outcome.LOST}:
        turn.fail(connector.id, KEY, wish.number, CommandResult.TIMED_OUT, "the charger did not answer the stop")
        return
    refused = event.outcome is Outcome.NOT_SUPPORTED
    result = CommandResult.NOT_SUPPORTED if refused else CommandResult.REJECTED
    turn.fail(connector.id, KEY, wish.number, result, f"the charger refused the stop{_why(event)}")


def stop_ends(turn: Turn, connector: Connector) -> None:
    """A stop was accepted and nothing ended."""
    wish = connector.stop
    if wish is None:
        return
    turn.put(replace(connector, stop=None))
    reason = "the charger accepted the stop but goes on" if wish.answered else "the charger did not answer the stop"
    turn.fail(connector.id, KEY, wish.number, CommandResult.TIMED_OUT, reason)


def _why(event: Replied) -> str:
    return f" ({event.detail or event.status or event.outcome.value})"
