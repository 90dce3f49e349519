"""The self-test of a charge point: begun, followed, ended, printed."""

from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.upkeep_parts import controls_of
from knx_ocpp_bridge.web.upkeep_words import OUTCOMES, TRIALS
from knx_ocpp_bridge.web.visit import Page, Visit

TAB: Final = "/chargers/{charger}/selftest"


async def _selftest(visit: Visit) -> Response:
    asked = charger_id(visit)
    (row,) = (await visit.look("charger", asked)).rows
    (upkeep,) = (await visit.look("upkeep", asked)).rows
    tests = (await visit.look("selftest", asked)).rows
    context = {
        **frame(visit, row, TAB),
        "tests": tests,
        **controls_of(upkeep, tests),
        "trials": TRIALS,
        "outcomes": OUTCOMES,
    }
    return visit.page("charger_selftest.html", context)


async def _begin(visit: Visit) -> Response:
    charger, connector = charger_id(visit), (await visit.form()).get("connector", "")
    back = address(TAB, charger)
    if not connector.isascii() or not connector.isdecimal() or not 0 < int(connector[:4]) <= 255:
        return visit.back(back, visit.say("Choose a connector."), good=False)
    managed = await visit.manage("selftest", charger, connector=int(connector))
    if managed.done:
        return visit.back(back)  # the page shows how it goes on: nothing that is said here would be true to the end
    return visit.back(back, visit.say("The self-test was not begun."), *managed.messages, good=False)


async def _end(visit: Visit) -> Response:
    charger = charger_id(visit)
    managed = await visit.manage("selftest_end", charger)
    return visit.back(address(TAB, charger), *managed.messages, good=managed.done)


PAGES: Final = (
    Page(TAB, _selftest, Role.INSTALLER),
    Page(TAB, _begin, Role.INSTALLER, "POST"),
    Page(f"{TAB}/end", _end, Role.INSTALLER, "POST"),
)
