"""Events reach whoever listens, whole at first and then as they happen; nobody slow or too many holds the bridge up."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request as HttpRequest

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Listing, Query, Request, Response, Snapshot
from knx_ocpp_bridge.web.api import events
from knx_ocpp_bridge.web.api.changes import Seen
from knx_ocpp_bridge.web.api.problems import TOO_MANY, ProblemError
from knx_ocpp_bridge.web.pulse import Pulse
from knx_ocpp_bridge.web.roles import NOBODY, Role, Visitor
from tests.kit.api import ApiSite, site

TICK_S = 0.005
LIMIT = {"value_a": 16.0, "source": "lodger"}
OUTLET = {"id": 1, "values": {"status": 2, "user": "Lodger"}, "limit": LIMIT, "transaction": None}
GARAGE = {"id": "GARAGE", "values": {"user": "Lodger"}, "online": "online", "connectors": [OUTLET]}
BRIDGE = {
    "site": "Home",
    "knx": {"connected": True, "sent": 1},
    "ocpp": {},
    "clock": "sane",
    "values": {},
    "alarms": 0,
    "window": {"open": True, "closes_in_s": 5},
}


def state(**values: object) -> Snapshot:
    """GARAGE with these values at its outlet."""
    outlet = {**OUTLET, "values": {**OUTLET["values"], **values}}
    return Snapshot(BRIDGE, ({**GARAGE, "connectors": [outlet]},))


class Line:
    """The application's side of one request that is read as it comes."""

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.status = 0
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def receive(self) -> Mapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            self.chunks.put_nowait(message["body"])

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next one that is no comment."""
        while True:
            lines = dict(
                line.split(": ", 1)
                for line in (await asyncio.wait_for(self.chunks.get(), 2)).decode().splitlines()
                if line
            )
            if "event" in lines:
                return lines["event"], json.loads(lines["data"])


class Listening:
    """Streams of one site, with a pulse that beats fast."""

    def __init__(self, house: ApiSite) -> None:
        website = house._website(NOBODY)
        object.__setattr__(website, "pulse", Pulse(website.ask, TICK_S))
        self.visitor = Visitor(Role.OPERATOR, "panel", token=True)
        self.website = replace_doorkeeper(website, self)
        self.events = events.Events(self.website)

    async def __call__(self, *_: object) -> Visitor:
        return self.visitor

    @asynccontextmanager
    async def stream(self, query: str = "", role: Role = Role.OPERATOR) -> AsyncIterator[Line]:
        line = Line()
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": []}
        response = await self.events.stream(HttpRequest(scope), Visitor(role))
        reading = asyncio.create_task(response(scope, line.receive, line.send))
        try:
            yield line
        finally:
            line.gone.set()
            await asyncio.wait_for(asyncio.gather(reading, return_exceptions=True), 2)


def replace_doorkeeper(website, listening: Listening):
    class Keeper:
        visitor = staticmethod(listening.__call__)

    pulse = website.pulse
    made = replace(website, doorkeeper=Keeper())
    object.__setattr__(made, "pulse", pulse)
    return made


@pytest.fixture
def house(tmp_path: Path) -> ApiSite:
    made = site(tmp_path)
    made.answers |= {"status": state(), "alarms": Listing(()), "telegrams": Listing(())}
    return made


async def whole(line: Line) -> dict[str, dict[str, Any]]:
    """The state that a stream begins with."""
    return dict([await line.event() for _ in range(3)])


async def test_a_stream_begins_with_the_whole_state_and_goes_on_with_what_changes(house):
    async with Listening(house).stream() as line:
        assert (await whole(line)).keys() == {"bridge", "charger", "connector"}
        await asyncio.sleep(4 * TICK_S)
        house.answers["status"] = state(status=5)
        name, data = await line.event()
        assert (name, data["charger"], data["values"]["status"]) == ("connector", "GARAGE", 5)
        await asyncio.sleep(10 * TICK_S)
        assert line.chunks.empty()


async def test_a_viewer_is_not_told_who_charges(house):
    async with Listening(house).stream(role=Role.VIEWER) as line:
        said = await whole(line)
        assert "Lodger" not in json.dumps(said)
        assert "lodger" not in json.dumps(said)
    async with Listening(house).stream() as line:
        assert (await whole(line))["connector"]["values"]["user"] == "Lodger"


async def test_only_the_kinds_that_are_asked_for_are_told(house):
    async with Listening(house).stream("topics=alarm") as line:
        await asyncio.sleep(4 * TICK_S)
        house.answers["status"] = state(status=5)
        house.answers["alarms"] = Listing(({"number": 1, "over_at": None, "name": "Lodger", "acknowledged_by": ""},))
        assert await line.event() == ("alarm", house.answers["alarms"].rows[0])


class OnTheBus(ApiSite):
    """A building whose bus has carried `telegrams` so far."""

    telegrams = 41

    async def ask(self, request: Request, caller: Caller) -> Response:
        if isinstance(request, Query) and request.topic == "telegrams":
            first = max(request.options.get("after", 0), self.telegrams - 1 if request.options.get("newest") else 0) + 1
            return Listing(tuple({"number": number} for number in range(first, self.telegrams + 1)))
        return await super().ask(request, caller)


async def test_telegrams_are_told_from_now_on_to_whoever_asks_for_them(tmp_path: Path):
    house = site(tmp_path, OnTheBus)
    house.answers |= {"status": state(), "alarms": Listing(())}
    listening = Listening(house)
    async with listening.stream() as others:
        await whole(others)
        house.telegrams = 70
        async with listening.stream("topics=telegram", Role.INSTALLER) as line:
            await asyncio.sleep(10 * TICK_S)
            house.telegrams = 72
            assert [await line.event() for _ in range(2)] == [
                ("telegram", {"number": 71}),
                ("telegram", {"number": 72}),
            ]
        assert others.chunks.empty()


async def test_nobody_is_asked_while_nobody_listens(house):
    listening = Listening(house)
    async with listening.stream() as line:
        await whole(line)
    before = len(house.asked)
    await asyncio.sleep(10 * TICK_S)
    assert len(house.asked) == before
    assert listening.events.open == 0


async def test_whoever_reads_too_slowly_is_dropped_and_nobody_else_notices(house, monkeypatch):
    monkeypatch.setattr(events, "MOST_WAITING", 5)
    listening = Listening(house)
    async with listening.stream() as slow, listening.stream() as quick:
        await whole(slow)
        await whole(quick)
        await asyncio.sleep(4 * TICK_S)
        slow.reads.clear()
        for number in range(20):
            house.answers["status"] = state(meter=number)
            assert (await quick.event())[1]["values"]["meter"] == number
        slow.reads.set()
        await asyncio.sleep(4 * TICK_S)
        assert listening.events.open == 1


async def test_a_line_that_is_silent_is_kept_alive_and_a_right_that_ended_ends_it(house, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 2 * TICK_S)
    listening = Listening(house)
    async with listening.stream("topics=alarm") as line:
        while (await asyncio.wait_for(line.chunks.get(), 2)) != b": alive\n\n":
            pass
        listening.visitor = NOBODY
        await asyncio.sleep(20 * TICK_S)
        assert listening.events.open == 0


async def test_a_right_that_ended_ends_the_stream_also_where_something_happens_all_the_time(house, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 10 * TICK_S)
    listening = Listening(house)
    async with listening.stream() as line:
        await whole(line)
        listening.visitor = Visitor(Role.VIEWER, "panel", token=True)
        for number in range(100):
            house.answers["status"] = state(meter=number)
            await asyncio.sleep(TICK_S)
            if not listening.events.open:
                break
        assert listening.events.open == 0


async def test_too_many_streams_are_refused_and_so_is_what_there_is_not(house):
    async with house.client(Role.OPERATOR) as client:
        for query in ("topics=nonsense", "topics=", "other=1"):
            assert (await client.get(f"events?{query}")).status_code == 422
        assert (await client.get("events?topics=telegram")).status_code == 403
        assert isinstance(await client.head("events"), httpx.Response)
    listening = Listening(house)
    listening.events._streams = [events._Stream(frozenset(), discreet=True)] * events.MOST_STREAMS
    with pytest.raises(ProblemError) as refused:
        async with listening.stream():
            pass
    assert refused.value.kind is TOO_MANY


def test_what_counts_by_the_second_is_no_news():
    seen = Seen()
    assert len(list(seen.of(state()))) == 3
    later = replace(
        state(), bridge={**BRIDGE, "window": {"open": True, "closes_in_s": 4}, "knx": {"connected": True, "sent": 2}}
    )
    assert list(seen.of(later)) == []
    lost = replace(state(), bridge={**BRIDGE, "knx": {"connected": False, "sent": 2}})
    assert [change.kind for change in seen.of(lost)] == ["bridge"]
