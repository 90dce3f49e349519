"""What somebody wants of a session: a plan, or when it has had enough. The forms of a connector's card."""

from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from knx_ocpp_bridge.web.access.next_page import next_page
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_MOST_KWH: Final = 10_000.0


async def _plan(visit: Visit) -> Response:
    form = await visit.form()
    options: dict[str, object] = {"connector": visit.request.path_params["connector"]}
    if form.get("off"):
        return await _done(visit, "plan", {**options, "off": True})
    for field, option in (("energy", "energy_wh"), ("soc", "soc")):
        text = form.get(field, "").strip()
        if text:
            number = _number(text)
            if number is None:
                return _back(visit, visit.say("%(text)s is no number.") % {"text": text[:20]}, good=False)
            options[option] = round(number * 1000) if option == "energy_wh" else round(number)
    if form.get("by"):
        options["by"] = form["by"][:5]
    return await _done(visit, "plan", options)


async def _session_limit(visit: Visit) -> Response:
    form = await visit.form()
    options: dict[str, object] = {"connector": visit.request.path_params["connector"]}
    if form.get("off"):
        return await _done(visit, "session_limit", {**options, "off": True})
    for field, option in (("energy", "energy_wh"), ("minutes", "minutes"), ("soc", "soc")):
        text = form.get(field, "").strip()
        number = _number(text) if text else 0.0
        if number is None:
            return _back(visit, visit.say("%(text)s is no number.") % {"text": text[:20]}, good=False)
        options[option] = round(number * 1000) if option == "energy_wh" else round(number)
    return await _done(visit, "session_limit", options)


async def _done(visit: Visit, act: str, options: dict[str, object]) -> Response:
    managed = await visit.manage(act, visit.request.path_params["charger"], **options)
    words = managed.messages or (visit.say("Done."),)
    return _back(visit, *words, good=managed.done)


def _back(visit: Visit, *messages: str, good: bool) -> Response:
    there = urlsplit(visit.request.headers.get("referer", ""))
    return visit.back(next_page(there.path or "/"), *messages, good=good)


def _number(text: str) -> float | None:
    """As typed, with a comma or a point; None: it is none, or nobody means it."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= _MOST_KWH else None


PAGES: Final = (
    Page("/outlets/{charger}/{connector:int}/plan", _plan, Role.OPERATOR, "POST"),
    Page("/outlets/{charger}/{connector:int}/session-limit", _session_limit, Role.OPERATOR, "POST"),
)
