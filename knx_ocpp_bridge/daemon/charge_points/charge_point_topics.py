"""The topics about a charge point's limits, measurands and last day, and about the way to dial here."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.daemon import details
from knx_ocpp_bridge.daemon.charge_points import dialling, limits_row, past_day
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic, found
from knx_ocpp_bridge.ocpp import measurands
from knx_ocpp_bridge.ocpp.measurands import METER_VALUES, Measured
from knx_ocpp_bridge.pki.names import of_this_machine

_MOST_FRAMES: Final = 100
"""Messages with meter values that are read for one look."""
_NEWEST_FRAMES: Final = 20
"""Where the newest value of one measurand is enough."""


def _limits(sources: Sources, charger: str, _given: Given) -> Listing:
    charger_id = found(sources.roster, charger)
    one = sources.roster.charger(charger_id)
    measured, now = _measured(sources, charger_id, _NEWEST_FRAMES), sources.machine.clock.moment()
    return Listing(
        tuple(
            limits_row.row(
                one,
                connector,
                measurands.offered_a(each for each in measured if each.connector == number),
                now,
            )
            for number, connector in sorted(one.connectors.items())
            if number != CHARGE_POINT
        )
    )


def _measurands(sources: Sources, charger: str, _given: Given) -> Listing:
    charger_id = found(sources.roster, charger)
    return Listing(tuple(_plain(one) for one in _measured(sources, charger_id, _MOST_FRAMES)))


def _past_day(sources: Sources, charger: str, given: Given) -> Listing:
    charger_id = found(sources.roster, charger)
    outlets = [int(each) for each in sources.roster.charger(charger_id).connectors if each != CHARGE_POINT]
    now = sources.machine.clock.moment().utc
    return Listing(tuple(past_day.rows(sources.books.history, charger_id, outlets, now, given["hours"])))


def _dialling(sources: Sources, _charger: str, _given: Given) -> Listing:
    ocpp = sources.machine.loaded().bridge.ocpp
    return Listing(tuple(dialling.rows(ocpp, of_this_machine(), tls=sources.books.authority is not None)))


def _fleet(sources: Sources, _charger: str, _given: Given) -> Listing:
    configured = (actor.charger for actor in sources.roster.actors.values() if actor.charger.settings.configured)
    return Listing(tuple(details.fleet(one, sources.books.trace.last_at(one.settings.id)) for one in configured))


def _measured(sources: Sources, charger: str, most_frames: int) -> list[Measured]:
    return measurands.newest(sources.books.trace.newest_calls(charger, METER_VALUES, most_frames))


def _plain(one: Measured) -> dict[str, Any]:
    heard_at = one.heard_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**asdict(one), "connector": int(one.connector), "heard_at": heard_at}


TOPICS: Final[Mapping[str, Topic]] = {
    "limits": Topic(_limits, {}, charger=True),
    "measurands": Topic(_measurands, {}, charger=True),
    "past_day": Topic(_past_day, {"hours": Option(int, 24, 1, past_day.MOST_HOURS)}, charger=True),
    "fleet": Topic(_fleet, {}),
    "dialling": Topic(_dialling, {}),
}
"""`limits`: every known limit of each connector and the one that decides; `measurands`: the newest value of each
combination of measurand, phase, location, context, unit and format, as sent; `past_day`: power and current in steps of
5 minutes; `fleet`: when each configured charger was heard last, and how it is secured; `dialling`: the URLs for
chargers, the most likely one first."""
