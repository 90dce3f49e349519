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

from math import inf
from typing import Final, assert_never

from knx_ocpp_bridge.core import (
    about,
    calls,
    care,
    links,
    local_list,
    profiles,
    publish,
    reconcile,
    reminders,
    replies,
    reports,
    securing,
    setpoints,
    tags,
    transactions,
    wishes,
)
from knx_ocpp_bridge.core.abilities import flags_of
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    CallAsked,
    Capped,
    CardForgotten,
    CertificateAsked,
    CertificateIssued,
    Event,
    Heartbeat,
    LinkClosed,
    LinkOpened,
    ListAsked,
    Metered,
    Notified,
    Reconfigured,
    Replied,
    SecureAsked,
    SecuritySet,
    StatusNotified,
    TagBookChanged,
    TransactionStarted,
    TransactionStopped,
    Wished,
    Woken,
)
from knx_ocpp_bridge.core.facts import Remembered
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import ACKNOWLEDGED, Answer, HeartbeatAnswer, Step
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, IdTag, Moment

__all__ = ["Charger", "advance", "begin", "deadline"]

_USUALLY_NO_NEWS: Final = (Heartbeat, StatusNotified)


def begin(settings: ChargerSettings, remembered: Remembered, own_tag: IdTag, now: Moment) -> Charger:
    """The charger as it is known before it speaks: from the configuration and the journal.

    `own_tag` is the bridge's tag for this charger, random, at most 16 of `[0-9A-Z]`, kept in the journal.
    """
    known = {CHARGE_POINT, *settings.connectors, *(transaction.connector for transaction in remembered.open)}
    connectors = {
        number: transactions.remembered_connector(settings, number, remembered, now) for number in sorted(known)
    }
    charger = Charger(
        settings=settings,
        own_tag=own_tag,
        connectors=connectors,
        identity=remembered.identity,
        ended=remembered.ended,
        abilities=remembered.abilities,
        flags=flags_of(settings, remembered.identity, remembered.abilities),
        security=remembered.security,
        presence_at_s=now.monotonic_s + settings.offline_after_s,
        clock=now.clock,
    )
    return replace(charger, due_at_s=_due_at_s(charger))


def advance(charger: Charger, event: Event, now: Moment) -> tuple[Charger, Step]:
    """The charger after this event, and what follows from it, in the order in which it must be done."""
    if isinstance(event, _USUALLY_NO_NEWS) and _changes_nothing(charger, event, now):
        payload = HeartbeatAnswer(now.utc) if isinstance(event, Heartbeat) else ACKNOWLEDGED
        return charger, Step((), Answer(event.link, event.request, payload))
    if links.is_of_an_older_link(charger, event):
        return charger, Step()
    turn = Turn(charger, now, about.of(event))
    _dispatch(turn, event)
    if turn.flows_only and charger.registered and charger.due_at_s > now.monotonic_s and charger.clock is now.clock:
        publish.publish_flow(turn, charger)
        return turn.charger, turn.step()
    reminders.ring(turn)
    securing.overdue(turn)
    local_list.overdue(turn)
    care.look_after(turn, charger)
    reconcile.reconcile(turn)
    if turn.charger.clock is not now.clock:
        turn.charger = replace(turn.charger, clock=now.clock)
    publish.publish(turn, charger)
    due_at_s = _due_at_s(turn.charger)
    if due_at_s != turn.charger.due_at_s:
        turn.charger = replace(turn.charger, due_at_s=due_at_s)
    return turn.charger, turn.step()


def deadline(charger: Charger) -> float | None:
    """The monotonic time in s at which the charger wants a `Woken`; None: never."""
    return None if charger.due_at_s == inf else charger.due_at_s


def _due_at_s(charger: Charger) -> float:
    times = [time for connector in charger.connectors.values() for time in connector.reminders.values()]
    own = (
        charger.presence_at_s,
        charger.ask_at_s,
        charger.ready_at_s,
        charger.signs_until_s,
        charger.restart_at_s,
        charger.card_list.wake_at_s,
    )
    times += [time for time in own if time is not None]
    return min(times, default=inf)


def _changes_nothing(charger: Charger, event: Heartbeat | StatusNotified, now: Moment) -> bool:
    """Most of what a charger says, all day: it is there, and its connector is as it was."""
    if event.link != charger.link or not charger.registered:
        return False
    if charger.due_at_s <= now.monotonic_s or charger.clock is not now.clock:
        return False
    if isinstance(event, Heartbeat):
        return True
    connector = charger.connectors.get(event.connector)
    return connector is not None and reports.says_nothing_new(connector, event)


def _dispatch(turn: Turn, event: Event) -> None:  # noqa: C901, PLR0912, PLR0915  one line for each kind of event
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
        case Capped():
            setpoints.capped(turn, event)
        case CallAsked():
            calls.asked(turn, event)
        case ListAsked():
            local_list.asked_anew(turn, event)
        case SecureAsked():
            securing.asked(turn, event)
        case SecuritySet():
            securing.put(turn, event)
        case CertificateIssued():
            securing.certificate_issued(turn, event)
        case CertificateAsked():
            securing.certificate_asked(turn, event)
        case Reconfigured():
            _reconfigured(turn, event)
        case TagBookChanged(book):
            turn.charger = replace(turn.charger, settings=replace(turn.charger.settings, tag_book=book))
        case CardForgotten():
            tags.forget(turn, event)
        case Notified():
            reports.notified(turn, event)
        case Woken():
            pass
        case _:
            assert_never(event)


def _reconfigured(turn: Turn, event: Reconfigured) -> None:
    before, flags_before = turn.charger.settings, turn.charger.flags
    flags = flags_of(event.settings, turn.charger.identity, turn.charger.abilities)
    turn.charger = replace(turn.charger, settings=event.settings, flags=flags)
    turn.everything = True
    if flags != flags_before:
        profiles.begin_anew(turn)
    for connector_id in before.connectors.keys() - event.settings.connectors.keys():
        wishes.give_up(turn, turn.connector(connector_id))
    for connector_id, settings in event.settings.connectors.items():
        connector = turn.charger.connectors.get(connector_id)
        turn.put(Connector(settings) if connector is None else setpoints.resettled(connector, settings))
    if turn.charger.reachable:
        turn.charger = replace(turn.charger, ask_at_s=turn.now.monotonic_s + links.STATUS_AWAITED_FOR_S)
    if before.registration is not event.settings.registration or before.configured != event.settings.configured:
        links.registration_changed(turn)
