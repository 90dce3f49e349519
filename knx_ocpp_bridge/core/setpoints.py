"""Wishes about the current: kept at once, told when the charger has accepted them."""

from typing import Final

from knx_ocpp_bridge.core import abilities, limits
from knx_ocpp_bridge.core.connector import Connector, LimitWish, Reminder, Slot, Wisher, Wishers
from knx_ocpp_bridge.core.events import Capped, Wished
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.profiles import in_words, is_settled, wanted_a
from knx_ocpp_bridge.core.refusals import LIMIT_BY
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.turn import Turn, with_reminder
from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.core.ways import can_limit

_LIMIT_AWAITED_FOR_S: Final = 120.0


def unreachable(charger: Charger) -> str:
    """Why this charger cannot be told anything."""
    if charger.link is None:
        return "the charger is not connected"
    return "the charger is connected, but it has not been admitted yet"


def set_limit(turn: Turn, connector: Connector, event: Wished, wishes: Wishes) -> None:
    """A new wish about the current: kept at once, told when the charger has accepted it."""
    if turn.charger.way == 0 and turn.charger.abilities.get(LIMIT_BY) == "none":
        # It is not asked again by itself, but a person may find out whether that still holds.
        abilities.learn(turn, LIMIT_BY, "")
    if not can_limit(turn.charger):
        reason = "this charger accepts no charging profile; it cannot be limited"
        turn.fail(connector.id, event.key, event.number, CommandResult.NOT_SUPPORTED, reason)
        return
    pending = connector.limit or LimitWish(0, "", connector.wishes, connector.wishers)
    wanted = replace(
        connector,
        wishes=wishes,
        wishers=_wishers(turn, connector, event, wishes),
        limit=None,
        default=_awake(connector.default),
        tx=_awake(connector.tx),
    )
    if limits.wanted(connector.settings, wishes, turn.charger.flags).current_a == 0.0:
        # One that has refused 0 A is asked again where a person wants it.
        wanted = replace(wanted, default=replace(wanted.default, no_zero=""), tx=replace(wanted.tx, no_zero=""))
    limit_a = wanted_a(turn.charger, wanted)
    if connector.limit is not None:
        turn.verdict(connector.limit.number, CommandResult.REJECTED, "a newer wish replaced this one")
    if is_settled(turn.charger, wanted):
        turn.keep(wanted)
        turn.nothing_new(connector.id, event.key, event.number, in_words(turn.charger, wanted))
    elif not turn.charger.reachable:
        turn.keep(wanted)
        reason = f"{unreachable(turn.charger)}; {limit_a:g} A will be set when it is back"
        turn.fail(connector.id, event.key, event.number, CommandResult.OFFLINE, reason)
    else:
        reminders = with_reminder(wanted.reminders, Reminder.LIMIT_ENDS, turn.now.monotonic_s + _LIMIT_AWAITED_FOR_S)
        wish = LimitWish(event.number, event.key, pending.before, pending.before_by)
        turn.keep(replace(wanted, limit=wish, reminders=reminders))


def _wishers(turn: Turn, connector: Connector, event: Wished, wishes: Wishes) -> Wishers:
    """Who said a value first keeps it, however often it is said again."""
    since = turn.now.utc if turn.now.clock is Clock.SANE else None
    before, known, now = connector.wishes, connector.wishers, Wisher(event.origin, event.source, since)
    return Wishers(
        known.limit if wishes.limit_a == before.limit_a else now,
        known.fast if _mode(wishes) == _mode(before) else now,
        known.pause if wishes.paused == before.paused else now,
    )


def _mode(wishes: Wishes) -> tuple[object, ...]:
    return wishes.fast, wishes.mode, wishes.session_mode


def _awake(slot: Slot) -> Slot:
    """What was refused or not answered before may be tried at once."""
    return replace(slot, rests_until_s=0.0, tries=0) if slot.tries else slot


def limit_ends(turn: Turn, connector: Connector) -> None:
    """Nobody waits for ever: the limit stays wanted, and whoever wished for it hears that it is not in force."""
    wish = connector.limit
    if wish is None:
        return
    turn.put(replace(connector, limit=None))
    reason = "the charger has not confirmed the limit yet; it is tried again"
    turn.fail(connector.id, wish.key, wish.number, CommandResult.TIMED_OUT, reason)


def resettled(connector: Connector, settings: ConnectorSettings) -> Connector:
    """The connector with other settings; in another circuit only what lasts holds until the site has looked at it."""
    if settings.circuit == connector.settings.circuit:
        return replace(connector, settings=settings)
    lasting = tuple(cap for cap in connector.caps if cap.lasting)
    return replace(connector, settings=settings, caps=lasting, capped=False)


def capped(turn: Turn, event: Capped) -> None:
    """The site has decided: what it says holds from now on."""
    connector = turn.charger.connectors.get(event.connector)
    if connector is None:
        return
    urgent = event.urgent or connector.urgent
    turn.put(replace(connector, caps=event.caps, capped=True, phases_wanted=event.phases, urgent=urgent))
