"""The group address export of the ETS in CSV, as the bridge reads it: all layouts, separators, heads and encodings."""

from itertools import product

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.project import EtsError, GroupAddress, Origin
from knx_ocpp_bridge.ets.reading import read
from tests.kit.ets_files import Layout

EXPECTED = {
    2050: GroupAddress(
        2050, "Küche", "14.019", "an der Decke", unfiltered=True, secured=True, ranges=("Light", "Floor")
    ),
    2051: GroupAddress(2051, "Flur", ranges=("Light", "Floor")),
}
LAYOUTS = list(product((1, 3), (1, 3)))
LANGUAGES = ("english", "german", "dutch", None)


def refused(data: bytes) -> str:
    with pytest.raises(EtsError) as caught:
        read(data, "villa.csv")
    return str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize(("names", "addresses"), LAYOUTS)
def test_every_layout_says_the_same(names, addresses, separator, quoted, language):
    text = Layout(names, addresses, language, separator, quoted).file()
    project = read(text.encode(), "villa.csv")
    assert project.addresses == EXPECTED
    assert (project.origin, project.style) == (Origin.GROUP_ADDRESS_CSV, AddressStyle.THREE_LEVEL)
    assert (project.links, project.warnings) == (None, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_encoding_says_the_same(encoding, language):
    assert read(Layout(language=language).file().encode(encoding), "villa.csv").addresses == EXPECTED


@pytest.mark.parametrize(
    ("text", "style", "found"),
    [
        ('"Main";"Sub";"Address"\n"Light";"";"1/-"\n"";"Lamp";"1/515"', AddressStyle.TWO_LEVEL, ("Light",)),
        ('"Light";"";"1/-"\n"";"Lamp";"1/515"', AddressStyle.TWO_LEVEL, ("Light",)),
        ('"Group name";"Main";"Sub"\n"Light";"1";""\n"Lamp";"1";"515"', AddressStyle.TWO_LEVEL, ("Light",)),
        ('"Light";"1";"";"";"";""\n"Lamp";"1";"515";"";"";""', AddressStyle.TWO_LEVEL, ("Light",)),
        ('"Group name";"Address"\n"Lights";""\n"Lamp";"2563"', AddressStyle.FREE, ()),
        ('"Lamp";"2563";"";"";"";"DPT-1"', AddressStyle.FREE, ()),
    ],
)
def test_two_levels_and_the_free_style_are_read(text, style, found):
    project = read(text.encode(), "villa.csv")
    assert project.style is style
    assert [(raw, each.name, each.ranges) for raw, each in project.addresses.items()] == [(2563, "Lamp", found)]


def test_columns_that_nobody_asked_for_are_passed_over():
    text = '"Group name";"Address";"Description";"Comment";"DatapointType"\n"Lamp";"1/0/1";"a";"b";"DPST-1-1"'
    assert read(text.encode(), "villa.csv").addresses[2049] == GroupAddress(2049, "Lamp", "1.001", "a")


def test_a_separator_and_a_line_break_may_stand_in_a_name_in_quotes():
    text = '"Group name";"Address"\r\n"Kitchen; ceiling, ""left""\r\nside";"1/0/1"\r\n"Hall";"1/0/2"\r\n'
    found = read(text.encode(), "villa.csv").addresses
    assert [each.name for each in found.values()] == ['Kitchen; ceiling, "left"  side', "Hall"]


def test_groups_that_stand_in_each_row_are_read_from_it():
    text = '"Main";"Middle";"Group name";"Address"\n"Light";"Floor";"Lamp";"1/0/1"'
    assert read(text.encode(), "villa.csv").addresses[2049] == GroupAddress(2049, "Lamp", ranges=("Light", "Floor"))


def test_what_is_wrong_in_one_row_costs_that_row_alone_and_is_told_with_its_line():
    rows = ("Lamp;1/0/1;DPT-x", "Twice;1/0/1;", "Nothing;0/0/0;", "Far;1/9/1;", "Odd;abc;", ";;", "Hall;1/0/2;DPST-1-1")
    project = read("\n".join(("Group name;Address;DatapointType", *rows)).encode(), "villa.csv")
    assert [(raw, each.dpt) for raw, each in project.addresses.items()] == [(2049, None), (2050, "1.001")]
    assert [warning.split(": ")[0] for warning in project.warnings] == [f"villa.csv:{line}" for line in (2, 3, 4, 5, 6)]


def test_styles_that_are_mixed_leave_the_style_open():
    project = read(b"Group name;Address\nA;1/0/1\nB;1/5", "villa.csv")
    assert (project.style, len(project.addresses)) == (None, 2)
    assert "more than one style" in project.warnings[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"hello world", "villa.csv: no column of it holds group addresses"),
        (b"name;age\nA;5\nB;7\n", "villa.csv: no column"),
        (b"id;connector;amperes\nGARAGE;1;16\nCARPORT;2;10\n", "villa.csv: no column"),
        (b"site:\n  name: Villa\n", "villa.csv: no column"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "villa.csv: the file is neither text nor XML nor a project"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "villa.csv: this is a file of ETS 3 or an old spreadsheet"),
        (b'Group name;Address\n"Lamp;1/0/1\n' + b"Lamp;1/0/2\n" * 100, "villa.csv:2: a quote is opened here"),
        (b'Group name;Address\n"' + b"x" * 200_000, "villa.csv:2: a quote is opened here"),
        (
            b"Group name;Address\n" + b";" * 1000,
            "villa.csv:2: a quote is opened here and not closed, or the row has no",
        ),
        (b"Group name;Address\n" + b"A;1/0/1\n" * 1_000_000, "villa.csv: the file has more than 100000 rows"),
        (b"A;1/0/1\n" * (49 << 17), "villa.csv: the file has 49 MB, more than 48"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "data",
)
def test_another_file_is_refused_with_its_place_and_what_to_do(data, told):
    message = refused(data)
    assert message.startswith(told)
    assert "; " in message
