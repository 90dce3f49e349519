"""The manager of a site alive: when it looks, whom it tells, what it writes down. What it decides is the test's."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import (
    CircuitReport,
    Decision,
    EvidenceRow,
    Grant,
    OutletReport,
    PlanReport,
    SiteNote,
    SiteReport,
)
from knx_ocpp_bridge.core.energy.scene import Evidence, OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import CircuitTerms, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.events import Capped
from knx_ocpp_bridge.core.inputs import InputState, InputTerms, Reading
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, LimitReason
from knx_ocpp_bridge.core.step import AlarmKind, Level
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Moment
from knx_ocpp_bridge.daemon.energy import driver as driver_module
from knx_ocpp_bridge.daemon.energy import sight as sight_module
from knx_ocpp_bridge.daemon.energy.driver import Driver
from knx_ocpp_bridge.daemon.energy.means import Means
from knx_ocpp_bridge.store.grid_evidence import GridEvidence, Sought
from tests.kit.shelf import Shelf

NOON = datetime(2027, 6, 1, 10, tzinfo=UTC)
GARAGE, YARD = (ChargerId("GARAGE"), ConnectorId(1)), (ChargerId("YARD"), ConnectorId(1))
TERMS = SiteTerms(
    circuits={"main": CircuitTerms("main", (32.0, 32.0, 32.0))},
    outlets={
        GARAGE: OutletTerms(GARAGE, "main", phases=1, rotation="STR"),
        YARD: OutletTerms(YARD, "main"),
    },
)
TEN = (Cap(LimitReason.CIRCUIT, 10.0),)


@dataclass
class Rules:
    """Stands in for `core.energy.manager`: says what the test wants said next, and remembers what it was shown."""

    says: list[Decision] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    evidence: tuple[EvidenceRow, ...] = ()

    def new(self, terms, evidence=()):
        self.evidence = tuple(evidence)
        return terms

    def reterm(self, _site, terms):
        return terms

    def advance(self, site, scene):
        self.scenes.append(scene)
        return site, self.says.pop(0) if self.says else Decision()


class Bridge:
    """Everything round the driver, and what it was told."""

    def __init__(self, monkeypatch, rules=None, terms=TERMS):
        self.rules = rules or Rules()
        self.posted, self.offered, self.notes, self.looked = [], [], [], []
        self.ended: list[set[object]] = []
        self.readings: list[Reading] = []
        self.now_s = 1000.0
        self.chargers = {
            key: SimpleNamespace(
                settings=SimpleNamespace(id=key),
                connectors={ConnectorId(1): SimpleNamespace(id=ConnectorId(1), capped=False, caps=(), charging=False)},
            )
            for key, _ in terms.outlets
        }
        monkeypatch.setattr(driver_module, "manager", self.rules)
        monkeypatch.setattr(sight_module, "view", self._view)
        self.evidence = GridEvidence(Shelf())
        alarms = SimpleNamespace(end_others=lambda _kind, begun: self.ended.append(set(begun)))
        self.means = Means(
            moment=self.moment,
            chargers=lambda: (),
            charger=self.chargers.get,
            readings=lambda: self.readings,
            post=lambda charger, event: self.posted.append((charger, event)),
            offer=lambda charger, update: self.offered.append((charger, update)),
            note=lambda charger, note: self.notes.append((charger, note)),
            alarms=lambda: alarms,
            evidence=self.evidence,
        )
        self.driver = Driver(terms, self.means)

    def moment(self):
        return Moment(self.now_s, NOON + timedelta(seconds=self.now_s - 1000))

    def _view(self, charger, connector, _now):
        key = (charger.settings.id, connector.id)
        self.looked.append(key)
        return OutletView(
            key, online=True, status=ConnectorStatus.CHARGING if connector.charging else ConnectorStatus.AVAILABLE,
            plugged=connector.charging, charging=connector.charging, mode=ChargeMode.NORMAL, base_a=16.0,
            in_force_a=6.0, promised_a=6.0, resting_a=6.0, leases=True, can_limit=True, disobeys=False,
            current_a=5.0 if connector.charging else None, power_w=1150.0 if connector.charging else None,
        )  # fmt: skip

    def charges(self, key):
        self.chargers[key[0]].connectors[ConnectorId(1)].charging = True
        self.driver.changed(key[0])

    def looks(self, decision=None):
        """One decision; what was said of it."""
        if decision is not None:
            self.rules.says.append(decision)
        self.posted.clear()
        self.offered.clear()
        self.driver.look()

    def said(self, place=(None, CHARGE_POINT)) -> Mapping[str, object]:
        return {update.key: update.value for charger, update in self.offered if (charger, update.connector) == place}


@pytest.fixture
async def bridge(monkeypatch):
    return Bridge(monkeypatch)


async def test_what_was_decided_reaches_each_charger_in_the_order_in_which_it_was_decided(bridge):
    lower, higher = Grant(YARD, TEN, urgent=True), Grant(GARAGE, (), phases=1)
    bridge.looks(Decision(grants=(lower, higher)))
    assert bridge.posted == [
        ("YARD", Capped(ConnectorId(1), TEN, None, urgent=True)),
        ("GARAGE", Capped(ConnectorId(1), (), 1, urgent=False)),
    ]
    assert bridge.driver.grants == {YARD: lower, GARAGE: higher}


async def test_a_charger_of_which_nothing_is_new_is_not_looked_at_again_for_a_while(bridge):
    bridge.looks()
    bridge.looked.clear()
    bridge.driver.changed(ChargerId("YARD"))
    bridge.looks()
    assert bridge.looked == [YARD]
    bridge.looked.clear()
    bridge.now_s += 10
    bridge.looks()
    assert bridge.looked == [GARAGE, YARD]


async def test_a_charger_that_charges_is_looked_at_each_time_as_its_lease_runs(bridge):
    bridge.charges(GARAGE)
    bridge.looks()
    bridge.looked.clear()
    bridge.looks()
    assert bridge.looked == [GARAGE]


async def test_a_connector_that_charges_and_is_not_in_the_configuration_is_told_of_once(bridge):
    yard = bridge.chargers[ChargerId("YARD")]
    second = yard.connectors[ConnectorId(2)] = SimpleNamespace(transaction=None, active=False)
    yard.connectors[CHARGE_POINT] = SimpleNamespace(transaction=None, active=True)
    bridge.driver.changed(ChargerId("YARD"))
    assert bridge.notes == []
    second.active = True
    for _ in range(2):
        bridge.driver.changed(ChargerId("YARD"))
    ((charger, note),) = bridge.notes
    assert (charger, note.level, note.connector) == ("YARD", Level.WARNING, 2)
    assert note.text == (
        "connector 2 charges and is not in the configuration: main does not count what it takes; "
        "add {id: 2, circuit: …} to the connectors of YARD"
    )


async def test_where_no_circuit_counts_a_charger_its_other_connectors_are_nobodys_news(monkeypatch):
    bridge = Bridge(monkeypatch, terms=SiteTerms(outlets={YARD: OutletTerms(YARD)}))
    other = SimpleNamespace(transaction=None, active=True)
    bridge.chargers[ChargerId("YARD")].connectors[ConnectorId(2)] = other
    bridge.driver.changed(ChargerId("YARD"))
    assert bridge.notes == []


async def test_an_order_of_the_grid_operator_is_written_down_at_once_and_found_again_after_a_restart(
    bridge, monkeypatch
):
    row = EvidenceRow(Evidence.ORDERED, None, 4200.0, "grid_limit")
    bridge.looks(Decision(evidence=(row,)))
    assert [kept.row for kept in bridge.evidence.rows(Sought())] == [row]
    rules = Rules()
    monkeypatch.setattr(driver_module, "manager", rules)
    Driver(TERMS, bridge.means)
    assert rules.evidence == (row,)


async def test_notes_name_the_outlet_and_alarms_that_stood_before_the_start_end_once_all_is_known(bridge):
    bridge.looks(Decision(report=SiteReport(settling=True)))
    assert not bridge.ended
    site = SiteNote(Level.WARNING, None, "main: too much flows", AlarmKind.LOAD)
    one = SiteNote(Level.WARNING, (ChargerId("YARD"), CHARGE_POINT), "does not obey", AlarmKind.LOAD)
    bridge.looks(Decision(notes=(site, one)))
    assert [(charger, note.connector, note.text, note.alarm) for charger, note in bridge.notes] == [
        (None, None, "main: too much flows", AlarmKind.LOAD),
        ("YARD", None, "does not obey", AlarmKind.LOAD),
    ]
    assert bridge.ended == [{(None, None), ("YARD", None)}]
    bridge.looks()
    assert len(bridge.ended) == 1


async def test_the_building_is_told_what_all_chargers_take_on_its_own_phases(bridge):
    bridge.charges(GARAGE)
    bridge.charges(YARD)
    circuit = CircuitReport("main", (32.0,) * 3, None, (10.0,) * 3, (5.0,) * 3, (22.0, 20.0, -1.0))
    bridge.looks(Decision(report=SiteReport((circuit,), surplus_w=1200.0, grid_limit_w=4200.0, price=0.31)))
    assert bridge.said() == {
        "charging_power": 2300.0,
        "charging_current_l1": 5.0,
        "charging_current_l2": 10.0,  # GARAGE hangs on S
        "charging_current_l3": 5.0,
        "free_current_l1": 22.0,
        "free_current_l2": 20.0,
        "free_current_l3": 0.0,
        "chargers_charging": 2,
        "chargers_waiting": 0,
        "surplus_power": 1200.0,
        "grid_limit_active": True,
        "grid_limit_confirmed": True,
        "price_now": 0.31,
    }
    bridge.looks(Decision(report=SiteReport((circuit,), surplus_w=1200.0, price=0.31)))
    assert bridge.said() == {"grid_limit_active": False}


async def test_a_panel_sees_who_waits_who_is_full_and_when_it_goes_on(bridge):
    slots = (
        ("2027-06-01T08:00:00+00:00", "2027-06-01T09:00:00+00:00", 16.0),
        ("2027-06-01T22:00:00+00:00", "2027-06-01T23:00:00+00:00", 16.0),
    )
    plan = PlanReport(YARD, slots, "2027-06-02T05:00:00+00:00", 8000, reachable=True)
    outlets = {GARAGE: OutletReport(GARAGE, 0.0, waiting=True), YARD: OutletReport(YARD, 0.0, waiting=False, full=True)}
    bridge.looks(Decision(report=SiteReport(outlets=outlets, plans={YARD: plan})))
    assert bridge.said(GARAGE) == {"waiting": True, "car_full": False, "next_start": None, "plan_reachable": None}
    assert bridge.said(YARD) == {
        "waiting": False,
        "car_full": True,
        "next_start": datetime(2027, 6, 1, 22, tzinfo=UTC),
        "plan_reachable": True,
    }
    assert bridge.driver.values((None, CHARGE_POINT))["chargers_waiting"] == 1


async def test_an_outlet_that_leaves_the_configuration_is_forgotten_and_a_charger_made_anew_is_told_again(bridge):
    grants = (Grant(GARAGE, TEN), Grant(YARD, TEN))
    bridge.looks(Decision(grants=grants))
    bridge.posted.clear()
    bridge.driver.configure(SiteTerms(TERMS.circuits, {YARD: TERMS.outlets[YARD]}))
    assert bridge.posted == [("YARD", Capped(ConnectorId(1), TEN, None, urgent=False))]
    bridge.chargers["YARD"].connectors[ConnectorId(1)].capped = True
    bridge.chargers["YARD"].connectors[ConnectorId(1)].caps = TEN
    bridge.posted.clear()
    bridge.driver.configure(SiteTerms(TERMS.circuits, {YARD: TERMS.outlets[YARD]}))
    assert bridge.posted == []
    bridge.looks()
    assert list(bridge.rules.scenes[-1].outlets) == [YARD]


def reading(key, counts):
    terms = InputTerms((None, CHARGE_POINT, key), (1,), "14.019")
    return Reading(terms, InputState.FRESH, None, 0.0, counts)


async def test_prices_and_readings_are_part_of_what_is_decided_about(bridge):
    slot = PriceSlot(NOON, NOON + timedelta(hours=1), 0.2)
    bridge.driver.priced((slot,))
    bridge.readings = [reading("grid_current_l1", 12.0)]
    bridge.looks()
    scene = bridge.rules.scenes[-1]
    assert scene.prices == (slot,)
    assert scene.readings[None, CHARGE_POINT, "grid_current_l1"].counts == 12.0
    assert scene.started_at_s == 1000.0


async def test_a_strangers_charger_makes_nobody_look(bridge, monkeypatch):
    news = []
    monkeypatch.setattr(bridge.driver._pace, "news", lambda *, urgent: news.append(urgent))
    bridge.driver.changed(ChargerId("STRANGER"))
    assert news == []
    bridge.driver.changed(ChargerId("YARD"))
    assert news == [False]


@pytest.mark.parametrize(
    ("key", "before", "after", "urgent"),
    [
        ("grid_current_l1", 10.0, 12.0, True),
        ("grid_current_l1", 12.0, 10.0, False),
        ("grid_power", None, -500.0, True),
        ("grid_limit", 1.0, 0.0, True),
        ("release", 0.0, 1.0, True),
    ],
)
async def test_an_order_and_a_house_that_takes_more_are_urgent(bridge, monkeypatch, key, before, after, urgent):
    bridge.readings = [] if before is None else [reading(key, before)]
    bridge.looks()
    news = []
    monkeypatch.setattr(bridge.driver._pace, "news", lambda *, urgent: news.append(urgent))
    bridge.driver.sensed(reading(key, after))
    bridge.driver.sensed(None)
    assert news == [urgent, True]


async def test_a_house_that_takes_less_for_a_moment_and_then_more_again_is_urgent(bridge, monkeypatch):
    bridge.readings = [reading("grid_current_l1", 33.0)]
    bridge.looks()
    news = []
    monkeypatch.setattr(bridge.driver._pace, "news", lambda *, urgent: news.append(urgent))
    for current_a in (33.0, 32.0, 32.0, 33.0):
        bridge.driver.sensed(reading("grid_current_l1", current_a))
    assert news == [False, False, False, True]
    bridge.looks()
    bridge.driver.sensed(reading("grid_current_l1", 33.0))
    assert news[-1] is False


async def test_a_defect_in_a_rule_ends_the_driver_and_so_the_bridge(bridge, monkeypatch):
    def broken(_site, _scene):
        raise ZeroDivisionError

    bridge.now_s = asyncio.get_running_loop().time()
    monkeypatch.setattr(bridge.rules, "advance", broken)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(bridge.driver.run(), 5)
