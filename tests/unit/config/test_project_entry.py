"""The bridge names the file of the ETS in its own configuration: one line more, every other byte as it was."""

import pytest

from knx_ocpp_bridge.config.edit import EditError
from knx_ocpp_bridge.config.project_entry import with_project


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "knx:  # the bus\n  # by cable\n  connection: tunneling  # yes\nchargers: []\n",
            'knx:  # the bus\n  # by cable\n  project: "villa.xml"\n  connection: tunneling  # yes\nchargers: []\n',
        ),
        ("knx:\r\n    gateway: a\r\n", 'knx:\r\n    project: "villa.xml"\r\n    gateway: a\r\n'),
        ("site: {name: V}\n", 'site: {name: V}\n\nknx:\n  project: "villa.xml"\n'),
        ("site: {name: V}", 'site: {name: V}\n\nknx:\n  project: "villa.xml"\n'),
        ("knx:\n  project: villa.xml\n", "knx:\n  project: villa.xml\n"),
        ("knx: {project: villa.xml}\n", "knx: {project: villa.xml}\n"),
    ],
)
def test_one_line_is_more_and_everything_else_stays(before, after):
    assert with_project(before, "villa.xml") == after


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("knx: {gateway: a}\n", "leaves no place"),
        ("knx:\n", "leaves no place"),
        ("{site: {name: V}}\n", "leaves no place"),
        ("", "leaves no place"),
        ("site: {name: V}\n...\n", "leaves no place"),
        ("knx: &bus\n  gateway: a\nother: *bus\n", "leaves no place"),
        ("knx:\n  project: other.xml\n", "names another project"),
        ("knx: 5\n", "names another project"),
        ("knx: [\n", "the file has an error"),
    ],
)
def test_where_there_is_no_place_the_line_is_given_to_be_pasted(before, told):
    with pytest.raises(EditError) as caught:
        with_project(before, "villa.xml")
    assert told in str(caught.value)
    assert caught.value.block == '  project: "villa.xml"'
