"""Home: a card for each connector, and what one does there."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from knx_ocpp_bridge.control.protocol import Ended
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web import wording
from knx_ocpp_bridge.web.access.next_page import next_page
from knx_ocpp_bridge.web.feeds import watched
from knx_ocpp_bridge.web.home_parts import FEW
from knx_ocpp_bridge.web.outcomes import Outcome
from knx_ocpp_bridge.web.outlet import element
from knx_ocpp_bridge.web.outlet_card import whole
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

_WAITED_FOR_S: Final = 8.0
"""A start without a car ends minutes later: then the card says what became of it."""

_under_way: Final = set[asyncio.Task[None]]()


async def _home(visit: Visit) -> Response:
    shown = await visit.website.live.shown(watched("home"), visit.language, visit.visitor.role)
    cards = list(whole(shown.html).values())
    return visit.page("home.html", {"shown": shown, "outlets": cards, "many": len(cards) > FEW})


async def _embedded(visit: Visit) -> Response:
    """A card and nothing else, for a frame of another page or a screen on a wall."""
    charger, connector = _place(visit)
    topic = f"embed:{quote(charger, safe='')}/{connector}"
    shown = await visit.website.live.shown(watched(topic), visit.language, visit.visitor.role)
    card = whole(shown.html).get(element(charger, connector))
    if card is None:
        raise _no_connector(charger, connector)
    return visit.page("embed.html", {"shown": shown, "topic": topic, "card": card})


async def _command(visit: Visit) -> Response:
    """One order to one connector; by a form the page is shown again, by htmx the card."""
    charger, connector = _place(visit)
    key, value = _order(await visit.form())
    place = (charger, connector)
    visit.website.live.outcomes.begun(place)
    ending = asyncio.create_task(_ended(visit, charger, connector, key, value))
    _under_way.add(ending)
    ending.add_done_callback(_under_way.discard)
    await asyncio.wait((ending,), timeout=_WAITED_FOR_S)
    if visit.is_fragment:
        return await _card(visit, charger, connector)
    return _back(visit, charger, connector)


async def _ended(visit: Visit, charger: str, connector: int, key: str, value: bool | float) -> None:  # noqa: FBT001 - as Visit.wish
    ended = await visit.wish(charger, connector, key, value)
    result, reason = (ended.result, ended.reason) if isinstance(ended, Ended) else (CommandResult.REJECTED, ended.error)
    if result is not CommandResult.ACCEPTED:
        outcome = Outcome(visit.website.utc(), key, result, reason)
        visit.website.live.outcomes.failed((charger, connector), outcome)


async def _card(visit: Visit, charger: str, connector: int) -> Response:
    """As the page that was looked at has it."""
    looked_at = urlsplit(visit.request.headers.get("hx-current-url", "")).path
    one = f"{quote(charger, safe='')}/{connector}"
    topic = "home" if looked_at == "/" else f"embed:{one}" if looked_at.startswith("/embed/") else f"outlet:{one}"
    name = element(charger, connector)
    shown = await visit.website.live.shown(watched(topic), visit.language, visit.visitor.role, f"{name}-")
    card = whole(shown.html).get(name)
    if card is None:
        raise _no_connector(charger, connector)
    return HTMLResponse(card)


def _place(visit: Visit) -> tuple[str, int]:
    return visit.request.path_params["charger"], visit.request.path_params["connector"]


def _no_connector(charger: str, connector: int) -> HTTPException:
    return HTTPException(404, f"there is no connector {connector} at {charger} in the configuration")


def _back(visit: Visit, charger: str, connector: int) -> Response:
    """To the page with the form, with what became of it."""
    there = urlsplit(visit.request.headers.get("referer", ""))
    query = "&".join(each for each in there.query.split("&") if each and not each.startswith("said="))
    path = next_page(f"{there.path or '/'}{'?' if query else ''}{query}")
    failed = visit.website.live.outcomes.of((charger, connector), visit.website.utc())
    if failed is None:
        return visit.back(path, visit.say("The charger was told."))
    what = visit.say(wording.COMMANDS[failed.key])
    return visit.back(path, f"{what}: {visit.say(wording.RESULTS[failed.result])} {failed.reason}", good=False)


def _order(form: dict[str, str]) -> tuple[str, bool | float]:
    """The object and the value of the button that was pressed.

    Raises:
        HTTPException: 400, no button of ours sends that.
    """
    for key, read in _ORDERS.items():
        if key in form:
            return key, read(form[key])
    raise HTTPException(400, "this command is none of a connector's card")


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise HTTPException(400, "it is 0 or 1")
    return text == "1"


def _amperes(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise HTTPException(400, f"{text[:20]!r} is no current in A, such as 10 or 13.5") from error


def _mode(text: str) -> float:
    if not text.isdecimal() or len(text) > 1:
        raise HTTPException(400, "a charge mode is a number from 0 to 5")
    return float(text)


_ORDERS: Final[dict[str, Callable[[str], bool | float]]] = {
    "charge_mode": _mode,
    "charging": _switch,
    "pause": _switch,
    "fast_charging": _switch,
    "max_current": _amperes,
    "reservation": _switch,
    "unlock": _switch,
}

PAGES: Final = (
    Page("/", _home),
    Page("/outlets/{charger}/{connector:int}", _command, Role.OPERATOR, "POST"),
    Page("/embed/{charger}/{connector:int}", _embedded),
    Page("/embed/{charger}/{connector:int}", _command, Role.OPERATOR, "POST"),
)
