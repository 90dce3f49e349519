"""The cards: whose they are, what they may, which unknown ones were held to a reader, and how one is learned."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_PAGE: Final = 500
_MINUTES: Final = 5
_LARGEST_FILE: Final = 60 * 1024
_TEXTS: Final = ("name", "group", "cost_centre", "valid_from", "expires", "note")
_NONE_IF_EMPTY: Final = ("group", "valid_from", "expires")

Row = Mapping[str, Any]


async def _all(visit: Visit, topic: str) -> list[Row]:
    rows: list[Row] = []
    while len(page := (await visit.look(topic, after=len(rows), limit=_PAGE)).rows) == _PAGE:
        rows += page
    return [*rows, *page]


async def _cards(visit: Visit) -> Response:
    held = sorted(await _all(visit, "cards"), key=lambda row: row["at"], reverse=True)
    snapshot = await visit.status()
    context = {
        "cards": await _all(visit, "tags"),
        "unknown": [row for row in held if not row["known"]],
        "held": [row for row in held if row["known"]],
        "chargers": [(each["id"], each["name"] or each["id"]) for each in snapshot.chargers if each["configured"]],
        "day": lambda written, *, ends=False: _day(visit, written, ends=ends),
        "learning": visit.website.lessons,
    }
    return visit.page("cards.html", context)


async def _edit(visit: Visit) -> Response:
    key = visit.request.query_params.get("card", "")
    return await _form(visit, key, await _known(visit, key), {}, ())


async def _known(visit: Visit, key: str) -> Row:
    """What is known of this card; empty: it has no name yet."""
    if not key:
        return {}
    found = next((row for row in await _all(visit, "tags") if row["key"] == key), None)
    if found is None and not any(row["key"] == key for row in await _all(visit, "cards")):
        raise HTTPException(404, "this card is not known any more: look at the list of cards again")
    return found or {}


async def _form(
    visit: Visit, key: str, known: Row, typed: Mapping[str, str], messages: tuple[str, ...], status: int = 200
) -> Response:
    snapshot = await visit.status()
    held = next((row for row in await _all(visit, "cards") if row["key"] == key), None) if key else None
    limit = known.get("limit_kwh")
    values = {
        **{name: known.get(name) or "" for name in _TEXTS},
        "valid_from": _day(visit, known.get("valid_from")),
        "expires": _day(visit, known.get("expires"), ends=True),
        "limit": "" if limit is None else f"{limit:g}",
        "id": "",
        **typed,
    }
    chosen = {name.partition(":")[2] for name in typed if name.startswith("charger:")}
    context = {
        "key": key,
        "known": known,
        "held": held,
        "values": values,
        "chosen": chosen if typed else set(known.get("chargers", ())),
        "chargers": [(each["id"], each["name"] or each["id"]) for each in snapshot.chargers if each["configured"]],
        "messages": messages,
    }
    return visit.page("card.html", context, status)


async def _save(visit: Visit) -> Response:
    form = await visit.form()
    key = form.get("card", "")
    known = await _known(visit, key)
    entry: dict[str, Any] = {name: form.get(name, "").strip() for name in _TEXTS}
    entry |= {name: entry[name] or None for name in _NONE_IF_EMPTY}
    entry["id"] = key or form.get("id", "").strip()
    entry["chargers"] = [name.partition(":")[2] for name in form if name.startswith("charger:")] or None
    written = form.get("limit", "").strip().replace(",", ".")
    try:
        entry["limit"] = float(written) if written else None
    except ValueError:
        wrong = visit.say("The limit is a number of kWh a month, like 120.")
        return await _form(visit, key, known, form, (wrong,), 422)
    managed = await visit.manage("tag_put", entry=json.dumps(entry), new=not known)
    if not managed.done:
        return await _form(visit, key, known, form, managed.messages, 422)
    return visit.back("/tags", *managed.messages)


async def _remove(visit: Visit) -> Response:
    managed = await visit.manage("tag_remove", tag=(await visit.form()).get("card", ""))
    return visit.back("/tags", *managed.messages, good=managed.done)


async def _erase(visit: Visit) -> Response:
    form = await visit.form()
    managed = await visit.manage("tag_erase", tag=form.get("card", ""), yes=form.get("sure") == "yes")
    return visit.back("/tags", *managed.messages, good=managed.done)


async def _import(visit: Visit) -> Response:
    content = await visit.upload("file", _LARGEST_FILE)
    if content is None:
        return visit.back("/tags", visit.say("Choose a tags file first."), good=False)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return visit.back("/tags", visit.say("This is no tags file: it is not UTF-8 text."), good=False)
    managed = await visit.manage("tag_import", text=text, file="upload")
    return visit.back("/tags", *managed.messages, good=managed.done)


async def _learn(visit: Visit) -> Response:
    """The page that waits; it looks again by itself."""
    return visit.page("learn.html", {"learning": visit.website.lessons})


async def _begin(visit: Visit) -> Response:
    form = await visit.form()
    name, where = form.get("name", "").strip(), form.get("charger", "")
    if not name:
        return visit.back("/tags", visit.say("Say whose card it will be."), good=False)
    waiting = visit.manage("learn", name=name, minutes=_MINUTES, at=where)
    visit.website.lessons.begin(waiting, name, where)
    return visit.back("/tags/learn")


async def _stop(visit: Visit) -> Response:
    visit.website.lessons.stop()
    return visit.back("/tags")


def _day(visit: Visit, written: str | None, *, ends: bool = False) -> str:
    """As it was written: a whole day of the site (the last one included), or a moment."""
    if not written:
        return ""
    at = datetime.fromisoformat(written).astimezone(visit.website.zone())
    if at.timetz().replace(tzinfo=None) != time():
        return at.strftime("%Y-%m-%d %H:%M")
    return str(at.date() - timedelta(days=int(ends)))


PAGES: Final = (
    Page("/tags", _cards, Role.OPERATOR),
    Page("/tags/edit", _edit, Role.INSTALLER),
    Page("/tags/edit", _save, Role.INSTALLER, "POST"),
    Page("/tags/remove", _remove, Role.INSTALLER, "POST"),
    Page("/tags/erase", _erase, Role.INSTALLER, "POST"),
    Page("/tags/import", _import, Role.INSTALLER, "POST"),
    Page("/tags/learn", _learn, Role.INSTALLER),
    Page("/tags/learn", _begin, Role.INSTALLER, "POST"),
    Page("/tags/learn/stop", _stop, Role.INSTALLER, "POST"),
)
