"""The files that the ETS imports, byte for byte and as another reader of XML and CSV sees them."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.project import GroupAddress
from knx_ocpp_bridge.ets.writing import as_csv, as_xml

SPACE = "{http://knx.org/xml/ga-export/01}"
LAMP = GroupAddress(
    2050, 'Lamp "A" <1> & more', "14.019", "it's; a", unfiltered=True, secured=True, ranges=("EV charging", "Garage")
)
STATUS = GroupAddress(2051, "Status", "5.010", ranges=("EV charging", "Garage"))


def test_the_xml_is_written_as_the_ets_writes_it():
    assert as_xml([STATUS], AddressStyle.THREE_LEVEL).decode().splitlines() == [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        '<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">',
        '  <GroupRange Name="EV charging" RangeStart="2048" RangeEnd="4095">',
        '    <GroupRange Name="Garage" RangeStart="2048" RangeEnd="2303">',
        '      <GroupAddress Name="Status" Address="1/0/3" Central="false" Unfiltered="false" DPTs="DPST-5-10" />',
        "    </GroupRange>",
        "  </GroupRange>",
        "</GroupAddress-Export>",
    ]


def test_another_reader_of_xml_finds_every_attribute():
    root = ET.fromstring(as_xml([LAMP, STATUS], AddressStyle.THREE_LEVEL, security=True))
    assert root.tag == f"{SPACE}GroupAddress-Export"
    lamp, status = root.findall(f"{SPACE}GroupRange/{SPACE}GroupRange/{SPACE}GroupAddress")
    assert lamp.attrib == {
        "Name": 'Lamp "A" <1> & more',
        "Address": "1/0/2",
        "Central": "false",
        "Unfiltered": "true",
        "Description": "it's; a",
        "DPTs": "DPST-14-19",
        "Security": "On",
    }
    assert status.attrib["Security"] == "Auto"


def test_security_is_left_out_for_older_versions_of_the_ets():
    assert b"Security" not in as_xml([LAMP], AddressStyle.THREE_LEVEL)


@pytest.mark.parametrize(
    ("style", "path", "address"),
    [(AddressStyle.TWO_LEVEL, f"{SPACE}GroupRange", "1/2"), (AddressStyle.FREE, f"{SPACE}GroupRange", "2050")],
)
def test_two_levels_and_the_free_style_have_one_group_around(style, path, address):
    lamp = GroupAddress(2050, "Lamp", ranges=("EV charging",))
    (found,) = ET.fromstring(as_xml([lamp], style)).findall(f"{path}/{SPACE}GroupAddress")
    assert found.attrib["Address"] == address


def test_the_csv_has_the_layout_3_1_with_rows_for_its_groups():
    data = as_csv([LAMP, STATUS])
    assert data.startswith(b'\xef\xbb\xbf"Main";"Middle";"Sub";"Address";"Central";"Unfiltered";')
    assert data.count(b"\r\n") == data.count(b"\n") == 5
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[1:] == [
        ["EV charging", "", "", "1/-/-", "", "", "", "", "Auto"],
        ["", "Garage", "", "1/0/-", "", "", "", "", "Auto"],
        ["", "", 'Lamp "A" <1> & more', "1/0/2", "", "true", "it's; a", "DPST-14-19", "On"],
        ["", "", "Status", "1/0/3", "", "", "", "DPST-5-10", "Auto"],
    ]


def test_nothing_is_still_a_file():
    assert ET.fromstring(as_xml([], AddressStyle.THREE_LEVEL)).tag == f"{SPACE}GroupAddress-Export"
    assert as_csv([]).count(b"\r\n") == 1
