"""Smart charging by hand: what was written, what the charger makes of it, and the forms to set and to clear."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, charger_page
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/profiles"
_DAY_S: Final = 86_400
_LONGEST: Final = 9
_NUMBERS: Final = frozenset({"connector", "duration", "id", "stack_level", "transaction"})
_SET: Final = (
    "connector", "purpose", "kind", "recurrency", "unit", "periods", "start", "duration", "valid_from", "valid_to",
    "id", "stack_level", "transaction",
)  # fmt: skip
_CLEAR: Final = ("id", "connector", "purpose", "stack_level")
_NOTHING_TYPED: Final[Mapping[str, str]] = {}


async def _profiles(visit: Visit) -> Response:
    return await _page(visit, _NOTHING_TYPED)


async def _page(visit: Visit, typed: Mapping[str, str], *wrong: str) -> Response:
    rows = (await visit.look("profiles", charger_id(visit))).rows
    context = {"rows": rows, "here": address(TAB, charger_id(visit)), "typed": typed}
    if not wrong:
        return await charger_page(visit, TAB, "charger_profiles.html", context)
    answer = await charger_page(
        visit, TAB, "charger_profiles.html", {**context, "said": [(each, False) for each in wrong]}
    )
    answer.status_code = 422
    return answer


async def _act(visit: Visit) -> Response:
    form = await visit.form()
    charger, here = charger_id(visit), address(TAB, charger_id(visit))
    match form.get("act"):
        case "set":
            options = _given(form, _SET)
            act = "profile_set"
        case "clear":
            options = _given(form, _CLEAR)
            act = "profile_clear"
        case "clear_all":
            options, act = {"all": True}, "profile_clear"
        case _:
            options = _given(form, ("connector",))
            act = "composite_schedule"
            if options is not None:
                options["duration"] = _DAY_S
    if options is None:
        return await _page(visit, form, visit.say("Numbers are written with digits alone."))
    managed = await visit.manage(act, charger, **options)
    if not managed.done and act == "profile_set":
        return await _page(visit, form, *managed.messages)
    return visit.back(here, *managed.messages, good=managed.done)


def _given(form: Mapping[str, str], names: tuple[str, ...]) -> dict[str, object] | None:
    """What was typed of these; None: there is something else where a number should be."""
    found: dict[str, object] = {}
    for name in names:
        text = form.get(name, "").strip()
        if not text:
            continue
        if name not in _NUMBERS:
            found[name] = text
        elif text.isdecimal() and text.isascii() and len(text) <= _LONGEST:
            found[name] = int(text)
        else:
            return None
    return found


PAGES: Final = (Page(TAB, _profiles, Role.INSTALLER), Page(TAB, _act, Role.INSTALLER, "POST"))
