"""The group monitor: everybody's telegrams as the ETS shows them, and reading and writing by hand."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Failed, Listing, Managed, Query
from knx_ocpp_bridge.report.harmless import harmless
from knx_ocpp_bridge.web.downloads import text_file
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

SHOWN: Final = 200
"""Rows of the page when it is opened."""
_PAGE: Final = 500
_MOST: Final = 5000
"""As many as the bridge keeps."""
_NUMBER: Final = re.compile(r"-?[0-9.]+(e[+-]?[0-9]+)?( [A-Za-zµ°%²³/]+)?")
_HEADS: Final = (
    "number", "time", "direction", "source", "source name", "destination", "destination name", "type", "dpt", "payload",
    "value", "failure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which telegrams somebody wants to see."""

    address: str = ""
    source: str = ""
    ours: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Of the topic."""
        return {"address": self.address, "source": self.source, "ours": self.ours}

    @property
    def query(self) -> str:
        """Of an address of these pages; with the mark before it."""
        told = {"address": self.address, "source": self.source, "ours": "yes" if self.ours else ""}
        query = urlencode({name: text for name, text in told.items() if text})
        return f"?{query}" if query else ""


def _filter(visit: Visit) -> Filter:
    query = visit.request.query_params
    return Filter(query.get("address", "").strip(), query.get("source", "").strip(), query.get("ours") == "yes")


async def _monitor(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: Visit, typed: Mapping[str, str] | None = None, managed: Managed | None = None, status: int = 200
) -> Response:
    wanted = _filter(visit)
    rows, last, trouble = await _found(visit, wanted, newest=True, limit=SHOWN)
    context = {
        "rows": list(reversed(_with_delta(rows, None))),
        "last": last,
        "filter": wanted,
        "trouble": trouble,
        "typed": typed or {},
        "managed": managed,
        "most": SHOWN,
        "since": (await visit.look("bus")).rows[0]["telegrams_since"],
    }
    return visit.page("knx_monitor.html", context, 422 if trouble else status)


async def _found(visit: Visit, wanted: Filter, **more: object) -> tuple[list[Mapping[str, Any]], int, str]:
    """Rows, oldest first, where to go on, and why the filter is none."""
    answer = await visit.website.ask(Query("telegrams", "", {**wanted.options, **more}), visit.caller)
    match answer:
        case Listing(rows, following):
            return list(rows), following, ""
        case Failed(error):
            return [], 0, error
        case _:
            raise HTTPException(404)


def _with_delta(rows: Iterable[Mapping[str, Any]], before: str | None) -> list[dict[str, Any]]:
    """Each with `delta_s`, the time since the row above it in the order of time; None: there is none."""
    told = []
    last = None if before is None else datetime.fromisoformat(before)
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        told.append({**row, "delta_s": None if last is None else (at - last).total_seconds()})
        last = at
    return told


async def _rows(visit: Visit) -> Response:
    """What has come after a number, for a page that is open: newest first."""
    query = visit.request.query_params
    after = query.get("after", "")
    if not after.isdecimal() or len(after) > 15:
        raise HTTPException(400)
    before = query.get("before") or None
    try:
        if before is not None:
            datetime.fromisoformat(before)
    except ValueError:
        raise HTTPException(400) from None
    rows, last, trouble = await _found(visit, _filter(visit), after=int(after), limit=_PAGE)
    if trouble:
        raise HTTPException(422, trouble)
    answer = visit.page("knx_monitor_rows.html", {"rows": list(reversed(_with_delta(rows, before)))})
    answer.headers["x-last"] = str(last)
    return answer


async def _csv(visit: Visit) -> Response:
    """Everything that is kept, as a table for a spreadsheet (RFC 4180), oldest first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADS)
    wanted, after = _filter(visit), 0
    for _ in range(_MOST // _PAGE + 1):
        rows, after, trouble = await _found(visit, wanted, after=after, limit=_PAGE)
        if trouble:
            raise HTTPException(422, trouble)
        writer.writerows(_cells(visit, row) for row in rows)
        if len(rows) < _PAGE:
            break
    return text_file("telegrams.csv", "\ufeff" + out.getvalue(), "text/csv")


def _cells(visit: Visit, row: Mapping[str, Any]) -> list[str]:
    at = datetime.fromisoformat(row["at"]).astimezone(visit.website.zone())
    value = row["value"] or (f"! {row['misfit']}" if row["misfit"] else "")
    texts = (
        row["direction"], row["source"], row["source_name"], row["destination"], row["name"], row["type"], row["dpt"],
        row["payload"], value, row["failure"],
    )  # fmt: skip
    cells = [text if _NUMBER.fullmatch(text) else harmless(text) for text in texts]
    return [str(row["number"]), at.isoformat(" ", "milliseconds")[:23], *cells]


async def _by_hand(visit: Visit) -> Response:
    """One telegram, and what became of it in words."""
    form = await visit.form()
    address, dpt = form.get("address", "").strip(), form.get("dpt", "").strip()
    if form.get("act") == "read":
        managed = await visit.manage("knx_read", address=address, dpt=dpt)
    else:
        managed = await visit.manage("knx_write", address=address, dpt=dpt, value=form.get("value", "").strip())
    if visit.is_fragment:
        return visit.page("knx_by_hand.html", {"typed": form, "managed": managed, "filter": _filter(visit)})
    return await _shown(visit, form, managed, 200 if managed.done else 409)


PAGES: Final = (
    Page("/knx/monitor", _monitor, Role.INSTALLER),
    Page("/knx/monitor", _by_hand, Role.INSTALLER, "POST"),
    Page("/knx/monitor/rows", _rows, Role.INSTALLER),
    Page("/knx/monitor.csv", _csv, Role.INSTALLER),
)
