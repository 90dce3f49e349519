"""Maintenance of a charge point: everything that OCPP lets somebody do to it, and what it answered."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.upkeep_acts import ACTS, DANGEROUS, TRIGGERS, Told, TypedError
from knx_ocpp_bridge.web.upkeep_parts import parts
from knx_ocpp_bridge.web.upkeep_words import ABILITIES
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/maintenance"
_NOTHING_TYPED: Final[Mapping[str, str]] = {}


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


TITLES: Final[Mapping[str, str]] = {
    "reset": _("Restart"),
    "availability": _("Availability"),
    "unlock": _("Unlock"),
    "clear_cache": _("Clear the cache of cards"),
    "reserve": _("Reserve"),
    "free": _("Free"),
    "trigger": _("Ask for a message"),
    "list_version": _("Version of the list"),
    "list_send": _("Send the whole list"),
    "diagnostics": _("Diagnostics"),
    "log": _("Log"),
    "firmware": _("Firmware"),
    "clear_profiles": _("Clear charging profiles"),
    "composite": _("Composite schedule"),
    "data_transfer": _("Data transfer"),
    "call": _("Any operation"),
    "secure": _("Secure this charge point"),
    "password": _("Password"),
}
"""Of each act, for what is said of it."""


async def _maintenance(visit: Visit) -> Response:
    return await _page(visit)


async def _act(visit: Visit) -> Response:
    form = await visit.form()
    name, charger = form.get("act", ""), charger_id(visit)
    act = ACTS.get(name)
    if act is None:
        return await _page(visit, form, wrong=visit.say("Something of the form was lost: press the button again."))
    if name in DANGEROUS and "sure" not in form:
        return await _page(visit, form, wrong=visit.say("Nothing was done: tick the box that you are sure, then send."))
    try:
        told = await act(visit, charger, form)
    except TypedError as error:
        return await _page(visit, form, wrong=str(error))
    told = Told(told.good, f"{visit.say(TITLES[name])}: {told.words}", told.answer)
    if told.answer or not told.good:
        return await _page(visit, form, told=told)
    return visit.back(address(TAB, charger), told.words)


async def _page(
    visit: Visit, typed: Mapping[str, str] = _NOTHING_TYPED, *, wrong: str = "", told: Told | None = None
) -> Response:
    asked = charger_id(visit)
    (row,) = (await visit.look("charger", asked)).rows
    (upkeep,) = (await visit.look("upkeep", asked)).rows
    action = typed.get("action") or visit.request.query_params.get("action", "")
    operations = (await visit.look("operations")).rows
    fields: list[Any] = next((one["fields"] for one in operations if one["action"] == action), [])
    context = {
        **frame(visit, row, TAB),
        "upkeep": upkeep,
        "parts": {name: part.values for name, part in parts(upkeep).items()},
        "missing": {one["name"]: one["why"] for one in upkeep["not_offered"]},
        "abilities": ABILITIES,
        "outlets": [
            (0, row["values"]),
            *((each["id"], each["values"]) for each in row["connectors"] if each["id"] in upkeep["connectors"]),
        ],
        "here": address(TAB, row["id"]),
        "typed": typed,
        "wrong": wrong,
        "told": told,
        "title": TITLES.get(typed.get("act", ""), ""),
        "triggers": TRIGGERS,
        "actions": [one["action"] for one in operations],
        "action": action,
        "fields": fields,
    }
    status = 422 if wrong else 200 if told is None or told.good else 409
    return visit.page("charger_maintenance.html", context, status)


PAGES: Final = (Page(TAB, _maintenance, Role.INSTALLER), Page(TAB, _act, Role.INSTALLER, "POST"))
