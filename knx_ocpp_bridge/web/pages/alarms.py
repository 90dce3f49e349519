"""Alarms and the general log: what needs somebody, what has been, and who has seen it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.report.harmless import harmless
from knx_ocpp_bridge.web.api.discretion import without_people
from knx_ocpp_bridge.web.downloads import text_file
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_ROWS: Final = 100
_PAGE: Final = 500
_MOST_IN_FILE: Final = 100_000

Row = Mapping[str, Any]


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


KINDS: Final = {
    "charging_started": _("A charge has begun"),
    "charging_stopped": _("A charge has ended"),
    "fault": _("Fault"),
    "offline": _("Offline"),
    "limit_disobeyed": _("Does not obey its limit"),
    "clock": _("The clock is wrong"),
    "storage": _("The disk takes nothing"),
    "bus": _("No connection to the KNX bus"),
    "input": _("A measured value is missing"),
    "pages": _("The pages are not served as they should be"),
    "load": _("More flows than may"),
}
"""In words, by the kind of an alarm."""

REMEDIES: Final = {
    "fault": _("See what the charger itself shows; then its log and trace here."),
    "offline": _("See whether it has power and network, and whether it dials this bridge."),
    "limit_disobeyed": _("See the limits of the charger, and whether something else limits it as well."),
    "clock": _("See whether this machine has network and a time server."),
    "storage": _(
        "See whether the disk is full or damaged; charges go on, and what is new would be lost by a power cut."
    ),
    "bus": _("See the KNX page: the way, the gateway, the keyring."),
    "input": _("See whether the device on the bus that sends it is there and sends often enough."),
    "pages": _("See whether another program has taken the port, and whether the certificates are whole."),
    "load": _(
        "Switch off other loads, and see on the page Energy which circuit or charge point takes more than it may."
    ),
}
"""What to do, by the kind of an alarm that wants something done."""


async def _alarms(visit: Visit) -> Response:
    everything = visit.request.query_params.get("all") == "1"
    standing = (await visit.look("alarms", standing=True, limit=_PAGE)).rows
    past = (await visit.look("alarms", newest=True, limit=_PAGE if everything else _ROWS)).rows
    context = {
        "standing": [_shown(visit, row) for row in reversed(standing)],
        "past": [_shown(visit, row) for row in reversed(past)],
        "everything": everything,
        "kinds": KINDS,
        "remedies": REMEDIES,
    }
    return visit.page("alarms.html", context)


def _shown(visit: Visit, row: Row) -> Row:
    """A viewer sees what happened, not to whom."""
    return row if visit.may(Role.OPERATOR) else without_people(row, ("id_tag", "name", "acknowledged_by"))


async def _acknowledge(visit: Visit) -> Response:
    form = await visit.form()
    number = form.get("number", "")
    if number == "all":
        managed = await visit.manage("acknowledge", all=True)
    elif number.isdecimal():
        managed = await visit.manage("acknowledge", number=int(number))
    else:
        raise HTTPException(400, "name the number of an alarm, or all")
    return visit.back("/alarms", *managed.messages, good=managed.done)


def _narrowed(visit: Visit) -> dict[str, str]:
    query = visit.request.query_params
    return {name: query[name].strip() for name in ("charger", "about") if query.get(name, "").strip()}


async def _log(visit: Visit) -> Response:
    narrowed, query = _narrowed(visit), visit.request.query_params
    words = query.get("words", "").strip()
    before = int(asked) if (asked := query.get("before", "")).isdecimal() else 0
    trouble, older = "", 0
    rows: Sequence[Row] = ()
    try:
        rows, older = await _page(visit, narrowed, before)
    except HTTPException as error:
        trouble = error.detail
    found = [row for row in rows if words.casefold() in row["text"].casefold()]
    snapshot = await visit.status()
    context = {
        "rows": found,
        "older": f"/log?{urlencode({**narrowed, 'words': words, 'before': older})}" if older else "",
        "narrowed": narrowed,
        "words": words,
        "link": f"/log.csv?{urlencode(narrowed)}",
        "chargers": [(each["id"], each["name"] or each["id"]) for each in snapshot.chargers],
        "trouble": trouble,
    }
    return visit.page("log.html", context, 404 if trouble else 200)


async def _page(visit: Visit, narrowed: Mapping[str, str], before: int) -> tuple[Sequence[Row], int]:
    """Rows of the log before that number (0: the newest), newest first, and where the older ones go on; 0: nowhere."""
    charger, about = narrowed.get("charger", ""), narrowed.get("about", "")
    rows = (await visit.look("log", charger, about=about, newest=True, before=before, limit=_ROWS)).rows
    return rows[::-1], int(rows[0]["number"]) if len(rows) == _ROWS else 0


async def _csv(visit: Visit) -> Response:
    narrowed = _narrowed(visit)
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(("time", "charger", "connector", "message type", "message"))
    after = count = 0
    while count < _MOST_IN_FILE:
        page = await visit.look(
            "log", narrowed.get("charger", ""), about=narrowed.get("about", ""), after=after, limit=_PAGE
        )  # fmt: skip
        for row in page.rows:
            connector = "" if row["connector"] is None else row["connector"]
            table.writerow(
                (row["at"], harmless(row["charger"]), connector, harmless(row["about"]), harmless(row["text"]))
            )
        count += len(page.rows)
        if len(page.rows) < _PAGE:
            break
        after = page.next
    return text_file("log.csv", out.getvalue(), "text/csv")


PAGES: Final = (
    Page("/alarms", _alarms),
    Page("/alarms/acknowledge", _acknowledge, Role.OPERATOR, "POST"),
    Page("/log", _log, Role.OPERATOR),
    Page("/log.csv", _csv, Role.OPERATOR),
)
