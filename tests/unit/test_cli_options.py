"""Where the bridge remembers and listens, as systemd and the installer say it."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.options import socket_option, state_option
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.daemon.main import state_of

NAME = "knx-ocpp-bridge"


@click.command()
@state_option
@socket_option
def places(state: Path, socket: Path) -> None:
    click.echo(f"{state} {socket}")


@pytest.mark.parametrize(
    ("environment", "arguments", "shown"),
    [
        ({}, [], "/var/lib/knx-ocpp-bridge /run/knx-ocpp-bridge/control.sock"),
        ({"STATE_DIRECTORY": "/a", "RUNTIME_DIRECTORY": "/r"}, [], "/a /r/control.sock"),
        ({"STATE_DIRECTORY": "/a:/b", "RUNTIME_DIRECTORY": "/r:/s:/t"}, [], "/a /r/control.sock"),
        (
            {"STATE_DIRECTORY": "", "RUNTIME_DIRECTORY": ""},
            [],
            "/var/lib/knx-ocpp-bridge /run/knx-ocpp-bridge/control.sock",
        ),
        ({"STATE_DIRECTORY": "/a:/b"}, ["--state", "/c:d", "--socket", "/e:f"], "/c:d /e:f"),
    ],
)
def test_of_several_directories_of_systemd_the_first_counts(
    environment: dict[str, str], arguments: list[str], shown: str
) -> None:
    unset: dict[str, str | None] = {"STATE_DIRECTORY": None, "RUNTIME_DIRECTORY": None, "KNX_OCPP_BRIDGE_SOCKET": None}
    assert CliRunner().invoke(places, arguments, env=unset | environment).output == f"{shown}\n"


@pytest.mark.parametrize(
    ("written", "used"),
    [("storage: {path: journal}", "{folder}/journal"), ("storage: {path: /srv/j}", "/srv/j"), ("site: {}", "/state")],
)
def test_a_relative_storage_path_lies_beside_the_configuration(tmp_path: Path, written: str, used: str) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(f"{written}\n")
    assert state_of(load(config, {}), Path("/state")) == Path(used.format(folder=tmp_path))
