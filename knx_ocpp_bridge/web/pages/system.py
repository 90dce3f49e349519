"""System: how the bridge fares and what to do, what it is made of, backup and restore, and the file for support."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from knx_ocpp_bridge.config.file_names import stem
from knx_ocpp_bridge.control.health import FINDINGS, Check, Level
from knx_ocpp_bridge.control.protocol import Request as Asked
from knx_ocpp_bridge.control.protocol import Response as Answer
from knx_ocpp_bridge.control.support_bundle import support_bundle
from knx_ocpp_bridge.web.downloads import attachment
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_LARGEST_BACKUP: Final = 1024 * 1024 * 1024

_PLACES: Final[Mapping[str, str]] = {
    Check.BUS.value: "/knx",
    Check.INPUTS.value: "/knx",
    Check.CHARGERS.value: "/chargers",
    Check.CONFIGURATION.value: "/settings",
    Check.CERTIFICATES.value: "/settings",
    Check.ALARMS.value: "/alarms",
}
"""Where something can be done about it."""


async def _system(visit: Visit) -> Response:
    return await _shown(visit)


async def _health(visit: Visit) -> Response:
    return visit.page("system_health.html", {"findings": await _findings(visit)})


async def _shown(visit: Visit, wrong: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """The whole page; `wrong` says by the name of a form why it was not carried out."""
    context = {
        "findings": await _findings(visit),
        "parts": (await visit.look("versions")).rows,
        "wrong": {"backup": "", "restore": "", **(wrong or {})},
    }
    return visit.page("system.html", context, status)


async def _findings(visit: Visit) -> list[dict[str, Any]]:
    rows = (await visit.look("health")).rows
    return [
        {
            "level": row["level"],
            "finding": FINDINGS[row["finding"]],
            "facts": _in_manner(visit, row["facts"]),
            "place": _place(row),
        }
        for row in rows
        if row["finding"] in FINDINGS
    ]


def _in_manner(visit: Visit, facts: Mapping[str, str]) -> dict[str, str]:
    until = facts.get("until")
    return {**facts} if until is None else {**facts, "until": visit.writer.day(f"{until}T12:00+00:00")}


def _place(row: Mapping[str, Any]) -> str:
    if row["level"] == Level.GOOD.value:
        return ""
    if row["check"] == Check.CHARGERS.value and row["charger"]:
        return f"/chargers/{quote(row['charger'], safe='')}"
    return _PLACES.get(row["check"], "")


async def _backup(visit: Visit) -> Response:
    form = await visit.form()
    password = form.get("password", "")
    if password != form.get("again", ""):
        return await _shown(visit, {"backup": visit.say("The two passwords differ: type them again.")}, 422)
    managed = await visit.manage("backup", password=password or None)
    if not managed.done or managed.row is None:
        return await _shown(visit, {"backup": " ".join(managed.messages)}, 409)
    file = Path(managed.row["file"])
    gone = BackgroundTask(file.unlink, missing_ok=True)
    return FileResponse(file, filename=managed.row["name"], media_type="application/octet-stream", background=gone)


async def _restore(visit: Visit) -> Response:
    sent = await visit.request.form(max_files=1, max_fields=10)
    backup = sent.get("backup")
    if not isinstance(backup, UploadFile) or not backup.filename:
        return await _shown(visit, {"restore": visit.say("Choose the file of a backup first.")}, 422)
    path = visit.website.tray()
    try:
        await asyncio.to_thread(_keep, backup, path)
    finally:
        await backup.close()
    password, part = str(sent.get("password", "")), str(sent.get("part", "all"))
    managed = await visit.manage("restore", file=path.name, password=password or None, part=part)
    if not managed.done:
        return await _shown(visit, {"restore": " ".join(managed.messages)}, 409)
    return visit.page("system_restored.html", {"messages": managed.messages})


def _keep(sent: UploadFile, path: Path) -> None:
    path.touch(mode=0o600)
    with path.open("wb") as file:
        shutil.copyfileobj(sent.file, file)


async def _support(visit: Visit) -> Response:
    async def ask(request: Asked) -> Answer:
        return await visit.website.ask(request, visit.caller)

    now = visit.website.utc()
    packed = await support_bundle(ask, now)
    name = f"{stem(visit.website.name(), now, visit.website.zone())}-support.tar.gz"
    return attachment(name, packed, "application/gzip")


PAGES: Final = (
    Page("/system", _system, Role.INSTALLER),
    Page("/system/health", _health, Role.INSTALLER),
    Page("/system/support-bundle", _support, Role.INSTALLER),
    Page("/system/backup", _backup, Role.INSTALLER, "POST"),
    Page("/system/restore", _restore, Role.INSTALLER, "POST", _LARGEST_BACKUP),
)
