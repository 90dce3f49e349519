"""A value of the file is changed, and what the installer wrote around it stays."""

import pytest

from knx_ocpp_bridge.config.change import Drop, Put, SecretName, changed
from knx_ocpp_bridge.config.edit import EditError, meaning

FILE = """\
# The garage, wired by the electrician in May.
knx:
  connection: tunneling   # the old interface
  gateway: 192.168.1.5

chargers:
  - id: GARAGE            # the serial number
    connectors:
      - id: 1
        group_objects_from: {scheme: xxter, base: 9/7/0}   # a block
        group_objects:
          # the wall switch
          charging:
            address: [9/7/2, 9/7/3]   # two of them
            state_address: 9/7/1
          pause: {address: 9/7/9}
      - id: 2
# The end.
"""
FIRST = ("chargers", 0, "connectors", 0)
SECOND = ("chargers", 0, "connectors", 1)


def test_another_base_changes_these_characters_alone():
    assert changed(FILE, [Put((*FIRST, "group_objects_from", "base"), "9/6/0")]) == FILE.replace("9/7/0}", "9/6/0}")


def test_a_block_for_a_connector_without_one_is_a_line_more():
    after = changed(FILE, [Put((*SECOND, "group_objects_from"), {"scheme": "xxter", "base": "9/6/0"})])
    assert after == FILE.replace(
        "      - id: 2\n", "      - id: 2\n        group_objects_from: {scheme: xxter, base: 9/6/0}\n"
    )


def test_an_object_for_a_connector_that_has_none_gets_its_section():
    after = changed(FILE, [Put((*SECOND, "group_objects", "unlock"), {"address": "9/6/6", "dpt": "1.017"})])
    added = '      - id: 2\n        group_objects:\n          unlock: {address: 9/6/6, dpt: "1.017"}\n'
    assert after == FILE.replace("      - id: 2\n", added)


def test_the_addresses_of_an_object_change_and_its_comments_stay():
    after = changed(FILE, [Put((*FIRST, "group_objects", "charging"), {"address": "9/7/2", "state_address": "9/7/8"})])
    assert after == FILE.replace("[9/7/2, 9/7/3]", "9/7/2").replace("state_address: 9/7/1", "state_address: 9/7/8")


def test_an_object_is_taken_out_with_its_lines_and_no_other():
    assert changed(FILE, [Drop((*FIRST, "group_objects", "pause"))]) == FILE.replace(
        "          pause: {address: 9/7/9}\n", ""
    )


def test_what_is_empty_without_it_goes_as_well():
    after = changed(FILE, [Drop((*FIRST, "group_objects", key)) for key in ("pause", "charging")])
    assert "group_objects:" not in after
    assert "# a block" in after


def test_to_take_out_what_is_not_there_changes_nothing():
    assert changed(FILE, [Drop((*SECOND, "group_objects", "pause"))]) == FILE


def test_a_secret_is_written_by_its_name():
    after = changed(FILE, [Put(("knx", "keyring_password"), SecretName("knx_keyring"))])
    assert "  keyring_password: !secret knx_keyring\n" in after


def test_what_stands_there_already_stays_as_it_is_written():
    text = 'knx: {gateway: lan, rate_limit: 0x10, start_delay: "no"}\n'
    told = [Put(("knx", "gateway"), "lan"), Put(("knx", "rate_limit"), 16), Put(("knx",), meaning(text)[0]["knx"])]
    assert changed(text, told) == text
    assert changed("route_back: 1\n", [Put(("route_back",), True)]) == "route_back: true\n"


def test_a_section_that_is_missing_stands_at_the_end():
    assert changed(FILE, [Put(("group_objects", "heartbeat"), {"state_address": "9/0/1"})]) == (
        FILE + "group_objects:\n  heartbeat: {state_address: 9/0/1}\n"
    )


def test_a_file_that_says_nothing_begins_to():
    assert changed("", [Put(("knx", "gateway"), "10.0.0.9")]) == 'knx:\n  gateway: "10.0.0.9"\n'
    assert changed("# later\n", [Put(("knx", "route_back"), True)]) == "# later\nknx:\n  route_back: true\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("knx:\n", "knx:\n  gateway: lan\n"),
        ("knx:  # later\nlog: {}\n", "knx:  # later\n  gateway: lan\nlog: {}\n"),
        ("knx: {}\n", "knx: {gateway: lan}\n"),
        ("knx: null\n", "knx: {gateway: lan}\n"),
        ("knx: {connection: routing}", "knx: {connection: routing, gateway: lan}"),
        ("{knx: {connection: routing}}\n", "{knx: {connection: routing, gateway: lan}}\n"),
        ("{}\n", "{knx: {gateway: lan}}\n"),
        ("knx:\r\n  connection: routing\r\n", "knx:\r\n  connection: routing\r\n  gateway: lan\r\n"),
        ("knx:\n  connection: routing", "knx:\n  connection: routing\n  gateway: lan\n"),
        ("knx:\n  gateway:\n", "knx:\n  gateway: lan\n"),
        ("knx:\n  gateway:\n    - a\n    - b  # two\n", "knx:\n  gateway: lan  # two\n"),
        ("\ufeffknx: {}\n", "\ufeffknx: {gateway: lan}\n"),
    ],
)
def test_every_way_to_write_it_has_a_place(before, after):
    assert changed(before, [Put(("knx", "gateway"), "lan")]) == after
    assert meaning(after)[1] == ""


def test_the_first_key_of_a_list_entry_can_go():
    assert changed("a:\n  - b: 1\n    c: 2\n", [Drop(("a", 0, "b"))]) == "a:\n  - c: 2\n"
    assert changed("a: [{b: 1, c: 2}]\n", [Drop(("a", 0, "b"))]) == "a: [{c: 2}]\n"
    assert changed("a: {b: 1, c: 2}\n", [Drop(("a", "c"))]) == "a: {b: 1}\n"
    assert changed("a:\n  b: 1\n  c:\n# end\nd: 1\n", [Drop(("a", "c"))]) == "a:\n  b: 1\n# end\nd: 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1}\nknx: *x\n",
        "base: &x {connection: routing}\nknx:\n  <<: *x\n  gateway: old\nother: {<<: *x, a: &y [1]}\nmore: *y\nknx2: [",
        "knx: routing\n",
        "a:\n  - b: 1 # one\n    # two\n    c: 2\nknx: [",
    ],
)
def test_where_there_is_no_place_the_lines_are_given(text):
    with pytest.raises(EditError) as refused:
        changed(text, [Put(("knx", "gateway"), "lan")])
    assert refused.value.block == "  knx.gateway: lan"


def test_an_anchor_that_others_use_is_not_changed_under_their_feet():
    text = "a: &x\n  b: 1\nc: *x\n"
    with pytest.raises(EditError, match="anchor"):
        changed(text, [Put(("a", "b"), 2)])


@pytest.mark.parametrize("value", ["no", "1.001", "a: b", "# x", "9/7/1", 'say "x"', "Ü", "2563", ""])
def test_a_text_is_read_as_that_text(value):
    assert meaning(changed(FILE, [Put(("knx", "x"), value)]))[0]["knx"]["x"] == value
