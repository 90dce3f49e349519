"""What stays with the building when the installer has gone: one page to print."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from knx_ocpp_bridge.web.knx_words import ets_language
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit
from knx_ocpp_bridge.web.welcome_steps import Row

PATH: Final = "/handover"
_MOST_OBJECTS: Final = 500


async def _handover(visit: Visit) -> Response:
    snapshot = await visit.status()
    chargers = [one for one in snapshot.chargers if one["configured"]]
    context: dict[str, Any] = {
        "bridge": snapshot.bridge,
        "chargers": [await _charger(visit, one) for one in chargers],
        "ways": (await visit.look("dialling")).rows,
        "settings": {row["path"]: row["value"] for row in (await visit.look("settings")).rows},
        "bus": (await visit.look("bus")).rows[0],
        "parts": (await visit.look("versions")).rows,
        "ca": await _ca(visit),
        "now": visit.website.utc(),
    }
    return visit.page("handover.html", context)


async def _charger(visit: Visit, one: Row) -> Row:
    language = ets_language(visit.language)
    details = await _rows(visit, "charger", one["id"])
    return {
        **one,
        "objects": await _rows(visit, "objects", one["id"], limit=_MOST_OBJECTS, language=language),
        "tests": await _rows(visit, "selftest", one["id"]),
        "details": details[0] if details else None,
    }


async def _ca(visit: Visit) -> Row | None:
    rows = await _rows(visit, "ca")
    return rows[0] if rows else None


async def _rows(visit: Visit, topic: str, charger: str = "", **options: object) -> tuple[Row, ...]:
    """None where the bridge cannot say: TLS is off, or a charger was taken out this moment."""
    try:
        return (await visit.look(topic, charger, **options)).rows
    except HTTPException:
        return ()


PAGES: Final = (Page(PATH, _handover, Role.INSTALLER),)
