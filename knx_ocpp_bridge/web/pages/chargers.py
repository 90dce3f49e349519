"""All charge points: who wants to be let in, who failed, how to connect one, and those that are configured."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.web import chargers_parts, failure_words
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/chargers"
_MOST_FAILURES: Final = 100
_MOST_CONNECTORS: Final = 31
_MOST_MINUTES: Final = 60
_NOTHING_TYPED: Final[Mapping[str, str]] = {}

Row = Mapping[str, Any]


async def _chargers(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, typed: Mapping[str, str] = _NOTHING_TYPED, wrong: tuple[str, ...] = ()) -> Response:
    snapshot = await visit.status()
    context: dict[str, Any] = {
        "rows": chargers_parts.fleet_rows(snapshot.chargers, (await visit.look("fleet")).rows),
        "installer": visit.may(Role.INSTALLER),
        "typed": typed,
    }
    if visit.may(Role.INSTALLER):
        context |= await _inbox(visit) | await _connect(visit)
    if wrong:
        context["said"] = [(each, False) for each in wrong]
    return visit.page("chargers.html", context, 422 if wrong else 200)


async def _inbox(visit: Visit) -> dict[str, Any]:
    return chargers_parts.inbox_values(
        (await visit.look("strangers")).rows,
        (await visit.look("window")).rows,
        (await visit.look("failures", limit=_MOST_FAILURES)).rows,
    )


async def _connect(visit: Visit) -> dict[str, Any]:
    rows = (await visit.look("dialling")).rows
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["scheme"], row)
    certificates = await _certificates(visit)
    return {
        "ways": [{**row, "picture": picture(row["url"])} for row in first.values()],
        "others": [row for row in rows if row not in first.values()],
        "brands": failure_words.BRANDS,
        "root": certificates.get("root"),
        "served": certificates.get("served", ""),
    }


async def _certificates(visit: Visit) -> Row:
    try:
        (row,) = (await visit.look("ca")).rows
    except HTTPException:
        return {}  # TLS is off: there are none
    return row


def picture(url: str) -> str:
    """A QR code as SVG, without a style of its own."""
    import segno  # nobody needs it but this page

    return str(segno.make(url, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff"))


async def _adopt(visit: Visit) -> Response:
    form = await visit.form()
    connectors = form.get("connectors", "").strip() or "0"
    if not connectors.isdecimal() or not 0 <= int(connectors[:4]) <= _MOST_CONNECTORS:
        wrong = visit.say("The number of connectors is a whole number from 1 to 31; left empty, the charger is asked.")
        return await _page(visit, form, (wrong,))
    managed = await visit.manage(
        "adopt", form.get("charger", ""), name=form.get("name", "").strip(), connectors=int(connectors)
    )
    if not managed.done:
        return await _page(visit, form, managed.messages)
    return visit.back(PATH, *managed.messages)


async def _reject(visit: Visit) -> Response:
    return await _done(visit, "reject")


async def _forget(visit: Visit) -> Response:
    return await _done(visit, "forget")


async def _done(visit: Visit, act: str) -> Response:
    managed = await visit.manage(act, (await visit.form()).get("charger", ""))
    return visit.back(PATH, *managed.messages, good=managed.done)


async def _window(visit: Visit) -> Response:
    minutes = (await visit.form()).get("minutes", "").strip()
    if not minutes.isdecimal() or not 0 <= int(minutes[:4]) <= _MOST_MINUTES:
        wrong = visit.say("The window is open for 1 to 60 minutes.")
        return visit.back(PATH, wrong, good=False)
    managed = await visit.manage("window", minutes=int(minutes))
    return visit.back(PATH, *managed.messages, good=managed.done)


PAGES: Final = (
    Page(PATH, _chargers),
    Page(f"{PATH}/adopt", _adopt, Role.INSTALLER, "POST"),
    Page(f"{PATH}/reject", _reject, Role.INSTALLER, "POST"),
    Page(f"{PATH}/forget", _forget, Role.INSTALLER, "POST"),
    Page(f"{PATH}/window", _window, Role.INSTALLER, "POST"),
)
