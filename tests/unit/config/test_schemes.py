"""Blocks of group addresses by xxter's offsets and by the installer's own, and who is in the way."""

import re

import pytest

from knx_ocpp_bridge.config import schemes
from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.assigning import block
from knx_ocpp_bridge.config.bus_models import SchemeRow

OWN = 'schemes: {villa: {charging: {address: [0, 5], state_address: 1}, current: {state_address: 2, dpt: "9.021"}}}\n'
BASE = 9 << 11 | 7 << 8


def house(scheme="villa", base="9/7/0", own=OWN, objects="{}"):
    block = f"{{scheme: {scheme}, base: {base}}}"
    return f"{own}chargers: [{{id: A, connectors: [{{id: 1, group_objects_from: {block}, group_objects: {objects}}}]}}]"


def test_an_own_scheme_lays_its_objects_out_from_the_base(installer):
    assert [
        (bound.row.key, bound.addresses, bound.state_address, bound.dpt) for bound in installer.load(house()).objects
    ] == [
        ("charging", (BASE, BASE + 5), BASE + 1, "1.010"),
        ("current", (), BASE + 2, "9.021"),
    ]


def test_an_object_that_names_no_address_keeps_the_type_of_the_scheme(installer):
    (_, current) = installer.load(house(objects="{current: {min_change: 1}}")).objects
    assert (current.dpt, current.min_change) == ("9.021", 1.0)


def test_in_free_style_an_offset_may_cross_what_would_be_a_sub_group(installer):
    text = "knx: {group_address_style: free}\n" + house(base="255")
    assert [bound.state_address for bound in installer.load(text).objects] == [256, 257]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            "schemes: {villa: {chargin: {address: 0}}}\n",
            "bridge.yaml:1: schemes.villa.chargin: chargin is no group object; did you mean charging?",
        ),
        (
            "schemes: {villa: {charging: {}}}\n",
            "bridge.yaml:1: schemes.villa.charging: charging has no offset; write address, state_address or both",
        ),
        (
            "schemes: {villa: {status: {address: 1}}}\n",
            "bridge.yaml:1: schemes.villa.status.address: status only sends; write state_address instead of address",
        ),
        (
            "schemes: {villa: {unlock: {state_address: 1}}}\n",
            "bridge.yaml:1: schemes.villa.unlock.state_address: unlock only receives; write address instead",
        ),
        (
            'schemes: {villa: {status: {state_address: 1, dpt: "9.001"}}}\n',
            'bridge.yaml:1: schemes.villa.status.dpt: status cannot be a DPT 9.001; write dpt: "5.010"',
        ),
    ],
)
def test_a_scheme_that_cannot_work_is_refused(installer, own, message):
    assert message in installer.messages(house(own=own))


def test_the_name_xxter_is_taken(installer):
    (message,) = installer.messages("schemes: {xxter: {status: {state_address: 0}}}\n")
    assert message.endswith("the offsets of xxter are known and cannot be changed; give your own scheme another name")


def test_an_unknown_scheme_names_the_known_ones(installer):
    (message,) = installer.messages(house(scheme="palace"))
    assert message.endswith("there is no scheme 'palace'; known: xxter, villa; own ones stand under schemes")


@pytest.mark.parametrize(
    ("scheme", "base", "fault"),
    [("palace", "9/7/0", "there is no scheme"), ("villa", "9/7/254", "which leaves"), ("villa", "9/7/x", "9/7/x")],
)
def test_where_a_scheme_or_base_is_wrong_the_objects_that_lean_on_it_are_not_blamed(installer, scheme, base, fault):
    objects = "{current: {min_change: 1}, charging: null}"
    (message,) = installer.messages(house(scheme=scheme, base=base, objects=objects))
    assert fault in message


def test_two_states_at_one_offset_are_told_once_where_the_scheme_stands(installer):
    own = "schemes:\n  villa:\n    status: {state_address: 4}\n    power: {state_address: 4}\n"
    text = house(own=own).replace("{id: 1,", "{id: 2, group_objects_from: {scheme: villa, base: 9/6/0}}, {id: 1,")
    assert installer.messages(text) == [
        (
            "bridge.yaml:4: schemes.villa.power.state_address: offset 4 is that of status already (bridge.yaml:3); "
            "give each state an offset of its own"
        )
    ]


def test_a_command_at_the_offset_of_a_state_is_told_where_the_scheme_stands(installer):
    own = "schemes:\n  villa:\n    status: {state_address: 4}\n    charging: {address: 4}\n"
    assert installer.messages(house(own=own)) == [
        (
            "bridge.yaml:4: schemes.villa.charging.address: offset 4 is the state of status, which the bridge sends; "
            "a command and a state need different offsets"
        )
    ]


def test_commands_may_share_an_offset_if_their_sizes_agree(installer):
    own = "schemes: {villa: {charging: {address: 4}, pause: {address: 4}}}\n"
    assert len(installer.load(house(own=own)).objects) == 2
    own = "schemes:\n  villa:\n    charging: {address: 4}\n    max_current: {address: [3, 4]}\n"
    assert installer.messages(house(own=own)) == [
        (
            "bridge.yaml:4: schemes.villa.max_current.address: offset 4 would carry charging (1 bit) and max_current "
            "(4 bytes); objects that share it need one size"
        )
    ]


def conflicts(installer, base, connector=("B", 1), scheme=None):
    objects = installer.load(house(own="", scheme="xxter")).objects
    rows = block(scheme or schemes.xxter(), base, AddressStyle.THREE_LEVEL, objects, connector)
    return {(row.row.key, row.sends): short(row.conflict) for row in rows if row.conflict}


def short(conflict):
    """Without the folder of this test."""
    return re.sub(r"\(\S*/", "(", conflict)


def test_a_free_block_has_no_conflicts(installer):
    assert conflicts(installer, 9 << 11 | 6 << 8) == {}


def test_a_block_that_laps_over_another_names_who_is_there(installer):
    found = conflicts(installer, BASE + 2)
    assert found["status", True] == "9/7/2 is a command of charging of A/1 (bridge.yaml:1)"
    assert found["charging", False] == "9/7/4 is the state of availability of A/1 (bridge.yaml:1)"


def test_a_shared_command_is_no_conflict_but_one_of_another_size_is(installer):
    loaded = installer.load(house(own=OWN))
    commands = {"charging": SchemeRow(address=(0,)), "max_current": SchemeRow(address=(5,))}
    rows = block(commands, BASE, AddressStyle.FREE, loaded.objects)
    assert [(row.row.key, short(row.conflict)) for row in rows] == [
        ("charging", ""),
        ("max_current", f"{BASE + 5} carries charging of A/1 (bridge.yaml:2) in another size"),
    ]


def test_a_connector_that_moves_is_not_in_its_own_way(installer):
    assert conflicts(installer, BASE + 2, connector=("A", 1)) == {}


def test_a_block_that_leaves_the_sub_group_says_which_addresses(installer):
    found = conflicts(installer, BASE + 200)
    assert found["error_code", True] == found["reset", False] == "lies beyond the sub-group"
