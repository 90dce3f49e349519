"""Circuits: a tree of fuses, what hangs in them, and what each charger is left with when nobody steers it."""

import pytest

from knx_ocpp_bridge.core.energy.terms import CircuitTerms, Strategy

METERS = """
group_objects:
  grid_current_l1: {address: 1/7/1}
  grid_current_l2: {address: 1/7/2}
  grid_current_l3: {address: 1/7/3}
"""


def site(circuits: str, *connectors: str, more: str = "") -> str:
    """Circuits in brackets, and chargers A, B, ... with a connector each."""
    chargers = ", ".join(
        f"{{id: {chr(65 + n)}, connectors: [{{id: 1, {keys}}}], group_objects: {{online: {{state_address: 2/0/{n}}}}}}}"
        for n, keys in enumerate(connectors)
    )
    return f"circuits: [{circuits}]\nchargers: [{chargers}]\n{more}"


def fail_safes(installer, *args: str, **more: str) -> list[float | None]:
    loaded = installer.load(site(*args, **more))
    outlets = [each.fail_safe_current_a for each in loaded.site_terms.outlets.values()]
    assert outlets == [each.connectors[1].fail_safe_a for each in loaded.chargers.values()]
    return outlets


def only(installer, text: str) -> str:
    (message,) = installer.messages(text)
    return message.removeprefix("bridge.yaml:")


def test_parents_come_before_what_hangs_in_them_in_whatever_order_they_stand(installer):
    circuits = (
        "{name: c, parent: b, max_current: 16}, {name: b, parent: a, max_current: 20}, {name: a, max_current: 32}"
    )
    assert list(installer.load(site(circuits, "circuit: c")).site_terms.circuits) == ["a", "b", "c"]


def test_the_core_gets_every_setting_of_a_circuit(installer):
    text = site(
        "{name: main, max_current: [32, 25, 0], max_power: 22000, metered: true, fallback_current: 6, "
        "unbalanced_current: 20, peak_power: 30000, strategy: first_come, overload_time: 10}",
        "circuit: main, phases: 1",
        more=METERS,
    )
    assert installer.load(text).site_terms.circuits["main"] == CircuitTerms(
        "main", (32.0, 25.0, 0.0), "", 22000, True, 6, 20, 30000, Strategy.FIRST_COME, 10
    )


def test_without_circuits_nothing_is_left_behind_and_nobody_escalates(installer):
    settings = installer.load(site("", "max_current: 32")).chargers["A"].connectors[1]
    assert (settings.circuit, settings.fail_safe_a, settings.escalates) == ("", None, False)


def test_in_a_circuit_a_charger_that_does_not_obey_is_told_by_stronger_means(installer):
    settings = installer.load(site("{name: main, max_current: 32}", "circuit: main")).chargers["A"].connectors[1]
    assert (settings.circuit, settings.escalates) == ("main", True)


@pytest.mark.parametrize(("word", "escalates"), [("alarm", False), ("escalate", True)])
def test_what_disobedience_brings_can_be_said_for_each_outlet(installer, word, escalates):
    for keys in (f"circuit: main, disobedience: {word}", f"disobedience: {word}"):
        settings = installer.load(site("{name: main, max_current: 32}", keys)).chargers["A"].connectors[1]
        assert settings.escalates is escalates


def test_two_chargers_on_a_fuse_are_each_left_with_half_of_it(installer):
    assert fail_safes(installer, "{name: main, max_current: 25}", "circuit: main", "circuit: main") == [12.5, 12.5]


def test_nobody_is_left_with_more_than_its_own_maximum(installer):
    assert fail_safes(installer, "{name: main, max_current: 63}", "circuit: main, max_current: 20") == [20.0]


def test_a_share_below_what_a_car_can_charge_with_is_a_pause(installer):
    three = ("circuit: main",) * 3
    assert fail_safes(installer, "{name: main, max_current: 16}", *three) == [0.0, 0.0, 0.0]
    assert fail_safes(installer, "{name: main, max_current: 18.5}", *three) == [6.1, 6.1, 6.1]


def test_the_narrowest_circuit_above_counts(installer):
    circuits = "{name: main, max_current: 32}, {name: garage, parent: main, max_current: 20}"
    assert fail_safes(installer, circuits, "circuit: garage", "circuit: main") == [16.0, 16.0]
    assert fail_safes(installer, circuits, *("circuit: garage",) * 3) == [6.6, 6.6, 6.6]


def test_outlets_of_one_phase_share_only_that_phase(installer):
    outlets = [f"circuit: main, phases: 1, phase_rotation: {letter}" for letter in "RSTR"]
    assert fail_safes(installer, "{name: main, max_current: 16}", *outlets) == [8.0, 16.0, 16.0, 8.0]


def test_who_says_nothing_shares_what_the_others_leave(installer):
    outlets = ("circuit: main, fail_safe_current: 16", "circuit: main", "circuit: main, fail_safe_current: 0")
    assert fail_safes(installer, "{name: main, max_current: 25}", *outlets) == [16.0, 9.0, 0.0]


def test_beside_a_measured_house_only_the_fallback_current_is_shared_as_without_the_bridge_nobody_measures(installer):
    metered = "{name: main, max_current: 32, metered: true"
    two = ("circuit: main", "circuit: main")
    assert fail_safes(installer, metered + "}", *two, more=METERS) == [0.0, 0.0]
    assert fail_safes(installer, metered + ", fallback_current: 14}", *two, more=METERS) == [7.0, 7.0]


def test_a_power_of_the_circuit_is_shared_over_the_phases_that_something_hangs_on(installer):
    circuit = "{name: main, max_current: 32, max_power: 11040}"
    assert fail_safes(installer, circuit, "circuit: main", "circuit: main") == [8.0, 8.0]
    assert fail_safes(installer, circuit, "circuit: main, phases: 1, max_current: 32") == [32.0]


def test_what_all_may_take_without_the_bridge_must_fit_the_power_of_the_circuit(installer):
    outlets = ("circuit: main, fail_safe_current: 10",) * 2
    assert only(installer, site("{name: main, max_current: 32, max_power: 11040}", *outlets)) == (
        "1: circuits[0].max_power: when nobody steers them, the chargers in main may take 13800 W, more than 11040 W; "
        "lower their fail_safe_current, or leave it out: then each has its share"
    )


def test_a_meter_that_a_fuse_relies_on_cannot_be_silent_unseen(installer):
    meters = METERS + "  grid_power: {address: 1/7/4, timeout: 30}\n"
    timeouts = [
        {bound.row.key: bound.timeout_s for bound in installer.load(site(circuit, "circuit: a", more=meters)).objects}
        for circuit in ("{name: a, max_current: 32, metered: true}", "{name: a, max_current: 32}")
    ]
    assert [(each["grid_current_l1"], each["grid_power"]) for each in timeouts] == [(120.0, 30.0), (0.0, 30.0)]


def test_an_unknown_parent_is_told_with_the_nearest_name(installer):
    text = site("{name: main, max_current: 32}, {name: garage, parent: mian, max_current: 20}", "circuit: garage")
    assert only(installer, text) == "1: circuits[1].parent: there is no circuit mian; did you mean main?"


def test_a_circuit_of_a_connector_that_there_is_not_is_told_with_those_that_there_are(installer):
    text = site("{name: main, max_current: 32}", "circuit: xxxxxx")
    assert only(installer, text) == "2: chargers[0].connectors[0].circuit: there is no circuit xxxxxx; known: main"


def test_without_circuits_the_remedy_says_where_they_stand(installer):
    assert only(installer, site("", "circuit: main")).endswith("known: none; add it under circuits")


@pytest.mark.parametrize(
    ("circuits", "loop"),
    [
        ("{name: a, parent: a, max_current: 1}", "a in a"),
        ("{name: a, parent: b, max_current: 1}, {name: b, parent: a, max_current: 1}", "a in b in a"),
        (
            (
                "{name: z, parent: a, max_current: 1}, {name: a, parent: b, max_current: 1}, "
                "{name: b, parent: c, max_current: 1}, {name: c, parent: a, max_current: 1}"
            ),
            "a in b in c in a",
        ),
    ],
)
def test_a_loop_is_told_once(installer, circuits, loop):
    message = only(installer, site(circuits, "circuit: a"))
    assert message.endswith(f"parent: {loop}: this is a loop; take parent out of the circuit that is fed first")


def test_two_circuits_of_one_name_are_refused_whatever_the_case(installer):
    text = site("{name: main, max_current: 32}, {name: Main, max_current: 20}", "circuit: main")
    assert only(installer, text) == (
        "1: circuits[1].name: Main is also the name at bridge.yaml:1; upper and lower case are alike; "
        "give each circuit a name of its own"
    )


def test_the_meter_of_the_site_is_in_one_place(installer):
    circuits = "{name: a, max_current: 32, metered: true}, {name: b, max_current: 20, metered: true}"
    message = only(installer, site(circuits, "circuit: a", "circuit: b", more=METERS))
    assert message.startswith("1: circuits[1].metered: the inputs grid_... measure one circuit")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("peak_power: 30000", "a mean of 15 minutes needs a meter"),
        ("fallback_current: 6", "there is no meter that could fall silent"),
    ],
)
def test_what_needs_a_meter_is_refused_without_one(installer, key, reason):
    message = only(installer, site(f"{{name: main, max_current: 32, {key}}}", "circuit: main"))
    assert reason in message
    assert "write metered: true" in message


def test_a_metered_circuit_without_any_meter_is_refused_with_the_objects_to_bind(installer):
    assert only(installer, site("{name: main, max_current: 32, metered: true}", "circuit: main")) == (
        "1: circuits[0].metered: nothing measures it: no input grid_... has an address; bind grid_current_l1, "
        "grid_current_l2, grid_current_l3 under group_objects, or take metered out"
    )


def test_a_phase_that_nobody_measures_is_named(installer):
    meters = "group_objects: {grid_current_l1: {address: 1/7/1}, grid_power_l2: {address: 1/7/2}}"
    message = only(installer, site("{name: main, max_current: 32, metered: true}", "circuit: main", more=meters))
    assert "on some phases nothing is measured: grid_current_l3 has no address" in message


@pytest.mark.parametrize(
    ("fuse", "meters"),
    [
        ("32", "grid_power: {address: 1/7/1}"),
        ("[32, 0, 0]", "grid_current_l1: {address: 1/7/1}"),
        ("32", ", ".join(f"grid_power_l{n}: {{address: 1/7/{n}}}" for n in (1, 2, 3))),
    ],
)
def test_a_house_may_be_measured_as_a_whole_or_on_the_phases_that_it_has(installer, fuse, meters):
    text = site(
        f"{{name: main, max_current: {fuse}, metered: true}}",
        "circuit: main, phases: 1",
        more=f"group_objects: {{{meters}}}",
    )
    assert installer.messages(text) == []


def test_what_all_may_take_without_the_bridge_must_fit_the_fuse_of_each_circuit_above(installer):
    circuits = "{name: main, max_current: 32}, {name: garage, parent: main, max_current: 40}"
    outlets = ("circuit: garage, fail_safe_current: 16",) * 2 + ("circuit: main, fail_safe_current: 10",)
    assert only(installer, site(circuits, *outlets)) == (
        "1: circuits[0].max_current: when nobody steers them, the chargers in main may take 42 A on L1, and its fuse "
        "has 32 A; lower fail_safe_current of A/1, B/1, C/1, or leave it out: then each has its share"
    )


def test_the_phase_on_which_the_sum_is_too_much_is_named(installer):
    outlets = ("circuit: main, fail_safe_current: 16, phases: 1, phase_rotation: S",) * 2
    message = only(installer, site("{name: main, max_current: 25}", *outlets))
    assert "may take 32 A on L2, and its fuse has 25 A; lower fail_safe_current of A/1, B/1" in message


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("fail_safe_current: 3", "with 3 A nothing charges: min_current is 6 A; write 0 (it pauses), or 6 or more"),
        ("fail_safe_current: 20", "20 A is above max_current (16 A); write no more than max_current"),
        ("phases: 1, phase_switching: true", "an outlet with one phase has none to switch"),
    ],
)
def test_what_makes_no_sense_at_an_outlet_is_refused(installer, keys, reason):
    assert reason in only(installer, site("{name: main, max_current: 63}", f"circuit: main, {keys}"))


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        ("{name: a, max_current: 0}", "max_current: a circuit of 0 A feeds nothing"),
        ("{name: a, max_current: [0, 0, 0]}", "max_current: a circuit of 0 A feeds nothing"),
        ("{name: a, max_current: [32, 32]}", "max_current: the list has 2 currents"),
        ("{name: a, max_current: -5}", "max_current: -5 is out of range"),
        ("{name: a, max_current: true}", "max_current: this is no current"),
        ("{name: a}", "max_current: max_current is missing; add max_current: 32"),
        ("{max_current: 32}", "name: name is missing; add name: main"),
        ("{name: 1, max_current: 32}", "name: the name of a circuit is a text"),
        ("{name: ' a', max_current: 32}", "name: this is no name of a circuit"),
        ("{name: a, max_current: 32, strategy: fair}", "strategy: 'fair' is none of the values of this key"),
        ("{name: a, max_current: 32, fuse: 5}", "fuse: fuse is not a key of this section"),
        ("main", "circuits[0]: 'main' stands where a group of keys belongs"),
    ],
)
def test_a_circuit_that_cannot_be_read_is_told_once(installer, circuit, message):
    """Whatever hangs in it: that is no second problem."""
    assert message in only(installer, site(circuit, "circuit: a"))


def test_circuits_and_times_can_be_overridden_by_the_environment(installer):
    loaded = installer.load(
        site("{name: main, max_current: 32}", "circuit: main"),
        {
            "KNX_OCPP_BRIDGE__LOAD__LEASE": "240",
            "KNX_OCPP_BRIDGE__GRID_LIMIT__POWER": "3000",
            "KNX_OCPP_BRIDGE__CIRCUITS": '[{"name": "main", "max_current": 20}]',
        },
    )
    assert loaded.site_terms.load.lease_s == loaded.chargers["A"].connectors[1].lease_s == 240
    assert loaded.site_terms.grid_limit.power_w == 3000
    assert loaded.site_terms.circuits["main"].max_current_a == (20, 20, 20)


def test_a_lease_that_could_run_out_before_it_is_renewed_is_refused(installer):
    assert only(installer, "load: {lease: 60}") == "1: load.lease: 60 is out of range; write at least 120"


def advice(installer, *args: str, **more: str) -> list[str]:
    return [each.partition(": ")[2] for each in installer.load(site(*args, **more)).warnings]


def test_an_outlet_beside_all_circuits_and_a_circuit_without_outlets_are_told(installer):
    assert advice(installer, "{name: main, max_current: 32}", "max_current: 16") == [
        "nothing hangs in main",
        "A/1 hangs in no circuit: no fuse limits it with the others",
    ]


def test_meters_without_a_metered_circuit_are_told_where_there_are_circuits(installer):
    meters = "group_objects: {grid_power: {address: 1/7/1}}"
    assert advice(installer, "{name: main, max_current: 32}", "circuit: main", more=meters) == [
        "no circuit is metered, so grid_power protect no fuse; write metered: true at the circuit"
    ]


def test_more_beside_the_house_than_its_fallback_current_is_told(installer):
    circuit = "{name: main, max_current: 32, metered: true, fallback_current: 10}"
    assert advice(installer, circuit, "circuit: main, fail_safe_current: 16", more=METERS) == [
        (
            "when the bridge is away, chargers in main may take 16 A per phase beside a house that nobody measures "
            "then; fallback_current says 10 A"
        )
    ]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("unknown_chargers: accepted", "chargers that are not listed may charge, and no circuit counts them"),
        ("quiet: true", "chargers are told nothing of their own accord, so no circuit is kept"),
    ],
)
def test_what_a_circuit_cannot_count_or_tell_is_said(installer, keys, told):
    more = f"ocpp: {{{keys}}}"
    assert advice(installer, "{name: main, max_current: 32}", "circuit: main", more=more) == [told]
    assert advice(installer, "", "max_current: 16", more=more) == []


HELPLESS = """
circuits: [{name: main, max_current: 25}]
chargers:
  - {id: A, flags: {limit_by: none}, connectors: [{id: 1, circuit: main, %s}]}
  - {id: B, connectors: [{id: 1, circuit: main}]}
"""


def test_a_charger_that_takes_no_limits_counts_with_all_that_it_can_take(installer):
    terms = installer.load(HELPLESS % "max_current: 16, fail_safe_current: 0").site_terms
    assert [each.fail_safe_current_a for each in terms.outlets.values()] == [16.0, 9.0]


def test_a_charger_that_takes_no_limits_and_more_than_the_fuse_is_refused(installer):
    message = only(installer, HELPLESS % "max_current: 32")
    assert "the chargers in main may take 32 A on L1, and its fuse has 25 A" in message
    assert message.endswith("; A/1 takes no limits (flag limit_by: none) and counts with max_current")
