"""Every measurand as a charge point sends it."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from knx_ocpp_bridge.control.protocol import Called, Failed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.pages.charger_frame import address, charger_id, frame
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.wording import RESULTS

TAB: Final = "/chargers/{charger}/measurands"
KEYS: Final = (
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "MeterValuesAlignedData",
    "ClockAlignedDataInterval",
)
_UNITS: Final = {None: "Wh", "Energy.Active.Import.Register": "Wh"}
"""What OCPP 1.6 ed. 2 section 7.43 means where a unit is left out; of other measurands it says nothing."""
_LONGEST: Final = 500


async def _measurands(visit: Visit) -> Response:
    asked = charger_id(visit)
    rows = (await visit.look("measurands", asked)).rows
    outlets = [(connector, list(group)) for connector, group in groupby(rows, lambda row: row["connector"])]
    context = {"outlets": outlets, "units": _UNITS, "here": address(TAB, asked)}
    if visit.is_fragment:
        return HTMLResponse(visit.text("charger_measurands_part.html", context))
    (row,) = (await visit.look("charger", asked)).rows
    return visit.page("charger_measurands.html", {**frame(visit, row, TAB), **context})


async def _read(visit: Visit) -> Response:
    charger = charger_id(visit)
    called = await visit.call(charger, "GetConfiguration", {"key": list(KEYS)})
    back = address(TAB, charger)
    if isinstance(called, Failed):
        return visit.back(back, called.error, good=False)
    if called.result is not CommandResult.ACCEPTED:
        said = f"GetConfiguration: {visit.say(RESULTS[called.result])} ({called.reason})"
        return visit.back(back, said, good=False)
    return visit.back(back, *told(visit, called))


def told(visit: Visit, called: Called) -> Iterator[str]:
    """Each key that was asked for, with its value."""
    answer: Mapping[str, Any] = called.answer or {}
    rows = answer.get("configurationKey")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            value = row.get("value")
            shown = visit.say("no value") if value in {None, ""} else str(value)[:_LONGEST]
            yield f"{str(row.get('key', '?'))[:50]}: {shown}"
    unknown = answer.get("unknownKey")
    if isinstance(unknown, list) and unknown:
        yield visit.say("It does not know %(keys)s.") % {"keys": ", ".join(str(key)[:50] for key in unknown[:10])}


PAGES: Final = (Page(TAB, _measurands), Page(TAB, _read, Role.OPERATOR, "POST"))
