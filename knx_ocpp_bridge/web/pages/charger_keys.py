"""Configuration keys of a charge point: read, explained, searched, and written one at a time."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.upkeep_words import ANSWERS, MEANINGS, TYPES, UNITS
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/keys"
_ACTED: Final = f"{TAB}/set"
_READ: Final = f"{TAB}/read"
_NOTHING_TYPED: Final[Mapping[str, str]] = {}


async def _keys(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, typed: Mapping[str, str] = _NOTHING_TYPED, wrong: str = "") -> Response:
    asked = charger_id(visit)
    (row,) = (await visit.look("charger", asked)).rows
    (upkeep,) = (await visit.look("upkeep", asked)).rows
    rows = (await visit.look("keys", asked)).rows
    wanted = visit.request.query_params.get("find", "").strip()[:100]
    context = {
        **frame(visit, row, TAB),
        "upkeep": upkeep,
        "all_rows": len(rows),
        "rows": [_row(visit, each) for each in rows if _is_wanted(visit, each, wanted)],
        "find": wanted,
        "here": address(TAB, row["id"]),
        "typed": typed,
        "wrong": wrong,
    }
    return visit.page("charger_keys.html", context, 422 if wrong else 200)


def _row(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    meaning = MEANINGS.get(row["key"], row["meaning"])
    return {
        **row,
        "meaning": visit.say(meaning) if meaning else "",
        "unit": visit.say(UNITS[row["unit"]]) if row["unit"] in UNITS else row["unit"],
        "set_by_bridge": _said(visit, row["set_by_bridge"]),
        "advice": _said(visit, row["advice"]),
        "type_words": visit.say(TYPES[row["type"]]) if row["type"] in TYPES else "",
    }


def _said(visit: Visit, sentence: str) -> str:
    """In the visitor's language where it is one of `upkeep_words.SAID`."""
    return visit.say(sentence) if sentence else ""


def _is_wanted(visit: Visit, row: Mapping[str, Any], wanted: str) -> bool:
    shown = _row(visit, row)
    text = " ".join(
        str(shown[name] or "") for name in ("key", "value", "meaning", "profile", "set_by_bridge", "advice")
    )
    return all(word in text.casefold() for word in wanted.casefold().split())


async def _read(visit: Visit) -> Response:
    charger = charger_id(visit)
    managed = await visit.manage("keys_read", charger)
    count = len((managed.row or {}).get("keys", ()))
    said = visit.say("%(count)s keys were read.") % {"count": count}
    if not managed.done:
        said = _refused(visit, managed.because.name, managed.messages)
    elif not count:
        said = visit.say("The charge point lists no keys; it may still answer for one that is named.")
    return visit.back(address(TAB, charger), said, good=managed.done)


async def _set(visit: Visit) -> Response:
    form = await visit.form()
    charger, key, value = charger_id(visit), form.get("key", "").strip(), form.get("value", "")
    managed = await visit.manage("key_set", charger, key=key, value=value, force="force" in form)
    if not managed.done:
        return await _page(visit, form, _refused(visit, managed.because.name, managed.messages))
    told = [visit.say("%(key)s was accepted.") % {"key": key}]
    if managed.row is not None and managed.row["reboot_needed"]:
        told.append(visit.say("It is in force after the charge point was restarted."))
    told += managed.messages[1:] if managed.row is None or not managed.row["reboot_needed"] else ()
    return visit.back(address(TAB, charger), *told)


def _refused(visit: Visit, because: str, messages: tuple[str, ...]) -> str:
    """The word for the reason, then what was said."""
    return f"{visit.say(ANSWERS[because])}: {'; '.join(messages)}"


PAGES: Final = (
    Page(TAB, _keys, Role.INSTALLER),
    Page(_READ, _read, Role.INSTALLER, "POST"),
    Page(_ACTED, _set, Role.INSTALLER, "POST"),
)
