"""The state of everything as plain JSON values: what `status` shows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Moment, Value
from knx_ocpp_bridge.daemon.charge_points import outlet_row
from knx_ocpp_bridge.daemon.charge_points.limits_row import decides

Json = dict[str, Any]
Counted = Callable[[ChargerId, ConnectorId], dict[str, Value]]
"""The counters of a connector, or of the charge point (connector 0), as values of their objects."""


def bridge(site: str, now: Moment, knx: Json, ocpp: Json) -> Json:
    """The part of the bridge itself."""
    return {"site": site, "version": __version__, "knx": knx, "ocpp": ocpp, "clock": now.clock.value}


def _nothing(_charger: ChargerId, _connector: ConnectorId) -> dict[str, Value]:
    return {}


def charger(one: Charger, now: Moment, counted: Counted = _nothing) -> Json:
    """One charge point with its connectors; idTags are masked."""
    identity, charger_id = one.identity, one.settings.id
    return {
        "id": one.settings.id,
        "name": one.settings.name,
        "configured": one.settings.configured,
        "online": one.presence.value,
        "linked": one.link is not None,
        "registration": one.settings.registration.value,
        "waits_until": _waits_until(one, now),
        "peer": one.peer,
        "vendor": identity.vendor if identity else "",
        "model": identity.model if identity else "",
        "serial": identity.serial if identity else "",
        "firmware": identity.firmware if identity else "",
        "values": _values(one.connectors[CHARGE_POINT], counted(charger_id, CHARGE_POINT)),
        "connectors": [
            {
                **connector(each, counted(charger_id, number)),
                "armed_until": outlet_row.armed_until(each, now),
                "limit": decides(one, each),
                "can": outlet_row.can(one, each),
                "currents": outlet_row.currents(each),
                "energy": outlet_row.energy(each),
            }
            for number, each in sorted(one.connectors.items())
            if number != CHARGE_POINT
        ],
    }


def _waits_until(one: Charger, now: Moment) -> str | None:
    """When one that is connected and has not been served yet is served at the latest, in whole seconds of UTC."""
    waits = one.link is not None and not one.registered and one.presence is not Presence.ONLINE
    if not waits or one.presence_at_s is None or one.settings.registration is not Registration.ACCEPTED:
        return None
    until = now.utc + timedelta(seconds=max(0.0, one.presence_at_s - now.monotonic_s) + 0.5)
    return until.isoformat(timespec="seconds").replace("+00:00", "Z")


def connector(one: Connector, counted: dict[str, Value]) -> Json:
    """One outlet: the values the building was told, its counters as they are, and the open transaction."""
    return {
        "id": int(one.id),
        "values": _values(one, counted),
        "reserved": one.wishes.reserved,
        "armed": one.start is not None,
        "transaction": _transaction(one.transaction) if one.transaction is not None else None,
    }


def _values(one: Connector, counted: dict[str, Value]) -> Json:
    return {key: plain(value) for key, value in {**one.said, **counted}.items()}


def _transaction(one: Transaction) -> Json:
    return {
        "id": int(one.id),
        "id_tag": masked(one.id_tag),
        "accepted": one.accepted,
        "started_at": plain(one.started_at),
        "meter_start_wh": one.meter_start_wh,
    }


def plain(value: Value) -> bool | int | float | str:
    """As JSON can say it."""
    return value.isoformat() if isinstance(value, datetime) else value
