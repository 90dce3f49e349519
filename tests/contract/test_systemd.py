"""systemd accepts the unit, and finds it well locked up."""

import configparser
import subprocess
from pathlib import Path

import pytest

from knx_ocpp_bridge.cli.main import COMMANDS
from knx_ocpp_bridge.web.descriptors import WANTED
from knx_ocpp_bridge.web.server import MOST_CONNECTIONS

FOLDER = Path(__file__).parents[2] / "systemd"
UNIT = FOLDER / "knx-ocpp-bridge.service"


def said_by(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def service() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read(UNIT)
    return unit["Service"]


def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    """Its programs may be missing on the machine of this test, so the copy starts another one.

    What systemd says about units that other packages have installed is not ours.
    """
    copy = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/knx-ocpp-bridge/bin/knx-ocpp-bridge", "/bin/true")
    copy.write_text(text.replace("/bin/kill", "/bin/true"))
    verdict = said_by("systemd-analyze", "verify", copy)
    ours = [line for line in verdict.stderr.splitlines() if UNIT.stem in line]
    assert (verdict.returncode, verdict.stdout, ours) == (0, "", [])


def test_a_misspelt_key_would_be_noticed(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("WatchdogSec", "WatchdogSeconds"))
    assert "WatchdogSeconds" in said_by("systemd-analyze", "verify", copy).stderr


def test_the_service_is_exposed_by_at_most_one_and_a_half_points() -> None:
    verdict = said_by("systemd-analyze", "security", "--offline=true", "--threshold=15", UNIT)
    assert verdict.returncode == 0, verdict.stdout


def test_the_unit_and_the_user_have_one_name(service: configparser.SectionProxy) -> None:
    directories = ("User", "Group", "ConfigurationDirectory", "StateDirectory", "RuntimeDirectory")
    assert {service[key] for key in directories} == {"knx-ocpp-bridge"}
    user = (FOLDER / "sysusers.d" / "knx-ocpp-bridge.conf").read_text().splitlines()[-1].split()
    assert user[:2] == ["u", "knx-ocpp-bridge"]


def test_a_charger_can_be_adopted_by_the_service_and_the_folder_is_as_the_manual_makes_it(
    service: configparser.SectionProxy,
) -> None:
    """The file is replaced within its folder: the group of the service may write there, and hardly anywhere else."""
    folder = f"/etc/{service['ConfigurationDirectory']}"
    mode = service["ConfigurationDirectoryMode"]
    assert service["ReadWritePaths"].split() == [folder]
    assert service["ProtectSystem"] == "strict"
    assert int(mode, 8) & 0o2072 == 0o2070
    made = f"sudo install -d -m {mode} -g {service['Group']} {folder}"
    install = (FOLDER.parent / "docs" / "install.md").read_text().splitlines()
    assert install.count(made) == 2, "in the chapters Install and Upgrade"


def test_the_unit_starts_a_verb_that_there_is(service: configparser.SectionProxy) -> None:
    assert service["ExecStart"].split()[1] in COMMANDS


def test_a_broken_configuration_is_not_tried_again_and_again(service: configparser.SectionProxy) -> None:
    assert service["Restart"] == "always"
    assert service["RestartPreventExitStatus"].split() == ["2", "3"]


def test_pages_that_are_flooded_leave_files_and_sockets_to_all_else(service: configparser.SectionProxy) -> None:
    assert int(service["LimitNOFILE"]) == WANTED >= 4 * MOST_CONNECTIONS
