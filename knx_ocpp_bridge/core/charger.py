"""One charge point: what is known of it, and `advance`, the one way in which that changes.

The two laws of this package:

1. Every rule about what a charger may be told and what the building may see is here.
2. This package does not know the time, the wire, or who asked. A wish from a wall switch, a page or the
   command line is the same event with another origin.

`advance` is total: every event in every state, nothing raised, nonsense changes nothing. It works by
reconciliation: what the building wants is state, what the charger has confirmed is state, and after each
event the difference, if not already asked for, becomes one command. A reconnect, a refusal or a lost reply
needs no path of its own: it makes the confirmed state doubtful, and the next reconciliation heals it.
"""

from dataclasses import replace
from typing import assert_never

from knx_ocpp_bridge.core import alarms, links, publish, reconcile, replies, reports, tags, transactions, wishes
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    Event,
    Heartbeat,
    LinkClosed,
    LinkOpened,
    Metered,
    Notified,
    Reconfigured,
    Replied,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
    Wished,
    Woken,
)
from knx_ocpp_bridge.core.facts import Remembered
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import Answer, HeartbeatAnswer, Step
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, IdTag, Moment

__all__ = ["Charger", "advance", "begin", "deadline"]


def begin(settings: ChargerSettings, remembered: Remembered, own_tag: IdTag, now: Moment) -> Charger:
    """The charger as it is known before it speaks: from the configuration and the journal.

    `own_tag` is the bridge's tag for this charger, random, at most 16 of `[0-9A-Z]`, kept in the journal.
    """
    connectors = {CHARGE_POINT: transactions.remembered_connector(settings, CHARGE_POINT, remembered)}
    known = {*settings.connectors, *(transaction.connector for transaction in remembered.open)}
    for connector_id in sorted(known):
        connectors[connector_id] = transactions.remembered_connector(settings, connector_id, remembered)
    return Charger(
        settings=settings,
        own_tag=own_tag,
        connectors=connectors,
        identity=remembered.identity,
        ended=remembered.ended,
        abilities=remembered.abilities,
        presence_at_s=now.monotonic_s + settings.offline_after_s,
    )


def advance(charger: Charger, event: Event, now: Moment) -> tuple[Charger, Step]:
    """The charger after this event, and what follows from it, in the order in which it must be done."""
    if isinstance(event, Heartbeat) and event.link == charger.link and charger.spoke and not _due(charger, now):
        return charger, Step(answer=Answer(event.link, event.request, HeartbeatAnswer(now.utc)))
    turn = Turn(charger, now)
    if not links.is_of_an_older_link(charger, event):
        _dispatch(turn, event)
        alarms.ring(turn)
        reconcile.reconcile(turn)
        publish.publish(turn, charger)
    return turn.charger, turn.step()


def deadline(charger: Charger) -> float | None:
    """The monotonic time in s at which the charger wants a `Woken`; None: never."""
    times = [time for connector in charger.connectors.values() for time in connector.alarms.values()]
    times += [time for time in (charger.presence_at_s, charger.ask_at_s) if time is not None]
    return min(times, default=None)


def _due(charger: Charger, now: Moment) -> bool:
    first = deadline(charger)
    return first is not None and first <= now.monotonic_s


def _dispatch(turn: Turn, event: Event) -> None:  # noqa: C901, PLR0912  one line for each kind of event
    links.spoken(turn, event)
    match event:
        case LinkOpened():
            links.opened(turn, event)
        case LinkClosed():
            links.closed(turn, event)
        case BootNotified():
            links.booted(turn, event)
        case Heartbeat():
            turn.reply(event, HeartbeatAnswer(turn.now.utc))
        case StatusNotified():
            reports.status(turn, event)
        case Metered():
            reports.metered(turn, event)
        case AuthorizeAsked():
            tags.asked(turn, event)
        case TransactionStarted():
            transactions.started(turn, event)
        case TransactionStopped():
            transactions.stopped(turn, event)
        case Replied():
            replies.replied(turn, event)
        case Wished():
            wishes.wished(turn, event)
        case Reconfigured():
            _reconfigured(turn, event)
        case Notified() | Woken():
            pass
        case _:
            assert_never(event)


def _reconfigured(turn: Turn, event: Reconfigured) -> None:
    before = turn.charger.settings
    turn.charger = replace(turn.charger, settings=event.settings)
    for connector_id, settings in event.settings.connectors.items():
        connector = turn.charger.connectors.get(connector_id)
        if connector is None:
            turn.put(Connector(settings))
        elif connector.settings != settings:
            turn.put(replace(connector, settings=settings))
    if before.registration is not event.settings.registration or before.configured != event.settings.configured:
        links.registration_changed(turn)
