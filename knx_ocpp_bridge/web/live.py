"""Pages that change by themselves: one stream of server-sent events for each open tab, at `/live`.

A page names what it wants to follow in the block `live` of its template, e.g. `home` or `charger:GARAGE trace:GARAGE`
(what stands behind the colon is percent-encoded and given to the topic). The topics of the stream stand in
`web/feeds.py`, one line each:

    "home": Feed(home_parts)

where `home_parts` is

    async def home_parts(sight: Sight, about: str) -> Parts:
        return {"total": Part("home_total.html", {"power_w": ..., "charging": ...})}

`Parts` are the elements of the page by their `id`: a template, whose outermost element has that very id, and what it is
filled in with, plain values alone. It is asked once a second for all tabs together, and only while somebody looks.
What it gives is compared with what it gave before: an element is rendered again, once for each language and role, only
if its values differ; so no value belongs in there that is not shown. Templates know `visitor.role`, `Role`, `write`,
`language`, `version` and `_()`, and nothing of who looks. Where elements come or go, the page is fetched again as a
whole. `sight.look(topic, charger, **options)` asks the bridge for more, once a second for all; `sight.rarely`
does so less often.

Pages should show the same elements by `Live.shown`, so that they are rendered once for the page and the stream; its
`since` goes into the page as `data-since`, and the stream begins with what has changed meanwhile.
"""

import asyncio
import json
import secrets
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from math import inf
from typing import Any, Final

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Listing, Query, Request, Response, Snapshot
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.manners import Writer
from knx_ocpp_bridge.web.outcomes import Outcomes
from knx_ocpp_bridge.web.pulse import Pulse
from knx_ocpp_bridge.web.rendering import render
from knx_ocpp_bridge.web.roles import Role, Visitor

_WATCHING: Final = Caller(Origin.PAGE)
_MOST_TOPICS: Final = 64
Rows = tuple[Mapping[str, Any], ...]
_NOTHING: Final = Snapshot({}, ())
_KEPT_S: Final = 60.0
"""After the last tab was closed: somebody who goes from page to page closes one before the next is open."""


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a page."""

    template: str
    values: Mapping[str, Any]


Parts = Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Rare:
    """What is not asked for at every tick."""

    found: OrderedDict[str, tuple[float, Rows]] = field(default_factory=OrderedDict)
    under_way: dict[str, asyncio.Task[Rows]] = field(default_factory=dict)

    async def gather(self, key: str, now_s: float, find: Callable[[], Awaitable[Rows]]) -> Rows:
        """Finds it, and keeps it."""
        rows = await find()
        self.found[key] = (now_s, rows)
        self.found.move_to_end(key)
        if len(self.found) > _MOST_TOPICS:
            self.found.popitem(last=False)
        return rows


@dataclass(frozen=True, slots=True)
class Sight:
    """What a topic sees at one moment."""

    snapshot: Snapshot
    utc: datetime
    zone: tzinfo
    outcomes: Outcomes
    ask: Callable[[Request, Caller], Awaitable[Response]]
    _now_s: float
    _rare: Rare
    _looked: dict[str, Rows] = field(default_factory=dict)

    async def look(self, topic: str, charger: str = "", /, **options: object) -> Rows:
        """The rows of a topic of the bridge; none where it cannot say."""
        key = f"{topic} {charger} {sorted(options.items())}"
        if key not in self._looked:
            answer = await self.ask(Query(topic, charger, options), _WATCHING)
            self._looked[key] = answer.rows if isinstance(answer, Listing) else ()
        return self._looked[key]

    async def rarely(
        self, every_s: float, key: str, find: Callable[[], Awaitable[Rows]], *, waits: bool = True
    ) -> Rows:
        """What `find` gives, asked for again only when it is older than that: for what changes slowly or costs time.

        `waits` False: nobody waits for it; until it has come, what was found before is given, or nothing.
        """
        at_s, rows = self._rare.found.get(key, (-inf, ()))
        if self._now_s - at_s < every_s:
            return rows
        if waits:
            return await self._rare.gather(key, self._now_s, find)
        if key not in self._rare.under_way:
            gathering = asyncio.create_task(self._rare.gather(key, self._now_s, find))
            self._rare.under_way[key] = gathering
            gathering.add_done_callback(lambda _: self._rare.under_way.pop(key))
        return rows


@dataclass(frozen=True, slots=True)
class Feed:
    """A topic of the stream: what it shows, and the least role that may follow it."""

    parts: Callable[[Sight, str], Awaitable[Parts]]
    role: Role = Role.VIEWER
    of_state: bool = True
    """False: it looks at topics alone, and `Sight.snapshot` may be empty."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A topic as a page names it, e.g. `charger:GARAGE`: what makes it, and about what."""

    name: str
    feed: Feed
    about: str


@dataclass(slots=True)
class _Kept:
    """An element as it is shown now."""

    part: Part
    version: int
    rendered: dict[tuple[Language, Role], str] = field(default_factory=dict)


@dataclass(slots=True)
class _Topic:
    """What a feed showed when it was asked last."""

    watched: Watched
    kept: dict[str, _Kept] = field(default_factory=dict)
    newest: int = 0
    """The version at which something changed last."""
    regrown: int = 0
    """The version at which elements came or went."""
    tabs: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What the elements are made with."""

    ask: Callable[[Request, Caller], Awaitable[Response]]
    zone: Callable[[], tzinfo]
    utc: Callable[[], datetime]
    version: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Elements by their id, and up to where a page with them has seen everything (`data-since`)."""

    html: Mapping[str, str]
    since: str


@dataclass(frozen=True, slots=True)
class Viewing:
    """One pair of eyes: what it follows, and how that is shown to it."""

    topics: tuple[Watched, ...]
    language: Language
    role: Role


class Live:
    """What every open page shows of the topics it follows, kept up while at least one tab is open."""

    def __init__(self, means: Means, pulse: Pulse) -> None:
        self._means = means
        self._pulse = pulse
        self._topics: dict[str, _Topic] = {}
        self._rare = Rare()
        self.outcomes = Outcomes()
        self.streams = Counter[str]()
        """How many are open to each address."""
        self._version = 0
        self._life = secrets.token_hex(4)
        self._watching: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._chunks: dict[tuple[Viewing, tuple[int, ...]], asyncio.Task[bytes]] = {}
        """What is sent to those who have seen everything up to there; of the present version alone."""
        self._forgetting: asyncio.TimerHandle | None = None

    async def shown(self, watched: Watched, language: Language, role: Role, only: str = "") -> Shown:
        """The elements of a topic as they are at this moment, for a page that is being made.

        `only`: no others than those whose id begins so.
        """
        topic = self._topic(watched)
        snapshot = await self._pulse.now() if watched.feed.of_state else _NOTHING
        await self._refresh(topic, self._sight(snapshot))
        since = f"{self._life}-{self._version}"
        wanted = [(key, kept) for key, kept in topic.kept.items() if key.startswith(only)]
        return Shown({key: await self._html(kept, language, role) for key, kept in wanted}, since)

    def follow(self, viewing: Viewing) -> None:
        """A tab opens; `leave` must follow."""
        for watched in viewing.topics:
            self._topic(watched).tabs += 1
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="live pages")

    def leave(self, viewing: Viewing) -> None:
        """A tab was closed. With the last one, nothing is asked any more, and soon nothing is kept."""
        for watched in viewing.topics:
            self._topics[watched.name].tabs -= 1
        if any(topic.tabs for topic in self._topics.values()) or self._watching is None:
            return
        self._watching.cancel()
        self._watching = None
        self._forgetting = asyncio.get_running_loop().call_later(_KEPT_S, self._forget)

    def place(self, token: str) -> int:
        """The number behind `Shown.since` or what `changes` gave; 0: it is of another life of the bridge."""
        life, _, number = token.partition("-")
        return int(number) if life == self._life and number.isdecimal() and len(number) < 16 else 0

    async def changes(self, viewing: Viewing, seen: tuple[int, ...]) -> tuple[int, str, bytes] | None:
        """Waits until something is new to somebody who has seen each topic up to there; 0: has seen nothing of it.

        Returns: where the reader is then, as number and as token, and what to send: JSON. None: pages are not kept up
        any more.
        """
        while not self._has_news(viewing, seen):
            if self._watching is None or self._watching.done():
                return None
            await self._changed.wait()
        await self._turn()
        now = self._version
        making = self._chunks.get((viewing, seen))
        if making is None:
            making = self._chunks[viewing, seen] = asyncio.create_task(self._chunk(viewing, seen))
        return now, f"{self._life}-{now}", await asyncio.shield(making)

    async def _turn(self) -> None:
        """One tab in each round of the loop: dozens in a row would make a charger wait for its answer."""
        async with self._one_at_a_time:
            await asyncio.sleep(0)

    def _has_news(self, viewing: Viewing, seen: tuple[int, ...]) -> bool:
        return any(self._topics[one.name].newest > before for one, before in zip(viewing.topics, seen, strict=True))

    async def _chunk(self, viewing: Viewing, seen: tuple[int, ...]) -> bytes:
        html: dict[str, str] = {}
        for watched, before in zip(viewing.topics, seen, strict=True):
            topic = self._topics[watched.name]
            if before and topic.regrown > before:
                html[""] = watched.name
            for key, kept in list(topic.kept.items()):
                if kept.version > before:
                    html[key] = await self._html(kept, viewing.language, viewing.role)
        return json.dumps(html, ensure_ascii=False, separators=(",", ":")).encode()

    async def _html(self, kept: _Kept, language: Language, role: Role) -> str:
        found = kept.rendered.get((language, role))
        if found is None:
            context = {
                "visitor": Visitor(role),
                "Role": Role,
                "write": Writer(language, self._means.zone()),
                "language": language.value,
                "version": self._means.version,
            }
            found = kept.rendered[language, role] = render(
                kept.part.template, language, {**context, **kept.part.values}
            )
            await asyncio.sleep(0)
        return found

    def _topic(self, watched: Watched) -> _Topic:
        topic = self._topics.get(watched.name)
        if topic is None:
            idle = [key for key, one in self._topics.items() if not one.tabs]
            for old in idle[: max(0, len(self._topics) - _MOST_TOPICS + 1)]:
                del self._topics[old]
            topic = self._topics[watched.name] = _Topic(watched)
        return topic

    def _forget(self) -> None:
        self._topics.clear()
        self._chunks.clear()

    def _sight(self, snapshot: Snapshot) -> Sight:
        now_s = asyncio.get_running_loop().time()
        means = self._means
        return Sight(snapshot, means.utc(), means.zone(), self.outcomes, means.ask, now_s, self._rare)

    async def _refresh(self, topic: _Topic, sight: Sight) -> None:
        parts = await topic.watched.feed.parts(sight, topic.watched.about)
        news = [key for key, part in parts.items() if key not in topic.kept or topic.kept[key].part != part]
        if not news and parts.keys() == topic.kept.keys():
            return
        self._version += 1
        topic.newest = self._version
        if parts.keys() != topic.kept.keys():
            topic.regrown = self._version
            for gone in topic.kept.keys() - parts.keys():
                del topic.kept[gone]
        for key in news:
            topic.kept[key] = _Kept(parts[key], self._version)
        self._chunks.clear()
        self._wake()

    async def _watch(self) -> None:
        try:
            with self._pulse.listening() as beat:
                while True:
                    await self._tick(await beat())
        finally:
            self._wake()

    async def _tick(self, snapshot: Snapshot) -> None:
        sight = self._sight(snapshot)
        for topic in list(self._topics.values()):
            if topic.tabs:
                await self._refresh(topic, sight)

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()
