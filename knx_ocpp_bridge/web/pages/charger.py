"""One charge point: what it is, what it can do, and how it stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.web.chargers_parts import outlet_values
from knx_ocpp_bridge.web.pages.charger_frame import charger_id, frame
from knx_ocpp_bridge.web.visit import Page, Visit

Row = Mapping[str, Any]

_TAB: Final = "/chargers/{charger}"
_HOUR_S: Final = 3600
_DAY: Final = timedelta(hours=24)
_MOST_CHARGES: Final = 50


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


SOURCES: Final = {"configuration": _("configuration"), "learned": _("its answers"), "brand": _("its brand")}
"""Why a flag is what it is, by `core.abilities.Source`."""
_YES_NO: Final = {"yes": _("yes"), "no": _("no")}
_LEARNED: Final = {
    "reservation": _("Reservation"),
    "unlock": _("Unlocking a connector"),
    "clear_cache": _("Clearing the cache of cards"),
    "local_list": _("Local list of cards"),
}
_WAYS: Final = {
    "tx_default": _("yes, by TxDefaultProfile"),
    "charge_point_max": _("yes, by ChargePointMaxProfile"),
    "tx_default_0": _("yes, by TxDefaultProfile of the whole charge point"),
    "limit_key": _("yes, by a configuration key"),
}


async def _overview(visit: Visit) -> Response:
    asked = charger_id(visit)
    (row,) = (await visit.look("charger", asked)).rows
    days = (await visit.look("past_day", asked)).rows
    context = {
        **frame(visit, row, _TAB),
        "charges": await _charges(visit, row["id"]),
        "outlets": [outlet_values(each) for each in row["connectors"]],
        "days": [_day(visit, each) for each in days if any(value is not None for value in each["power_w"])],
        "abilities": list(_abilities(visit, row)),
        "sources": SOURCES,
    }
    return visit.page("charger_overview.html", context)


async def _charges(visit: Visit, charger: str) -> list[Row]:
    """The transactions of the last 24 hours, the newest first: a short one has no point of its curve to be drawn."""
    since = (visit.website.utc() - _DAY).isoformat()
    found = await visit.look("transactions", charger, since=since, open=True, limit=_MOST_CHARGES, newest=True)
    return [each for each in reversed(found.rows) if each["started_at"] is not None]


def _abilities(visit: Visit, row: Row) -> Iterator[tuple[str, str]]:
    """What it is known to do, each in words."""
    say, known = visit.say, row["abilities"]
    way = row["limited_by"]
    profiles = say(_WAYS[way]) if way else say("no: it takes no limits")
    if way and known.get("limit_by") != way and way != "limit_key":
        profiles = say("not tried yet")
    yield _("Smart Charging"), profiles
    if way:
        yield _("Unit of limits"), row["rate_unit"]
    phases = {str(each["currents"]["phases"]) for each in row["connectors"]}
    yield _("Phases"), ", ".join(sorted(phases)) + " (" + say("as configured") + ")" if phases else "–"
    for name, words in _LEARNED.items():
        yield words, say(_YES_NO[known[name]]) if known.get(name) in _YES_NO else say("not tried yet")
    size = known.get("local_list_limits", "")
    if size:
        yield _("Size of the local list"), size


def _day(visit: Visit, row: Row) -> Row:
    begins_at, step_s, powers, currents = row["begins_at"], row["step_s"], row["power_w"], row["current_a"]
    x = [begins_at + step_s * place for place in range(len(powers))]
    series = [
        {"label": visit.say("Power"), "unit": "kW", "digits": 2, "values": _held([_kilo(each) for each in powers])},
        {"label": visit.say("Current"), "unit": "A", "digits": 1, "values": _held(currents)},
    ]
    ends = [*x, begins_at + step_s * len(x)]
    chart = {"zone": str(visit.website.zone()), "kind": "steps", "axis": visit.say("Time"), "x": ends, "series": series}
    return {"connector": row["connector"], "chart": chart, "hours": list(_hours(x, powers, currents))}


def _hours(x: list[int], powers: list[float | None], currents: list[float | None]) -> Iterator[Row]:
    """The hours in which something was measured."""
    hours: dict[int, tuple[list[float], list[float]]] = {}
    for at_s, power, current in zip(x, powers, currents, strict=True):
        of_power, of_current = hours.setdefault(at_s // _HOUR_S, ([], []))
        of_power += [] if power is None else [power]
        of_current += [] if current is None else [current]
    for hour, (of_power, of_current) in hours.items():
        if of_power or of_current:
            yield {
                "at": datetime.fromtimestamp(hour * _HOUR_S, UTC),
                "power_w": sum(of_power) / len(of_power) if of_power else None,
                "current_a": max(of_current, default=None),
            }


def _held(values: Sequence[float | None]) -> list[float | None]:
    """Each value stands to the end of its step, so that a step before a gap is drawn as well."""
    before = [None, *values]
    return [here if here is not None else last for here, last in zip([*values, None], before, strict=True)]


def _kilo(watts: float | None) -> float | None:
    return None if watts is None else watts / 1000


PAGES: Final = (Page(_TAB, _overview),)
