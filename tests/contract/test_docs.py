"""Every key and every group object stands in the documentation."""

import re
from pathlib import Path

import pytest

from knx_ocpp_bridge.config.keys import SECTIONS, fields_of
from knx_ocpp_bridge.config.manual import flags_table, group_objects_page
from knx_ocpp_bridge.config.tag_entry import TagEntry

DOCS = Path(__file__).parents[2] / "docs"

HEADINGS = {
    "site.prices.*": "A price",
    "chargers[].connectors[].group_objects_from": "group_objects_from",
    "group_objects.*": "A group object",
    "schemes.*": "An object of a scheme",
}


def documented() -> dict[str, list[str]]:
    """The keys of the table below each heading, in their order."""
    keys: dict[str, list[str]] = {}
    heading = ""
    for line in (DOCS / "configuration.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif row := re.match(r"\| `(\w+)` \|", line):
            keys.setdefault(heading, []).append(row[1])
    return keys


@pytest.mark.parametrize("section", [each for each in SECTIONS if each], ids=str)
def test_every_key_of_a_section_stands_in_its_table_in_the_order_of_the_model(section):
    assert documented()[HEADINGS.get(section, section)] == list(fields_of(SECTIONS[section]))


def test_every_section_of_the_file_has_a_chapter():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    for key in SECTIONS[""].model_fields:
        assert re.search(rf"^## {key}(\[\])?$", text, re.MULTILINE) or f"`{key}`" in text, key


def test_every_key_of_the_tags_file_stands_in_its_table():
    assert documented()["The tags file"] == list(TagEntry.model_fields)


def test_the_table_of_flags_is_what_the_flags_say_of_themselves():
    """Else: python -c "from knx_ocpp_bridge.config.manual import flags_table; print(flags_table())" """
    assert flags_table() in (DOCS / "configuration.md").read_text(encoding="utf-8")


def test_the_page_of_group_objects_is_current():
    """Else: knx-ocpp-bridge schema --group-objects > docs/group-objects.md"""
    assert (DOCS / "group-objects.md").read_text(encoding="utf-8") == group_objects_page()
