"""Group objects: by name, by scheme, and what each may say of itself."""

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.core.group_objects import CATALOGUE

NO_COMMON = "a command and a state need different group addresses"


def connector(objects: str, more: str = "") -> str:
    return f"chargers:\n  - id: A\n    connectors:\n      - id: 1\n        group_objects: {{{objects}}}\n{more}"


def by_key(loaded):
    return {bound.row.key: bound for bound in loaded.objects}


def test_an_object_is_bound_as_it_is_written(installer):
    bound = by_key(
        installer.load(
            connector(
                'current: {state_address: 9/7/40, dpt: "9.021", min_change: 0.5, min_interval: 5, cyclic: 600, '
                "respond_to_read: false}, max_current: {address: [9/7/42, 1/515, 3], state_address: 9/7/41}"
            )
        )
    )
    current, limit = bound["current"], bound["max_current"]
    assert (current.charger, current.connector, current.dpt) == ("A", 1, "9.021")
    assert (current.addresses, current.state_address) == ((), parse_group_address("9/7/40"))
    assert (current.min_change, current.min_interval_s, current.cyclic_s) == (0.5, 5, 600)
    assert current.respond_to_read is False
    assert current.where == f"{installer.folder}/bridge.yaml:5"
    assert limit.addresses == (parse_group_address("9/7/42"), parse_group_address("1/515"), 3)
    assert limit.dpt == "14.019"


def test_what_is_left_out_is_as_the_catalogue_says(installer):
    bound = by_key(installer.load(connector("current: {state_address: 1/1/1}, status: {state_address: 1/1/2}")))
    current, status = bound["current"], bound["status"]
    assert (current.min_change, current.min_interval_s, current.cyclic_s, current.respond_to_read) == (0.2, 0, 0, True)
    assert (status.min_change, status.dpt) == (0, "5.010")


def test_charge_point_and_bridge_have_objects_of_their_own(installer):
    loaded = installer.load(
        """\
        group_objects: {heartbeat: {state_address: 1/0/1}, chargers_online: {state_address: 1/0/2}}
        chargers:
          - {id: A, connectors: [{id: 1}], group_objects: {online: {state_address: 1/0/3}, reset: {address: 1/0/4}}}
        """
    )
    assert [(bound.charger, bound.connector, bound.row.key, bound.cyclic_s) for bound in loaded.objects] == [
        (None, 0, "heartbeat", 60),
        (None, 0, "chargers_online", 0),
        ("A", 0, "reset", 0),
        ("A", 0, "online", 0),
    ]


@pytest.mark.parametrize(
    ("objects", "path", "reason", "remedy"),
    [
        ("statsu: {state_address: 1/1/1}", "statsu", "statsu is no group object", "did you mean status?"),
        (
            "grid_power: {address: 1/1/1}",
            "grid_power",
            "grid_power is no object of this place",
            "it belongs under group_objects",
        ),
        (
            "heartbeat: {state_address: 1/1/1}",
            "heartbeat",
            "heartbeat is no object of this place",
            "it belongs under group_objects",
        ),
        ("status: {}", "status", "status has no group address", "give it a state_address (the bridge sends)"),
        ("unlock: {}", "unlock", "unlock has no group address", "give it an address (the bridge receives)"),
        (
            "charging: {}",
            "charging",
            "charging has no group address",
            "give it an address (the bridge receives) or a state_address (the bridge sends)",
        ),
        (
            "status: {address: 1/1/1}",
            "status.address",
            "status only sends: nothing can be written to it",
            "write state_address instead of address",
        ),
        (
            "unlock: {state_address: 1/1/1}",
            "unlock.state_address",
            "unlock only receives: it has no state to tell",
            "write address instead of state_address",
        ),
        (
            'current: {state_address: 1/1/1, dpt: "9.001"}',
            "current.dpt",
            "current cannot be a DPT 9.001",
            'write dpt: "14.019" or "9.021"',
        ),
        (
            "status: {state_address: 1/1/1, dpt: 5.010}",
            "status.dpt",
            "5.010 without quotes is the number 5.01 to YAML, not a text",
            'put quotes round it: dpt: "5.010"',
        ),
        (
            "status: {state_address: 1/1/1, invert: true}",
            "status.invert",
            "status is a DPT 5.010, not 1 bit",
            "take invert out",
        ),
        (
            "charging: {address: 1/1/1, timeout: 60}",
            "charging.timeout",
            "charging is no input: what is received on it is a command",
            "take timeout out",
        ),
        (
            "status: {stat_address: 1/1/1}",
            "status.stat_address",
            "stat_address is not a key of this section",
            "did you mean state_address?",
        ),
        (
            "status: {state_address: 0/0/0}",
            "status.state_address",
            "0/0/0 is the broadcast address, no group object can use it",
            "write it like 9/7/0 (three levels), 1/515 (two levels) or 2563 (free)",
        ),
        (
            "status: {state_address: [1/1/1]}",
            "status.state_address",
            "['1/1/1'] is not a group address",
            "write it like 9/7/0 (three levels), 1/515 (two levels) or 2563 (free)",
        ),
        (
            "unlock: {address: []}",
            "unlock.address",
            "the list of addresses is empty",
            "take the key out, or name an address",
        ),
        (
            "unlock: {address: [1/1/1, 2305]}",
            "unlock.address",
            "an address is listed twice",
            "name each address once",
        ),
        (
            "status: 1/1/1",
            "status",
            "'1/1/1' stands where a group of keys belongs",
            "write keys with their values, indented below",
        ),
        (
            "status: null",
            "status",
            "status is null, which removes an object of group_objects_from, but there is none",
            "take status out, or give it an address",
        ),
        ("unlock: {address: 1/1/1, cyclic: 60}", "unlock.cyclic", "unlock sends nothing here", "take cyclic out"),
        (
            "charging: {address: 1/1/1, respond_to_read: true}",
            "charging.respond_to_read",
            "charging sends nothing here",
            "take respond_to_read out",
        ),
        (
            "status: {state_address: 1/1/1, min_change: 1}",
            "status.min_change",
            "status is no measurement: every change of it is sent",
            "take min_change out",
        ),
    ],
)
def test_an_object_that_cannot_work_is_refused(installer, objects, path, reason, remedy):
    (problem,) = installer.problems(connector(objects))
    assert (problem.where, problem.path) == ("bridge.yaml:5", f"chargers[0].connectors[0].group_objects.{path}")
    assert (problem.reason, problem.remedy) == (reason, remedy)


def test_two_objects_that_send_on_one_address_are_refused(installer):
    (problem,) = installer.problems(connector("status: {state_address: 1/1/1}, error_code: {state_address: 1/257}"))
    assert str(problem) == (
        "bridge.yaml:5: chargers[0].connectors[0].group_objects.error_code.state_address: "
        "error_code of A/1 and status of A/1 (bridge.yaml:5) both send on 1/1/1; "
        "give each state_address a group address of its own"
    )


def test_a_command_address_that_is_also_a_state_address_is_refused(installer):
    more = "      - {id: 2, group_objects: {charging: {address: 1/1/1}}}\n"
    (problem,) = installer.problems(connector("charging: {state_address: 1/1/1}", more))
    assert str(problem) == (
        "bridge.yaml:6: chargers[0].connectors[1].group_objects.charging.address: "
        f"charging of A/2 receives on 1/1/1, on which charging of A/1 (bridge.yaml:5) sends; {NO_COMMON}"
    )


def test_an_object_cannot_receive_on_what_it_sends_on(installer):
    (problem,) = installer.problems(connector("charging: {address: 1/1/1, state_address: 1/1/1}"))
    assert problem.remedy == NO_COMMON


def test_one_address_with_two_payload_sizes_is_refused(installer):
    (problem,) = installer.problems(connector("charging: {address: 1/1/1}, max_current: {address: 1/1/1}"))
    assert problem.path == "chargers[0].connectors[0].group_objects.max_current.address"
    assert problem.reason == (
        "1/1/1 would carry charging of A/1 (DPT 1.010, 1 bit) (bridge.yaml:5) "
        "and max_current of A/1 (DPT 14.019, 4 bytes)"
    )
    assert problem.remedy == "objects that share an address need one size"


def test_a_command_that_serves_several_connectors_is_welcome(installer):
    more = "      - {id: 2, group_objects: {charging: {address: 1/1/1}}}\n"
    loaded = installer.load(connector("charging: {address: 1/1/1}", more))
    assert loaded.warnings == ()


def test_a_command_that_serves_another_subtype_is_a_warning(installer):
    loaded = installer.load(connector("charging: {address: 1/1/1}, availability: {address: 1/1/1}"))
    place = f"{installer.folder}/bridge.yaml:5"
    assert loaded.warnings == (
        (
            f"{place}: 1/1/1 serves charging of A/1 (DPT 1.010, 1 bit) ({place}) and "
            "availability of A/1 (DPT 1.003, 1 bit): the sizes agree, check that the meanings do"
        ),
    )


def test_addresses_are_told_in_the_style_of_the_project(installer):
    text = "knx: {group_address_style: two_level}\n" + connector(
        "status: {state_address: 1/1/1}, error_code: {state_address: 1/1/1}"
    )
    (problem,) = installer.problems(text)
    assert "both send on 1/257;" in str(problem)


def scheme(objects: str = "{}", base: str = "9/7/0", style: str = "three_level") -> str:
    return (
        f"knx: {{group_address_style: {style}}}\n"
        f"chargers:\n  - id: A\n    connectors:\n      - id: 1\n"
        f"        group_objects_from: {{scheme: xxter, base: {base}}}\n        group_objects: {objects}\n"
    )


XXTER = {
    "status": (0, None),
    "error_code": (100, None),
    "charging": (1, 2),
    "reservation": (None, 3),
    "availability": (4, 5),
    "unlock": (None, 6),
    "transaction_energy": (10, None),
    "start_time": (20, None),
    "end_time": (30, None),
    "current": (40, None),
    "max_current": (41, 42),
    "reset": (None, 101),
}


def test_the_scheme_binds_the_twelve_objects_of_an_xxter(installer):
    base = parse_group_address("9/7/0")
    bound = by_key(installer.load(scheme()))
    assert bound.keys() == XXTER.keys()
    for key, (sends, receives) in XXTER.items():
        assert bound[key].state_address == (None if sends is None else base + sends)
        assert bound[key].addresses == (() if receives is None else (base + receives,))
        assert bound[key].dpt == CATALOGUE[key].dpts[0]


def test_an_explicit_object_wins_over_the_scheme_and_null_removes_one(installer):
    objects = '{status: {state_address: 1/1/1}, current: {dpt: "9.021"}, charging: {address: 1/1/2}, reset: null, '
    objects += "online: {state_address: 1/1/3}}"
    bound = by_key(installer.load(scheme(objects)))
    assert bound["status"].state_address == parse_group_address("1/1/1")
    assert (bound["current"].dpt, bound["current"].state_address) == ("9.021", parse_group_address("9/7/40"))
    assert (bound["charging"].addresses, bound["charging"].state_address) == ((parse_group_address("1/1/2"),), None)
    assert "reset" not in bound
    assert "online" in bound


@pytest.mark.parametrize(
    ("base", "style", "shown"),
    [("9/7/155", "three_level", "9/7/155"), ("9/7/155", "two_level", "9/1947"), (65435, "free", "65435")],
)
def test_a_scheme_that_leaves_its_sub_group_is_refused(installer, base, style, shown):
    (problem,) = installer.problems(scheme(base=base, style=style))
    assert str(problem) == (
        "bridge.yaml:6: chargers[0].connectors[0].group_objects_from.base: "
        f"the scheme needs the 101 addresses after {shown}, which leaves the sub-group; "
        "choose a base with 101 addresses after it"
    )


def test_the_last_base_that_fits_is_taken(installer):
    assert len(installer.load(scheme(base="9/7/154")).objects) == 12


def test_two_schemes_on_one_base_are_refused(installer):
    second = "      - {id: 2, group_objects_from: {scheme: xxter, base: 9/7/0}}\n"
    problems = installer.problems(scheme() + second)
    assert len(problems) == 9  # as many as the scheme sends on
    assert {problem.path for problem in problems} == {"chargers[0].connectors[1].group_objects_from"}


def test_another_scheme_is_refused(installer):
    (problem,) = installer.problems(
        "chargers: [{id: A, connectors: [{id: 1, group_objects_from: {scheme: xter, base: 1}}]}]"
    )
    assert problem.remedy == "did you mean xxter?"


def test_a_middle_group_of_eight_does_not_exist(installer):
    (problem,) = installer.problems(scheme(base="9/8/0"))
    assert problem.reason == "9/8/0: the middle group is 8, but goes from 0 to 7 only"
