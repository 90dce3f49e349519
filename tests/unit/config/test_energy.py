"""The sun, the tariff, plans, limits of sessions and the grid operator: what the core gets, and what makes no sense."""

from datetime import time

import pytest

from knx_ocpp_bridge.core.energy.terms import (
    GridLimitTerms,
    LimitPer,
    SessionLimits,
    SurplusTerms,
    TariffTerms,
    TariffZone,
    WeekPlan,
)
from knx_ocpp_bridge.core.status import ChargeMode

WORKDAYS = frozenset(range(5))


def house(more: str = "", keys: str = "max_current: 16", objects: str = "") -> str:
    """One charger with an object, and what the test is about."""
    bound = "{online: {state_address: 2/0/1}}"
    chargers = f"chargers: [{{id: A, connectors: [{{id: 1, {keys}}}], group_objects: {bound}}}]"
    return f"{more}\n{chargers}\ngroup_objects: {{{objects}}}\n"


def only(installer, text: str) -> str:
    (message,) = installer.messages(text)
    return message.partition(": ")[2]


def advice(installer, text: str) -> list[str]:
    return [each.partition(": ")[2] for each in installer.load(text).warnings]


def outlet(installer, keys: str, more: str = "", objects: str = ""):
    return installer.load(house(more, keys, objects)).site_terms.outlets["A", 1]


def test_a_file_that_says_nothing_has_the_defaults_of_the_core(installer):
    terms = installer.load(house()).site_terms
    assert (terms.surplus, terms.grid_limit, terms.tariff) == (SurplusTerms(), GridLimitTerms(), TariffTerms())
    assert terms.circuits == {}


def test_the_core_gets_all_that_is_said_of_the_sun(installer):
    text = house(
        "surplus: {start_power: 2000, start_after: 10, stop_power: -100, stop_after: 20, grid_tolerance: 300, "
        "battery_first_soc: 50, switch_phases_after: 900}",
        objects="battery_soc: {address: 1/7/1}",
    )
    assert installer.load(text).site_terms.surplus == SurplusTerms(2000, 10, -100, 20, 300, 50, 900)


def test_the_core_gets_what_the_signals_of_the_grid_operator_mean(installer):
    text = house(
        "grid_limit: {power: 5000, per: sum, contacts: {1: 4200, 2: 0}, confirmed_within: 30}",
        objects="grid_limit_contact_1: {address: 1/7/1}, grid_limit_contact_2: {address: 1/7/2}",
    )
    assert installer.load(text).site_terms.grid_limit == GridLimitTerms(5000, LimitPer.SUM, {1: 4200, 2: 0}, 30)


def test_the_core_gets_the_tariff_with_its_nights(installer):
    text = house(
        'tariff: {price: 0.31, zones: [{days: [mon, tue, wed, thu, fri], from: "22:00", to: "6:00", price: -0.01}], '
        "surcharge: 0.1, numbers: {1: 0.4, 2: 0.2}, late: false, reserve: 600}",
        objects="tariff: {address: 1/7/1}",
    )
    zone = TariffZone(WORKDAYS, time(22), time(6), -0.01)
    assert installer.load(text).site_terms.tariff == TariffTerms(0.31, (zone,), 0.1, {1: 0.4, 2: 0.2}, False, 600)


def test_a_time_needs_no_quotes_and_midnight_may_be_the_end_of_a_day(installer):
    (zone,) = installer.load(house("tariff: {zones: [{from: 00:00, to: 24:00, price: 1}]}")).site_terms.tariff.zones
    assert (zone.begins, zone.ends, zone.days) == (time(), time(), frozenset(range(7)))


def test_the_core_gets_plans_and_limits_of_sessions_in_its_own_units(installer):
    terms = outlet(
        installer,
        "battery_capacity: 60, priority: 7, phase_switching: true, "
        "session_limits: {energy: 20.5, duration: 240, soc: 80, cost: 5}, "
        'plans: [{days: [mon, tue, wed, thu, fri], ready_by: "07:00", energy: 20}, '
        '{days: [sun], ready_by: "9:30", soc: 80}]',
        "tariff: {price: 0.3}",
    )
    assert (terms.battery_wh, terms.priority, terms.can_switch_phases) == (60_000, 7, True)
    assert terms.session_limits == SessionLimits(20_500, 14_400, 80, 5)
    assert terms.plans == (
        WeekPlan(WORKDAYS, time(7), 20_000, None),
        WeekPlan(frozenset({6}), time(9, 30), None, 80),
    )


@pytest.mark.parametrize("mode", ChargeMode)
def test_a_connector_may_begin_in_any_mode(installer, mode):
    text = house("tariff: {price: 1}", f"mode: {mode.name.lower()}, wake_up: false", "grid_power: {address: 1/7/1}")
    settings = installer.load(text).chargers["A"].connectors[1]
    assert (settings.mode, settings.wakes) == (mode, False)


def test_a_mode_that_there_is_not_is_told_with_the_nearest_one(installer):
    assert only(installer, house(keys="mode: surplsu")).startswith(
        "chargers[0].connectors[0].mode: 'surplsu' is no charge mode; did you mean surplus? Allowed: off | normal"
    )


@pytest.mark.parametrize("mode", ["surplus", "minimum_and_surplus"])
def test_nobody_charges_by_a_surplus_that_nobody_tells(installer, mode):
    assert only(installer, house(keys=f"mode: {mode}")) == (
        f"chargers[0].connectors[0].mode: {mode} needs to know the surplus, and nothing tells it; bind grid_power "
        "(or all of grid_power_l1 to l3, or pv_power) under group_objects"
    )


@pytest.mark.parametrize("meters", ["grid_power", "grid_power_l1 grid_power_l2 grid_power_l3", "pv_power"])
def test_a_meter_of_the_grid_or_of_the_roof_tells_the_surplus(installer, meters):
    objects = ", ".join(f"{meter}: {{address: 1/7/{n}}}" for n, meter in enumerate(meters.split()))
    assert installer.messages(house(keys="mode: surplus", objects=objects)) == []


@pytest.mark.parametrize("meters", ["grid_power_l2", "grid_power_l2: {address: 1/7/2}, pv_power"])
def test_the_power_of_one_phase_is_not_that_of_the_grid(installer, meters):
    assert "nothing tells it" in only(installer, house(keys="mode: surplus", objects=f"{meters}: {{address: 1/7/1}}"))


def test_a_current_of_the_grid_has_no_direction_and_tells_no_surplus(installer):
    assert "nothing tells it" in only(
        installer, house(keys="mode: surplus", objects="grid_current_l1: {address: 1/7/1}")
    )


def test_a_wrong_object_is_told_alone_and_not_what_it_would_have_told(installer):
    text = house(keys="mode: surplus", objects="grid_power: {address: 1/77/1}")
    assert only(installer, text).startswith("group_objects.grid_power.address")


def test_a_charge_by_plan_without_plan_and_tariff_is_told(installer):
    assert advice(installer, house(keys="mode: scheduled")) == [
        "A/1 is scheduled, and there is neither plan nor tariff: only a goal gives it a time"
    ]
    for more, keys, objects in (
        ("tariff: {price: 0.3}", "", ""),
        ("", ', plans: [{ready_by: "07:00"}]', ""),
        ("", "", "price: {address: 1/7/1}"),
    ):
        assert advice(installer, house(more, f"mode: scheduled{keys}", objects)) == []


def zones(*times: str) -> str:
    return f"tariff: {{zones: [{', '.join(f'{{{each}}}' for each in times)}]}}"


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ('from: "06:00", to: "12:00"', 'from: "11:59", to: "13:00"', "the zone of mon 11:59 meets the one"),
        ('days: [sun], from: "22:00", to: "06:00"', 'days: [mon], from: "05:00", to: "07:00"', "the zone of mon 05:00"),
        ('days: [mon], from: "05:00", to: "07:00"', 'days: [sun], from: "22:00", to: "06:00"', "the zone of sun 22:00"),
        ('days: [wed], from: "00:00", to: "24:00"', 'from: "12:00", to: "13:00"', "the zone of wed 12:00 meets"),
    ],
)
def test_zones_of_which_nobody_knows_which_price_counts_are_refused(installer, one, other, told):
    message = only(installer, house(zones(f"{one}, price: 0.1", f"{other}, price: 0.2")))
    assert message.startswith(f"tariff.zones[1]: {told}")
    assert message.endswith("which price counts?; let one end where the other begins")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('from: "06:00", to: "12:00", price: 1', 'from: "12:00", to: "06:00", price: 2'),
        ('days: [sun], from: "22:00", to: "06:00", price: 1', 'days: [tue], from: "05:00", to: "06:00", price: 2'),
        ('from: "06:00", to: "12:00", price: 1', 'from: "08:00", to: "09:00", price: 1'),
    ],
)
def test_zones_that_touch_or_say_the_same_are_no_contradiction(installer, one, other):
    assert installer.messages(house(zones(one, other))) == []


@pytest.mark.parametrize(
    ("zone", "message"),
    [
        ('to: "06:00", price: 1', 'tariff.zones[0].from: from is missing; add from: "22:00"'),
        ('from: "25:00", to: "06:00", price: 1', "tariff.zones[0].from: 25:00 is no time of day"),
        ('from: "24:30", to: "06:00", price: 1', "tariff.zones[0].from: 24:30 is no time of day"),
        ('from: 22, to: "06:00", price: 1', "tariff.zones[0].from: 22 is no time of day"),
        ('from: "22:00", to: "06:00", price: 1, days: [mo]', "tariff.zones[0].days[0]: 'mo' is none of the values"),
        ('from: "22:00", to: "06:00", price: 1, days: []', "tariff.zones[0].days: the list is empty"),
        ('from: "22:00", until: "06:00", price: 1', "tariff.zones[0]."),
    ],
)
def test_a_zone_that_cannot_be_read_is_told_with_its_place(installer, zone, message):
    assert any(message in each for each in installer.messages(house(zones(zone))))


@pytest.mark.parametrize(
    ("plans", "message"),
    [
        ('{ready_by: "07:00", energy: 20, soc: 80}', "plans[0].soc: a plan by energy and by soc is two plans"),
        (
            '{ready_by: "07:00"}, {days: [tue, wed], ready_by: "07:00", energy: 5}',
            "plans[1].days: there is a plan for tue 07:00 already, at bridge.yaml:2; take the day out of one of them",
        ),
        ("{days: [mon], energy: 20}", 'plans[0].ready_by: ready_by is missing; add ready_by: "07:00"'),
        ('{ready_by: "07:00", energy: 61}', "plans[0].energy: 61 kWh is more than the battery takes (60 kWh)"),
        (
            '{ready_by: "07:00", energy: 50}',
            "plans[0].energy: 50 kWh is never reached: session_limits end a session at 40",
        ),
        ('{ready_by: "07:00", soc: 90}', "plans[0].soc: 90 % is never reached: session_limits end a session at 80 %"),
    ],
)
def test_plans_that_contradict_themselves_or_the_rest_are_refused(installer, plans, message):
    keys = f"battery_capacity: 60, session_limits: {{energy: 40, soc: 80}}, plans: [{plans}]"
    assert any(message in each for each in installer.messages(house(keys=keys)))


def test_two_plans_of_a_day_at_different_times_are_two_plans(installer):
    keys = 'plans: [{ready_by: "07:00", energy: 10}, {ready_by: "18:00", energy: 20}]'
    assert len(outlet(installer, keys).plans) == 2


def test_a_plan_by_percent_of_a_battery_that_nobody_knows_is_told(installer):
    assert advice(installer, house(keys='plans: [{ready_by: "07:00", soc: 80}]')) == [
        "A/1 plans by soc; without battery_capacity nobody knows how long that takes"
    ]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("energy: 0", "session_limits.energy: 0 is out of range; write more than 0"),
        ("soc: 101", "session_limits.soc: 101 is out of range; write at most 100"),
        ("duration: 0.5", "session_limits.duration: 0.5 is out of range; write at least 1"),
        ("energy: 80", "session_limits.energy: 80 kWh is more than the battery takes (60 kWh)"),
        ("cost: 5", "session_limits.cost: nobody says what energy costs; add tariff: {price: ...}"),
    ],
)
def test_limits_of_a_session_that_never_count_are_refused(installer, limits, message):
    assert message in only(installer, house(keys=f"battery_capacity: 60, session_limits: {{{limits}}}"))


def test_a_price_on_the_bus_is_a_price(installer):
    text = house(keys="session_limits: {cost: 5}", objects="price: {address: 1/7/1}")
    assert installer.load(text).site_terms.outlets["A", 1].session_limits.cost == 5


def test_a_contact_that_nobody_explains_means_what_the_switch_means(installer):
    assert installer.messages(house(objects="grid_limit_contact_2: {address: 1/7/1}")) == []


@pytest.mark.parametrize(
    ("more", "objects", "message"),
    [
        (
            "grid_limit: {contacts: {1: 4200}}",
            "",
            "grid_limit.contacts.1: grid_limit_contact_1 has no address; bind grid_limit_contact_1 under group_objects",
        ),
        (
            "grid_limit: {contacts: {5: 4200}}",
            "",
            "grid_limit.contacts: 5 is no contact; number the contacts from 1 to 4",
        ),
        ("surplus: {battery_first_soc: 50}", "", "surplus.battery_first_soc: nobody tells how full the battery is"),
        ("tariff: {numbers: {1: 0.3}}", "", "tariff.numbers: nobody tells the number of the tariff"),
        (
            "tariff: {numbers: {300: 0.3}}",
            "",
            "tariff.numbers: 300 is no number of a tariff; write numbers from 0 to 254",
        ),
    ],
)
def test_what_no_input_tells_or_no_key_explains_is_refused(installer, more, objects, message):
    assert only(installer, house(more, objects=objects)).startswith(message)
