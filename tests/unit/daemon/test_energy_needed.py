"""Nothing of the energy of a site is loaded, and nothing runs, before something of it needs it."""

import asyncio
import contextlib
from datetime import UTC, datetime, time

import pytest

from knx_ocpp_bridge.core.energy.terms import CircuitTerms, OutletTerms, SessionLimits, SiteTerms, WeekPlan
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded, Wishes, WishesKept
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.daemon.energy import needed
from tests.kit.front_desk import FrontDesk
from tests.kit.knx_objects import bound
from tests.kit.until import until

GARAGE, ONE = ChargerId("GARAGE"), ConnectorId(1)
OUTLET = OutletTerms((GARAGE, ONE))


@pytest.fixture
def desk(tmp_path):
    return FrontDesk(tmp_path)


def terms(**outlet):
    return {"site_terms": SiteTerms(outlets={OUTLET.key: replace(OUTLET, **outlet)})}


def test_a_bridge_that_only_passes_current_limits_on_needs_no_manager(desk):
    assert not needed.by_configuration(replace(desk.loaded, **terms()))
    assert not needed.by_wishes(actor.charger for actor in desk.roster.actors.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"site_terms": SiteTerms({"main": CircuitTerms("main", (32.0,) * 3)})},
        {"objects": (bound("release", None, "1/1/1", charger=None, connector=0),)},
        {"objects": (bound("grid_limit", None, "1/1/1", charger=None, connector=0),)},
        {"objects": (bound("charging_power", "1/1/1", charger=None, connector=0),)},
        {"objects": (bound("waiting", "1/1/1"),)},
        terms(plans=(WeekPlan(frozenset({0}), time(7)),)),
        terms(session_limits=SessionLimits(energy_wh=20000)),
    ],
)
def test_what_is_configured_may_need_it(desk, changes):
    assert needed.by_configuration(replace(desk.loaded, **changes))


def test_a_meter_alone_is_only_shown(desk):
    meter = bound("grid_power", None, "1/1/1", charger=None, connector=0)
    assert not needed.by_configuration(replace(desk.loaded, objects=(meter,)))


def test_a_managed_mode_needs_it_by_configuration(desk):
    settings = desk.loaded.chargers[GARAGE]
    outlet = replace(settings.connectors[ONE], mode=ChargeMode.SURPLUS)
    loaded = replace(desk.loaded, chargers={GARAGE: replace(settings, connectors={ONE: outlet})})
    assert needed.by_configuration(loaded)


@pytest.mark.parametrize(
    ("wishes", "needs"),
    [
        (Wishes(mode=ChargeMode.FAST, limit_a=10.0, paused=True), False),
        (Wishes(mode=ChargeMode.SURPLUS), True),
        (Wishes(session_mode=ChargeMode.SCHEDULED), True),
        (Wishes(goal_minute=0), True),
        (Wishes(session_limit_soc=80.0), True),
    ],
)
def test_what_somebody_wishes_may_need_it(desk, wishes, needs):
    charger = desk.roster.charger(GARAGE)
    connector = replace(charger.connectors[ONE], wishes=wishes)
    assert needed.by_wishes([replace(charger, connectors={ONE: connector})]) is needs


def test_a_card_with_a_current_of_its_own_needs_it_once_somebody_charges(desk):
    charger = desk.roster.charger(GARAGE)
    book = TagBook(tags={"04a2": Tag(IdTag("04A2"), max_current_a=10.0)})
    charger = replace(charger, settings=replace(charger.settings, tag_book=book))
    assert not needed.by_wishes([charger])
    now = datetime(2027, 1, 1, tzinfo=UTC)
    transaction = Transaction(TransactionId(7), ONE, IdTag("04A2"), 0, now)
    connector = replace(charger.connectors[ONE], transaction=transaction)
    assert needed.by_wishes([replace(charger, connectors={ONE: connector})])


async def test_the_first_wish_that_needs_a_manager_begins_one(desk):
    running = asyncio.create_task(desk.energy.run())
    await asyncio.sleep(0)
    assert desk.energy.driver is None
    charger = desk.roster.charger(GARAGE)
    now = datetime(2027, 1, 1, tzinfo=UTC)
    recorded = TransactionRecorded(Transaction(TransactionId(7), ONE, IdTag("04A2"), 0, now))
    desk.energy.recorded(GARAGE, (recorded,))
    await asyncio.sleep(0)
    assert desk.energy.driver is None
    wishes = Wishes(mode=ChargeMode.SURPLUS)
    desk.roster.actors[GARAGE].charger = replace(
        charger, connectors={ONE: replace(charger.connectors[ONE], wishes=wishes)}
    )
    desk.energy.recorded(GARAGE, (WishesKept(ONE, wishes),))
    await until(lambda: desk.energy.driver is not None, 5, "a manager is there")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
