"""The group objects of all chargers and of the bridge itself."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.core.group_objects import Scope
from knx_ocpp_bridge.web import object_table as objects
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.knx_parts import PAGE
from knx_ocpp_bridge.web.pages.charger_objects import by_hand
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/knx/objects"


async def _objects(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, more: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    after = visit.request.query_params.get("after", "")
    begin = int(after) if after.isdecimal() and len(after) < 10 else 0
    rows, last = await objects.table(visit, after=begin, limit=PAGE)
    bridge, _ = await objects.table(visit, bridge=True, limit=PAGE)
    context: dict[str, Any] = {
        "rows": [row for row in rows if row["charger"] is not None],
        "bridge": bridge if not begin else [],
        "begin": begin,
        "last": last,
        "full": len(rows) == PAGE,
        "shown": await visit.website.live.shown(watched(f"object_page:{begin}"), visit.language, visit.visitor.role),
        "here": PATH,
        "choices": objects.choices(Scope.BRIDGE),
        "problems": objects.problems_of(rows),
        "typed": {},
        "managed": None,
        "preview": None,
        "by_hand": None,
        **(more or {}),
    }
    return visit.page("knx_objects.html", context, status)


async def _fill(visit: Visit) -> Response:
    form = objects.typed(await objects.fields(visit))
    write = form.get("act") == "write"
    options = {**objects.filling(form), "connector": 0}
    managed = await visit.manage("objects_fill", **options, check=not write, force=form.get("force") == "yes")
    if write and managed.done:
        return visit.back(
            PATH, visit.say("The addresses stand in the configuration and are in force."), *managed.messages
        )
    more = {"typed": form, "preview": managed.row, "managed": managed}
    return await _shown(visit, more, 200 if managed.done else 422)


async def _set(visit: Visit) -> Response:
    form = objects.typed(await objects.fields(visit))
    managed = await visit.manage("object_set", **objects.setting(form))
    if managed.done:
        return visit.back(
            PATH, visit.say("The addresses stand in the configuration and are in force."), *managed.messages
        )
    return await _shown(visit, {"typed": form, "managed": managed}, 422)


async def _telegram(visit: Visit) -> Response:
    form = objects.typed(await objects.fields(visit))
    managed = await by_hand(visit, form)
    if visit.is_fragment:
        return visit.page("knx_said.html", {"managed": managed})
    return await _shown(visit, {"by_hand": managed}, 200 if managed.done else 409)


PAGES: Final = (
    Page(PATH, _objects, Role.INSTALLER),
    Page(f"{PATH}/fill", _fill, Role.INSTALLER, "POST"),
    Page(f"{PATH}/set", _set, Role.INSTALLER, "POST"),
    Page(f"{PATH}/telegram", _telegram, Role.INSTALLER, "POST"),
)
