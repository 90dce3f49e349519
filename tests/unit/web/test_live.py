"""The stream of a tab: what changes, once for each language and role, and nothing while nobody looks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from knx_ocpp_bridge.control.protocol import Listing, Query, Snapshot, Status
from knx_ocpp_bridge.web import live
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.live import Feed, Live, Means, Part, Sight, Viewing, Watched
from knx_ocpp_bridge.web.pulse import Pulse
from knx_ocpp_bridge.web.roles import Role

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
A_TICK = 0.005


@dataclass
class Bridge:
    """Answers with what the test has put there, and counts how often it was asked."""

    values: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 1})
    statuses: int = 0
    queries: int = 0

    async def ask(self, request, _caller):
        match request:
            case Status():
                self.statuses += 1
                return Snapshot(dict(self.values), ())
            case Query():
                self.queries += 1
                return Listing(({"said": "so"},))


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


@pytest.fixture
def rendered(monkeypatch) -> list[tuple[str, str]]:
    """Every element that was rendered, with its language."""
    done: list[tuple[str, str]] = []

    def render(template, language, context):
        done.append((context["key"], language.value))
        return f"<p id={context['key']}>{context['value']} {context['visitor'].role.name}</p>"

    monkeypatch.setattr(live, "render", render)
    return done


async def parts(sight: Sight, _about: str):
    return {key: Part("any.html", {"key": key, "value": value}) for key, value in sight.snapshot.bridge.items()}


TOPIC = Watched("values", Feed(parts), "")


@pytest_asyncio.fixture
async def pages(bridge: Bridge, rendered) -> AsyncIterator[Live]:
    means = Means(bridge.ask, lambda: UTC, lambda: NOW, "1.2.3")
    yield Live(means, Pulse(bridge.ask, A_TICK))


def viewing(language: Language = Language.EN, role: Role = Role.VIEWER) -> Viewing:
    return Viewing((TOPIC,), language, role)


async def told(pages: Live, eyes: Viewing, seen: int = 0) -> tuple[int, str]:
    async with asyncio.timeout(5):
        found = await pages.changes(eyes, (seen,))
    assert found is not None
    return found[0], found[2].decode()


async def test_a_new_tab_is_told_everything_and_then_what_changes(pages, bridge):
    eyes = viewing()
    pages.follow(eyes)
    at, first = await told(pages, eyes)
    assert "<p id=a>1 VIEWER" in first
    assert "<p id=b>1 VIEWER" in first
    bridge.values["b"] = 2
    at, second = await told(pages, eyes, at)
    assert "<p id=b>2" in second
    assert "id=a" not in second
    pages.leave(eyes)


async def test_an_element_is_rendered_once_for_each_language_and_role(pages, bridge, rendered):
    crowd = [viewing(language, role) for language in Language for role in (Role.VIEWER, Role.OPERATOR)] * 5
    for eyes in crowd:
        pages.follow(eyes)
    at = max([at for at, _ in await asyncio.gather(*(told(pages, eyes) for eyes in crowd))])
    rendered.clear()
    bridge.values["a"] = 7
    await asyncio.gather(*(told(pages, eyes, at) for eyes in crowd))
    assert sorted(rendered) == sorted(("a", language.value) for language in Language for _ in range(2))
    for eyes in crowd:
        pages.leave(eyes)


async def test_the_bridge_is_asked_once_a_tick_for_all_and_not_at_all_while_nobody_looks(pages, bridge):
    crowd = [viewing()] * 20
    for eyes in crowd:
        pages.follow(eyes)
    await told(pages, crowd[0])
    asked = bridge.statuses
    assert asked <= 2
    for eyes in crowd:
        pages.leave(eyes)
    await asyncio.sleep(10 * A_TICK)
    assert bridge.statuses <= asked + 1


async def test_a_page_that_was_shown_everything_is_told_only_what_changed_since(pages, bridge):
    eyes = viewing()
    shown = await pages.shown(TOPIC, Language.EN, Role.VIEWER)
    assert set(shown.html) == {"a", "b"}
    pages.follow(eyes)
    bridge.values["a"] = 3
    _, news = await told(pages, eyes, pages.place(shown.since))
    assert "<p id=a>3" in news
    assert "id=b" not in news
    pages.leave(eyes)


async def test_a_page_that_is_shown_in_between_takes_no_news_from_the_tabs(pages, bridge):
    eyes = viewing()
    pages.follow(eyes)
    at, _ = await told(pages, eyes)
    bridge.values["a"] = 9
    await pages.shown(TOPIC, Language.EN, Role.VIEWER)
    _, news = await told(pages, eyes, at)
    assert "<p id=a>9" in news
    pages.leave(eyes)


async def test_elements_that_come_or_go_make_the_page_be_fetched_again(pages, bridge):
    eyes = viewing()
    pages.follow(eyes)
    at, _ = await told(pages, eyes)
    del bridge.values["b"]
    _, news = await told(pages, eyes, at)
    assert news == '{"":"values"}'
    pages.leave(eyes)


async def test_who_comes_from_another_life_of_the_bridge_is_told_everything(pages):
    shown = await pages.shown(TOPIC, Language.EN, Role.VIEWER)
    assert pages.place(shown.since) > 0
    for strange in ("", "nonsense", "00000000-5", shown.since.replace("-", "-x"), f"{shown.since}{'9' * 40}"):
        assert pages.place(strange) == 0


async def test_nothing_is_kept_for_long_when_the_last_tab_is_closed(pages, monkeypatch):
    monkeypatch.setattr(live, "_KEPT_S", 0.0)
    eyes = viewing()
    pages.follow(eyes)
    await told(pages, eyes)
    pages.leave(eyes)
    await asyncio.sleep(0.01)
    assert not pages._topics


async def test_a_stream_ends_when_the_topics_fail(pages, bridge):
    async def broken(_sight, _about):
        raise LookupError("a mistake of ours")

    eyes = Viewing((Watched("broken", Feed(broken), ""),), Language.EN, Role.VIEWER)
    pages.follow(eyes)
    assert await pages.changes(eyes, (0,)) is None
    with pytest.raises(LookupError):
        await pages._watching
    pages.leave(eyes)


async def test_what_costs_time_is_asked_for_rarely(pages, bridge):
    async def found():
        return ({"n": bridge.statuses},)

    sight = pages._sight(Snapshot({}, ()))
    assert await sight.rarely(60, "slow", found) == ({"n": 0},)
    bridge.statuses = 5
    assert await pages._sight(Snapshot({}, ())).rarely(60, "slow", found) == ({"n": 0},)
    assert await sight.rarely(60, "slower", found, waits=False) == ()
    await asyncio.sleep(0.001)
    assert await sight.rarely(60, "slower", found, waits=False) == ({"n": 5},)


async def test_one_tick_asks_for_each_topic_of_the_bridge_once(pages, bridge):
    sight = pages._sight(Snapshot({}, ()))
    for _ in range(3):
        assert await sight.look("alarms", standing=True) == ({"said": "so"},)
    assert bridge.queries == 1
