"""The trace of a charge point: what it was asked and what it answered, the newest first."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.upkeep_parts import NEWEST
from knx_ocpp_bridge.web.upkeep_words import EXCHANGES
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/trace"
_MOST_AT_ONCE: Final = 500
_MOST_QUESTIONS: Final = 200


async def _trace(visit: Visit) -> Response:
    charger = charger_id(visit)
    (row,) = (await visit.look("charger", charger)).rows
    asked = _asked(visit)
    page = await visit.look("exchanges", charger, limit=NEWEST, **asked)
    here = address(TAB, row["id"])
    narrowed = {name: value for name, value in asked.items() if value and name != "before"}
    context = {
        **frame(visit, row, TAB),
        "rows": page.rows,
        "endings": EXCHANGES,
        "asked": asked,
        "here": here,
        "query_text": _query(narrowed),
        "newest": f"{here}?{_query(narrowed)}",
        "older": f"{here}?{_query({**narrowed, 'before': page.next})}" if page.next else "",
        "live": not narrowed and not asked["before"],
    }
    return visit.page("charger_trace.html", context)


async def _download(visit: Visit) -> Response:
    charger = charger_id(visit)
    asked = {**_asked(visit), "before": 0}
    await visit.look("charger", charger)
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in charger)[:80]
    headers = {"content-disposition": f'attachment; filename="trace-{name}.ndjson"'}
    return StreamingResponse(_lines(visit, charger, asked), media_type="application/x-ndjson", headers=headers)


async def _lines(visit: Visit, charger: str, asked: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """One exchange on each line, the newest first."""
    before = 0
    for _ in range(_MOST_QUESTIONS):
        page = await visit.look("exchanges", charger, limit=_MOST_AT_ONCE, **{**asked, "before": before})
        yield "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in page.rows).encode("utf-8", "replace")
        before = page.next
        if not before:
            return


def _asked(visit: Visit) -> dict[str, Any]:
    """What the address of the page asks for; what makes no sense is left out."""
    query = visit.request.query_params
    before = query.get("before", "")
    return {
        "action": query.get("action", "").strip()[:64],
        "text": query.get("text", "").strip()[:200],
        "troubled": query.get("troubled") == "1",
        "tags": query.get("tags") == "1",
        "before": int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else 0,
    }


def _query(values: Mapping[str, Any]) -> str:
    return urlencode({name: 1 if value is True else value for name, value in values.items() if value})


PAGES: Final = (Page(TAB, _trace, Role.INSTALLER), Page(f"{TAB}.ndjson", _download, Role.INSTALLER))
