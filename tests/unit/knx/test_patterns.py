"""Addresses with stars, in every style of the ETS."""

from collections.abc import Callable

import pytest

from knx_ocpp_bridge.config.addresses import AddressError, parse_group_address
from knx_ocpp_bridge.knx.monitor.patterns import group_pattern, individual_pattern


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("9/7/1", "9/7/1", "9/7/2"),
        ("9/7/*", "9/7/255", "9/6/255"),
        (" 9/7/* ", "9/7/0", "8/7/0"),
        ("9/*/1", "9/3/1", "9/3/2"),
        ("*/7/1", "31/7/1", "31/6/1"),
        ("9/*", "9/2047", "10/0"),
        ("9/*", "9/7/255", "10/0/0"),
        ("*/1793", "9/7/1", "9/7/2"),
        ("18432", "9/0", "9/1"),
    ],
)
def test_a_pattern_is_the_addresses_of_its_group(pattern: str, inside: str, outside: str):
    assert group_pattern(pattern).fits(parse_group_address(inside))
    assert not group_pattern(pattern).fits(parse_group_address(outside))


@pytest.mark.parametrize("ask", [lambda: group_pattern("9/7/4*"), lambda: individual_pattern("1.1.2*")])
def test_a_star_for_a_part_of_a_level_is_refused_with_what_works(ask: Callable[[], object]):
    with pytest.raises(AddressError, match="whole level") as refused:
        ask()
    assert "*" in refused.value.remedy


def test_a_star_alone_is_every_address():
    assert all(group_pattern(written).fits(raw) for written in ("*", "*/*", "*/*/*") for raw in (1, 0xFFFF))


@pytest.mark.parametrize("written", ["", "9/7/", "9/8/*", "32/*", "a/*", "9/7/**", "9/*/256", "1/2/3/*", "0/0/0"])
def test_what_is_no_address_is_refused_with_a_remedy(written: str):
    with pytest.raises(AddressError) as refused:
        group_pattern(written)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [("1.1.5", 0x1105, 0x1106), ("1.1.*", 0x11FF, 0x12FF), ("15.*.*", 0xF000, 0xE000), ("*.*.5", 0x2305, 0x2306)],
)
def test_a_line_or_an_area_can_be_asked_for(pattern: str, inside: int, outside: int):
    assert individual_pattern(pattern).fits(inside)
    assert not individual_pattern(pattern).fits(outside)


@pytest.mark.parametrize("written", ["", "1.1", "16.1.1", "1.1.256", "1.1.x", "1.1.1.1", "1/1/1"])
def test_what_is_no_individual_address_is_refused(written: str):
    with pytest.raises(AddressError):
        individual_pattern(written)
