"""A charger more in the file of an installer: nothing of his text is touched."""

import os
from pathlib import Path

import pytest

from knx_ocpp_bridge.config.edit import KEPT, EditError, adopt, read, write
from knx_ocpp_bridge.config.problems import ConfigError

EXAMPLES = sorted(path for path in (Path(__file__).parents[3] / "config").glob("*.yaml") if path.name != "tags.yaml")
BLOCK = """\
  - id: "CP 1"
    name: "Garage"
    connectors:
      - id: 1
"""


def adopted(text, charger_id="CP 1", name="Garage", connectors=1):
    return adopt(text, charger_id, name, connectors)


def refused(text):
    with pytest.raises(EditError) as error:
        adopted(text)
    return error.value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_in_every_example_the_charger_stands_behind_the_others_and_all_lines_stay(installer, path):
    text = read(path)
    new = adopted(text, "CP-NEW", connectors=2)
    installer.write((path.parent / "tags.yaml").read_text(), "tags.yaml")
    loaded = installer.load(new)
    assert list(loaded.chargers)[-1] == "CP-NEW"
    assert set(loaded.chargers["CP-NEW"].connectors) == {1, 2}
    start = new.index('  - id: "CP-NEW"')
    assert new[:start].rstrip("\n") in text
    end = new.index("- id: 2\n", start) + len("- id: 2\n")
    assert text.endswith(new[end:])


def test_a_charger_whose_connectors_are_not_known_has_one_and_a_name_that_is_empty_is_left_out():
    assert adopted("chargers:\n", name="", connectors=0) == (
        'chargers:\n  - id: "CP 1"\n    connectors:\n      - id: 1\n'
    )


@pytest.mark.parametrize(
    "text", ["chargers:\n", "chargers: []\n", "chargers: ~\n", "chargers: null\n", "chargers:  \n"]
)
def test_an_empty_list_makes_room(text):
    assert adopted(text).split() == ["chargers:", *BLOCK.split()]


@pytest.mark.parametrize("text", ["", "# the villa\n", "site: {name: x}\n", "site:\n  name: x\n\n", "---\n"])
def test_where_nobody_thought_of_chargers_yet_they_stand_at_the_end(text):
    new = adopted(text)
    assert new.startswith(text)
    assert new.endswith(f"chargers:\n{BLOCK}")
    assert "\n\n\n" not in new


def test_three_dots_stay_the_end():
    assert adopted("site: {}\n...\n# after the end\n") == f"site: {{}}\n\nchargers:\n{BLOCK}...\n# after the end\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("chargers:\n  - id: A\n    connectors: [{id: 1}]  # one\n", "\n# cards\nauthorization: {}\n"),
        ("chargers:\n  - id: A\n    connectors: [{id: 1}]\n    # group_objects: soon\n", "# next\nsite: {}\n"),
        ("chargers:\n  - id: A\n    connectors: [{id: 1}]\n\n  # - id: B\n", "\n\nsite: {}\n"),
        ("chargers:\n  - id: A\n    connectors:\n      - id: 1\n        max_current:\n          16\n", "site: {}\n"),
        ("chargers:\n  - {id: A,\n     connectors: [\n      {id: 1}]\n    }\n", "site: {}\n"),
        ("chargers:\n  - id: A\n    name: |\n      text\n      of lines\n    connectors: [{id: 1}]\n", "x: 1\n"),
        ("chargers:\n  - connectors: [{id: 1}]\n    id: A\n    name: |\n      text\n", "x: 1\n"),
        ("chargers:  # all of them\n  # - id: A\n", "site: {}\n"),
        ("chargers:\n  -\n    id: A\n", "site: {}\n"),
        ("chargers:\n  - &a\n    id: A\n    connectors: [{id: 1}]\n  - <<: *a\n    id: B\n", "site: {}\n"),
        ("chargers:\n  - id: A\n    password: !secret garage\n", "site: {}\n"),
        ("chargers: &all\n  - &one\n    id: A\n", "site: {}\n"),
    ],
)
def test_it_stands_behind_the_last_charger_and_the_comments_that_belong_to_it(before, after):
    assert adopted(before + after) == before + BLOCK + after


def test_it_is_indented_as_the_others_are():
    flush = "chargers:\n- id: A\n  connectors:\n  - id: 1\n# cards\nsite: {}\n"
    assert adopted(flush) == flush.replace(
        "# cards", '- id: "CP 1"\n  name: "Garage"\n  connectors:\n    - id: 1\n# cards'
    )
    wide = "chargers:\n    -   id: A\n        connectors: [{id: 1}]\n"
    assert adopted(wide) == wide + (
        '    -   id: "CP 1"\n        name: "Garage"\n        connectors:\n          - id: 1\n'
    )
    pushed = "  site: {}\n  chargers:\n    - id: A\n"
    assert adopted(pushed).startswith(pushed + '    - id: "CP 1"\n')


def test_a_blank_line_stands_between_where_one_stands_between_the_others():
    apart = "chargers:\n  - id: A\n\n  # the second\n  - id: B\nsite: {}\n"
    assert adopted(apart) == apart.replace("site", f"\n{BLOCK}site")
    close = "chargers:\n  - id: A\n  - id: B\n\nsite: {}\n"
    assert adopted(close) == close.replace("\nsite", f"{BLOCK}\nsite")


def test_line_ends_are_those_of_the_file():
    text = "# x\r\nchargers:\r\n  - id: A\r\n\r\nsite: {}\r\n"
    assert adopted(text) == text.replace("A\r\n", "A\r\n" + BLOCK.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text", ["chargers:\n  - id: A", "chargers:", "site: {}", "chargers: []", "chargers:\n  - id: A # a"]
)
def test_a_last_line_without_its_end_stays_without(text):
    new = adopted(text)
    assert new.endswith("- id: 1")
    assert new.startswith(text.removesuffix(" []"))


def test_a_byte_order_mark_stays_where_it_is():
    assert adopted("\ufeffchargers:\n") == f"\ufeffchargers:\n{BLOCK}"
    assert adopted("\ufeff") == f"\ufeffchargers:\n{BLOCK}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chargers: [{id: A}]\n", "chargers is a list in brackets"),
        ("chargers: [\n  # none yet\n]\n", "chargers is a list in brackets"),
        ("chargers: {}\n", "chargers is no list"),
        ("chargers: none\n", "chargers is no list"),
        ("{site: {name: x}}\n", "the file is not written with one key in each line"),
        ("- id: A\n", "the file is not written with one key in each line"),
        ("spare: &all\n  - id: A\nchargers: *all\n", "chargers is an alias of another list"),
        ("chargers: &all\n  - id: A\nspare: *all\n", "the file is written in a way"),
        ("base: &base {chargers: [{id: A}]}\n<<: *base\n", "the file is written in a way"),
        ("site:\n  name: |\n    no end", "the file is written in a way"),
        ("site: [\n", "the file has an error (line:2: a list or mapping in brackets is not closed"),
        ("site: {}\nsite: {}\n", "the file has an error (line:2: site: site stands here again"),
    ],
)
def test_where_there_is_no_place_the_installer_is_told_what_to_paste(text, reason):
    error = refused(text)
    assert error.reason.startswith(reason)
    assert error.remedy == "put this under chargers: yourself and reload"
    assert error.block.endswith(BLOCK.rstrip("\n"))
    assert str(error) == f"{error.reason}; {error.remedy}:\n{error.block}"


@pytest.mark.parametrize(
    "name",
    ['"a" \\ b', "yes", "0042", "# no comment", "a: b", "Säule 😀", "a\tb\nc", "\x85\u2028\ufeff\x7f", "!secret x"],
)
def test_ids_and_names_are_text_whatever_stands_in_them(installer, name):
    assert installer.load(adopted("chargers:\n", "0042", name)).chargers["0042"].name == name


@pytest.fixture
def file(installer):
    path = installer.write("# mine\nchargers:\n  - id: A\n    connectors: [{id: 1}]\n")
    path.chmod(0o640)
    return path


def test_the_file_is_replaced_with_its_mode_and_what_was_loaded_is_given_back(file):
    new = adopted(read(file))
    loaded = write(file, new, {})
    assert list(loaded.chargers) == ["A", "CP 1"]
    assert read(file) == new
    assert file.stat().st_mode & 0o7777 == 0o640
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_every_byte_reaches_the_disk_as_it_was_read(file):
    content = b"\xef\xbb\xbf# a\r\nchargers:\r\n  - id: A\r\n    connectors: [{id: 1}]\r\n# \xc3\xa4\n"
    file.write_bytes(content)
    write(file, read(file), {})
    assert file.read_bytes() == content


def test_what_does_not_load_is_never_written(file, tmp_path):
    before = file.read_bytes()
    with pytest.raises(ConfigError) as error:
        write(file, adopted(read(file), "a"), {}, tmp_path / "kept")
    assert "a is also the id at" in str(error.value)
    assert file.read_bytes() == before
    assert not (tmp_path / "kept").exists()


def test_a_charger_that_a_variable_hides_is_not_among_the_loaded(file):
    environ = {"KNX_OCPP_BRIDGE__CHARGERS": '[{"id": "B", "connectors": [{"id": 1}]}]'}
    assert list(write(file, adopted(read(file)), environ).chargers) == ["B"]


def test_a_link_to_the_file_stays_a_link(file, tmp_path):
    link = tmp_path / "etc" / "link.yaml"
    link.parent.mkdir()
    link.symlink_to(file)
    write(link, adopted(read(link)), {})
    assert link.is_symlink()
    assert '"CP 1"' in read(file)
    assert [each.name for each in link.parent.iterdir()] == ["link.yaml"]


def test_the_last_ten_versions_are_kept_for_the_owner_alone(file, tmp_path):
    kept = tmp_path / "state" / "kept"
    kept.parent.mkdir()
    versions = [read(file)]
    for number in range(KEPT + 2):
        versions.append(adopted(versions[-1], f"CP-{number}"))
        write(file, versions[-1], {}, kept)
    assert [read(kept / f"bridge.yaml.{number}") for number in range(1, KEPT + 1)] == versions[-2 : -KEPT - 2 : -1]
    assert len(list(kept.iterdir())) == KEPT == 10
    assert {each.stat().st_mode & 0o777 for each in kept.iterdir()} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700


def refuse(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


def test_where_the_bridge_may_not_write_it_is_said_who_may_and_what_to_paste(file, tmp_path, monkeypatch):
    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(EditError) as error:
        write(file, adopted(read(file)), {})
    assert error.value.reason.startswith(f"{file} cannot be written: Permission denied (the bridge runs as ")
    assert ", the folder is " in error.value.reason
    assert error.value.reason.endswith(" 640)")
    assert error.value.remedy.startswith("as root: chgrp ")
    assert f" {tmp_path} {file} && chmod 2775 {tmp_path} (docs/install.md), or put this under" in error.value.remedy
    assert error.value.block == BLOCK.rstrip("\n")
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_disk_that_is_full_leaves_the_file_as_it_was(file, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EditError, match="No space left on device") as error:
        write(file, adopted(read(file)), {})
    assert error.value.remedy.startswith("put that right")
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_cannot_be_kept_is_not_replaced(file, tmp_path):
    place = tmp_path / "kept"
    place.write_text("no folder")
    before = file.read_bytes()
    with pytest.raises(EditError) as error:
        write(file, adopted(read(file)), {}, place)
    assert error.value.reason.startswith(f"{place} cannot be written: File exists")
    assert file.read_bytes() == before


def test_an_owner_that_cannot_be_kept_does_no_harm_but_a_group_does(file, monkeypatch):
    """A file of another group could be read by others than before, or by nobody."""
    others = os.stat_result([*file.stat()[:4], 1, 2, *file.stat()[6:10]])
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **how: others if self == file else real(self, **how))
    asked = []

    def chown(_descriptor, user, group):
        asked.append((user, group))
        if group == -1:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", chown)
    write(file, adopted(read(file)), {})
    assert asked == [(1, -1), (-1, 2)]
    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(EditError):
        write(file, adopted(read(file), "CP 2"), {})
    assert "CP 2" not in read(file)
