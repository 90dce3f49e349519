"""What changes by itself on the pages about charge points: the same as the page, and no news where nobody sees any."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.events import Metered, MeterReading, Origin, Sample, Wished
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, LinkNumber
from knx_ocpp_bridge.web import chargers_parts
from knx_ocpp_bridge.web.feeds import FEEDS
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.manners import Writer
from knx_ocpp_bridge.web.rendering import render
from knx_ocpp_bridge.web.roles import Role, Visitor
from tests.kit.website import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.desk.arrives("GARAGE")
    return site


def sight(site: Site) -> Any:
    async def look(topic: str, charger: str = "", /, **options: object) -> tuple[Any, ...]:
        return site.desk.shows(topic, charger, **options).rows

    async def rarely(_every_s: float, _key: str, find: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = await find()
        return found

    return SimpleNamespace(snapshot=site.snapshot(), look=look, rarely=rarely)


def flows(site: Site, amps: float) -> None:
    site.desk.now_s += 10
    reading = MeterReading(site.desk.moment().utc, (Sample("Current.Import", amps, "L1"),))
    site.desk.post(ChargerId("GARAGE"), Metered(LinkNumber(1), "1", ConnectorId(1), None, (reading,)))


def shown(part: Any, role: Role = Role.VIEWER) -> str:
    context = {"visitor": Visitor(role), "Role": Role, "language": "en", "version": "1"}
    context["write"] = Writer(Language.EN, ZoneInfo("Europe/Amsterdam"))
    return render(part.template, Language.EN, {**context, **part.values})


@pytest.mark.parametrize("feed", ["fleet", "inbox", "charger", "limits"])
async def test_each_element_of_a_feed_has_the_id_that_it_is_known_by(site: Site, feed: str):
    site.desk.arrives("NEWCOMER", link=2)
    parts = await FEEDS[feed].parts(sight(site), "GARAGE")
    assert parts
    for key, part in parts.items():
        assert f'id="{key}"' in shown(part).lstrip().split(">")[0], key


async def test_a_change_that_nobody_sees_is_none(site: Site):
    flows(site, 10.01)
    before = await chargers_parts.charger(sight(site), "GARAGE")
    flows(site, 10.02)
    assert await chargers_parts.charger(sight(site), "GARAGE") == before
    flows(site, 10.1)
    assert await chargers_parts.charger(sight(site), "GARAGE") != before


async def test_a_row_of_all_chargers_changes_by_the_connector_and_not_by_the_second(site: Site):
    before = await chargers_parts.fleet(sight(site), "")
    site.desk.now_s += 30
    assert await chargers_parts.fleet(sight(site), "") == before


async def test_a_charger_that_has_left_shows_nothing(site: Site):
    assert await chargers_parts.charger(sight(site), "ELSEWHERE") == {}


async def test_the_limits_of_a_charger_follow_what_the_building_wants(site: Site):
    (before,) = (await chargers_parts.limits(sight(site), "GARAGE")).values()
    assert "the normal current" in shown(before)
    site.desk.post(ChargerId("GARAGE"), Wished(ConnectorId(1), "max_current", 6.0, Origin.API, 0, "solar"))
    (after,) = (await chargers_parts.limits(sight(site), "GARAGE")).values()
    assert "6 A: set by the API on" in shown(after)
    assert "6 A: set by the API (solar) on" in shown(after, Role.OPERATOR)


def test_who_wants_in_is_for_installers_alone():
    assert FEEDS["inbox"].role is Role.INSTALLER


async def test_a_limit_that_has_just_been_set_is_looked_at_again_at_once(site: Site):
    looked: list[str] = []

    async def rarely(_every_s: float, key: str, find: Any) -> tuple[Any, ...]:
        looked.append(key)
        found: tuple[Any, ...] = await find()
        return found

    for amps in (None, 6.0, 6.0):
        if amps is not None:
            site.desk.post(ChargerId("GARAGE"), Wished(ConnectorId(1), "max_current", amps, Origin.API, 0, "solar"))
        now = sight(site)
        now.rarely = rarely
        await chargers_parts.limits(now, "GARAGE")
    assert looked[0] != looked[1] == looked[2]
