"""What a monitoring system asks: /health, whether the bridge does its work, and /metrics in Prometheus' format."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Listing, Query, Snapshot, Status
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.web import metrics
from knx_ocpp_bridge.web.api.problems import ProblemError, answered, as_problem
from knx_ocpp_bridge.web.api.rights import must_be
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.website import Website

HEALTH: Final = "/health"
METRICS: Final = "/metrics"
_MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MONITORING: Final = Caller(Origin.API, "monitoring")

Endpoint = Callable[[Request], Awaitable[Response]]


class Monitoring:
    """Both addresses. `counted` gives the counts of the API."""

    def __init__(self, website: Website, counted: Callable[[], Mapping[str, int]]) -> None:
        self._website = website
        self._counted = counted
        self._writing = asyncio.Lock()

    def routes(self) -> list[Route]:
        """To be put beside the pages."""
        return [Route(HEALTH, _plainly(self._health)), Route(METRICS, _plainly(self._metrics))]

    async def _health(self, request: Request) -> Response:
        """503 where chargers cannot dial in, or what is charged would not outlive a power cut."""
        vitals = await self._row("vitals")
        good = bool(vitals["accepting"]) and not vitals["journal"]
        told: dict[str, Any] = {"status": "ok" if good else "trouble"}
        visitor = await self._website.doorkeeper.visitor(request)
        if visitor.role >= Role.VIEWER:
            told |= {
                "version": self._website.version,
                "accepting": vitals["accepting"],
                "journal": vitals["journal"] or "ok",
                "bus": "ok" if (await self._row("bus"))["connected"] else "not connected",
                "configuration": vitals["configuration"] or "ok",
            }
        return Response(msgspec.json.encode(told), 200 if good else 503, media_type="application/json")

    async def _metrics(self, request: Request) -> Response:
        must_be(await self._website.doorkeeper.visitor(request), Role.VIEWER)
        snapshot = await self._website.ask(Status(), _MONITORING)
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"the state is {type(snapshot).__name__}")
        moment = metrics.Moment(snapshot, await self._row("bus"), await self._row("vitals"), self._counted())
        async with self._writing:
            text = await asyncio.to_thread(metrics.text, moment)
        return Response(text, media_type=_MEDIA_TYPE)

    async def _row(self, topic: str) -> Mapping[str, Any]:
        answer = await self._website.ask(Query(topic), _MONITORING)
        if not isinstance(answer, Listing):
            raise TypeError(f"{topic} is {type(answer).__name__}")
        return answer.rows[0]


def _plainly(endpoint: Endpoint) -> Endpoint:
    """Tells in JSON what is wrong: no person reads it."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProblemError as problem:
            return answered(problem)
        except HTTPException as error:
            return answered(as_problem(error))

    return told
