"""`ets export` and `ets import` as the installer calls them."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.ets.reading import read
from tests.kit.ets_files import xml
from tests.kit.ets_projects import knxproj, protected
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of

HOUSE = """site: {name: Villa Linde}
knx: {PROJECT}
chargers:
  - id: GARAGE
    name: Garage
    connectors: [{id: 1, group_objects: {charging: {address: 1/0/2, state_address: 1/0/1}}}]
  - id: CARPORT
    connectors: [{id: 1, group_objects: {status: {state_address: 9/7/0}}}]
"""


def house(knx: str = "{}") -> str:
    return HOUSE.replace("{PROJECT}", knx)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bridge.yaml").write_text(house())
    monkeypatch.setenv("KNX_OCPP_BRIDGE_CONFIG", "bridge.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ets(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(main, ["ets", *arguments], input=said)


def exported(*arguments: str) -> dict[int, str]:
    result = ets("export", *arguments)
    assert result.exit_code == 0, result.stderr
    return {each.address: each.name for each in read(result.stdout_bytes, "x").addresses.values()}


def test_the_object_table_comes_out_as_the_ets_takes_it(folder):
    names = {2049: "Garage 1 charging state", 2050: "Garage 1 charging command", 20224: "CARPORT 1 status"}
    assert exported() == names
    assert exported("--format", "csv") == names
    assert exported("--charger", "GARAGE", "--names", "{object}") == {2049: "charging", 2050: "charging 1/0/2"}
    assert exported("--charger", "GARAGE", "--language", "de")[2049] == "Garage 1 Laden Status"


def test_a_file_is_written_whole_and_never_over_another(folder):
    result = ets("export", "--output", "ev.xml")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("ev.xml: 3 group addresses written\n")
    assert len(read((folder / "ev.xml").read_bytes(), "ev.xml").addresses) == 3
    assert "ev.xml exists" in ets("export", "--output", "ev.xml").stderr
    assert ets("export", "--output", "ev.xml", "--force").exit_code == 0


def test_what_the_project_has_already_keeps_its_name_or_is_left_out(folder):
    (folder / "villa.xml").write_bytes(xml())
    (folder / "bridge.yaml").write_text(house("{project: villa.xml}"))
    assert exported("--charger", "GARAGE")[2050] == "Garage 1 max current"
    assert list(exported("--missing")) == [2049, 20224]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--missing",), "--missing needs knx.project"),
        (("--security",), "--security needs knx.keyring"),
        (("--charger", "NOBODY"), "NOBODY is no charger of bridge.yaml"),
        (("--names", "{nobody}"), "--names: {nobody} is no placeholder; there are {charger}"),
    ],
)
def test_what_cannot_be_exported_is_said(folder, arguments, told):
    result = ets("export", *arguments)
    assert (result.exit_code, told in result.stderr) == (2, True)


GRID = "group_objects: {grid_power: {address: 1/7/1}, bus_time: {address: 0/0/2}}\n"


def test_the_values_of_the_building_are_left_out_and_that_is_said(folder):
    (folder / "bridge.yaml").write_text(house() + GRID)
    assert list(exported()) == [2049, 2050, 20224]
    assert "note: 2 group addresses on which the building tells its own values left out" in ets("export").stderr
    assert list(exported("--inputs")) == [2, 2049, 2050, 3841, 20224]
    assert "left out" not in ets("export", "--inputs").stderr


def test_without_the_project_it_is_said_that_an_import_overwrites_names(folder):
    assert "note: knx.project is not set" in ets("export").stderr
    (folder / "villa.xml").write_bytes(xml())
    (folder / "bridge.yaml").write_text(house("{project: villa.xml}"))
    assert ets("export").stderr == ""


def test_the_export_says_which_addresses_the_keyring_secures(folder):
    Keyring(
        groups={"1/0/2": key_of("garage"), "5/5/5": key_of("other")},
        interfaces=(Interface("1.1.240", groups={"1/0/2": ("1.1.5",)}),),
    ).write(folder / "house.knxkeys")
    (folder / "bridge.yaml").write_text(house(f"{{keyring: house.knxkeys, keyring_password: {PASSWORD}}}"))
    result = ets("export", "--security")
    assert result.exit_code == 0, result.stderr
    found = read(result.stdout_bytes, "x").addresses
    assert {raw: each.secured for raw, each in found.items()} == {2049: None, 2050: True, 20224: None}
    assert "Security" not in ets("export").stdout


def test_a_keyring_that_cannot_be_opened_is_told_and_nothing_is_exported(folder):
    Keyring(groups={"1/0/2": key_of("garage")}).write(folder / "house.knxkeys")
    (folder / "bridge.yaml").write_text(house("{keyring: house.knxkeys, keyring_password: wrong-1}"))
    result = ets("export", "--security", "--output", "ev.xml")
    assert (result.exit_code, "password" in result.stderr, (folder / "ev.xml").exists()) == (1, True, False)


@pytest.mark.parametrize("verb", [("check", "villa.knxproj"), ("assign", "GARAGE/1", "--base", "9/6/0")])
def test_a_password_is_asked_for_wherever_a_project_is_read(folder, verb):
    (folder / "villa.knxproj").write_bytes(protected("test"))
    project = ("--project", "villa.knxproj") if verb[0] == "assign" else ()
    assert "--password-prompt" in ets(*verb, *project).stderr
    asked = ets(*verb, *project, "--password-prompt", said="test\n")
    assert "Password of the project" in asked.stderr
    assert "protected by a password" not in asked.stderr
    assert asked.stdout


def test_csv_is_for_three_levels_alone(folder):
    (folder / "bridge.yaml").write_text(house("{group_address_style: two_level}"))
    assert "take --format xml" in ets("export", "--format", "csv").stderr
    assert list(exported()) == [2049, 2050, 20224]


def test_a_configuration_with_an_error_ends_with_3(folder):
    (folder / "bridge.yaml").write_text("site: 5")
    assert ets("export").exit_code == 3


def test_a_file_of_the_ets_is_shown(folder):
    (folder / "villa.knxproj").write_bytes(knxproj())
    assert ets("import", "villa.knxproj").stdout.splitlines() == [
        "file                 villa.knxproj, project (.knxproj)",
        "group addresses      4",
        "style                three levels",
        "with datapoint type  3",
        "unfiltered           1",
        "secured              1",
        "main groups          EV charging (4)",
    ]
    listed = ets("import", "villa.knxproj", "--list").stdout.splitlines()
    assert [line.split("  ")[0] for line in listed] == ["group address", "1/0/1", "1/0/2", "1/0/3", "1/0/4"]
    assert "Garage 1 status" in listed[1]
    rows = [json.loads(line) for line in ets("import", "villa.knxproj", "--json").stdout.splitlines()]
    assert rows[1]["name"] == "Garage 1 charging"
    assert rows[1]["unfiltered"] is True


@pytest.mark.parametrize(("arguments", "said"), [(("--password-prompt",), "test\n"), (("--password", "test"), None)])
def test_a_protected_project_is_shown_to_who_has_the_password(folder, arguments, said):
    (folder / "villa.knxproj").write_bytes(protected("test"))
    assert "group addresses      4" in ets("import", "villa.knxproj", *arguments, said=said).stdout
    refused = ets("import", "villa.knxproj")
    assert (refused.exit_code, "protected by a password" in refused.stderr) == (1, True)


def test_a_saved_file_stands_beside_the_configuration_with_its_rights_and_is_named_in_it(folder):
    written = house().replace("knx: {}", "knx:\n  rate_limit: 10   # as agreed")
    (folder / "bridge.yaml").write_text(written)
    (folder / "bridge.yaml").chmod(0o640)
    (folder / "any name.zip").write_bytes(protected("test"))
    result = ets("import", "any name.zip", "--save", "--password", "test")
    assert result.exit_code == 0
    assert "knx.project names it; the bridge reads it at its next reload" in result.stderr
    assert "  project_password: !secret knx_project" in result.stderr
    assert (folder / "project.knxproj").read_bytes() == (folder / "any name.zip").read_bytes()
    for name in ("project.knxproj", "bridge.yaml"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o640
    project = '  project: "project.knxproj"\n'
    assert (folder / "bridge.yaml").read_text() == written.replace("knx:\n", f"knx:\n{project}")
    assert list(exported("--missing", "--password", "test")) == [20224]
    assert "project.knxproj exists" in ets("import", "any name.zip", "--save", "--password", "test").stderr
    assert ets("import", "any name.zip", "--save", "--force", "--password", "test").exit_code == 0


def test_a_name_that_becomes_a_link_meanwhile_leads_nobody_to_another_file(folder, monkeypatch):
    (folder / "villa.xml").write_bytes(xml())
    (folder / "bridge.yaml").chmod(0o664)
    victim = folder / "victim"
    victim.touch(0o600)
    replace = Path.replace

    def swapped(path: Path, target: Path) -> Path:
        done = replace(path, target)
        if target.name == "project.xml":
            assert stat.S_IMODE(target.stat().st_mode) == 0o664
            target.unlink()
            target.symlink_to(victim)
        return done

    monkeypatch.setattr(Path, "replace", swapped)
    assert ets("import", "villa.xml", "--save").exit_code == 0
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600


def test_where_the_configuration_has_no_place_for_it_the_line_is_said(folder):
    (folder / "villa.xml").write_bytes(xml())
    result = ets("import", "villa.xml", "--save")
    assert (result.exit_code, (folder / "bridge.yaml").read_text()) == (0, house())
    assert 'put this under knx: yourself and reload:\n  project: "project.xml"' in result.stderr


def test_what_was_left_out_is_told_beside_the_result(folder):
    (folder / "villa.xml").write_bytes(xml('<GroupAddress Name="Nothing" Address="0/0/0" />'))
    result = ets("import", "villa.xml")
    assert result.exit_code == 0
    assert result.stderr.startswith("note: villa.xml:3: Nothing is left out: 0/0/0 is the broadcast address")


def test_another_file_is_refused_in_a_sentence(folder):
    result = ets("import", "bridge.yaml")
    assert (result.exit_code, result.stderr.startswith("Error: bridge.yaml: ")) == (1, True)
    assert ets("import", "nowhere.xml").exit_code != 0
