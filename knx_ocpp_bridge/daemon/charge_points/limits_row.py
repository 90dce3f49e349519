"""The limits of a connector as plain JSON values."""

from datetime import datetime, timedelta
from math import inf
from typing import Any, Final, assert_never

from knx_ocpp_bridge.core import limit_stack
from knx_ocpp_bridge.core.commands import ChangeAvailability, ChangeConfiguration, GetConfiguration, SetProfile
from knx_ocpp_bridge.core.connector import Connector, LimitCommand, Slot
from knx_ocpp_bridge.core.limit_stack import KnownLimit
from knx_ocpp_bridge.core.profiles import is_settled, wanted
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.core.ways import can_limit
from knx_ocpp_bridge.ocpp.measurands import Measured
from knx_ocpp_bridge.ocpp.v16.coerce import number

Json = dict[str, Any]

_DEFAULT: Final = "default"
_TRANSACTION: Final = "transaction"


def decides(charger: Charger, connector: Connector) -> Json:
    """The limit that wins, and the current that it makes."""
    winner = limit_stack.winner(charger, connector)
    return {"wanted_a": winner.current_a, **limit(winner)}


def row(charger: Charger, connector: Connector, offered: Measured | None, now: Moment) -> Json:
    """Everything that is known of why this connector may take what it may take."""
    reading = connector.reading
    return {
        "connector": int(connector.id),
        "configured": connector.id in charger.settings.connectors,
        "wanted_a": wanted(charger, connector).current_a,
        "in_force_a": connector.in_force_a if can_limit(charger) else None,
        "settled": is_settled(charger, connector),
        "can_limit": can_limit(charger),
        "linked": charger.link is not None,
        "limits": [limit(one) for one in limit_stack.stack(charger, connector)],
        "orders": orders(connector, now),
        "charging": connector.transaction is not None and connector.active,
        "current_a": reading.current_a,
        "power_w": reading.power_w,
        "disobeys": connector.disobeys,
        "offered_a": None if offered is None else number(offered.value),
        "offered_at": None if offered is None else _stamp(offered.heard_at),
    }


def limit(one: KnownLimit) -> Json:
    """One limit; `kind` is a word of `core.status.LimitReason`, `origin` one of `core.events.Origin` or None."""
    return {
        "value_a": one.value_a,
        "kind": one.kind.name.lower(),
        "origin": None if one.origin is None else one.origin.value,
        "source": one.source,
        "since": None if one.since is None else _stamp(one.since),
        "until": None if one.until is None else _stamp(one.until),
        "counts": one.counts,
        "wins": one.wins,
        "words": one.words,
    }


def orders(connector: Connector, now: Moment) -> list[Json]:
    """The last thing that the charger was told by the bridge for its transaction, and as the default."""
    slots = ((_TRANSACTION, connector.tx), (_DEFAULT, connector.default))
    return [_order(name, slot, now) for name, slot in slots if slot.sent is not None]


def _order(name: str, slot: Slot, now: Moment) -> Json:
    """The last thing that the charger was told, and what became of it."""
    ago = timedelta(seconds=max(0.0, now.monotonic_s - slot.sent_at_s))
    return {
        "of": name,
        "value_a": slot.sent_a,
        **(_told(slot.sent) if slot.sent is not None else {}),
        "at": _stamp(now.utc - ago),
        "ends_at": _ends(slot, now),
        "state": _state(slot),
        "answer": slot.answer,
        "confirmed_a": slot.confirmed_a,
        "tries": slot.tries,
    }


def _ends(slot: Slot, now: Moment) -> str | None:
    """When what is confirmed ends by itself, unless it is renewed; None: it does not."""
    if slot.ends_at_s == inf:
        return None
    return _stamp(now.utc + timedelta(seconds=slot.ends_at_s - now.monotonic_s))


def _told(sent: LimitCommand) -> Json:
    match sent:
        case SetProfile():
            where = "" if sent.transaction is None else f", transaction {sent.transaction}"
            what = f"{sent.purpose.value} {sent.limit:g} {sent.unit.value}, connector {sent.connector}{where}"
            return {"action": "SetChargingProfile", "what": what}
        case ChangeConfiguration(key, value):
            return {"action": "ChangeConfiguration", "what": f"{key} = {value}"}
        case GetConfiguration(keys):
            return {"action": "GetConfiguration", "what": ", ".join(keys)}
        case ChangeAvailability():
            return {"action": "ChangeAvailability", "what": "Operative" if sent.operative else "Inoperative"}
        case _:
            assert_never(sent)


def _state(slot: Slot) -> str:
    if slot.awaited:
        return "awaited"
    if slot.confirmed_a == slot.sent_a:
        return "doubtful" if slot.doubtful else "confirmed"
    return "not confirmed"


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
