"""The group address export of the ETS in XML, as the bridge reads it."""

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.project import EtsError, GroupAddress, Origin
from knx_ocpp_bridge.ets.reading import read
from tests.kit.ets_files import THREE_LEVELS, xml

TWO_LEVELS = """<GroupRange Name="EV charging" RangeStart="2048" RangeEnd="4095">
 <GroupAddress Name="Status" Address="1/515" DPTs="DPST-5-10" /></GroupRange>"""
FREE = """<GroupRange Name="Level 1" RangeStart="1" RangeEnd="65535">
 <GroupRange Name="Level 2" RangeStart="1" RangeEnd="9">
 <GroupRange Name="Level 3" RangeStart="1" RangeEnd="9"><GroupAddress Name="Status" Address="9" DPTs="DPT-5" />
 </GroupRange></GroupRange></GroupRange><GroupAddress Name="Alone" Address="65535" />"""


def refused(data: bytes) -> str:
    with pytest.raises(EtsError) as caught:
        read(data, "villa.xml")
    return str(caught.value)


def test_an_address_comes_with_all_that_the_ets_says_of_it():
    project = read(xml(), "villa.xml")
    assert (project.origin, project.file, project.style) == (
        Origin.GROUP_ADDRESS_XML,
        "villa.xml",
        AddressStyle.THREE_LEVEL,
    )
    assert project.addresses[2050] == GroupAddress(
        2050,
        "Garage 1 max current",
        "14.019",
        "In A",
        unfiltered=True,
        secured=True,
        ranges=("EV charging", "Garage"),
    )
    assert project.addresses[2051] == GroupAddress(2051, "Garage 1 status", ranges=("EV charging", "Garage"))
    assert (project.links, project.warnings) == (None, ())


@pytest.mark.parametrize(
    ("inside", "style", "found"),
    [
        (TWO_LEVELS, AddressStyle.TWO_LEVEL, {2563: ("EV charging",)}),
        (FREE, AddressStyle.FREE, {9: ("Level 1", "Level 2", "Level 3"), 65535: ()}),
    ],
)
def test_projects_of_two_levels_and_of_the_free_style_are_read(inside, style, found):
    project = read(xml(inside), "villa.xml")
    assert (project.style, {raw: each.ranges for raw, each in project.addresses.items()}) == (style, found)


@pytest.mark.parametrize(
    ("written", "dpt"),
    [
        ("DPST-14-19", "14.019"),
        ("DPT-14", "14"),
        ("DPST-1-1,DPST-1-11,DPST-5-1", "5.001"),
        ("DPST-1-1, DPT-9", "9"),
        ("DPST-232-600", "232.600"),
        ("DPST-1-1,DPST-777-1", None),
        ("DPT-0", None),
        ("DPT-100", None),
        ("", None),
    ],
)
def test_of_several_types_the_last_is_that_of_the_group_address(written, dpt):
    data = xml(f'<GroupAddress Name="x" Address="1/0/1" DPTs="{written}" />')
    assert read(data, "villa.xml").addresses[2049].dpt == dpt


def test_a_datapoint_type_that_does_not_exist_is_left_out_with_a_note():
    project = read(xml('<GroupAddress Name="Lamp" Address="1/0/1" DPTs="DPST-777-1" />'), "villa.xml")
    assert project.warnings == ("villa.xml:3: 1/0/1: DPST-777-1 is no datapoint type, and is left out",)


def test_what_is_wrong_in_one_row_costs_that_row_alone_and_is_told_with_its_line():
    rows = (
        '<GroupAddress Name="Lamp" Address="1/0/1" DPTs="DPT-x" />',
        '<GroupAddress Name="Twice" Address="1/0/1" />',
        '<GroupAddress Name="Nothing" Address="0/0/0" />',
        '<GroupAddress Name="Far" Address="1/9/1" />',
        '<GroupAddress Name="None" />',
    )
    project = read(xml("\n".join(rows)), "villa.xml")
    assert list(project.addresses) == [2049]
    assert project.warnings == (
        "villa.xml:3: 1/0/1: DPT-x is no datapoint type, and is left out",
        "villa.xml:4: 1/0/1 stands in the file twice; 'Lamp' counts, 'Twice' not",
        "villa.xml:5: Nothing is left out: 0/0/0 is the broadcast address, no group object can use it",
        "villa.xml:6: Far is left out: 1/9/1: the middle group is 9, but goes from 0 to 7 only",
        "villa.xml:7: None is left out: '' is not a group address",
    )


def test_there_are_never_too_many_warnings():
    project = read(xml('<GroupAddress Name="x" Address="0/0/0" />\n' * 5000), "villa.xml")
    assert len(project.warnings) == 101
    assert project.warnings[-1] == "villa.xml: and 4900 more like these"


def test_a_name_cannot_move_a_cursor_and_has_an_end():
    name = "Lamp&#xA;&#x202E;&#x9B;2J" + "x" * 400
    address = read(xml(f'<GroupAddress Name="{name}" Address="1/0/1" />'), "villa.xml").addresses[2049]
    assert address.name.startswith("Lamp   2Jx")
    assert (len(address.name), address.name.isprintable()) == (255, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_is_the_one_that_the_file_declares(encoding):
    declared = encoding.removesuffix("-sig")
    text = (
        xml('<GroupAddress Name="Küche" Address="1/0/1" />')
        .decode()
        .replace('encoding="utf-8"', f'encoding="{declared}"')
    )
    assert read(text.encode(encoding), "villa.xml").addresses[2049].name == "Küche"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (xml().replace(b"export/01", b"export/02"), "villa.xml:2: this is version 02 of the group address export"),
        (xml().replace(b"http://knx.org/xml/ga-export/01", b"urn:x"), "villa.xml:2: its namespace is urn:x"),
        (xml().replace(b' xmlns="http://knx.org/xml/ga-export/01"', b""), "villa.xml:2: its namespace is missing"),
        (b"<html><body/></html>", "villa.xml:1: this is no group address export: its root is <html>"),
        (b'<Keyring xmlns="http://knx.org/xml/keyring/1"/>', "this is a keyring; name it as knx.keyring"),
        (b'<KNX xmlns="http://knx.org/xml/project/23"/>', "give the whole .knxproj"),
        (xml()[:-40], "villa.xml:7: the XML is broken or ends early"),
        (xml().replace(b"Garage 1", b"&lol;"), "villa.xml:5: the XML is broken or ends early (undefined entity)"),
        (xml().replace(b'"Garage"', b"Garage"), "villa.xml:4: the XML is broken"),
        (b"", "villa.xml: the file is empty"),
        (b"\x00" * 1000, "villa.xml: the file is empty"),
        (b"<" + b"a>" * 5, "villa.xml:1: this is no group address export"),
    ],
)
def test_another_file_is_refused_with_its_place_and_what_to_do(data, told):
    message = refused(data)
    assert told in message
    assert "; " in message


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "nonsense", "shift_jis", "rot13"])
def test_an_encoding_that_no_ets_uses_is_refused(encoding):
    data = xml().replace(b'encoding="utf-8"', f'encoding="{encoding}"'.encode())
    assert f"villa.xml:1: its encoding is declared as {encoding}" in refused(data)


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE a [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">',
        b"<!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused_whatever_is_in_it(declared):
    head, rest = xml().split(b"\n", 1)
    data = head + declared + b"\n" + rest.replace(b"Garage 1 status", b"&x;")
    assert refused(data).startswith("villa.xml:1: a document type (<!DOCTYPE ...>) is declared in it")


def test_elements_that_are_nested_without_end_are_refused():
    data = xml('<GroupRange Name="x">' * 5000)
    assert "its elements are nested deeper than 100" in refused(data)


def test_one_endless_attribute_is_refused():
    data = xml('<GroupAddress Name="' + "x" * (9 << 20) + '" Address="1/0/1" />')
    assert "one of its tags is longer than 8 MB" in refused(data)


def test_a_file_of_more_than_100_mb_is_refused_before_it_is_looked_at():
    assert "the file has 101 MB, more than 100" in refused(b"<" + b" " * (101 << 20))


def test_elements_of_another_namespace_are_passed_over():
    inside = f'<x:GroupAddress xmlns:x="urn:x" Name="x" Address="9/9/9" />{THREE_LEVELS}'
    assert list(read(xml(inside), "villa.xml").addresses) == [2050, 2051]
