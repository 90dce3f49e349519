"""Why only 6 A? All limits of a charge point, the one that decides, and what the charge point was told."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Called, Ended, Failed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.wording import RESULTS

TAB: Final = "/chargers/{charger}/limits"
_SCHEDULE_S: Final = 24 * 3600
_MOST_PERIODS: Final = 24
_LARGEST_A: Final = 1000.0
_NOTHING_TYPED: Final[Mapping[str, str]] = {}


async def _limits(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, typed: Mapping[str, str] = _NOTHING_TYPED, wrong: str = "") -> Response:
    asked = charger_id(visit)
    # First what the stream goes on from: so nothing older than this page comes over it.
    shown = await visit.website.live.shown(
        watched(f"limits:{quote(asked, safe='')}"), visit.language, visit.visitor.role
    )
    (row,) = (await visit.look("charger", asked)).rows
    rows = (await visit.look("limits", asked)).rows
    context = {**frame(visit, row, TAB), "rows": rows, "here": address(TAB, row["id"]), "typed": typed, "shown": shown}
    if wrong:
        return visit.page("charger_limits.html", {**context, "said": [(wrong, False)]}, 422)
    return visit.page("charger_limits.html", context)


async def _act(visit: Visit) -> Response:
    form = await visit.form()
    act = _ACTS.get(form.get("act", ""))
    connector = form.get("connector", "")
    if act is None or not connector.isdecimal() or not 0 < int(connector[:4]) <= 255:
        return await _page(visit, form, visit.say("Something of the form was lost: press the button again."))
    charger = charger_id(visit)
    if act is _wish:
        return await _wish(visit, charger, int(connector), form)
    return await act(visit, charger, int(connector), form)


async def _wish(visit: Visit, charger: str, connector: int, form: Mapping[str, str]) -> Response:
    amps = amperes(form.get("amps", ""))
    if amps is None:
        wrong = visit.say("A limit is a number of A, 0 or more, such as 6 or 13.5.")
        return await _page(visit, form, wrong)
    return _ended(visit, charger, await visit.wish(charger, connector, "max_current", amps))


async def _normal(visit: Visit, charger: str, connector: int, _form: Mapping[str, str]) -> Response:
    return _ended(visit, charger, await visit.wish(charger, connector, "fast_charging", False))


async def _schedule(visit: Visit, charger: str, connector: int, _form: Mapping[str, str]) -> Response:
    payload = {"connectorId": connector, "duration": _SCHEDULE_S}
    called = await visit.call(charger, "GetCompositeSchedule", payload)
    back = address(TAB, charger)
    if isinstance(called, Failed):
        return visit.back(back, called.error, good=False)
    lines = tuple(told(visit, connector, called))
    return visit.back(back, *lines, good=called.result is CommandResult.ACCEPTED)


_Act = Callable[[Visit, str, int, Mapping[str, str]], Awaitable[Response]]
_ACTS: Final[Mapping[str, _Act]] = {"limit": _wish, "normal": _normal, "schedule": _schedule}


def amperes(text: str) -> float | None:
    """The current that somebody has typed, with a comma or a point; None: it is none."""
    try:
        value = float(text.strip().removesuffix("A").strip().replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= _LARGEST_A else None


def told(visit: Visit, connector: int, called: Called) -> Iterator[str]:
    """A GetCompositeSchedule.conf (OCPP 1.6 ed. 2 section 6.20) in sentences."""
    answer = called.answer or {}
    if called.result is not CommandResult.ACCEPTED:
        yield f"GetCompositeSchedule: {visit.say(RESULTS[called.result])} ({called.reason})"
        return
    schedule = answer.get("chargingSchedule")
    periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, Mapping) else None
    if not isinstance(schedule, Mapping) or not isinstance(periods, list) or not periods:
        yield visit.say("The charge point has no schedule for connector %(number)s.") % {"number": connector}
        return
    unit = str(schedule.get("chargingRateUnit", "A"))[:10]
    begin = str(answer.get("scheduleStart") or schedule.get("startSchedule") or "")[:40]
    yield (
        visit.say("The schedule of connector %(number)s, as the charge point puts it together:") % {"number": connector}
        + f" {begin}"
    )
    for one in periods[:_MOST_PERIODS]:
        if isinstance(one, Mapping):
            after = visit.say("after %(seconds)s s: %(limit)s") % {
                "seconds": str(one.get("startPeriod", "?"))[:20],
                "limit": f"{str(one.get('limit', '?'))[:20]} {unit}",
            }
            phases = one.get("numberPhases")
            yield after + ("" if phases is None else f", numberPhases {str(phases)[:5]}")


def _ended(visit: Visit, charger: str, ended: Ended | Failed) -> Response:
    back = address(TAB, charger)
    if isinstance(ended, Failed):
        return visit.back(back, ended.error, good=False)
    good = ended.result is CommandResult.ACCEPTED
    return visit.back(back, f"{visit.say(RESULTS[ended.result])} {ended.reason}", good=good)


PAGES: Final = (Page(TAB, _limits), Page(TAB, _act, Role.OPERATOR, "POST"))
