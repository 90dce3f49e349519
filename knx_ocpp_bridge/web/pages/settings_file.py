"""The configuration file in an editor: judged while it is typed, its difference shown before it is applied."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from knx_ocpp_bridge.web.differences import Merged, difference, merged
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.settings_fields import Row
from knx_ocpp_bridge.web.visit import Page, Visit

PATH: Final = "/settings/file"
_LARGEST: Final = 12 * 1024 * 1024
"""Bytes of a form: two texts, each of whose characters may take several."""


async def _file(visit: Visit) -> Response:
    file = await _now(visit)
    return _editor(visit, file, file["text"], _nothing())


async def _sent(visit: Visit) -> Response:
    form = await visit.form()
    file = await _now(visit)
    text, base = (_as_in(file["text"], form.get(name, "")) for name in ("text", "base"))
    was = form.get("was", "")
    match form.get("do", ""):
        case "check":
            return _editor(visit, {**file, "text": base, "sha256": was}, text, await _judged(visit, text))
        case "edit":
            return _editor(visit, {**file, "text": base, "sha256": was}, text, _nothing())
        case _ if was != file["sha256"]:
            return await _merge(visit, file, text, base)
        case "apply":
            return await _apply(visit, file, text, was)
        case _:
            return await _preview(visit, file, text, was)


async def _preview(visit: Visit, file: Row, text: str, was: str) -> Response:
    found = await _judged(visit, text)
    if found["problems"]:
        return _editor(visit, file, text, found, 422)
    context = {
        "file": file, "path_of_file": file["path"], "text": text, "base": file["text"], "was": was, "found": found,
        "lines": await asyncio.to_thread(difference, file["text"], text),
    }  # fmt: skip
    return visit.page("settings_preview.html", context)


async def _apply(visit: Visit, file: Row, text: str, was: str) -> Response:
    managed = await visit.manage("config_apply", text=text, was=was)
    row = managed.row or {}
    if managed.done:
        said = [visit.say("The configuration is in force."), *row.get("live", ())]
        if row.get("restart"):
            said.append(visit.say("Some of it counts after a restart only."))
        return visit.back("/settings", *said)
    if row.get("stale"):
        return await _merge(visit, await _now(visit), text, file["text"])
    answer = _editor(visit, file, text, {**_nothing(), **row}, 409)
    return answer if row.get("problems") else visit.back(PATH, *managed.messages, good=False)


async def _merge(visit: Visit, file: Row, text: str, base: str) -> Response:
    """Somebody else was faster: both changes in one text, on top of what is in the file now."""
    both, told = await asyncio.to_thread(_merged, base, text, file["text"])
    return _editor(visit, file, both.text, await _judged(visit, both.text), 409, told)


def _merged(base: str, mine: str, theirs: str) -> tuple[Merged, dict[str, Any]]:
    both = merged(base, mine, theirs)
    return both, {"conflicts": both.conflicts, "theirs": difference(base, theirs), "yours": difference(base, mine)}


def _editor(
    visit: Visit, file: Row, text: str, found: Row, status: int = 200, told: Mapping[str, Any] | None = None
) -> Response:
    context = {"file": file, "path_of_file": file["path"], "text": text, "found": found, "merged": told}
    return visit.page("settings_file.html", context, status)


async def _check(visit: Visit) -> Response:
    text = (await visit.form()).get("text", "")
    file = await _now(visit)
    found = await _judged(visit, _as_in(file["text"], text))
    return HTMLResponse(visit.text("settings_check.html", {"found": found, "path_of_file": file["path"]}))


async def _version(visit: Visit) -> Response:
    number = visit.request.path_params["number"]
    (row,) = (await visit.look("configuration_version", number=number)).rows
    file = await _now(visit)
    lines = await asyncio.to_thread(difference, file["text"], row["text"])
    context = {
        "file": file, "path_of_file": file["path"], "number": number, "text": row["text"],
        "found": await _judged(visit, row["text"]), "lines": lines,
    }  # fmt: skip
    return visit.page("settings_version.html", context)


async def _bring_back(visit: Visit) -> Response:
    form = await visit.form()
    number = form.get("number", "")
    if not number.isdecimal() or len(number) > 2:
        raise HTTPException(404)
    managed = await visit.manage("config_bring_back", number=int(number), was=form.get("was", ""))
    return visit.back(PATH, *managed.messages, good=managed.done)


async def _now(visit: Visit) -> Row:
    (row,) = (await visit.look("configuration")).rows
    return row


async def _judged(visit: Visit, text: str) -> Row:
    managed = await visit.manage("config_check", text=text)
    if managed.row is None:
        why = " ".join(managed.messages)
        return {
            **_nothing(),
            "problems": [{"file": "", "line": None, "column": None, "path": "", "reason": why, "remedy": ""}],
        }
    return {**managed.row, "judged": True}


def _nothing() -> dict[str, Any]:
    return {"problems": [], "warnings": [], "live": [], "restart": [], "judged": False}


def _as_in(file: str, sent: str) -> str:
    """A browser sends its own ends of line; those of the file count."""
    text = sent.replace("\r\n", "\n")
    if file.partition("\n")[0].endswith("\r"):
        text = text.replace("\n", "\r\n")
    return f"\ufeff{text}" if file.startswith("\ufeff") and not text.startswith("\ufeff") else text


PAGES: Final = (
    Page(PATH, _file, Role.INSTALLER),
    Page(PATH, _sent, Role.INSTALLER, "POST", _LARGEST),
    Page(f"{PATH}/check", _check, Role.INSTALLER, "POST", _LARGEST),
    Page(f"{PATH}/bring-back", _bring_back, Role.INSTALLER, "POST"),
    Page(f"{PATH}/{{number:int}}", _version, Role.INSTALLER),
)
