"""The first steps: one page each, in the order in which they are done; every one can be left out and done again."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import available_timezones

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from knx_ocpp_bridge.web import chargers_parts, failure_words
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.outlet_card import whole
from knx_ocpp_bridge.web.pages.chargers import picture
from knx_ocpp_bridge.web.pages.login import secure
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.welcome_parts import MOST_FAILURES, waits_s
from knx_ocpp_bridge.web.welcome_steps import AT, KEYS, LEADING_AWAY, SKIPPED, STEPS, Row, Standing, standing

PATH: Final = "/welcome"
_A_YEAR_S: Final = 365 * 24 * 3600
_AN_HOUR_S: Final = 3600
_CONTINENTS: Final = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
_NEWEST: Final = 12
_WINDOW_MINUTES: Final = 30

Context = dict[str, Any]


async def _welcome(visit: Visit) -> Response:
    if not visit.may(Role.INSTALLER):
        if visit.website.gate.is_new:
            return begun(visit)
        return RedirectResponse(f"/login?next={PATH}", 303)
    how_far = await standing(visit)
    return visit.page("welcome.html", {"steps": STEPS, "standing": how_far})


def begun(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    """Where nobody has a password yet; `wrong` says why a backup was not put back."""
    context = {"wrong": wrong, "why": "", "name": "installer", "secure": secure(visit, PATH)}
    return visit.page("welcome_start.html", context, status)


async def _step(visit: Visit) -> Response:
    return await shown(visit, visit.request.path_params["step"])


async def shown(
    visit: Visit,
    key: str,
    wrong: tuple[str, ...] = (),
    typed: Mapping[str, str] | None = None,
    more: Context | None = None,
) -> Response:
    """The page of a step; `wrong` says why what was `typed` was not done.

    Raises:
        HTTPException: 404, there is no such step.
    """
    if key not in _CONTEXTS:
        raise HTTPException(404)
    how_far = await standing(visit)
    place = KEYS.index(key)
    context: Context = {
        "standing": how_far,
        "steps": STEPS,
        "place": place,
        "step": STEPS[place],
        "before": KEYS[place - 1] if place else "",
        "after": KEYS[place + 1] if place + 1 < len(KEYS) else "",
        "wrong": wrong,
        "typed": typed or {},
        **await _CONTEXTS[key](visit, how_far),
        **(more or {}),
    }
    answer = visit.page(f"welcome_{key}.html", context, 422 if wrong else 200)
    if key in LEADING_AWAY:
        answer.set_cookie(AT, key, _AN_HOUR_S, path="/chargers", httponly=True, samesite="lax")
    return answer


async def _of_building(_visit: Visit, _standing: Standing) -> Context:
    return {"timezones": sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _CONTINENTS)}


async def _nothing(_visit: Visit, _standing: Standing) -> Context:
    return {}


async def _of_knx(visit: Visit, how_far: Standing) -> Context:
    return {
        **await _bus(visit),
        "gateways": (await visit.look("knx_scan")).rows,
        "restart": [each for each in (await visit.look("configuration")).rows[0]["restart"] if each.startswith("knx.")],
        "keyring": how_far.settings.get("knx.keyring"),
    }


async def _bus(visit: Visit) -> Context:
    """How the connection stands, and how much was heard within the last ten seconds."""
    (bus,) = (await visit.look("bus")).rows
    newest = (await visit.look("telegrams", newest=True, limit=200)).rows
    edge = visit.website.utc().timestamp() - 10
    recent = [row for row in newest if _stamp(row["at"]) >= edge]
    return {"bus": bus, "heard": len(recent)}


def _stamp(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


async def _of_ets(visit: Visit, _standing: Standing) -> Context:
    (row,) = (await visit.look("ets")).rows
    return {"ets": row}


async def _of_charger(visit: Visit, how_far: Standing) -> Context:
    rows = (await visit.look("dialling")).rows
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["scheme"], row)
    return {
        "ways": [{**row, "picture": picture(row["url"])} for row in first.values()],
        "brands": failure_words.BRANDS,
        "minutes": _WINDOW_MINUTES,
        **chargers_parts.inbox_values(
            (await visit.look("strangers")).rows,
            (await visit.look("window")).rows,
            (await visit.look("failures", limit=MOST_FAILURES)).rows,
        ),
        "adopted": how_far.chargers,
    }


async def _of_adopt(visit: Visit, how_far: Standing) -> Context:
    one = how_far.charger(visit.request.query_params.get("charger", ""))
    if one is None:
        return {"charger": None}
    (details,) = (await visit.look("charger", one["id"])).rows
    return {"charger": one, "details": details, "waits_s": waits_s(one, visit.website.utc()), "bad": {}}


async def _of_addresses(visit: Visit, how_far: Standing) -> Context:
    one = how_far.charger(visit.request.query_params.get("charger", ""))
    if one is None:
        return {"charger": None}
    objects = (await visit.look("objects", one["id"], limit=100)).rows
    return {
        "charger": one,
        "schemes": (await visit.look("schemes")).rows,
        "objects": objects,
        "rows": None,
        "free": True,
    }


async def _of_try(visit: Visit, how_far: Standing) -> Context:
    one = how_far.charger(visit.request.query_params.get("charger", ""))
    if one is None or not one["connectors"]:
        return {"charger": None}
    topic = f"outlet:{quote(one['id'], safe='')}/{one['connectors'][0]['id']}"
    seen = await visit.website.live.shown(watched(topic), visit.language, visit.visitor.role)
    objects = (await visit.look("objects", one["id"], limit=500)).rows
    switch = [row for row in objects if row["key"] == "charging"]
    return {
        "charger": one, "topic": topic, "shown": seen, "cards": list(whole(seen.html).values()), "switch": switch,
        **await _telegrams(visit), "waits_s": waits_s(one, visit.website.utc()),
    }  # fmt: skip


async def _waiting(visit: Visit) -> Context:
    one = (await standing(visit)).charger(visit.request.query_params.get("charger", ""))
    if one is None:
        raise HTTPException(404)
    return {"charger": one, "waits_s": waits_s(one, visit.website.utc())}


async def _telegrams(visit: Visit) -> Context:
    return {"telegrams": list(reversed((await visit.look("telegrams", newest=True, limit=_NEWEST, ours=True)).rows))}


async def _of_check(visit: Visit, how_far: Standing) -> Context:
    results: list[Row] = []
    for one in how_far.chargers:
        try:
            results += (await visit.look("selftest", one["id"])).rows
        except HTTPException:
            continue  # it has gone meanwhile
    return {"results": results}


async def _of_secure(visit: Visit, _standing: Standing) -> Context:
    return {"security": (await visit.look("security")).rows}


_CONTEXTS: Final[Mapping[str, Callable[[Visit, Standing], Awaitable[Context]]]] = {
    "building": _of_building,
    "knx": _of_knx,
    "ets": _of_ets,
    "charger": _of_charger,
    "adopt": _of_adopt,
    "addresses": _of_addresses,
    "try": _of_try,
    "check": _of_check,
    "secure": _of_secure,
    "finish": _nothing,
}


async def _live(visit: Visit) -> Response:
    """What changes by itself of a step."""
    match visit.request.path_params["step"]:
        case "adopt":
            return HTMLResponse(visit.text("welcome_adopt_live.html", await _waiting(visit)))
        case "knx":
            return HTMLResponse(visit.text("welcome_knx_live.html", await _bus(visit)))
        case "try":
            return HTMLResponse(
                visit.text("welcome_try_live.html", {**await _telegrams(visit), **await _waiting(visit)})
            )
        case _:
            raise HTTPException(404)


async def _skip(visit: Visit) -> Response:
    """The step is left out; `again`: it is not any more."""
    form = await visit.form()
    key = form.get("step", "")
    if key not in KEYS:
        raise HTTPException(404)
    skipped = (await standing(visit)).skipped
    skipped = skipped - {key} if form.get("again") else skipped | {key}
    place = KEYS.index(key) + 1
    answer = visit.back(f"{PATH}/{KEYS[place]}" if place < len(KEYS) else PATH)
    value = ".".join(sorted(skipped))
    answer.set_cookie(SKIPPED, value, _A_YEAR_S, path=PATH, httponly=True, samesite="lax")
    return answer


PAGES: Final = (
    Page(PATH, _welcome, Role.NOBODY),
    Page(f"{PATH}/skip", _skip, Role.INSTALLER, "POST"),
    Page(f"{PATH}/{{step}}", _step, Role.INSTALLER),
    Page(f"{PATH}/{{step}}/live", _live, Role.INSTALLER),
)
