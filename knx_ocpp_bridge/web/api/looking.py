"""What is read by the API: the state, and the topics of the daemon."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Failed, Listing, Query, Snapshot, Status
from knx_ocpp_bridge.web.api.answers import json_answer, refusal
from knx_ocpp_bridge.web.api.discretion import charger_without_people, without_people
from knx_ocpp_bridge.web.api.problems import FORBIDDEN, MISSING, ProblemError
from knx_ocpp_bridge.web.api.reading import from_query
from knx_ocpp_bridge.web.api.table import Look
from knx_ocpp_bridge.web.roles import Role, Visitor
from knx_ocpp_bridge.web.website import Website

__all__ = ["json_answer", "state", "topic"]

_NOTHING: Final[Mapping[str, Any]] = {}


async def state(website: Website, part: str, place: Mapping[str, Any], who: tuple[Visitor, Caller]) -> Response:
    """The state of everything, or of a part of it."""
    visitor, caller = who
    snapshot = await website.ask(Status(), caller)
    if not isinstance(snapshot, Snapshot):
        raise TypeError(f"the state is {type(snapshot).__name__}")
    discreet = visitor.role < Role.OPERATOR
    chargers = [charger_without_people(one) if discreet else one for one in snapshot.chargers]
    if part == "status":
        return json_answer({"bridge": snapshot.bridge, "chargers": chargers})
    if part == "chargers":
        return json_answer({"rows": chargers, "next": 0, "zone": str(website.zone())})
    wanted = place["charger"].casefold()
    charger = next((one for one in chargers if one["id"].casefold() == wanted), None)
    if charger is None:
        known = ", ".join(one["id"] for one in chargers[:20]) or "none"
        raise ProblemError(MISSING, f"there is no charger {place['charger']!r}; known: {known}", "path: charger")
    if part == "charger":
        return json_answer(charger)
    found = next((one for one in charger["connectors"] if one["id"] == place["connector"]), None)
    if found is None:
        known = ", ".join(str(one["id"]) for one in charger["connectors"]) or "none"
        raise ProblemError(
            MISSING, f"{charger['id']} has no connector {place['connector']}; known: {known}", "path: connector"
        )
    return json_answer(found)


async def topic(website: Website, look: Look, request: Request, charger: str, who: tuple[Visitor, Caller]) -> Response:
    """The rows of a topic, or its one row."""
    visitor, caller = who
    options = from_query(request, look.options)
    if visitor.role < Role.OPERATOR:
        _must_not_ask_for_people(look, options)
    listing = await website.ask(Query(look.topic, charger, options), caller)
    if isinstance(listing, Failed):
        raise refusal(listing)
    if not isinstance(listing, Listing):
        raise TypeError(f"{look.topic} is {type(listing).__name__}")
    rows = listing.rows
    if visitor.role < Role.OPERATOR:
        rows = tuple(without_people(row, look.offer.personal) for row in rows)
    if look.offer.one:
        return json_answer(rows[0] if rows else _NOTHING)
    return json_answer({"rows": rows, "next": listing.next, "zone": listing.zone})


def _must_not_ask_for_people(look: Look, options: Mapping[str, Any]) -> None:
    asked = [name for name in look.offer.operator if options[name] != look.options[name].default]
    if asked:
        raise ProblemError(FORBIDDEN, f"{', '.join(asked)}: cards and people are for operators", f"query: {asked[0]}")
