"""Files that are not there, not readable, not text, empty."""

import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "config"


def test_a_missing_file_is_told_by_its_name(installer):
    (problem,) = installer.problems_of(installer.folder / "nope.yaml")
    assert problem.where == "nope.yaml"
    assert problem.reason == "the file cannot be read: No such file or directory"
    assert "-c FILE" in problem.remedy


def test_a_folder_is_no_file(installer):
    (problem,) = installer.problems_of(installer.folder)
    assert problem.reason == "the file cannot be read: Is a directory"


def test_a_file_that_is_not_text_is_told_with_its_line(installer):
    path = installer.folder / "bridge.yaml"
    path.write_bytes(b"site:\n  name: Stra\xdfe\n")
    (problem,) = installer.problems_of(path)
    assert (problem.reason, problem.remedy) == ("line 2 is not UTF-8 text", "save it as UTF-8 text")


def test_a_byte_order_mark_does_no_harm(installer):
    path = installer.folder / "bridge.yaml"
    path.write_bytes(b"\xef\xbb\xbfsite: {name: x}\n")
    assert installer.problems_of(path) == ()


def test_a_huge_file_is_not_read(installer):
    path = installer.folder / "bridge.yaml"
    path.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    (problem,) = installer.problems_of(path)
    assert problem.reason == "the file is larger than 4194304 bytes"


def test_an_empty_file_is_refused(installer):
    assert installer.messages("# soon\n") == ["bridge.yaml:1: the file is empty; begin with one of the examples"]


def test_a_list_is_no_configuration(installer):
    assert installer.messages("- id: A\n") == [
        "bridge.yaml:1: the file does not begin with keys like site:; begin with one of the examples"
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_lines(installer):
    text = """\
        site: {nam: x, timezone: Mars/Olympus}
        knx: {rate_limit: 0}
        chargers:
          - id: A
            connectors:
              - id: 1
                max_current: ten
                group_objects:
                  statsu: {state_address: 9/7/0}
                  charging: {address: 9/7/2, state_address: 9/7/2}
              - {id: 1}
          - {id: a, connectors: [{id: 0}]}
        ocpp: {listen: x:y}
    """
    found = [(problem.where, problem.path) for problem in installer.problems(text)]
    assert found == [
        ("bridge.yaml:1", "site.nam"),
        ("bridge.yaml:1", "site.timezone"),
        ("bridge.yaml:2", "knx.rate_limit"),
        ("bridge.yaml:7", "chargers[0].connectors[0].max_current"),
        ("bridge.yaml:9", "chargers[0].connectors[0].group_objects.statsu"),
        ("bridge.yaml:10", "chargers[0].connectors[0].group_objects.charging.address"),
        ("bridge.yaml:11", "chargers[0].connectors[1].id"),
        ("bridge.yaml:12", "chargers[1].id"),
        ("bridge.yaml:12", "chargers[1].connectors[0].id"),
        ("bridge.yaml:13", "ocpp.listen"),
    ]


def test_a_broken_value_does_not_bring_up_others_that_were_sound(installer):
    text = """\
        knx: {connection: tunneling, gateway: 1.2.3.400}
        chargers:
          - id: A
            connectors:
              - {id: 1, normal_current: 32, max_current: x}
    """
    assert [problem.path for problem in installer.problems(text)] == [
        "knx.gateway",
        "chargers[0].connectors[0].max_current",
    ]


def test_the_name_of_the_file_is_shown_as_it_was_given(tmp_path: Path, monkeypatch, installer):
    installer.write("sites: {}")
    monkeypatch.chdir(tmp_path)
    (problem,) = installer.problems_of(Path("bridge.yaml"))
    assert problem.where == "bridge.yaml:1"


@pytest.mark.parametrize("name", ["bridge.yaml", "two-chargers.yaml"])
def test_what_an_example_shows_in_comments_loads_as_well(installer, name):
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    shown, count = re.subn(r"(?m)^( +)# (?=[a-z_]+: )", r"\1", text)
    assert count
    installer.write((EXAMPLES / "tags.yaml").read_text(encoding="utf-8"), "tags.yaml")
    installer.write('garage: "8 to 40 characters"\n', "secrets.yaml").chmod(0o640)
    assert installer.load(shown).warnings == ()
