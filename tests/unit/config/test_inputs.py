"""Inputs and the time of day as they are bound: what cannot work is refused with the way out."""

import pytest

HOUSE = """\
site: {timezone: UTC}
chargers: [{id: A, connectors: [{id: 1}], group_objects: {online: {state_address: 0/0/1}}}]
"""


def house(objects: str) -> str:
    return f"{HOUSE}group_objects: {{{objects}}}\n"


def by_key(loaded):
    return {bound.row.key: bound for bound in loaded.objects}


def test_an_input_is_read_at_the_start_and_never_stale_unless_it_is_said_otherwise(installer):
    bound = by_key(
        installer.load(
            house(
                'grid_power: {address: [1/7/1, 1/7/2], dpt: "9.024", timeout: 300, fallback: 5000}, '
                "pv_power: {address: 1/7/3, read_on_init: false}"
            )
        )
    )
    grid, sun = bound["grid_power"], bound["pv_power"]
    assert (grid.read_on_init, grid.timeout_s, grid.fallback) == (True, 300, 5000)
    assert (sun.read_on_init, sun.timeout_s, sun.fallback) == (False, 0, None)


def test_currents_that_are_measured_for_no_circuit_are_told_once(installer):
    told = installer.load(house("grid_current_l1: {address: 1/7/1}, grid_current_l2: {address: 1/7/2}")).warnings
    assert [each.partition(": ")[2] for each in told] == [
        "no circuit is metered, so grid_current_l1, grid_current_l2 protect no fuse; write metered: true at the circuit"
    ]


def test_a_power_of_the_grid_is_of_use_without_circuits(installer):
    assert installer.load(house("grid_power: {address: 1/7/1}, pv_power: {address: 1/7/3}")).warnings == ()


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ("release: {address: 1/7/1, fallback: 2}", "release is 0 or 1, not 2"),
        ("grid_current_l1: {address: 1/7/1, fallback: -3}", "grid_current_l1 cannot be -3 A"),
        ("tariff: {address: 1/7/1, fallback: 1.5}", "tariff cannot be number 1.5"),
        ("battery_soc: {address: 1/7/1, fallback: 101}", "battery_soc cannot be 101 %"),
        ("grid_limit_power: {address: 1/7/1, fallback: -1}", "grid_limit_power cannot be -1 W"),
        ("bus_time: {address: 1/0/1, state_address: 1/0/2}", "bus_time is taken from the bus, and it is sent there"),
        (
            'bus_time: {address: 1/0/1, dpt: "10.001"}, bus_date: {state_address: 1/0/2}',
            "bus_time is taken from the bus, and bus_date (bridge.yaml:3) is sent there",
        ),
        (
            'bus_time: {address: 1/0/1, dpt: "10.001"}',
            "a bus_time of 10.001 has no date: by it alone no clock can be set",
        ),
        ("bus_date: {address: 1/0/1}", "bus_date is of use beside a bus_time of 10.001 alone"),
        (
            "bus_time: {address: 1/0/1}, bus_date: {address: 1/0/2}",
            "bus_date is of use beside a bus_time of 10.001 alone",
        ),
    ],
)
def test_what_cannot_work_is_refused(installer, objects, reason):
    (problem,) = installer.problems(house(objects))
    assert problem.reason == reason
    assert problem.remedy


def test_a_building_has_a_second_at_least_to_tell(installer):
    (problem,) = installer.problems(house('grid_power: {address: 1/7/1, dpt: "9.024", timeout: 0.9}'))
    assert "timeout" in str(problem)


@pytest.mark.parametrize(
    "objects",
    [
        "release: {address: 1/7/1, fallback: 1}",
        "bus_time: {address: 1/0/1}",
        "bus_time: {state_address: 1/0/1}",
        'bus_time: {address: 1/0/1, dpt: "10.001"}, bus_date: {address: 1/0/2}',
        'bus_time: {state_address: 1/0/1, dpt: "10.001"}, bus_date: {state_address: 1/0/2}',
    ],
)
def test_what_works_is_taken(installer, objects):
    assert installer.problems(house(objects)) == ()


def test_a_date_that_is_sent_without_its_time_is_pointed_out(installer):
    (told,) = installer.load(house("bus_date: {state_address: 1/0/2}")).warnings
    assert 'bus_date is sent without a bus_time of dpt "10.001"' in told


def test_the_time_is_sent_every_hour_unless_it_is_said_otherwise(installer):
    bound = by_key(
        installer.load(house("bus_time: {state_address: 1/0/1}, bus_date: {state_address: 1/0/2, cyclic: 60}"))
    )
    assert (bound["bus_time"].cyclic_s, bound["bus_date"].cyclic_s) == (3600, 60)
