"""A charge point's group objects as ETS shows a device; and addresses for them from a base."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.group_objects import Scope
from knx_ocpp_bridge.web import object_table as objects
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, charger_page
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/objects"


async def _objects(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, more: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    charger = charger_id(visit)
    connector = objects.number(visit.request.query_params.get("connector", ""))
    rows, _ = await objects.table(visit, charger, limit=500)
    shown = await visit.website.live.shown(watched(f"objects:{charger}"), visit.language, visit.visitor.role)
    context: dict[str, Any] = {
        "rows": rows,
        "shown": shown,
        "here": address(TAB, charger),
        "chosen": connector,
        "schemes": (await visit.look("schemes")).rows,
        "choices": objects.choices(objects.scope(charger, connector)),
        "all_choices": objects.choices(Scope.CONNECTOR) + objects.choices(Scope.CHARGE_POINT),
        "connectors": _connectors(rows),
        "problems": objects.problems_of(rows),
        "preview": None,
        "typed": {},
        "managed": None,
        "by_hand": None,
        **(more or {}),
    }
    response = await charger_page(visit, TAB, "charger_objects.html", context)
    response.status_code = status
    return response


def _connectors(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """The rows of each connector, of the charge point itself first."""
    by_connector: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_connector.setdefault(row["connector"], []).append(row)
    return dict(sorted(by_connector.items()))


async def _fill(visit: Visit) -> Response:
    """Show what a base would give, or write it."""
    form = objects.typed(await objects.fields(visit))
    options, charger = objects.filling(form), charger_id(visit)
    write = form.get("act") == "write"
    managed = await visit.manage("objects_fill", charger, **options, check=not write, force=form.get("force") == "yes")
    if write and managed.done:
        return visit.back(address(TAB, charger), *_written(visit, managed))
    more = {
        "typed": form,
        "preview": managed.row,
        "managed": managed,
        "chosen": options["connector"],
        "choices": objects.choices(objects.scope(charger, options["connector"])),
    }
    return await _shown(visit, more, 200 if managed.done else 422)


def _written(visit: Visit, managed: Managed) -> tuple[str, ...]:
    return (visit.say("The addresses stand in the configuration and are in force."), *managed.messages)


async def _set(visit: Visit) -> Response:
    """One object: its addresses, or without it."""
    form = objects.typed(await objects.fields(visit))
    charger = charger_id(visit)
    managed = await visit.manage("object_set", charger, **objects.setting(form))
    if managed.done:
        return visit.back(address(TAB, charger), *_written(visit, managed))
    return await _shown(visit, {"typed": form, "managed": managed}, 422)


async def _by_hand(visit: Visit) -> Response:
    """Send or read one address of a row."""
    form = objects.typed(await objects.fields(visit))
    managed = await by_hand(visit, form)
    if visit.is_fragment:
        return visit.page("knx_said.html", {"managed": managed})
    return await _shown(visit, {"by_hand": managed}, 200 if managed.done else 409)


async def by_hand(visit: Visit, form: Mapping[str, str]) -> Managed:
    """One telegram as the form of a row wants it."""
    if form.get("act") == "read":
        return await visit.manage("knx_read", address=form.get("address", ""))
    return await visit.manage("knx_write", address=form.get("address", ""), value=form.get("value", "").strip())


PAGES: Final = (
    Page(TAB, _objects, Role.INSTALLER),
    Page(f"{TAB}/fill", _fill, Role.INSTALLER, "POST"),
    Page(f"{TAB}/set", _set, Role.INSTALLER, "POST"),
    Page(f"{TAB}/telegram", _by_hand, Role.INSTALLER, "POST"),
)
