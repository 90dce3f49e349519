"""`check`, `schema` and `version` as the installer calls them."""

import json
from pathlib import Path

from click.testing import CliRunner

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.cli.main import COMMANDS, main

GOOD = """\
group_objects: {heartbeat: {state_address: 1/0/1}}
chargers:
  - id: A
    connectors:
      - id: 1
        group_objects:
          status: {state_address: 9/7/0, respond_to_read: false}
          max_current: {address: [9/7/42, 9/7/142], state_address: 9/7/41, dpt: "9.021"}
"""


def run(*arguments, env=None):
    return CliRunner().invoke(main, list(arguments), env=env)


def written(folder: Path, text: str) -> str:
    path = folder / "bridge.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_sound_file_gives_the_object_table(tmp_path):
    file = written(tmp_path, GOOD)
    result = run("check", "-c", file)
    assert result.exit_code == 0
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in result.stdout.splitlines()]
    assert cells == [
        ["connector", "object", "direction", "group address", "DPT", "flags", "function"],
        ["bridge", "heartbeat", "sends", "1/0/1", "1.011", "C R T", "The bridge is alive; sent every minute"],
        ["A/1", "status", "sends", "9/7/0", "5.010", "C T", "Connector status"],
        ["A/1", "max_current", "sends", "9/7/41", "9.021", "C R T", "Current limit, and the limit in force"],
        ["A/1", "max_current", "receives", "9/7/42 9/7/142", "9.021", "C W", "Current limit, and the limit in force"],
        [f"{file}: good; chargers: 1, group objects: 3"],
    ]


def test_the_table_is_there_for_programs_too(tmp_path):
    told = json.loads(run("check", "-c", written(tmp_path, GOOD), "--json").stdout)
    assert told["warnings"] == []
    assert [(line["owner"], line["object"], line["group_addresses"], line["flags"]) for line in told["objects"]] == [
        ("bridge", "heartbeat", ["1/0/1"], "C R T"),
        ("A/1", "status", ["9/7/0"], "C T"),
        ("A/1", "max_current", ["9/7/41"], "C R T"),
        ("A/1", "max_current", ["9/7/42", "9/7/142"], "C W"),
    ]


def test_an_inverted_contact_is_said_to_be_one(tmp_path):
    file = written(tmp_path, GOOD + "      - {id: 2, group_objects: {release: {address: 1/7/9, invert: true}}}\n")
    (line,) = (line for line in run("check", "-c", file).stdout.splitlines() if "A/2" in line)
    assert line.endswith("(inverted: 0 on the bus means 1)")
    told = json.loads(run("check", "-c", file, "--json").stdout)["objects"]
    assert [line["object"] for line in told if line["inverted"]] == ["release"]


def test_a_project_of_the_ets_is_read_and_a_broken_one_is_a_warning_with_a_remedy(tmp_path):
    file = written(tmp_path, "knx: {project: project.xml}\n" + GOOD)
    project = tmp_path / "project.xml"
    told = run("check", "-c", file)
    assert told.exit_code == 0
    assert f"warning: {file}:1: knx.project: {project}: No such file or directory; let the service" in told.stdout
    project.write_text(
        '<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">'
        '<GroupRange Name="A" RangeStart="2048" RangeEnd="4095">'
        '<GroupAddress Name="Hall" Address="1/0/2"/></GroupRange>'
        "</GroupAddress-Export>"
    )
    told = run("check", "-c", file)
    assert f"{project}: group addresses: 1" in told.stdout
    assert "warning" not in told.stdout
    project.write_text("<nonsense/>")
    (warning,) = json.loads(run("check", "-c", file, "--json").stdout)["warnings"]
    assert warning.startswith(f"{file}:1: knx.project: {project}")


def test_a_local_address_that_this_machine_does_not_have_is_warned_of_with_its_line(tmp_path):
    file = written(tmp_path, "knx:\n  local_address: 192.0.2.7\n" + GOOD)
    told = run("check", "-c", file)
    sentence = f"{file}:2: knx.local_address: this machine has no address 192.0.2.7; it has "
    assert told.exit_code == 0
    assert f"warning: {sentence}" in told.stdout
    assert json.loads(run("check", "-c", file, "--json").stdout)["warnings"][0].startswith(sentence)
    own = written(tmp_path, "knx: {local_address: 127.0.0.1}\n" + GOOD)
    assert "warning" not in run("check", "-c", own).stdout


def test_problems_go_to_standard_error_with_exit_code_three(tmp_path):
    file = written(tmp_path, "sites: {}\nknx: {rate_limit: 0}\n")
    result = run("check", "-c", file)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines() == [
        f"{file}:1: sites: sites is not a key of this section; did you mean site?",
        f"{file}:2: knx.rate_limit: 0 is out of range; write at least 1",
        "2 problems; nothing is started with it.",
    ]


def test_problems_are_there_for_programs_too(tmp_path):
    file = written(tmp_path, "sites: {}\n")
    result = run("check", "-c", file, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "problems": [
            {
                "where": f"{file}:1",
                "path": "sites",
                "reason": "sites is not a key of this section",
                "remedy": "did you mean site?",
            }
        ],
        "warnings": [],
    }


def test_an_address_that_was_read_otherwise_is_told_with_the_problem_that_it_makes(tmp_path):
    text = GOOD + "          power: {state_address: 9/1792}\n          fault: {state_address: 1793}\n"
    file = written(tmp_path, text)
    first, *_, last = run("check", "-c", file).stderr.splitlines()
    assert first.startswith(f"{file}:9: chargers[0].connectors[0].group_objects.power.state_address: power of A/1 and ")
    assert last == "1 problem; nothing is started with it."
    read_as = f"{file}:9: 9/1792 is read as 9/7/0; write it in the style of the others, or set knx.group_address_style"
    assert f"warning: {read_as}" in run("check", "-c", file).stderr.splitlines()
    assert json.loads(run("check", "-c", file, "--json").stdout)["warnings"] == [read_as]


def test_warnings_stand_below_the_table(tmp_path):
    file = written(tmp_path, GOOD + "  - {id: B, connectors: [{id: 1}]}\n")
    result = run("check", "-c", file)
    assert result.exit_code == 0
    assert f"warning: {file}:9: B has no group objects: KNX does not see it" in result.stdout.splitlines()


def test_the_file_may_be_named_by_the_environment(tmp_path):
    file = written(tmp_path, GOOD)
    assert run("check", env={"KNX_OCPP_BRIDGE_CONFIG": file}).exit_code == 0
    result = run("check", env={"KNX_OCPP_BRIDGE_CONFIG": str(tmp_path / "other.yaml")})
    assert result.exit_code == 3
    assert result.stderr.startswith(f"{tmp_path}/other.yaml: the file cannot be read: No such file or directory;")


def test_variables_override_the_file_here_as_well(tmp_path):
    result = run("check", "-c", written(tmp_path, GOOD), env={"KNX_OCPP_BRIDGE__KNX__GROUP_ADDRESS_STYLE": "two_level"})
    assert "9/1792" in result.stdout


def test_the_version_is_told():
    assert run("version").stdout == f"knx-ocpp-bridge {__version__}\n"


def test_help_names_every_verb_with_its_sentence():
    told = run("--help").stdout
    for name, (_, sentence) in COMMANDS.items():
        assert name in told
        assert " ".join(sentence.split()[:3]) in told


def test_an_unknown_verb_is_a_mistake_of_usage():
    assert run("chekc").exit_code == 2


def test_it_says_how_many_cards_it_has_read_from_which_file(tmp_path):
    (tmp_path / "tags.yaml").write_text('- {id: "A1", aliases: ["1A"]}\n- {id: "B2"}\n')
    result = run("check", "-c", written(tmp_path, "authorization: {tags_file: tags.yaml}\n" + GOOD))
    assert "tags.yaml: 2 cards" in result.stdout
