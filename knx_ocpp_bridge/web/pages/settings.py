"""Settings: the common ones by fields, certificates, and the restart that some of them wait for."""

import json
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.settings_fields import BY_KEY, GROUPS, Row, changes, shown, wrong
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/settings"
_LARGEST_PEM: Final = 256 * 1024


async def _settings(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: Visit, key: str = "", typed: Row | None = None, refused: tuple[Row, tuple[str, ...]] | None = None
) -> Response:
    """`typed` and `refused` are of the group `key`: what was sent, and what is wrong with it."""
    rows = {row["path"]: row for row in (await visit.look("settings")).rows}
    (file,) = (await visit.look("configuration")).rows
    context: dict[str, Any] = {
        "groups": [group for group in GROUPS if any(each.path in rows for each in group.fields)],
        "rows": rows,
        "file": file,
        "certificates": await _certificates(visit),
        "key": key,
        "typed": typed or {},
        "wrong": ({}, ()) if refused is None else refused,
        "written": shown,
    }
    return visit.page("settings.html", context, 200 if refused is None else 422)


async def _certificates(visit: Visit) -> Row | None:
    try:
        (row,) = (await visit.look("ca")).rows
    except HTTPException:
        return None  # TLS is off: there are none
    return row


async def _save(visit: Visit) -> Response:
    form = await visit.form()
    group = BY_KEY.get(form.get("group", ""))
    if group is None:
        raise HTTPException(404)
    wanted = changes(group, (await visit.look("settings")).rows, form)
    if not wanted:
        return visit.back(PATH, visit.say("Nothing was changed."))
    managed = await visit.manage("config_change", changes=json.dumps(wanted))
    row = managed.row or {}
    if not managed.done:
        problems = row.get("problems", ())
        of_fields, others = wrong(group, problems)
        return await _shown(visit, group.key, form, (of_fields, others if problems else managed.messages))
    said = [visit.say("Saved; it is in force.") if row.get("live") else visit.say("Saved.")]
    if row.get("restart"):
        said.append(visit.say("Some of it counts after a restart only: see the top of the page."))
    return visit.back(PATH, *said)


async def _restart(visit: Visit) -> Response:
    managed = await visit.manage("restart")
    if not managed.done:
        return visit.back(PATH, *managed.messages, good=False)
    return visit.page("settings_restart.html", {"back": PATH})


async def _renew(visit: Visit) -> Response:
    return await _done(visit, "renew")


async def _own(visit: Visit) -> Response:
    return await _done(visit, "own")


async def _import(visit: Visit) -> Response:
    sent = await visit.request.form(max_files=2, max_fields=10)
    texts = {}
    for name in ("chain", "key"):
        upload = sent.get(name)
        content = b"" if upload is None or isinstance(upload, str) else await upload.read(_LARGEST_PEM + 1)
        if not content or len(content) > _LARGEST_PEM:
            return visit.back(
                PATH, visit.say("Choose both files: the certificate with its chain, and its key."), good=False
            )
        texts[name] = content.decode("ascii", "replace")
    return await _done(visit, "import", **texts)


async def _done(visit: Visit, act: str, **options: str) -> Response:
    managed = await visit.manage(act, **options)
    return visit.back(PATH, *managed.messages, good=managed.done)


PAGES: Final = (
    Page(PATH, _settings, Role.INSTALLER),
    Page(PATH, _save, Role.INSTALLER, "POST"),
    Page(f"{PATH}/restart", _restart, Role.INSTALLER, "POST"),
    Page(f"{PATH}/certificates/renew", _renew, Role.INSTALLER, "POST"),
    Page(f"{PATH}/certificates/own", _own, Role.INSTALLER, "POST"),
    Page(f"{PATH}/certificates/import", _import, Role.INSTALLER, "POST", 2 * _LARGEST_PEM),
)
