"""What was charged: a month, one transaction with its curve, and the files of both."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from knx_ocpp_bridge.report import totals
from knx_ocpp_bridge.report.languages import Language as PaperLanguage
from knx_ocpp_bridge.report.months import month_of
from knx_ocpp_bridge.report.phrases import in_words
from knx_ocpp_bridge.report.prices import priced
from knx_ocpp_bridge.report.rows import Row
from knx_ocpp_bridge.web import charged
from knx_ocpp_bridge.web.downloads import csv_file, spreadsheet_file, text_file
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.wording import REASONS

_AT_ONCE: Final = 100
_POINTS: Final = 500
_FEW: Final = 5
"""Points of power or current that make no curve yet."""
_FILTERS: Final = ("charger", "tag", "cost_centre", "group")


def _filters(visit: Visit) -> dict[str, str]:
    """What of the address narrows the list; a viewer cannot ask for a person."""
    names = _FILTERS if visit.may(Role.OPERATOR) else _FILTERS[:1]
    query = visit.request.query_params
    return {name: query[name].strip() for name in names if query.get(name, "").strip()}


async def _month(visit: Visit) -> Response:
    month, filters = charged.asked_month(visit), _filters(visit)
    place = await charged.place(visit)
    trouble = ""
    rows: Sequence[Row] = ()
    try:
        rows = await charged.transactions(visit, month, filters, open_too=True)
    except HTTPException as error:
        trouble = error.detail
    plugs = charged.plug_ins(rows, place.site)
    page = max(1, int(asked) if (asked := visit.request.query_params.get("page", "")).isdecimal() else 1)
    snapshot = await visit.status()
    cards = (await visit.look("tags", limit=_POINTS)).rows if visit.may(Role.OPERATOR) else ()
    context = {
        "month": month,
        "month_name": charged.month_name(visit, month),
        "filters": filters,
        "link": lambda **more: f"?{urlencode({**filters, **more})}",
        "chargers": [(each["id"], each["name"] or each["id"]) for each in snapshot.chargers if each["configured"]],
        "cards": [(each["key"], each["name"] or each["id_tag"]) for each in cards],
        "running": _running(snapshot.chargers),
        "plugs": plugs[(page - 1) * _AT_ONCE : page * _AT_ONCE],
        "page_number": page,
        "pages": max(1, -(-len(plugs) // _AT_ONCE)),
        "count": len(plugs),
        "total": totals.totals(line for plug in plugs for line in plug.lines).all,
        "currency": place.site.currency,
        "money": place.site.prices.get(month.year) is not None,
        "words": lambda words: _words(visit, words),
        "ended": lambda reason: visit.say(REASONS[reason]) if reason in REASONS else reason,
        "trouble": trouble,
    }
    return visit.page("sessions.html", context, 404 if trouble else 200)


def _running(chargers: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    """What sessions that go on have had by now, by charger (case-folded) and open transaction; None: unknown."""
    return {
        (charger["id"].casefold(), connector["transaction"]["id"]): {
            "energy_wh": connector["values"].get("session_energy"),
            "seconds": connector["values"].get("session_duration"),
        }
        for charger in chargers
        for connector in charger["connectors"]
        if connector["transaction"] is not None
    }


def _words(visit: Visit, words: str | Iterable[str] | None) -> str:
    """Words of ours about a transaction; those of OCPP stay."""
    each = (words,) if isinstance(words, str) else words or ()
    return in_words(each, PaperLanguage(visit.language.value))


async def _export(visit: Visit) -> Response:
    month, filters = charged.asked_month(visit), _filters(visit)
    form = visit.request.query_params.get("format", "csv")
    whole = visit.request.query_params.get("cards") == "whole" and visit.may(Role.INSTALLER)
    place = await charged.place(visit)
    rows = await charged.transactions(visit, month, filters, tags=whole)
    lines = charged.lines(rows, place.site)
    name = f"sessions-{month}"
    if form == "xlsx":
        return await spreadsheet_file(visit, name, lines, place.site)
    if form not in {"csv", "csv-de", "csv-nl"}:
        raise HTTPException(400, "format is csv, csv-de, csv-nl or xlsx")
    language = PaperLanguage(form.partition("-")[2] or "en")
    return csv_file(name, lines, language, place.site.zone)


async def _one(visit: Visit) -> Response:
    row = await charged.one_transaction(visit, visit.request.path_params["number"])
    place = await charged.place(visit)
    points = _with_ends(row, [point async for point in _points(visit, row.charger, row.transaction)])
    context = {
        "line": priced(row, place.site),
        "row": row,
        "month": month_of(row.stopped_at or row.started_at or visit.website.utc(), place.site.zone),
        "currency": place.site.currency,
        "points": points,
        "chart": _chart(visit, points),
        "words": lambda words: _words(visit, words),
        "ended": lambda reason: visit.say(REASONS[reason]) if reason in REASONS else reason,
    }
    return visit.page("session.html", context)


def _with_ends(row: Row, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curve from the start of the transaction, where it had taken nothing, to its end, where all was taken."""
    if not points and not row.energy_wh:
        return []
    told = list(points)
    if row.started_at is not None and (not told or int(row.started_at.timestamp()) < told[0]["number"]):
        told.insert(0, _end(row.started_at, 0))
    if row.stopped_at is not None and (not told or int(row.stopped_at.timestamp()) > told[-1]["number"]):
        told.append(_end(row.stopped_at, row.energy_wh))
    return told


def _end(at: datetime, energy_wh: int | None) -> dict[str, Any]:
    second = at.replace(microsecond=0)
    return {
        "number": int(second.timestamp()), "at": second.isoformat(), "energy_wh": energy_wh, "power_w": None,
        "current_a": None,
    }  # fmt: skip


def _chart(visit: Visit, points: list[dict[str, Any]]) -> dict[str, Any]:
    """Of static/chart.js: power and current by the left and right axis; of few points the energy as well."""
    measured = [one for one in points if one["power_w"] is not None or one["current_a"] is not None]
    energy = {
        "label": visit.say("Energy"),
        "unit": "kWh",
        "digits": 3,
        "values": [None if one["energy_wh"] is None else one["energy_wh"] / 1000 for one in points],
    }
    return {
        "zone": str(visit.website.zone()),
        "kind": "line",
        "axis": visit.say("Time"),
        "x": [point["number"] for point in points],
        "series": [
            {
                "label": visit.say("Power"),
                "unit": "kW",
                "digits": 2,
                "values": [None if one["power_w"] is None else one["power_w"] / 1000 for one in points],
            },
            {
                "label": visit.say("Current"),
                "unit": "A",
                "digits": 1,
                "values": [one["current_a"] for one in points],
            },
            *([energy] if len(measured) <= _FEW else ()),
        ],
    }


async def _points(visit: Visit, charger: str, transaction: int) -> AsyncIterator[dict[str, Any]]:
    after = 0
    while True:
        page = await visit.look("samples", charger, transaction=transaction, after=after, limit=_POINTS)
        for point in page.rows:
            yield dict(point)
        if len(page.rows) < _POINTS:
            return
        after = page.next


async def _curve(visit: Visit) -> Response:
    row = await charged.one_transaction(visit, visit.request.path_params["number"])
    zone = visit.website.zone()

    async def lines() -> AsyncIterator[bytes]:
        yield b"at,energy_wh,power_w,current_a\r\n"
        async for point in _points(visit, row.charger, row.transaction):
            at = datetime.fromisoformat(point["at"]).astimezone(zone).isoformat()
            cells = ("" if point[name] is None else str(point[name]) for name in ("energy_wh", "power_w", "current_a"))
            yield (",".join((at, *cells)) + "\r\n").encode("ascii")

    name = f"curve-{row.transaction}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


async def _signed(visit: Visit) -> Response:
    row = await charged.one_transaction(visit, visit.request.path_params["number"])
    values = (await visit.look("signed", row.charger, transaction=row.transaction)).rows
    if not values:
        raise HTTPException(404, f"there are no signed values of transaction {row.transaction} of {row.charger}")
    return text_file(f"signed-{row.transaction}.txt", "".join(f"{value['text']}\n" for value in values))


PAGES: Final = (
    Page("/sessions", _month),
    Page("/sessions/export", _export, Role.OPERATOR),
    Page("/sessions/{number:int}", _one),
    Page("/sessions/{number:int}/curve.csv", _curve),
    Page("/sessions/{number:int}/signed.txt", _signed, Role.OPERATOR),
)
