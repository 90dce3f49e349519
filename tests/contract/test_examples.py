"""The examples in config/ load, and stay loadable; the schema for editors is current and accepts them."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.config.schema import schema

FOLDER = Path(__file__).parents[2] / "config"
EXAMPLES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "tags.yaml")


def content(path: Path):
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_the_examples_are_those_of_the_contract():
    names = ["bridge.yaml", "load-management.yaml", "secure.yaml", "two-chargers.yaml", "xxter-replacement.yaml"]
    assert [path.name for path in EXAMPLES] == names


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_loads_without_a_warning(path):
    assert load(path, {}).warnings == ()


def test_the_example_with_a_keyring_says_itself_that_check_waits_for_the_file():
    (path,) = (each for each in EXAMPLES if each.stem == "secure")
    result = CliRunner().invoke(main, ["check", "-c", str(path)])
    assert result.exit_code == 3
    (problem, _) = result.stderr.splitlines()
    assert "villa.knxkeys" in problem
    head = " ".join(path.read_text(encoding="utf-8").partition("\nsite:")[0].split())
    assert "`check` ends with 3 until villa.knxkeys" in head


def test_the_examples_show_what_they_promise():
    shown = {path.stem: load(path, {}) for path in EXAMPLES}
    assert [len(each.connectors) for each in shown["bridge"].chargers.values()] == [1]
    assert [len(each.connectors) for each in shown["two-chargers"].chargers.values()] == [2, 1]
    assert sum(bound.connector == 1 for bound in shown["xxter-replacement"].objects) == 12
    assert len(shown["bridge"].tag_book.tags) == 3


def test_the_schema_in_the_repository_is_current():
    """Else: knx-ocpp-bridge schema > config/schema.json"""
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_editor_with_the_schema_accepts_an_example(path):
    jsonschema.Draft202012Validator(schema()).validate(content(path))


@pytest.mark.parametrize(
    "objects",
    [
        {"statsu": {"state_address": "1/1/1"}},
        {"status": {"address": "1/1/1"}},
        {"unlock": {"state_address": "1/1/1"}},
        {"current": {"state_address": "1/1/1", "dpt": "9.001"}},
        {"status": {"state_address": "1/1/1", "invert": True}},
        {"heartbeat": {"state_address": "1/1/1"}},
    ],
    ids=str,
)
def test_an_editor_with_the_schema_marks_an_object_that_cannot_work(objects):
    file = {"chargers": [{"id": "A", "connectors": [{"id": 1, "group_objects": objects}]}]}
    assert not jsonschema.Draft202012Validator(schema()).is_valid(file)


def test_the_schema_says_a_sentence_about_every_key():
    whole = schema()
    for section in (whole, *(each for each in whole["$defs"].values() if "properties" in each)):
        for key, told in section["properties"].items():
            assert told.get("description"), key
