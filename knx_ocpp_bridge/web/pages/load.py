"""The current of the site: circuits and who has what of them, sun, prices, plans, and the grid operator."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.report.harmless import harmless
from knx_ocpp_bridge.web import load_view
from knx_ocpp_bridge.web.downloads import text_file
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.visit import Page, Visit

_SHOWN: Final = 50
_PAGE: Final = 500
_MOST: Final = 20_000
"""Lines of the log in one file; years of orders."""
_COLUMNS: Final = ("number", "at", "clock", "what", "charger", "connector", "limit_w", "detail")


async def _load(visit: Visit) -> Response:
    shown = await visit.website.live.shown(watched("load"), visit.language, visit.visitor.role)
    prices = (await visit.look("prices", hours=36)).rows
    status = await visit.status()
    called = load_view.names(status.chargers)
    plans = [load_view.plan(row, called) for row in (await visit.look("plans")).rows]
    words = {
        "price": visit.say("Price"),
        "unit": visit.say("per kWh"),
        "axis": visit.say("Time"),
        "charging": visit.say("Charge points"),
        "allowed": visit.say("Allowed"),
        "grid": visit.say("Grid"),
        "surplus": visit.say("Sun to spare"),
    }
    zone = str(visit.website.zone())
    (limit,) = (await visit.look("grid_limit")).rows
    log = (await visit.look("grid_log", newest=True, limit=_SHOWN)).rows
    return visit.page(
        "load.html",
        {
            "shown": shown,
            "circuits": [html for name, html in shown.html.items() if name.startswith("circuit-")],
            "chart": load_view.chart(prices, plans, words, zone),
            "past": load_view.past((await visit.look("energy_past")).rows, words, zone),
            "prices": prices,
            "limit": limit,
            "log": list(reversed(log)) if log and log[0]["number"] < log[-1]["number"] else log,
            "called": called,
        },
    )


async def _evidence(visit: Visit) -> Response:
    """The grid operator's log as a file, oldest first."""
    lines = [";".join(_COLUMNS)]
    after = 0
    while len(lines) <= _MOST:
        rows = (await visit.look("grid_log", after=after, limit=_PAGE)).rows
        if not rows:
            break
        lines += [";".join(_cell(row[name]) for name in _COLUMNS) for row in rows]
        after = rows[-1]["number"]
    return text_file("grid-operator.csv", "\ufeff" + "\r\n".join(lines) + "\r\n", "text/csv")


def _cell(value: object) -> str:
    text = "" if value is None else harmless(str(value)) if isinstance(value, str) else str(value)
    return '"' + text.replace('"', '""') + '"' if any(each in text for each in ';"\r\n') else text


PAGES: Final = (Page("/load", _load), Page("/load/grid-operator.csv", _evidence))
