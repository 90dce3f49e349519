"""Starts and stops that somebody wished for: armed, asked, promised, taken back, failed."""

from typing import Final, assert_never

from knx_ocpp_bridge.core import asking, tags
from knx_ocpp_bridge.core.authorization import card_of
from knx_ocpp_bridge.core.commands import RemoteStart
from knx_ocpp_bridge.core.connector import Connector, Reminder, StartStage, StartWish
from knx_ocpp_bridge.core.events import Origin, Outcome, Replied, Wished
from knx_ocpp_bridge.core.facts import StartedBy
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.setpoints import set_limit
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, Registration, RemoteStartWhen, Tag
from knx_ocpp_bridge.core.status import MEANING, CommandResult, ConnectorStatus, ocpp_word
from knx_ocpp_bridge.core.step import AuthorizationStatus, Level
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import IdTag

KEY: Final = "charging"
_NOT_STARTED: Final = {
    StartStage.ARMED: "no cable was plugged in",
    StartStage.PROMISED: "the charger accepted, but never started",
}
_STARTED_BY: Final = {
    Origin.KNX: StartedBy.WALL_SWITCH,
    Origin.CLI: StartedBy.COMMAND_LINE,
    Origin.PAGE: StartedBy.PAGE,
    Origin.API: StartedBy.API,
    Origin.BRIDGE: StartedBy.PLUG,
}


def start(turn: Turn, connector: Connector, event: Wished) -> None:
    """1 on `charging`: sent, kept for the cable, refused, or no news."""
    transaction = connector.transaction
    if (transaction is not None and transaction.accepted) or charges_without_transaction(connector):
        _go_on(turn, connector, event)
        return
    refusal = _refusal(turn, connector, event)
    if refusal:
        turn.fail(connector.id, KEY, event.number, CommandResult.NOT_ALLOWED_NOW, refusal)
        return
    if connector.start is not None:
        _press_again(turn, connector, connector.start, event)
        return
    if connector.stops_by_pause and connector.wishes.paused:
        connector = replace(connector, wishes=replace(connector.wishes, paused=False))
    wish = StartWish(event.number, event.id_tag or turn.charger.tag, StartStage.ARMED, event.origin)
    ends_s = turn.now.monotonic_s + connector.settings.start_window_s
    if not _may_be_asked(turn, connector):
        _armed(turn, connector, event.number)
        wish = replace(wish, number=0)
    turn.keep(replace(connector, start=wish, reminders=with_reminder(connector.reminders, Reminder.START_ENDS, ends_s)))


def take_back(turn: Turn, connector: Connector, event: Wished) -> None:
    """0 on `charging` before it has begun: nothing starts, and what the charger still starts is stopped."""
    wish = connector.start
    if wish is None:
        return
    if wish.stage is StartStage.ARMED:
        after = replace(connector, start=None, reminders=without(connector.reminders, Reminder.START_ENDS))
    else:
        after = replace(connector, start=replace(wish, number=0, cancelled=True))
    turn.put(after)
    turn.verdict(wish.number, CommandResult.REJECTED, "the start was taken back")
    turn.nothing_new(connector.id, KEY, event.number, "the start was taken back")


def ask_when_ready(turn: Turn, connector: Connector) -> None:
    """Send the start that waited, as soon as the cable is in (or at once, by setting)."""
    wish = connector.start
    if wish is None or wish.stage is not StartStage.ARMED or not _may_be_asked(turn, connector):
        return
    without = wish.without_connector or turn.charger.flags.start_without_connector
    turn.put(replace(connector, start=replace(wish, stage=StartStage.ASKED, without_connector=without)))
    turn.commands.append(RemoteStart(None if without else connector.id, wish.id_tag))


def start_answered(turn: Turn, connector: Connector, event: Replied) -> None:
    """The charger's answer to RemoteStartTransaction (rows T18, T19)."""
    wish = connector.start
    if wish is None or wish.stage is not StartStage.ASKED:
        return
    if event.outcome is Outcome.ANSWERED and event.status == "Accepted":
        turn.put(replace(connector, start=replace(wish, number=0, stage=StartStage.PROMISED)))
        if not wish.cancelled:
            turn.succeed(connector.id, wish.number, "the charger accepted the start")
        return
    if event.outcome in {Outcome.TIMED_OUT, Outcome.LOST}:
        # It may have been heard: what starts within the window is ours, but the switch is told now.
        turn.put(replace(connector, start=replace(wish, number=0, stage=StartStage.UNSURE, told=True)))
        if not wish.cancelled:
            turn.fail(connector.id, KEY, wish.number, CommandResult.TIMED_OUT, "the charger did not answer the start")
        return
    if wish.cancelled:
        turn.put(_dropped(connector))
        return
    if not wish.without_connector and event.status == "Rejected" and len(turn.outlets()) == 1:
        turn.put(replace(connector, start=replace(wish, stage=StartStage.ASKED, without_connector=True)))
        turn.commands.append(RemoteStart(None, wish.id_tag))
        return
    turn.put(_dropped(connector))
    refused = event.outcome is Outcome.NOT_SUPPORTED
    result = CommandResult.NOT_SUPPORTED if refused else CommandResult.REJECTED
    turn.fail(connector.id, KEY, wish.number, result, f"the charger refused the start{_why(event)}")
    if event.status == "Rejected":
        asking.start_refused(turn, turn.connector(connector.id))


def started_by(turn: Turn, connector: Connector, id_tag: IdTag) -> StartedBy:
    """Who began the transaction that begins here with this tag: whoever's wish is pending, else the card itself."""
    for asked in (connector, *turn.outlets()):
        wish = asked.start
        ours = wish is not None and wish.stage is not StartStage.ARMED
        here = wish is not None and (asked.id == connector.id or wish.without_connector)
        if wish is not None and ours and here and tags.fits(turn.charger, id_tag, wish.id_tag):
            return _STARTED_BY[wish.origin]
    return StartedBy.CARD if id_tag and not tags.is_own(turn.charger, id_tag) else StartedBy.UNKNOWN


def start_ends(turn: Turn, connector: Connector) -> None:
    """The start window is over: a start that has not led to a transaction has failed, unless energy flows."""
    wish = connector.start
    if wish is None:
        return
    turn.put(_dropped(connector))
    if wish.told or wish.cancelled:
        return
    if connector.fresh and connector.active:
        turn.succeed(connector.id, wish.number, "it charges, without a transaction")
        return
    reason = _NOT_STARTED.get(wish.stage, "the charger did not start")
    window = f"within {connector.settings.start_window_s:g} s"
    turn.fail(connector.id, KEY, wish.number, CommandResult.TIMED_OUT, f"{reason} {window}")


def _go_on(turn: Turn, connector: Connector, event: Wished) -> None:
    if connector.wishes.paused and connector.stops_by_pause:
        set_limit(turn, connector, event, replace(connector.wishes, paused=False))
    else:
        turn.nothing_new(connector.id, KEY, event.number, "it charges already")


def charges_without_transaction(connector: Connector) -> bool:
    """It is charging, or paused, without ever having opened a transaction."""
    return connector.charges_freely


def _refusal(turn: Turn, connector: Connector, event: Wished) -> str:
    known = connector.fresh and not connector.wishes.shut  # what was shut is opened first
    status = connector.status if known else None
    if connector.settings.start_requires_cable and status is not ConnectorStatus.PREPARING:
        return "start_requires_cable is set, and the connector is not Preparing"
    if status is not None and not MEANING[status].startable:
        return f"the connector is {ocpp_word(status)}"
    if connector.wishes.reserved:
        return "the connector is reserved"
    return "" if event.id_tag is None else _card_refusal(turn, event.id_tag)


def _card_refusal(turn: Turn, id_tag: IdTag) -> str:
    """Why this card may not charge here; empty: it may."""
    charger = turn.charger
    book = charger.settings.tag_book
    card = card_of(book, tags.booked(charger, id_tag)) or book.tags.get("*")
    match tags.verdict(turn, id_tag).status:
        case AuthorizationStatus.ACCEPTED:
            return ""
        case AuthorizationStatus.EXPIRED:
            return "this card has expired"
        case AuthorizationStatus.BLOCKED if book.mode is AuthorizationMode.BLOCK_LIST:
            return "this card is blocked"
        case AuthorizationStatus.BLOCKED:
            if card is not None and card.chargers and charger.settings.id.casefold() not in card.chargers:
                return "this card may not charge at this charger"
            return "this card has used up its limit of the month"
        case AuthorizationStatus.INVALID:
            return _invalid(charger.settings, card)
        case never:
            assert_never(never)


def _invalid(settings: ChargerSettings, card: Tag | None) -> str:
    if settings.registration is not Registration.ACCEPTED:
        return "the charger is not accepted yet"
    if settings.tag_book.mode is AuthorizationMode.NONE:
        return "no card may charge here"
    return "no card has this id or name" if card is None else "this card is not valid yet"


def _press_again(turn: Turn, connector: Connector, wish: StartWish, event: Wished) -> None:
    ends_s = turn.now.monotonic_s + connector.settings.start_window_s
    anew = replace(connector, reminders=with_reminder(connector.reminders, Reminder.START_ENDS, ends_s))
    if wish.stage is StartStage.ARMED:
        turn.put(anew)
        turn.nothing_new(connector.id, KEY, event.number, "still waiting for the cable; the window begins anew")
        return
    if wish.stage is StartStage.UNSURE:
        turn.verdict(wish.number, CommandResult.REJECTED, "a newer wish replaced this one")
        turn.put(replace(anew, start=StartWish(event.number, wish.id_tag, StartStage.ARMED, event.origin)))
        return
    if wish.cancelled:
        turn.put(replace(anew, start=replace(wish, cancelled=False, told=False)))
    turn.nothing_new(connector.id, KEY, event.number, "the charger has been asked to start already")


def _armed(turn: Turn, connector: Connector, number: int) -> None:
    text = f"waits for the cable, {connector.settings.start_window_s:g} s at most"
    turn.note(Level.INFO, connector.id, f"{KEY}: {text}")
    turn.verdict(number, CommandResult.ACCEPTED, text)


def _may_be_asked(turn: Turn, connector: Connector) -> bool:
    at_once = connector.settings.remote_start_when is RemoteStartWhen.AT_ONCE
    if at_once or not turn.charger.flags.trust_available:
        return not connector.fresh or connector.status is None or MEANING[connector.status].startable
    status = connector.status if connector.fresh else None
    return status is not None and status is not ConnectorStatus.AVAILABLE and MEANING[status].startable


def _dropped(connector: Connector) -> Connector:
    return replace(connector, start=None, reminders=without(connector.reminders, Reminder.START_ENDS))


def _why(event: Replied) -> str:
    return f" ({event.detail or event.status or event.outcome.value})"
