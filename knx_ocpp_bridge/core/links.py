"""Connections of a charger: the newest is the charger, boots, who may be told things, online and offline."""

from datetime import datetime
from typing import Final, get_args

from knx_ocpp_bridge.core import asking, by_hand, calls, local_list, profiles, securing
from knx_ocpp_bridge.core.abilities import flags_of
from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage
from knx_ocpp_bridge.core.events import (
    BootNotified,
    ByOthers,
    Event,
    LinkClosed,
    LinkOpened,
)
from knx_ocpp_bridge.core.facts import AbilityLearned, IdentityLearned
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import AlarmKind, BootAnswer, Level
from knx_ocpp_bridge.core.turn import Turn, without
from knx_ocpp_bridge.core.values import Clock

_SILENT_LINK_IS_A_CHARGER_AFTER_S: Final = 10.0
"""A charger that reconnects may say nothing for long: its connection alone is then believed (row B1)."""
STATUS_AWAITED_FOR_S: Final = 5.0
_CLOCK_RETRY_S: Final = 10
_BY_OTHERS: Final = get_args(ByOthers)
_NOT_BY_THE_CHARGER: Final = (LinkOpened, LinkClosed, *_BY_OTHERS)


def is_of_an_older_link(charger: Charger, event: Event) -> bool:
    """True for an event that came by a connection which is not the charger's newest any more."""
    if isinstance(event, LinkOpened):
        return charger.newest_link is not None and event.link <= charger.newest_link
    return not isinstance(event, ByOthers) and event.link != charger.link


def opened(turn: Turn, event: LinkOpened) -> None:
    """A new connection replaces an old one at once, and the building sees nothing of it."""
    charger = turn.charger
    if charger.link is not None:
        _note_takeover(turn, event)
        _lose_what_was_asked(turn)
    else:
        turn.note(Level.INFO, None, f"connected from {event.peer}")
    securing.come_back(turn, event.proof)
    registration, _ = _registration(turn)
    turn.charger = replace(
        turn.charger,
        link=event.link,
        newest_link=event.link,
        peer=event.peer,
        proof=event.proof,
        registered=False,
        expected=charger.identity is not None and registration is Registration.ACCEPTED,
        linked_at_s=turn.now.monotonic_s,
        presence_at_s=turn.now.monotonic_s + _SILENT_LINK_IS_A_CHARGER_AFTER_S,
        ask_at_s=None,
        ready_at_s=None,
    )


def closed(turn: Turn, event: LinkClosed) -> None:
    """The connection is gone; the building is told after `offline_after`, if nothing comes back before."""
    turn.note(Level.INFO, None, f"disconnected: {event.reason}")
    _lose_what_was_asked(turn)
    charger = turn.charger
    waits = None if charger.presence is Presence.OFFLINE else turn.now.monotonic_s + charger.settings.offline_after_s
    turn.charger = replace(charger, link=None, registered=False, presence_at_s=waits, ask_at_s=None, ready_at_s=None)


def spoken(turn: Turn, event: Event) -> None:
    """Any request or reply shows that the charger is there (rows B1, B21)."""
    if turn.charger.registered or isinstance(event, _NOT_BY_THE_CHARGER):
        return
    if not isinstance(event, BootNotified) and not asking.says_nothing_of_itself(event):
        _without_a_boot(turn)


def booted(turn: Turn, event: BootNotified) -> None:
    """Answered as the configuration and the clock allow; an accepted boot makes all profiles doubtful."""
    _learn(turn, event)
    registration, interval_s = _registration(turn)
    turn.reply(event, BootAnswer(registration, interval_s, turn.now.utc))
    if registration is not Registration.ACCEPTED:
        _lose_what_was_asked(turn)
        turn.charger = replace(turn.charger, registered=False, expected=False)
        return
    for connector in list(turn.charger.connectors.values()):
        turn.put(
            replace(
                connector,
                # With a transaction open, even the state of before is news: the car may be gone (row B13).
                fresh=connector.fresh and turn.charger.presence is Presence.ONLINE and connector.transaction is None,
                default=profiles.booted(connector.default),
                tx=profiles.booted(connector.tx),
                reserved=False,
                reminders=without(connector.reminders, Reminder.RENEW),
            )
        )
    by_hand.booted(turn)
    # Whatever way of limiting it refused before it restarted may be tried once more.
    turn.charger = replace(turn.charger, way=0)
    arrive(turn)


def registration_changed(turn: Turn) -> None:
    """A charger that was adopted is asked to boot at once, and believed when it speaks again; what is wished waits for
    that. One that was put away is told nothing more.
    """
    charger = turn.charger
    if charger.link is None:
        return
    if charger.settings.registration is Registration.ACCEPTED:
        again_s = charger.settings.pending_retry_interval_s + _SILENT_LINK_IS_A_CHARGER_AFTER_S
        turn.charger = replace(
            charger, presence_at_s=turn.now.monotonic_s + again_s, expected=charger.identity is not None
        )
        if not charger.registered and turn.now.clock is not Clock.WAITING:
            asking.ask_for_a_boot(turn)
    else:
        _lose_what_was_asked(turn)
        turn.charger = replace(turn.charger, registered=False, expected=False, ask_at_s=None, ready_at_s=None)


def presence_due(turn: Turn) -> None:
    """The time that `presence_at_s` names has come."""
    charger = turn.charger
    turn.charger = replace(charger, presence_at_s=None)
    why = "no connection"
    if charger.link is not None:
        if not charger.registered:
            _without_a_boot(turn)
        if turn.now.clock is Clock.WAITING:
            turn.charger = replace(turn.charger, presence_at_s=turn.now.monotonic_s + _CLOCK_RETRY_S)
        if turn.charger.registered or turn.now.clock is Clock.WAITING or charger.presence is Presence.OFFLINE:
            return
        told_s = charger.linked_at_s + charger.settings.offline_after_s
        if turn.now.monotonic_s < told_s:
            turn.charger = replace(turn.charger, presence_at_s=told_s)
            return
        why = f"it is connected, but its registration is {charger.settings.registration.value}"
    turn.charger = replace(turn.charger, presence=Presence.OFFLINE)
    text = f"offline for {charger.settings.offline_after_s:g} s: {why}"
    # One that has never come is not missed: it may not be mounted yet.
    if charger.settings.configured and (charger.presence is Presence.ONLINE or charger.identity is not None):
        turn.alarm(AlarmKind.OFFLINE, None, text)
    elif charger.settings.configured:
        turn.note(Level.WARNING, None, text)
    for connector in list(turn.charger.connectors.values()):
        # Which car is plugged in when it is back, nobody can know.
        turn.put(replace(connector, fresh=False, session=None))
    for connector in turn.outlets():
        _give_up_start(turn, connector)


def arrive(turn: Turn) -> None:
    """From here on the charger may be told things."""
    charger = turn.charger
    if charger.presence is not Presence.ONLINE and charger.settings.configured:
        # The first time after a start of the bridge, too: it may have been away before.
        turn.alarm(AlarmKind.OFFLINE, None, "online", over=True)
    turn.charger = replace(
        charger,
        registered=True,
        arrived_at_s=charger.arrived_at_s if charger.registered else turn.now.monotonic_s,
        there_since=_there_since(turn),
        presence=Presence.ONLINE,
        presence_at_s=None,
        ask_at_s=turn.now.monotonic_s + STATUS_AWAITED_FOR_S,
        ready_at_s=charger.ready_at_s or turn.now.monotonic_s + charger.flags.settle_s,
    )
    if not charger.registered:
        for connector in turn.outlets():
            turn.put(profiles.told_again(connector))
    local_list.arrived(turn)


def _there_since(turn: Turn) -> datetime | None:
    if turn.charger.presence is Presence.ONLINE:
        return turn.charger.there_since
    return turn.now.utc if turn.now.clock is Clock.SANE else None


def _without_a_boot(turn: Turn) -> None:
    registration, _ = _registration(turn)
    if registration is Registration.ACCEPTED:
        arrive(turn)


def _registration(turn: Turn) -> tuple[Registration, int]:
    settings = turn.charger.settings
    if turn.now.clock is Clock.WAITING:
        # currentTime sets the charger's clock, so it waits rather than learn a wrong one.
        return Registration.PENDING, _CLOCK_RETRY_S
    if settings.registration is Registration.ACCEPTED:
        return Registration.ACCEPTED, settings.heartbeat_interval_s
    return settings.registration, settings.pending_retry_interval_s


def _learn(turn: Turn, event: BootNotified) -> None:
    known = turn.charger.identity
    identity = event.identity
    turn.note(
        Level.INFO,
        None,
        f"boot: {identity.vendor or '?'} {identity.model or '?'}, firmware {identity.firmware or '?'}",
    )
    if known == identity:
        return
    turn.facts.append(IdentityLearned(identity))
    abilities = turn.charger.abilities
    if known is not None and known.firmware != identity.firmware:
        # Another firmware may do what the old one refused.
        turn.facts.extend(AbilityLearned(name, "") for name in abilities)
        abilities = {}
        turn.charger = replace(turn.charger, way=0, asked=frozenset())
    flags = flags_of(turn.charger.settings, identity, abilities)
    turn.charger = replace(turn.charger, identity=identity, abilities=abilities, flags=flags)


def _note_takeover(turn: Turn, event: LinkOpened) -> None:
    old = turn.charger.peer
    if old == event.peer:
        turn.note(Level.INFO, None, f"connected again from {event.peer} before the old connection was gone")
        return
    words = f"{event.peer} dials in with this id while {old} is connected"
    turn.note(Level.WARNING, None, f"{words}: if these are two chargers, give one of them another id")


def _lose_what_was_asked(turn: Turn) -> None:
    """Replies to what was asked on the old link will never come; what is only unconfirmed is asked again."""
    profiles.dropped(turn)
    for connector in list(turn.charger.connectors.values()):
        start, stop = connector.start, connector.stop
        if start is not None and start.stage is StartStage.ASKED:
            # The charger may have heard it and start: the window decides.
            start = replace(start, stage=StartStage.UNSURE)
        if stop is not None and not stop.answered:
            stop = replace(stop, asked=False)
        turn.put(
            replace(
                connector,
                start=start,
                stop=stop,
                limit=None,
                default=profiles.unanswered(connector, connector.default),
                tx=profiles.unanswered(connector, connector.tx),
            )
        )
        if connector.limit is not None:
            reason = "the connection was lost before the charger confirmed it; it is set when the charger is back"
            turn.fail(connector.id, connector.limit.key, connector.limit.number, CommandResult.OFFLINE, reason)
    errands = turn.charger.errands
    turn.charger = replace(turn.charger, errands=(), states_asked=frozenset())
    reason = "the connection was lost before the charger answered"
    calls.lost(turn, errands, reason)
    securing.interrupted(turn, reason)
    for errand in errands:
        for waiter in errand.waiters if errand.key != calls.KEY else ():
            turn.fail(waiter.connector, errand.key, waiter.number, CommandResult.OFFLINE, reason)


def _give_up_start(turn: Turn, connector: Connector) -> None:
    wish = connector.start
    if wish is None:
        return
    turn.put(replace(connector, start=None, reminders=without(connector.reminders, Reminder.START_ENDS)))
    if not wish.told and not wish.cancelled:
        turn.fail(connector.id, "charging", wish.number, CommandResult.OFFLINE, "the charger went offline")
