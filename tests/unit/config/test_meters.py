"""Meters that a fuse relies on: what would take the fuse its protection is refused, or told, with the way out."""

import pytest

OWN = ("1/7/1", "1/7/2", "1/7/3")


def house(keys: str = "", circuit: str = "metered: true, fallback_current: 12", addresses=OWN) -> str:
    """A metered house with a charger; `keys` stand at each of its meters, one line each."""
    objects = "\n".join(
        f"  grid_current_l{phase}: {{address: {address}{keys}}}" for phase, address in enumerate(addresses, 1)
    )
    return (
        f"circuits: [{{name: main, max_current: 32, {circuit}}}]\n"
        "chargers: [{id: A, connectors: [{id: 1, circuit: main}], group_objects: {online: {state_address: 2/0/1}}}]\n"
        f"group_objects:\n{objects}\n"
    )


def test_a_meter_may_be_silent_for_ten_minutes_at_most(installer):
    assert installer.load(house(", timeout: 600")).warnings == ()
    problems = installer.problems(house(", timeout: 86400"))
    assert [each.where for each in problems] == ["bridge.yaml:4", "bridge.yaml:5", "bridge.yaml:6"]
    assert str(problems[0]) == (
        "bridge.yaml:4: group_objects.grid_current_l1.timeout: the fuse of main relies on grid_current_l1, and what it "
        "told last would count for 86400 s after it fell silent; write a little more than its cycle, 600 at most, or "
        "leave it out: then it is 120"
    )


def test_no_meter_of_a_fuse_counts_for_ever(installer):
    assert all("timeout" in each for each in installer.messages(house(", timeout: 0")))
    assert len(installer.messages(house(", timeout: 0"))) == 3


def test_where_no_fuse_relies_on_it_a_meter_may_be_silent_for_a_day(installer):
    installer.load(house(", timeout: 86400", circuit="strategy: equal"))


@pytest.mark.parametrize(
    ("addresses", "lines"),
    [
        (("1/7/1", "1/7/1", "1/7/1"), [5, 6]),
        (("1/7/1", "1/7/2", "1/7/1"), [6]),
        (("1/7/1", "[1/7/2, 1/7/1]", "1/7/3"), [5]),
    ],
)
@pytest.mark.parametrize("circuit", ["metered: true", "strategy: equal"])
def test_each_phase_is_measured_by_an_address_of_its_own(installer, addresses, lines, circuit):
    problems = installer.problems(house(circuit=circuit, addresses=addresses))
    assert [each.where for each in problems] == [f"bridge.yaml:{line}" for line in lines]
    assert problems[0].reason == "1/7/1 is also what grid_current_l1 (bridge.yaml:4) is measured by"
    assert "bind grid_power" in problems[0].remedy


def test_chargers_together_never_have_more_than_the_fuse_while_nobody_measures(installer):
    (message,) = installer.messages(house(circuit="metered: true, fallback_current: 40"))
    assert message.startswith("bridge.yaml:1: circuits[0].fallback_current: 40 A is above max_current (32 A)")
    installer.load(house(circuit="metered: true, fallback_current: 32"))


def test_the_weakest_phase_counts_and_one_that_is_not_there_does_not(installer):
    circuit = "{{name: main, max_current: [32, 20, 0], metered: true, fallback_current: {}}}"
    for fallback_a, count in ((20, 0), (25, 1)):
        text = house().replace(
            "{name: main, max_current: 32, metered: true, fallback_current: 12}", circuit.format(fallback_a)
        )
        assert len([each for each in installer.messages(text) if "above max_current" in each]) == count


@pytest.mark.parametrize("fallback", [0, 5, 19.9])
def test_a_fallback_of_a_meter_that_leaves_chargers_more_than_the_fallback_current_is_told(installer, fallback):
    told = installer.load(house(f", fallback: {fallback}")).warnings
    assert len(told) == 3
    assert told[0].endswith(
        f"bridge.yaml:4: while grid_current_l1 is silent, the house counts with its fallback of {fallback:g}, which "
        f"leaves chargers {32 - fallback:g} A per phase: fallback_current of main (12 A) never counts then; "
        "leave fallback out, or write what the house takes at most"
    )


def test_a_fallback_that_is_what_the_house_takes_at_most_needs_no_word(installer):
    assert installer.load(house(", fallback: 20")).warnings == ()


@pytest.mark.parametrize(("fallback", "is_told"), [(0, True), (-5000, True), (5000, False)])
def test_a_power_leaves_what_it_is_in_amperes(installer, fallback, is_told):
    text = house().replace("grid_current_l1", "grid_power_l1").replace("1/7/1}", f"1/7/1, fallback: {fallback}}}")
    assert bool(installer.load(text).warnings) is is_told


def test_cards_that_charge_by_the_sun_need_somebody_who_tells_of_it(installer):
    text = (
        "authorization: {tags_file: tags.yaml}\n"
        "chargers: [{id: A, connectors: [{id: 1}], group_objects: {online: {state_address: 2/0/1}}}]\n"
    )
    installer.write('- {id: "0412"}\n- {id: "04A1B2C3", mode: surplus}\n- {id: "0413", mode: fast}\n', "tags.yaml")
    (told,) = installer.load(text).warnings
    assert "tags.yaml:2: card …B2C3 charges in its own mode surplus, and nothing tells the surplus; bind " in told
    assert installer.load(text + "group_objects: {pv_power: {address: 1/7/1}}\n").warnings == ()
