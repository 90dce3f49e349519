"""What was charged in past days, months and years: of a connector, a charge point or the site."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.web import periods
from knx_ocpp_bridge.web.charged import month_name
from knx_ocpp_bridge.web.energy import Amount, Look, Place, Rows, by_day, by_hour
from knx_ocpp_bridge.web.outlet import of
from knx_ocpp_bridge.web.periods import Kind, Period
from knx_ocpp_bridge.web.visit import Page, Visit


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


_SITE: Final = Place()
_AXES: Final[Mapping[Kind, str]] = {Kind.DAY: _("Hour"), Kind.MONTH: _("Day"), Kind.YEAR: _("Month")}
"""What the bars stand for."""

Places = dict[Place, str]
"""Their names."""
Amounts = dict[date, Amount]
"""By day, by the first day of a month, or by the hour (a `datetime`)."""


async def _statistics(visit: Visit) -> Response:
    places = await _places(visit)
    place = _asked_place(visit, places)
    today = _local(visit, visit.website.utc()).date()
    period = _asked_period(visit, today)
    amounts = await _amounts(visit, places, place, period, today)
    total = Amount()
    for amount in amounts.values():
        total.add(amount)
    if period.kind is Kind.DAY:
        # Hours know no sessions, and curves are points: what the log says of the day counts.
        whole = await by_day(_asking(visit), place, [period.first], visit.website.zone(), today)
        total = _with_highest(whole.get(period.first, Amount()), total)
    rows = [{"label": _label(visit, period, at), "amount": amount} for at, amount in amounts.items()]
    context = {
        "places": [(_key(each), name) for each, name in places.items()],
        "chosen": _key(place),
        "kinds": [(kind.value, str(periods.of(kind, period.first))) for kind in Kind],
        "period": period,
        "title": _title(visit, period),
        "newest": period.following.first > today,
        "rows": rows,
        "total": total,
        "charts": _charts(visit, period, amounts) if any(amount.energy_wh for amount in amounts.values()) else [],
    }
    return visit.page("statistics.html", context)


async def _places(visit: Visit) -> Places:
    """The site, each charge point, and its connectors where there are several."""
    found: Places = {_SITE: visit.website.name() or visit.say("All charge points")}
    for charger in (await visit.status()).chargers:
        if not charger["configured"]:
            continue
        name = charger["name"] or charger["id"]
        found[Place(charger["id"])] = name
        connectors = of(charger)
        if len(connectors) > 1:
            found |= {Place(charger["id"], each["id"]): f"{name} {each['id']}" for each in connectors}
    return found


def _asked_place(visit: Visit, places: Places) -> Place:
    """`?place=GARAGE/2`, or `?charger=GARAGE&connector=2` as links have it."""
    query = visit.request.query_params
    written = query.get("place") or "/".join(each for each in (query.get("charger"), query.get("connector")) if each)
    for place in places:
        # The only connector of a charge point is that charge point.
        if written in {_key(place), f"{place.charger}/1" if place.connector is None and place.charger else ""}:
            return place
    raise HTTPException(404, f"there is no charge point or connector {written!r}")


def _asked_period(visit: Visit, today: date) -> Period:
    query = visit.request.query_params
    try:
        return periods.written(query.get("period", ""), query.get("at", ""), today)
    except ValueError as error:
        raise HTTPException(400, "a period is day, month or year, and at is written like 2026-11-21") from error


async def _amounts(visit: Visit, places: Places, place: Place, period: Period, today: date) -> Amounts:
    """By hour of a day, by day of a month, by month of a year."""
    look, zone = _asking(visit), visit.website.zone()
    if period.kind is Kind.DAY:
        chargers = [each.charger for each in places if each.charger and each.connector is None]
        wanted = [place.charger] if place.charger else chargers
        return await by_hour(look, wanted, place.connector, period.begin(zone), period.end(zone))
    days = await by_day(look, place, period.days, zone, today)
    if period.kind is Kind.MONTH:
        return days
    months: dict[date, Amount] = {}
    for day, amount in days.items():
        months.setdefault(day.replace(day=1), Amount()).add(amount)
    return months


def _asking(visit: Visit) -> Look:
    async def look(topic: str, charger: str, options: dict[str, object]) -> Rows:
        return (await visit.look(topic, charger, **options)).rows

    return look


def _with_highest(amount: Amount, of_hours: Amount) -> Amount:
    amount.power_w, amount.current_a = of_hours.power_w, of_hours.current_a
    amount.energy_wh = max(amount.energy_wh, of_hours.energy_wh)
    return amount


def _charts(visit: Visit, period: Period, amounts: Amounts) -> list[Mapping[str, Any]]:
    """Energy, and beside it what is known of each kind of period: `chart.js` draws them."""
    places = _axis(visit, period)
    labels = [_short(visit, period, at) for at in places]
    energy = ("kWh", visit.say("Energy"), 2, [_of(amounts, at, "energy_wh", 1000) for at in places])
    if period.kind is Kind.DAY:
        others = [
            ("kW", visit.say("Highest power"), 1, [_of(amounts, at, "power_w", 1000) for at in places]),
            ("A", visit.say("Highest current"), 1, [_of(amounts, at, "current_a", 1) for at in places]),
        ]
    else:
        others = [("×", visit.say("Sessions"), 0, [_of(amounts, at, "sessions", 1) for at in places])]
    axis = visit.say(_AXES[period.kind])
    return [_chart(axis, labels, [energy]), *(_chart(axis, labels, [each]) for each in others if any(each[3]))]


def _chart(axis: str, labels: list[str], series: list[tuple[str, str, int, list[float | None]]]) -> Mapping[str, Any]:
    drawn = [
        {"label": label, "unit": unit, "digits": digits, "values": values} for unit, label, digits, values in series
    ]
    return {
        "title": series[0][1],
        "data": {"kind": "bars", "axis": axis, "x": [*range(len(labels))], "labels": labels, "series": drawn},
    }


def _of(amounts: Amounts, at: date, what: str, unit: int) -> float | None:
    amount = amounts.get(at)
    value = None if amount is None else getattr(amount, what)
    return None if value is None else value / unit


def _axis(visit: Visit, period: Period) -> list[date]:
    """Every place of the axis, also those of which nothing is known."""
    if period.kind is Kind.MONTH:
        return period.days
    if period.kind is Kind.YEAR:
        return [period.first.replace(month=month) for month in range(1, 13)]
    return [*periods.hours(period.begin(visit.website.zone()), period.end(visit.website.zone()))]


def _local(visit: Visit, at: datetime) -> datetime:
    return at.astimezone(visit.website.zone())


def _short(visit: Visit, period: Period, at: date) -> str:
    """Below a bar."""
    if isinstance(at, datetime):
        return f"{_local(visit, at).hour}"
    return month_name(visit, Month(at.year, at.month))[:3] if period.kind is Kind.YEAR else f"{at.day}"


def _label(visit: Visit, period: Period, at: date) -> str:
    """In a table."""
    if isinstance(at, datetime):
        return visit.writer.clock(at)
    if period.kind is Kind.YEAR:
        return month_name(visit, Month(at.year, at.month))
    return visit.writer.day(periods.begin_of(at, visit.website.zone()))


def _title(visit: Visit, period: Period) -> str:
    if period.kind is Kind.YEAR:
        return str(period)
    if period.kind is Kind.MONTH:
        return month_name(visit, Month(period.first.year, period.first.month))
    return visit.writer.day(period.begin(visit.website.zone()))


def _key(place: Place) -> str:
    return place.charger if place.connector is None else f"{place.charger}/{place.connector}"


PAGES: Final = (Page("/statistics", _statistics),)
