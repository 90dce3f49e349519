"""What the building wants: each receiving group object, and when it is refused at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from knx_ocpp_bridge.core import escalation, limits, modes, session_wishes, starting, stopping
from knx_ocpp_bridge.core.commands import (
    CancelReservation,
    ChangeAvailability,
    ClearCache,
    Command,
    ReserveNow,
    Reset,
    UnlockConnector,
)
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.setpoints import set_limit, unreachable
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.state import Errand, Waiter
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId
from knx_ocpp_bridge.core.ways import can_limit

_MOST_ERRANDS: Final = 16
_MOST_WAITERS: Final = 64
RESERVED_FOR: Final = timedelta(hours=1)
_OCTET: Final = range(256)
_CURRENTS: Final = ("max_current", "fast_charging", "pause", "charge_mode", *modes.BY_KEY)
_SETPOINTS: Final = frozenset((*_CURRENTS, *session_wishes.ROWS))
"""Wishes that outlive the moment: they are kept while the charger is away and come into force when it is back."""
_ON_THE_CHARGE_POINT: Final = frozenset({"availability", "reset", "hard_reset", "clear_cache"})


def wished(turn: Turn, event: Wished) -> None:
    """A wish is carried out, kept, or refused with a reason; its object tells the truth in every case."""
    row = CATALOGUE.get(event.key)
    handler = _HANDLERS.get(event.key)
    if handler is None:
        turn.fail(event.connector, event.key, event.number, CommandResult.REJECTED, "nothing can be commanded here")
        return
    if row is not None and row.acts_on_one_only and not event.value:
        turn.verdict(event.number, CommandResult.ACCEPTED, "only a 1 acts here")
        return
    if event.connector == CHARGE_POINT and event.key not in _ON_THE_CHARGE_POINT:
        turn.fail(event.connector, event.key, event.number, CommandResult.REJECTED, "only a connector can do this")
        return
    source = f" ({event.source})" if event.source else ""
    turn.note(Level.INFO, event.connector, f"{event.key} {_shown(event)} from {event.origin.value}{source}")
    if event.key not in _SETPOINTS and not turn.charger.reachable:
        turn.fail(event.connector, event.key, event.number, CommandResult.OFFLINE, unreachable(turn.charger))
        return
    if event.connector != CHARGE_POINT and event.connector not in turn.charger.settings.connectors:
        reason = "this connector is not in the configuration"
        turn.fail(event.connector, event.key, event.number, CommandResult.REJECTED, reason)
        return
    handler(turn, turn.charger.connectors[event.connector], event)


def run_errand(turn: Turn, connector: Connector, event: Wished, command: Command) -> None:
    """Ask the charger once; what becomes of it is told when it answers.

    The same command that is still on its way is joined: one telegram on an address that several connectors share
    gives one call.
    """
    errands = turn.charger.errands
    waiter = Waiter(connector.id, event.number)
    last = next(
        (errand for errand in reversed(errands) if errand.key == event.key and _same_place(errand, command)), None
    )
    if last is not None and last.command == command and len(last.waiters) < _MOST_WAITERS:
        joined = replace(last, waiters=(*last.waiters, waiter))
        turn.charger = replace(turn.charger, errands=tuple(joined if one is last else one for one in errands))
        return
    if len(errands) >= _MOST_ERRANDS:
        reason = "too many commands are waiting for this charger"
        turn.fail(connector.id, event.key, event.number, CommandResult.NOT_ALLOWED_NOW, reason)
        return
    errand = Errand(connector.id, event.key, command, (waiter,))
    turn.charger = replace(turn.charger, errands=(*errands, errand))


def _same_place(errand: Errand, command: Command) -> bool:
    """Both commands act on the same connector, or both on the whole charge point."""
    place: ConnectorId = getattr(command, "connector", CHARGE_POINT)
    other: ConnectorId = getattr(errand.command, "connector", CHARGE_POINT)
    return place == other


def give_up(turn: Turn, connector: Connector) -> None:
    """The connector was taken out of the configuration: nothing is wanted of it any more."""
    reminders = without(connector.reminders, Reminder.START_ENDS, Reminder.LIMIT_ENDS, Reminder.RENEW)
    turn.put(replace(connector, settings=ConnectorSettings(connector.id), start=None, limit=None, reminders=reminders))
    for wish in (connector.start, connector.limit):
        if wish is not None:
            turn.verdict(wish.number, CommandResult.REJECTED, "the connector was taken out of the configuration")


def _charging(turn: Turn, connector: Connector, event: Wished) -> None:
    if event.value:
        starting.start(turn, escalation.commanded(turn, connector), event)
        return
    if connector.start is not None:
        starting.take_back(turn, connector, event)
    elif connector.transaction is not None and not (connector.stops_by_pause and can_limit(turn.charger)):
        stopping.stop(turn, connector, event)
    elif connector.transaction is not None or starting.charges_without_transaction(connector):
        # Without a transaction there is nothing that RemoteStopTransaction could name: 0 A stops the car.
        set_limit(turn, connector, event, replace(connector.wishes, paused=True))
    else:
        turn.nothing_new(connector.id, event.key, event.number, "it does not charge")


def _max_current(turn: Turn, connector: Connector, event: Wished) -> None:
    limit_a = limits.received(event.value)
    if limit_a is None:
        reason = f"{event.value} A is no current limit; send 0 A or more"
        turn.fail(connector.id, event.key, event.number, CommandResult.REJECTED, reason)
        return
    set_limit(turn, connector, event, replace(connector.wishes, limit_a=limit_a))


def _fast_charging(turn: Turn, connector: Connector, event: Wished) -> None:
    chosen = modes.choosing(connector.wishes, ChargeMode.FAST if event.value else ChargeMode.NORMAL)
    set_limit(turn, connector, event, replace(chosen, paused=connector.wishes.paused))


def _pause(turn: Turn, connector: Connector, event: Wished) -> None:
    wishes = connector.wishes if event.value else modes.going_on(connector.settings, connector.wishes)
    set_limit(turn, connector, event, replace(wishes, paused=bool(event.value)))


def _one_mode(turn: Turn, connector: Connector, event: Wished) -> None:
    """1 chooses this mode; 0 goes to normal, unless another mode is chosen already."""
    mode = modes.BY_KEY[event.key]
    if event.value:
        set_limit(turn, connector, event, modes.choosing(connector.wishes, mode))
    elif modes.going_on_in(connector.settings, connector.wishes) is mode:
        set_limit(turn, connector, event, modes.choosing(connector.wishes, ChargeMode.NORMAL))
    else:
        turn.nothing_new(connector.id, event.key, event.number, "another mode is chosen")


def _charge_mode(turn: Turn, connector: Connector, event: Wished) -> None:
    mode = next((one for one in ChargeMode if one == event.value), None)
    if mode is None:
        known = ", ".join(f"{one.value} ({one.name.lower().replace('_', ' ')})" for one in ChargeMode)
        reason = f"{_shown(event)} is no charge mode; send one of {known}"
        turn.fail(connector.id, event.key, event.number, CommandResult.REJECTED, reason)
    elif mode is ChargeMode.OFF:
        set_limit(turn, connector, event, replace(connector.wishes, paused=True))
    else:
        set_limit(turn, connector, event, modes.choosing(connector.wishes, mode))


def _reservation(turn: Turn, connector: Connector, event: Wished) -> None:
    if event.value:
        run_errand(turn, connector, event, reserve_now(turn, connector))
    elif connector.wishes.reserved or connector.status is ConnectorStatus.RESERVED or _reserving(turn, connector):
        turn.keep(replace(connector, wishes=replace(connector.wishes, reserved=False), reserved=False))
        run_errand(turn, turn.connector(connector.id), event, CancelReservation(int(connector.id), connector.id))
    else:
        turn.nothing_new(connector.id, event.key, event.number, "nothing is reserved")


def _reserving(turn: Turn, connector: Connector) -> bool:
    return any(isinstance(one.command, ReserveNow) and one.connector == connector.id for one in turn.charger.errands)


def reserve_now(turn: Turn, connector: Connector) -> ReserveNow:
    """The reservation of this connector; the connector's number is its id, so that sending it again renews it."""
    expiry = turn.now.utc.replace(microsecond=0) + RESERVED_FOR
    return ReserveNow(connector.id, turn.charger.reservation_tag, expiry, int(connector.id))


def _availability(turn: Turn, connector: Connector, event: Wished) -> None:
    connector = escalation.commanded(turn, connector, operative=bool(event.value))
    run_errand(turn, connector, event, ChangeAvailability(connector.id, operative=bool(event.value)))


def _unlock(turn: Turn, connector: Connector, event: Wished) -> None:
    if connector.transaction is not None and not connector.settings.unlock_in_transaction:
        reason = "unlock_in_transaction is refuse, and a transaction is open: stop it first"
        turn.fail(connector.id, event.key, event.number, CommandResult.NOT_ALLOWED_NOW, reason)
        return
    run_errand(turn, connector, event, UnlockConnector(connector.id))


def _reset(turn: Turn, connector: Connector, event: Wished) -> None:
    run_errand(turn, connector, event, Reset(hard=event.key == "hard_reset"))


def _clear_cache(turn: Turn, connector: Connector, event: Wished) -> None:
    run_errand(turn, connector, event, ClearCache())


def _shown(event: Wished) -> str:
    if isinstance(event.value, bool) or (event.key == "charge_mode" and event.value in _OCTET):
        return f"{int(event.value)}"
    return f"{event.value} A" if event.key == "max_current" else f"{event.value}"


_HANDLERS: Final[dict[str, Callable[[Turn, Connector, Wished], None]]] = {
    "charging": _charging,
    "max_current": _max_current,
    "fast_charging": _fast_charging,
    "pause": _pause,
    "charge_mode": _charge_mode,
    **dict.fromkeys(modes.BY_KEY, _one_mode),
    **dict.fromkeys(session_wishes.ROWS, session_wishes.wish),
    "reservation": _reservation,
    "availability": _availability,
    "unlock": _unlock,
    "reset": _reset,
    "hard_reset": _reset,
    "clear_cache": _clear_cache,
}
