"""Reports of a month: to print, as a table, or one for each card and charge point in one file."""

import asyncio
import hashlib
import io
import zipfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from knx_ocpp_bridge.report.each import about_cards, about_charger, each
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About, Report
from knx_ocpp_bridge.report.monthly import report as made
from knx_ocpp_bridge.report.months import Month, month_of
from knx_ocpp_bridge.report.rows import Row
from knx_ocpp_bridge.web import charged
from knx_ocpp_bridge.web.charged import Place
from knx_ocpp_bridge.web.downloads import attachment
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_CARDS: Final = 500
_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_WHOSE: Final = ("tag", "charger", "cost_centre", "group")


def _formats() -> tuple[str, ...]:
    """PDF is an extra that need not be installed."""
    return ("html", "csv", "xlsx", *(("pdf",) if find_spec("weasyprint") else ()))


async def _choose(visit: Visit) -> Response:
    now, zone = visit.website.utc(), visit.website.zone()
    present = month_of(now, zone)
    asked = charged.asked_month(visit) if "month" in visit.request.query_params else present.before
    snapshot = await visit.status()
    cards = (await visit.look("tags", limit=_CARDS)).rows
    context = {
        "month": asked,
        "cards": [(each["key"], each["name"] or each["id_tag"]) for each in cards],
        "cost_centres": sorted({each["cost_centre"] for each in cards} - {""}),
        "chargers": [(each["id"], each["name"] or each["id"]) for each in snapshot.chargers if each["configured"]],
        "formats": _formats(),
    }
    return visit.page("reports.html", context)


async def _make(visit: Visit) -> Response:
    query = visit.request.query_params
    month, form = charged.asked_month(visit), query.get("format", "html")
    kind, _, value = query.get("about", "").partition(":")
    if form not in _formats() or (kind and kind not in _WHOSE):
        raise HTTPException(400, f"format is one of {', '.join(_formats())}; about begins with {', '.join(_WHOSE)}")
    whole = query.get("cards") == "whole" and visit.may(Role.INSTALLER)
    whose = {kind: value} if kind and kind != "charger" else {}
    place = await charged.place(visit, whose, everybody=query.get("each") == "1", whole=whole)
    rows = await charged.transactions(visit, month, {kind: value} if kind else {}, tags=whole)
    language = Language(visit.language.value)
    if query.get("each") == "1":
        content = await asyncio.to_thread(_all, visit, place, month, rows, form)
        return attachment(f"reports-{month}.zip", content, "application/zip")
    about = about_charger(value, rows) if kind == "charger" else _about(kind, place)
    report = made(place.site, month, about, rows, visit.website.utc())
    content = await asyncio.to_thread(_written, report, form, language)
    if form == "html":
        return _printed(content)
    return attachment(f"report-{month}.{form}", content, _TYPES[form])


def _about(kind: str, place: Place) -> About:
    if kind == "tag":
        return about_cards(place.cards)
    first = place.cards[0] if place.cards else None
    return About(
        cost_centre=first.cost_centre if first and kind == "cost_centre" else "",
        group=first.group or "" if first and kind == "group" else "",
    )


def _all(visit: Visit, place: Place, month: Month, rows: Sequence[Row], form: str) -> bytes:
    """A ZIP with the month as a whole, and one for each card and each charge point."""
    out, now = io.BytesIO(), visit.website.utc()
    cards = {card.who: card for card in place.cards}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, about, own in each(rows, cards):
            report = made(place.site, month, about, own, now)
            pack.writestr(f"{month}{name}.{form}", _written(report, form, Language(visit.language.value)))
    return out.getvalue()


def _written(report: Report, form: str, language: Language) -> bytes:
    """The report as that kind of file.

    Raises:
        HTTPException: 400, a PDF would have too many pages.
    """
    if form == "csv":
        return report.csv(language)
    if form == "xlsx":
        from knx_ocpp_bridge.report.spreadsheet import spreadsheet

        out = io.BytesIO()
        spreadsheet(out, report.lines, language, report.site, report.made_at, money=report.price is not None)
        return out.getvalue()
    from knx_ocpp_bridge.report.page import page

    text = page(report, language)
    if form == "html":
        return text.encode("utf-8")
    from knx_ocpp_bridge.report.pdf import MOST_LINES, PdfError, pdf

    if len(report.lines) > MOST_LINES:
        why = f"a PDF has {MOST_LINES} transactions at most, these are {len(report.lines)}: print the page instead"
        raise HTTPException(400, why)
    try:
        return pdf(text)
    except PdfError as error:
        raise HTTPException(400, str(error)) from error


def _printed(content: bytes) -> Response:
    """The page carries its own style, which its hash allows, and nothing else (Content Security Policy Level 3)."""
    text = content.decode("utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    # Its own meta element asks for less; a browser obeys both.
    return HTMLResponse(text, headers={"content-security-policy": policy})


PAGES: Final = (Page("/reports", _choose, Role.OPERATOR), Page("/reports/make", _make, Role.OPERATOR))
