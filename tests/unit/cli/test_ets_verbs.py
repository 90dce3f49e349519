"""`ets check`, `table`, `assign` and `xxter` as the installer calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.core.values import ChargerId

HOUSE = """site: {name: Villa Linde}
schemes: {short: {charging: {address: 1, state_address: 0}}}
chargers:
  - id: GARAGE
    name: Garage
    connectors: [{id: 1, group_objects: {charging: {address: 9/7/2, state_address: 9/7/1}}}]
"""
PROJECT = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
  <GroupRange Name="EV" RangeStart="18432" RangeEnd="20479">
  <GroupRange Name="Garage" RangeStart="20224" RangeEnd="20479">
    <GroupAddress Name="Garage charges" Address="9/7/1" DPTs="DPST-1-10" />
    <GroupAddress Name="Garage switch" Address="9/7/2" DPTs="{switch}" />
  </GroupRange></GroupRange>
</GroupAddress-Export>
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bridge.yaml").write_text(HOUSE)
    (tmp_path / "villa.xml").write_text(PROJECT.format(switch="DPST-1-10"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


SHORT = ("--scheme", "short", "-c", "bridge.yaml", "--project", "villa.xml")


def ets(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ets", *arguments])


def test_a_project_that_fits_ends_with_nothing_to_do(folder):
    result = ets("check", "villa.xml", "-c", "bridge.yaml")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            (
                "1 group objects held against villa.xml: 0 errors, 0 warnings, 0 hints; "
                "who is linked there this kind of file does not tell"
            )
        ],
    )


def test_what_cannot_work_ends_with_1_and_is_there_for_programs_as_well(folder):
    (folder / "villa.xml").write_text(PROJECT.format(switch="DPST-14-19"))
    assert (
        "error: bridge.yaml:6: charging of GARAGE/1 receives on 9/7/2"
        in ets("check", "villa.xml", "-c", "bridge.yaml").stdout
    )
    result = ets("check", "villa.xml", "-c", "bridge.yaml", "--json")
    assert result.exit_code == 1
    assert [each["kind"] for each in json.loads(result.stdout)["findings"]] == ["other size"]


def test_without_a_file_the_project_of_the_configuration_is_read(folder):
    refused = ets("check", "-c", "bridge.yaml")
    assert (refused.exit_code, "write it as knx.project" in refused.stderr) == (2, True)
    (folder / "bridge.yaml").write_text(HOUSE + "knx: {project: villa.xml}\n")
    assert ets("check", "-c", "bridge.yaml").exit_code == 0


def test_a_file_that_is_none_of_the_ets_is_refused_in_a_sentence(folder):
    result = ets("check", "bridge.yaml", "-c", "bridge.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: bridge.yaml")
    assert ets("check", "nowhere.xml", "-c", "bridge.yaml").stderr.startswith("Error: nowhere.xml cannot be read")


@pytest.mark.parametrize(
    ("form", "has"),
    [
        ("text", "1    Garage 1  charging state"),
        ("html", "<td>charging state</td>"),
        ("markdown", "| 1 | Garage 1 | charging state |"),
        ("csv", "1;Garage 1;charging state;"),
    ],
)
def test_the_table_is_printed_in_every_form(folder, form, has):
    result = ets("table", "-c", "bridge.yaml", "--format", form)
    assert result.exit_code == 0
    assert has in result.stdout


def test_a_table_is_never_written_over_another_file_by_mistake(folder):
    refused = ets("table", "-c", "bridge.yaml", "--output", "villa.xml")
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)


def test_a_block_that_is_free_is_shown_with_the_line_to_write(folder):
    result = ets(
        "assign", "garage/2", "--base", "9/7/10", "--scheme", "short", "-c", "bridge.yaml", "--project", "villa.xml"
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "charging  sends      9/7/10         1.010  free",
        "charging  receives   9/7/11         1.010  free",
        "group_objects_from: {scheme: short, base: 9/7/10}",
    ]


def test_a_block_that_is_taken_ends_with_1_and_names_who_is_there(folder):
    result = ets(
        "assign", "garage/2", "--base", "9/7/0", "--scheme", "short", "-c", "bridge.yaml", "--project", "villa.xml"
    )
    assert result.exit_code == 1
    assert "9/7/1 is the state of charging of GARAGE/1" in result.stdout
    assert "free" in result.stdout
    assert "1 of 2 addresses cannot be used" in result.stderr


def test_an_address_that_the_ets_has_for_something_else_is_taken(folder):
    (folder / "villa.xml").write_text(PROJECT.format(switch="DPST-1-10").replace("9/7/2", "9/7/11"))
    assert ets("assign", "garage", "--base", "9/7/10", *SHORT).exit_code == 0
    (folder / "villa.xml").write_text(PROJECT.format(switch="DPST-1-1").replace("9/7/2", "9/7/11"))
    result = ets("assign", "garage", "--base", "9/7/10", *SHORT)
    assert result.exit_code == 1
    assert "9/7/11         1.010  'Garage switch' is 1.001 there, another meaning" in result.stdout
    assert "1 of 2 addresses cannot be used: choose another base" in result.stderr


def test_what_the_bridge_has_exported_itself_may_be_given_again(folder):
    exported = ets("export", "-c", "bridge.yaml").stdout
    (folder / "villa.xml").write_text(exported.replace('DPTs="DPST-1-10"', 'DPTs="DPST-1-1"'))
    result = ets("assign", "GARAGE/1", "--base", "9/7/1", *SHORT)
    assert (result.exit_code, "'Garage 1 charging command'" in result.stdout) == (0, True)


def test_what_the_connector_has_already_stays_its_own_whatever_the_ets_calls_it(folder):
    (folder / "villa.xml").write_text(PROJECT.format(switch="DPST-1-1"))
    assert ets("assign", "GARAGE/1", "--base", "9/7/1", *SHORT).exit_code == 0


@pytest.mark.parametrize(
    ("target", "note"),
    [
        ("NOBODY/1", "note: NOBODY is no charger of bridge.yaml; the block is that of a new one"),
        ("garage/2", "note: GARAGE has no connector 2 in bridge.yaml (1); the block is that of a new one"),
        ("garage/1", ""),
        ("garage", ""),
    ],
)
def test_a_block_for_what_the_configuration_does_not_have_is_shown_and_that_is_said(folder, target, note):
    result = ets("assign", target, "--base", "9/7/10", *SHORT)
    assert (result.exit_code, result.stderr.strip()) == (0, note)
    assert result.stdout.count("free") == 2


def test_a_name_of_the_ets_cannot_move_the_cursor(folder):
    (folder / "villa.xml").write_text(PROJECT.format(switch="DPST-1-10").replace("Garage switch", "&#x9b;2J"))
    result = ets(
        "assign", "garage", "--base", "9/7/1", "--scheme", "short", "-c", "bridge.yaml", "--project", "villa.xml"
    )
    assert "\x9b" not in result.stdout


@pytest.mark.parametrize("base", ["9/8/0", "here"])
def test_a_base_that_is_no_address_is_an_error_of_usage(folder, base):
    assert ets("assign", "garage", "--base", base, "-c", "bridge.yaml").exit_code == 2


def test_an_xxter_becomes_two_files_that_check_finds_good(folder):
    (folder / "xxter.csv").write_text(
        "Name;Garage\nOCPP identifier;G1\nRFID tags to start charging;04A2,0412\nOCPP status;9/7/0\n"
    )
    result = ets("xxter", "xxter.csv", "--output", "new.yaml")
    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        [
            "tags.yaml: 2 cards",
            (
                "new.yaml: 1 charger, 1 group object; still to be filled in: site.timezone (Europe/Amsterdam stands "
                "there), knx.connection (automatic stands there)"
            ),
        ],
    )
    assert CliRunner().invoke(main, ["check", "-c", "new.yaml"]).exit_code == 0


def test_what_the_xxter_took_and_the_bridge_refuses_is_told_at_once(folder):
    (folder / "xxter.csv").write_text("Name;Garage\nOCPP identifier;G1\nOCPP status;9/7/0\nOCPP error code;9/7/0\n")
    result = ets("xxter", "xxter.csv", "--output", "new.yaml")
    assert result.exit_code == 1
    assert "both send on 9/7/0" in result.stderr


CARDS = "Name;Garage\nOCPP identifier;G1\nRFID tags to start charging;04A2\nOCPP status;9/7/0\n"


@pytest.mark.parametrize("absolute", [False, True])
def test_the_cards_are_found_where_the_installer_had_them_written(folder, absolute):
    (folder / "xxter.csv").write_text(CARDS)
    for name in ("made", "cards"):
        (folder / name).mkdir()
    (folder / "tags.yaml").write_text('- id: "FOREIGN"\n')
    tags = folder / "cards/xxter.yaml" if absolute else Path("cards/xxter.yaml")
    assert ets("xxter", "xxter.csv", "--output", "made/new.yaml", "--tags", str(tags)).exit_code == 0
    named = str(tags) if absolute else "../cards/xxter.yaml"
    assert f'tags_file: "{named}"' in (folder / "made/new.yaml").read_text()
    assert list(load(folder / "made/new.yaml", {}).chargers[ChargerId("G1")].tag_book.tags) == ["04a2"]


@pytest.mark.parametrize("there", ["tags.yaml", "new.yaml"])
def test_a_file_that_is_there_already_is_neither_taken_nor_overwritten_and_nothing_is_half_done(folder, there):
    (folder / "xxter.csv").write_text(CARDS)
    (folder / there).write_text("# mine\n")
    refused = ets("xxter", "xxter.csv", "--output", "new.yaml")
    assert (refused.exit_code, f"{there} exists" in refused.stderr) == (1, True)
    assert [name for name in ("tags.yaml", "new.yaml") if (folder / name).exists()] == [there]
    assert (folder / there).read_text() == "# mine\n"


def test_cards_that_are_written_nowhere_are_told(folder):
    (folder / "xxter.csv").write_text(CARDS)
    assert "note: 1 card not written: name the file with --tags" in ets("xxter", "xxter.csv").stderr
    assert ets("xxter", "xxter.csv", "--output", "a.yaml", "--tags", "a.yaml").exit_code == 2


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "html"])
def test_a_charger_s_name_cannot_move_the_cursor_of_whoever_prints_the_table(folder, form):
    (folder / "bridge.yaml").write_text(HOUSE.replace("name: Garage", r'name: "A\e]0;x\a\r\nB"'))
    result = ets("table", "-c", "bridge.yaml", "--format", form)
    assert result.exit_code == 0
    assert not {"\x1b", "\a"} & set(result.stdout)
    assert "A?]0;x???B 1" in result.stdout
