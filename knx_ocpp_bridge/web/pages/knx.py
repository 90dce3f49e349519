"""KNX: the connection, the gateways of the network, the inputs and the keyring."""

import asyncio
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.tray import sent
from knx_ocpp_bridge.web.visit import Page, Visit

_LARGEST_KEYRING: Final = 8 * 1024 * 1024
_PATIENCE_S: Final = 2.0
"""A page waits so long for a file of the ETS that is being read."""
_STEP_S: Final = 0.1


async def _knx(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, wrong: dict[str, tuple[str, ...]] | None = None, status: int = 200) -> Response:
    """The whole page; `wrong` says by the name of a form why it was not carried out."""
    shown = await visit.website.live.shown(watched("knx"), visit.language, visit.visitor.role)
    ets = await judged(visit)
    keyring = (await visit.look("keyring")).rows
    context: dict[str, Any] = {
        "shown": shown,
        "gateways": (await visit.look("knx_scan")).rows,
        "ets": ets,
        "keyring": keyring[0] if keyring else None,
        "wrong": {"scan": (), "use": (), "keyring": (), **(wrong or {})},
        "can_restart": "restart" in visit.website.catalogue.verbs,
    }
    return visit.page("knx.html", context, status)


async def judged(visit: Visit) -> dict[str, Any]:
    """What the ETS's file and the keyring say; `working` is true where that takes longer than a page waits."""
    (row,) = (await visit.look("ets")).rows
    waited_s = 0.0
    while row["working"] and waited_s < _PATIENCE_S:
        await asyncio.sleep(_STEP_S)
        waited_s += _STEP_S
        (row,) = (await visit.look("ets")).rows
    return dict(row)


async def _scan(visit: Visit) -> Response:
    managed = await visit.manage("knx_scan")
    if not managed.done:
        return await _shown(visit, {"scan": managed.messages}, 409)
    return visit.back("/knx", *managed.messages)


async def _use(visit: Visit) -> Response:
    form = await visit.form()
    managed = await visit.manage(
        "knx_use",
        connection=form.get("connection", ""),
        gateway=form.get("gateway", ""),
        second=form.get("second") == "yes",
    )
    if not managed.done:
        return await _shown(visit, {"use": managed.messages}, 409)
    return visit.back("/knx", visit.say("The gateway stands in the configuration."), *managed.messages)


async def _keyring(visit: Visit) -> Response:
    form = await visit.form()
    name = await sent(visit, "keyring", _LARGEST_KEYRING)
    if name is None:
        return await _shown(visit, {"keyring": (visit.say("Choose a file first."),)}, 422)
    managed = await visit.manage("keyring_save", file=name, password=form.get("password", ""))
    if not managed.done:
        return await _shown(visit, {"keyring": managed.messages}, 422)
    warnings = () if managed.row is None else tuple(managed.row["warnings"])
    return visit.back("/knx", visit.say("The keyring is in its place."), *managed.messages, *warnings)


PAGES: Final = (
    Page("/knx", _knx, Role.INSTALLER),
    Page("/knx/scan", _scan, Role.INSTALLER, "POST"),
    Page("/knx/use", _use, Role.INSTALLER, "POST"),
    Page("/knx/keyring", _keyring, Role.INSTALLER, "POST", 9 * 1024 * 1024),
)
