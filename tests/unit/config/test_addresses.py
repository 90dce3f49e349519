import pytest

from knx_ocpp_bridge.config.addresses import (
    AddressError,
    AddressStyle,
    format_address,
    offset_address,
    parse_group_address,
    parse_individual_address,
)


@pytest.mark.parametrize(
    ("written", "raw"),
    [("9/7/0", 0x4F00), ("1/515", 0x0A03), ("2563", 0x0A03), (2563, 0x0A03), ("31/7/255", 0xFFFF), (" 0/0/1 ", 1)],
)
def test_each_way_of_writing_a_group_address_is_read(written, raw):
    assert parse_group_address(written) == raw


@pytest.mark.parametrize(
    ("style", "shown"),
    [(AddressStyle.THREE_LEVEL, "1/2/3"), (AddressStyle.TWO_LEVEL, "1/515"), (AddressStyle.FREE, "2563")],
)
def test_an_address_is_shown_in_the_style_of_the_project(style, shown):
    assert format_address(2563, style) == shown
    assert parse_group_address(shown) == 2563


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("9/8/0", "9/8/0: the middle group is 8, but goes from 0 to 7 only"),
        ("32/0/0", "32/0/0: the main group is 32, but goes from 0 to 31 only"),
        ("9/7/256", "9/7/256: the sub-group is 256, but goes from 0 to 255 only"),
        ("1/2048", "1/2048: the sub-group is 2048, but goes from 0 to 2047 only"),
        (65536, "65536: the group address is 65536, but goes from 0 to 65535 only"),
        ("0/0/0", "0/0/0 is the broadcast address, no group object can use it"),
        (0, "0 is the broadcast address, no group object can use it"),
        (-1, "-1 is not a group address"),
        (1.5, "1.5 is not a group address"),
        (True, "True is not a group address"),
        ("9//7", "'9//7' is not a group address"),
        ("1/2/3/4", "'1/2/3/4' is not a group address"),
        ("1/2/٣", "'1/2/٣' is not a group address"),
        ("", "'' is not a group address"),
    ],
)
def test_what_is_no_group_address_is_refused_with_the_reason(written, reason):
    with pytest.raises(AddressError) as refused:
        parse_group_address(written)
    assert refused.value.reason == reason
    assert refused.value.remedy == "write it like 9/7/0 (three levels), 1/515 (two levels) or 2563 (free)"


def test_an_offset_stays_in_the_sub_group():
    base = parse_group_address("9/7/154")
    assert offset_address(base, 101, AddressStyle.THREE_LEVEL) == parse_group_address("9/7/255")
    assert offset_address(base, 102, AddressStyle.THREE_LEVEL) is None
    assert offset_address(parse_group_address("9/1946"), 101, AddressStyle.TWO_LEVEL) == parse_group_address("9/2047")
    assert offset_address(parse_group_address("9/1947"), 101, AddressStyle.TWO_LEVEL) is None
    assert offset_address(65434, 101, AddressStyle.FREE) == 65535
    assert offset_address(65435, 101, AddressStyle.FREE) is None


def test_an_individual_address_has_one_spelling():
    assert parse_individual_address("1.1.240") == "1.1.240"
    assert parse_individual_address(" 01.1.007") == "1.1.7"


@pytest.mark.parametrize("written", ["1.1", "16.1.1", "1.16.1", "1.1.256", "a.b.c", 1.1, ""])
def test_what_is_no_individual_address_is_refused(written):
    with pytest.raises(AddressError) as refused:
        parse_individual_address(written)
    assert "1.1.240" in refused.value.remedy
