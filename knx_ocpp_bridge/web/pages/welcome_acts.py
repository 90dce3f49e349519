"""What is done in the first steps; each leads back to its step, or on to the next."""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.config.key_path import Entry, spelled
from knx_ocpp_bridge.web.access.near import is_near
from knx_ocpp_bridge.web.access.unknown_sender import form_of_nobody
from knx_ocpp_bridge.web.pages.welcome import PATH, begun, shown
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.tray import sent, sent_name
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.welcome_currents import CURRENTS, UNSAVED, at_fields, wrong_currents

_LARGEST_BACKUP: Final = 1024 * 1024 * 1024
_LARGEST_KEYRING: Final = 8 * 1024 * 1024
_LARGEST_PROJECT: Final = 31 * 1024 * 1024
_WINDOW_MINUTES: Final = 30
_TWO_LEVELS: Final = re.compile(r"[0-9]{1,5}/[0-9]{1,5}")
_CONNECTOR: Final = re.compile(r"[0-9]{1,3}")


async def _restore(visit: Visit) -> Response:
    """Instead of a first password: whoever was known when the backup was made is known again."""
    gate = visit.website.gate
    if not gate.is_new or not is_near(visit.caller.peer):
        raise HTTPException(403)
    form = await form_of_nobody(visit.request, lambda: gate.is_new)
    backup = form.get("backup")
    if not isinstance(backup, UploadFile) or not backup.filename:
        return begun(visit, visit.say("Choose the file of a backup first."), 422)
    path = visit.website.tray()
    try:
        await asyncio.to_thread(_keep, backup, path)
    finally:
        await backup.close()
    password = str(form.get("password", "")) or None
    managed = await visit.manage("restore", file=path.name, password=password, part="all", while_new=True)
    if not managed.done:
        return begun(visit, " ".join(managed.messages), 409)
    return visit.page("settings_restart.html", {"back": "/login?restored=yes"})


def _keep(backup: UploadFile, path: Path) -> None:
    path.touch(mode=0o600)
    with path.open("wb") as file:
        shutil.copyfileobj(backup.file, file)


async def _building(visit: Visit) -> Response:
    form = await visit.form()
    wanted = {f"site.{key}": form.get(key, "").strip() or None for key in ("name", "timezone")}
    managed = await visit.manage("config_change", changes=json.dumps(wanted))
    if not managed.done:
        return await shown(visit, "building", managed.messages, form)
    return visit.back(f"{PATH}/knx")


async def _scan(visit: Visit) -> Response:
    managed = await visit.manage("knx_scan")
    return visit.back(f"{PATH}/knx", *managed.messages, good=managed.done)


async def _use(visit: Visit) -> Response:
    """A gateway is chosen: the bridge starts again, and is connected to it then."""
    form = await visit.form()
    gateway = form.get("gateway", "").strip()
    connection = form.get("connection", "") or ("tunneling" if gateway else "automatic")
    managed = await visit.manage("knx_use", connection=connection, gateway=gateway)
    if not managed.done:
        return await shown(visit, "knx", managed.messages, form)
    (row,) = (await visit.look("configuration")).rows
    if not any(each.startswith("knx.") for each in row["restart"]):
        return visit.back(f"{PATH}/knx")
    return await _again(visit)


async def _again(visit: Visit) -> Response:
    managed = await visit.manage("restart")
    if not managed.done:
        return await shown(visit, "knx", managed.messages)
    return visit.page("settings_restart.html", {"back": f"{PATH}/knx"})


async def _keyring(visit: Visit) -> Response:
    form = await visit.form()
    name = await sent(visit, "keyring", _LARGEST_KEYRING)
    if name is None:
        return await shown(visit, "knx", (visit.say("Choose a file first."),), form)
    managed = await visit.manage("keyring_save", file=name, password=form.get("password", ""))
    if not managed.done:
        return await shown(visit, "knx", managed.messages, form)
    return visit.back(f"{PATH}/knx", visit.say("The keyring is in its place."), *managed.messages)


async def _ets(visit: Visit) -> Response:
    form = await visit.form()
    name = await sent(visit, "project", _LARGEST_PROJECT)
    if name is None:
        return await shown(visit, "ets", (visit.say("Choose a file first."),), form)
    called = await sent_name(visit, "project")
    managed = await visit.manage("ets_save", file=name, name=called, password=form.get("password", ""))
    if not managed.done:
        return await shown(visit, "ets", managed.messages, form)
    return visit.back(f"{PATH}/ets", visit.say("The file is in its place: its names are shown everywhere."))


async def _window(visit: Visit) -> Response:
    minutes = _WINDOW_MINUTES if (await visit.form()).get("open") == "yes" else 0
    managed = await visit.manage("window", minutes=minutes)
    return visit.back(f"{PATH}/charger", *managed.messages, good=managed.done)


async def _adopt(visit: Visit) -> Response:
    form = await visit.form()
    charger = form.get("charger", "")
    managed = await visit.manage("adopt", charger, name=form.get("name", "").strip())
    if not managed.done:
        return await shown(visit, "charger", managed.messages, form)
    return visit.back(
        f"{PATH}/adopt?charger={quote(charger, safe='')}", visit.say("It stands in the configuration now.")
    )


async def _reject(visit: Visit) -> Response:
    managed = await visit.manage("reject", (await visit.form()).get("charger", ""))
    return visit.back(f"{PATH}/charger", *managed.messages, good=managed.done)


async def _currents(visit: Visit) -> Response:
    """Name, phases and currents of every connector, all of it or nothing."""
    form = await visit.form()
    charger = form.get("charger", "")
    wanted: dict[str, Any] = {spelled(("chargers", Entry(charger), "name")): form.get("name", "").strip() or None}
    for number in form.get("connectors", "").split():
        for key in CURRENTS if _CONNECTOR.fullmatch(number) else ():
            path = spelled(("chargers", Entry(charger), "connectors", Entry(number), key))
            wanted[path] = form.get(f"{key}-{number}", "").strip().replace(",", ".") or None
    bad = wrong_currents(visit.say, form)
    if bad:
        return await shown(visit, "adopt", (visit.say(UNSAVED),), form, {"bad": bad})
    managed = await visit.manage("config_change", changes=json.dumps(wanted))
    if not managed.done:
        text = (await visit.look("configuration")).rows[0]["text"]
        bad, others = at_fields(text, charger, (managed.row or {}).get("problems", ()))
        said = (visit.say(UNSAVED), *others) if bad else others or managed.messages
        return await shown(visit, "adopt", said, form, {"bad": bad})
    return visit.back(f"{PATH}/addresses?charger={quote(charger, safe='')}", visit.say("Saved."))


async def _addresses(visit: Visit) -> Response:
    """Look at a block of addresses, or write it."""
    form = await visit.form()
    charger, number = form.get("charger", ""), form.get("connector", "")
    base, check = form.get("base", "").strip(), form.get("do") != "write"
    style = {row["path"]: row["value"] for row in (await visit.look("settings")).rows}["knx.group_address_style"]
    if style == "three_level" and _TWO_LEVELS.fullmatch(base):
        said = visit.say(
            "%(base)s has two levels, and group addresses have three here (Settings, KNX): write it like %(base)s/0."
        )
        return await shown(visit, "addresses", (said % {"base": base},), form)
    managed = await visit.manage(
        "objects_fill",
        charger,
        connector=int(number) if _CONNECTOR.fullmatch(number) else 0,
        scheme=form.get("scheme", ""),
        base=base,
        check=check,
        force=form.get("force") == "yes",
    )
    rows = (managed.row or {}).get("rows")
    if check and managed.done:
        hard = any(each["weight"] == "error" for each in rows or ())
        return await shown(visit, "addresses", (), form, {"rows": rows, "free": not hard})
    if not managed.done:
        return await shown(visit, "addresses", managed.messages, form, {"rows": rows, "free": False})
    there = f"{PATH}/addresses?charger={quote(charger, safe='')}"
    return visit.back(there, visit.say("The addresses are in force."))


async def _finish(visit: Visit) -> Response:
    """The window is closed, and whoever is not configured is turned away from now on."""
    await visit.manage("window", minutes=0)
    managed = await visit.manage("config_set", path="ocpp.unknown_chargers", value="rejected")
    if not managed.done:
        return await shown(visit, "finish", managed.messages)
    return visit.back(f"{PATH}/finish", visit.say("Charge points that are not configured are turned away from now on."))


PAGES: Final = (
    Page(f"{PATH}/restore", _restore, Role.NOBODY, "POST", _LARGEST_BACKUP),
    Page(f"{PATH}/building", _building, Role.INSTALLER, "POST"),
    Page(f"{PATH}/knx/scan", _scan, Role.INSTALLER, "POST"),
    Page(f"{PATH}/knx/use", _use, Role.INSTALLER, "POST"),
    Page(f"{PATH}/knx/restart", _again, Role.INSTALLER, "POST"),
    Page(f"{PATH}/knx/keyring", _keyring, Role.INSTALLER, "POST"),
    Page(f"{PATH}/ets", _ets, Role.INSTALLER, "POST"),
    Page(f"{PATH}/window", _window, Role.INSTALLER, "POST"),
    Page(f"{PATH}/adopt", _adopt, Role.INSTALLER, "POST"),
    Page(f"{PATH}/reject", _reject, Role.INSTALLER, "POST"),
    Page(f"{PATH}/currents", _currents, Role.INSTALLER, "POST"),
    Page(f"{PATH}/addresses", _addresses, Role.INSTALLER, "POST"),
    Page(f"{PATH}/finish", _finish, Role.INSTALLER, "POST"),
)
