"""What home shows of every connector and of the building, as elements that change by themselves."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.web import outlet as outlet_card
from knx_ocpp_bridge.web import periods
from knx_ocpp_bridge.web.energy import Look, Place, by_day, by_hour
from knx_ocpp_bridge.web.live import Part, Parts, Rows, Sight
from knx_ocpp_bridge.web.outcomes import Outcome
from knx_ocpp_bridge.web.periods import Kind

_AT_ONCE: Final = 32
FEW: Final = 12
"""More cards than this are shown small."""
_AWAY_LOOKED_AT_EVERY_S: Final = 3.0
_PAST_LOOKED_AT_EVERY_S: Final = 300.0
_OFFLINE: Final = "offline"

Json = Mapping[str, Any]


async def home(sight: Sight, _about: str) -> Parts:
    """Cards of all connectors, totals, and how the bridge fares."""
    chargers = [one for one in sight.snapshot.chargers if one["configured"]]
    outlets = [(charger, connector) for charger in chargers for connector in outlet_card.of(charger)]
    away = await _away(sight)
    small = len(outlets) > FEW
    past = await _past(sight, few=not small)
    return {
        "totals": Part("home_totals.html", {**_totals(sight.snapshot.bridge, outlets), **past}),
        "today": Part("home_today.html", await _today(sight, [charger["id"] for charger in chargers])),
        "box": Part("home_box.html", _box(sight.snapshot.bridge, chargers)),
        **await _cards(sight, outlets, away, {"small": small}),
    }


async def outlet(sight: Sight, about: str) -> Parts:
    """The card of one connector, `GARAGE/1`, on a page about it."""
    return await _one(sight, about, {"linked": False})


async def embedded(sight: Sight, about: str) -> Parts:
    """The same for a page that is that card alone: its forms are sent to where they stand, so that a token stays."""
    return await _one(sight, about, {"linked": False, "action": ""})


async def _one(sight: Sight, about: str, manner: Json) -> Parts:
    name, _, number = about.rpartition("/")
    away = await _away(sight)
    found = [
        (charger, connector)
        for charger in sight.snapshot.chargers
        if charger["id"] == name
        for connector in outlet_card.of(charger)
        if str(connector["id"]) == number
    ]
    return await _cards(sight, found, away, manner)


async def _cards(sight: Sight, outlets: list[tuple[Json, Json]], away: Mapping[str, str], manner: Json) -> Parts:
    """In slices: a charger that has something to say does not wait for all of them."""
    parts: dict[str, Part] = {}
    for number, (charger, connector) in enumerate(outlets, 1):
        parts |= _card(sight, charger, connector, away, manner)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return parts


def _card(sight: Sight, charger: Json, connector: Json, away: Mapping[str, str], manner: Json) -> Parts:
    since, outcome = away.get(charger["id"]), sight.outcomes.of((charger["id"], connector["id"]), sight.utc)
    found = outlet_card.shown(charger, connector, _moment(sight, since, outcome))
    how = {"small": False, "linked": True, "action": None, **manner}
    element = outlet_card.element(charger["id"], connector["id"])
    return {
        f"{element}-{piece}": Part(f"outlet_{piece}.html", values if piece == "flow" else {**values, **how})
        for piece, values in found.items()
    }


def _moment(sight: Sight, since: str | None, outcome: Outcome | None) -> outlet_card.Moment:
    return outlet_card.Moment(sight.utc, sight.zone, since, outcome, sight.snapshot.bridge.get("energy"))


async def _away(sight: Sight) -> Mapping[str, str]:
    """Since when chargers are missed, by the alarm that stands for each."""

    async def alarms() -> Rows:
        return tuple(row for row in await sight.look("alarms", standing=True, limit=500) if row["kind"] == _OFFLINE)

    return {row["charger"]: row["at"] for row in await sight.rarely(_AWAY_LOOKED_AT_EVERY_S, "away", alarms)}


async def _past(sight: Sight, *, few: bool) -> Json:
    """What was charged in this month and this year before today; it changes with the day, or when one ends late."""
    today = sight.utc.astimezone(sight.zone).date()

    async def before_today() -> Rows:
        year = periods.of(Kind.YEAR, today)
        days = await by_day(_asking(sight), Place(), year.days, sight.zone, today)
        before = {day: amount.energy_wh for day, amount in days.items() if day < today}
        of_month = sum(energy_wh for day, energy_wh in before.items() if day.month == today.month)
        return ({"month_wh": of_month, "year_wh": sum(before.values())},)

    found = await sight.rarely(_PAST_LOOKED_AT_EVERY_S, f"past {today}", before_today, waits=few)
    return found[0] if found else {"month_wh": None, "year_wh": None}


async def _today(sight: Sight, chargers: list[str]) -> Json:
    """What was charged in each hour of today so far, of all."""
    here = sight.utc.astimezone(sight.zone)
    day = periods.of(Kind.DAY, here.date())
    begin, end = day.begin(sight.zone), day.end(sight.zone)

    async def hours() -> Rows:
        found = await by_hour(_asking(sight), chargers, None, begin, sight.utc)
        return tuple({"at": at, "wh": amount.energy_wh} for at, amount in found.items())

    waits = len(chargers) <= FEW
    rows = await sight.rarely(_every_s(chargers), f"hours {day}", hours, waits=waits)
    known = {row["at"]: row["wh"] for row in rows}
    bars = [
        {"hour": at.astimezone(sight.zone).hour, "wh": known.get(at, 0) if at <= sight.utc else None}
        for at in periods.hours(begin, end)
    ]
    return {"bars": bars, "most_wh": max(known.values(), default=0), "day": str(day)}


def _every_s(chargers: list[str]) -> float:
    """Curves have a point a minute; those of many chargers take their time to be read."""
    return max(60.0, 3.0 * len(chargers))


def _asking(sight: Sight) -> Look:
    async def look(topic: str, charger: str, options: dict[str, object]) -> Rows:
        return await sight.look(topic, charger, **options)

    return look


def _totals(bridge: Json, outlets: list[tuple[Json, Json]]) -> Json:
    power = [
        connector["values"].get("power") for charger, connector in outlets if charger["online"] == outlet_card.ONLINE
    ]
    known = [each for each in power if each is not None]
    values = bridge["values"]
    return {
        "power_w": round(sum(known) / 10) * 10 if known else None,
        "busy": sum(outlet_card.is_busy(connector) for _charger, connector in outlets),
        "outlets": len(outlets),
        "today_wh": values.get("energy_today"),
        "sessions_today": values.get("sessions_today"),
    }


def _box(bridge: Json, chargers: list[Json]) -> Json:
    knx = bridge["knx"]
    return {
        "knx": knx["connected"],
        "address": knx.get("own_address") or "",
        "knx_trouble": knx.get("trouble", ""),
        "linked": sum(one["linked"] for one in chargers),
        "chargers": len(chargers),
        "clock": bridge["clock"],
        "clock_source": bridge.get("clock_source", ""),
        "alarms": bridge["alarms"],
    }
