"""Files of the ETS: what the project says of the group objects, a new one, and exports."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Failed, Listing, Query
from knx_ocpp_bridge.web.downloads import text_file
from knx_ocpp_bridge.web.knx_words import ets_language
from knx_ocpp_bridge.web.object_table import in_words
from knx_ocpp_bridge.web.pages.knx import judged
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.tray import sent, sent_name
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/knx/ets"
_LARGEST: Final = 31 * 1024 * 1024
_SHOWN: Final = 500
_STYLES: Final = frozenset({"missing", "inputs", "unfiltered"})


async def _ets(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: Visit,
    wrong: dict[str, tuple[str, ...]] | None = None,
    status: int = 200,
    xxter: Mapping[str, Any] | None = None,
) -> Response:
    """The whole page; `wrong` says by the name of a form why it was not carried out."""
    ets = await judged(visit)
    found = (await visit.look("ets_findings", limit=_SHOWN)).rows
    findings = [in_words(visit, each) for each in found]
    context = {
        "ets": ets,
        "findings": findings,
        "wrong": {"project": (), "xxter": (), "export": (), **(wrong or {})},
        "xxter": xxter,
        "most": _LARGEST >> 20,
    }
    return visit.page("knx_ets.html", context, status)


async def _save(visit: Visit) -> Response:
    form = await visit.form()
    name = await sent(visit, "project", _LARGEST)
    if name is None:
        return await _shown(visit, {"project": (visit.say("Choose a file first."),)}, 422)
    managed = await visit.manage(
        "ets_save", file=name, name=await sent_name(visit, "project"), password=form.get("password", "")
    )
    if not managed.done:
        return await _shown(visit, {"project": managed.messages}, 422)
    return visit.back(PATH, visit.say("The file is in its place: its names are shown everywhere."), *managed.messages)


async def _xxter(visit: Visit) -> Response:
    """The list of an xxter as a configuration, to look at and copy; nothing is changed."""
    name = await sent(visit, "list", _LARGEST)
    if name is None:
        return await _shown(visit, {"xxter": (visit.say("Choose a file first."),)}, 422)
    managed = await visit.manage("ets_xxter", file=name, name=await sent_name(visit, "list"))
    if not managed.done:
        return await _shown(visit, {"xxter": managed.messages}, 422)
    return await _shown(visit, xxter=managed.row)


async def _export(visit: Visit) -> Response:
    query = visit.request.query_params
    options: dict[str, object] = {name: True for name in _STYLES if query.get(name) == "yes"}
    options |= {"format": query.get("format", "xml"), "language": ets_language(visit.language)}
    answer = await visit.website.ask(Query("ets_export", query.get("charger", ""), options), visit.caller)
    match answer:
        case Listing((row, *_)):
            return text_file(row["name"], row["text"], row["type"])
        case Failed(error):
            return await _shown(visit, {"export": (error,)}, 422)
        case _:
            raise HTTPException(404)


PAGES: Final = (
    Page(PATH, _ets, Role.INSTALLER),
    Page(PATH, _save, Role.INSTALLER, "POST", 32 * 1024 * 1024),
    Page(f"{PATH}/xxter", _xxter, Role.INSTALLER, "POST", 32 * 1024 * 1024),
    Page(f"{PATH}/export", _export, Role.INSTALLER),
)
