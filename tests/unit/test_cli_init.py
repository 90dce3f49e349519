"""`init`: a first configuration that loads, never over another one, and the address of the pages."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli import init as init_verb
from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.config.edit import adopt
from knx_ocpp_bridge.config.first_file import LANGUAGES
from knx_ocpp_bridge.config.load import load


def init(config: Path, *arguments: str):
    return CliRunner().invoke(main, ["init", "-c", str(config), *arguments])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_writes_loads_without_a_warning_and_takes_a_charger(tmp_path: Path, language: str):
    config = tmp_path / "etc" / "bridge.yaml"
    result = init(config, "--language", language)
    assert result.exit_code == 0, result.output
    loaded = load(config, {})
    assert [each.partition(": ")[2] for each in loaded.warnings] == [
        "no charger is listed; whoever connects is unknown"
    ]
    assert loaded.bridge.web is not None
    assert loaded.bridge.knx.connection == "automatic"
    text = adopt(config.read_text(), "GARAGE", "Garage", 1)
    config.write_text(text)
    assert list(load(config, {}).chargers) == ["GARAGE"]


def test_the_gateway_that_was_named_is_in_it(tmp_path: Path):
    assert init(tmp_path / "bridge.yaml", "--knx-gateway", "192.168.1.5").exit_code == 0
    knx = load(tmp_path / "bridge.yaml", {}).bridge.knx
    assert (knx.connection, str(knx.gateway)) == ("tunneling", "192.168.1.5:3671")


def test_a_gateway_that_is_none_is_told_and_nothing_is_written(tmp_path: Path):
    result = init(tmp_path / "bridge.yaml", "--knx-gateway", "300.1.1.1")
    assert result.exit_code == 3
    assert "300.1.1.1" in result.output
    assert not (tmp_path / "bridge.yaml").exists()


def test_it_never_writes_over_a_configuration_and_says_where_the_pages_are_all_the_same(tmp_path: Path):
    config = tmp_path / "bridge.yaml"
    config.write_text("web: {listen: 192.0.2.7:8018}\n")
    result = init(config)
    assert result.exit_code == 0
    assert "stays as it is" in result.output
    assert "http://192.0.2.7:8018/" in result.output
    assert config.read_text() == "web: {listen: 192.0.2.7:8018}\n"
    assert not (tmp_path / "tags.yaml").exists()


def test_the_name_that_the_bridge_announces_is_printed_and_no_service_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(init_verb, "_UNITS", (tmp_path,))
    result = init(tmp_path / "bridge.yaml")
    assert "http://knx-ocpp.local:8018/" in result.output
    assert "systemctl" not in result.output
    assert f"run -c {tmp_path / 'bridge.yaml'}" in result.output
    (tmp_path / "knx-ocpp-bridge.service").touch()
    assert "systemctl enable --now knx-ocpp-bridge" in init(tmp_path / "bridge.yaml").output


def test_nobody_announces_a_name_where_that_is_switched_off(tmp_path: Path):
    config = tmp_path / "bridge.yaml"
    config.write_text("web: {mdns: false}\n")
    assert ".local" not in init(config).output


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    result = init(tmp_path / "file" / "bridge.yaml")
    assert result.exit_code == 1
    assert "as root" in result.output


def test_nobody_else_reads_the_cards(tmp_path: Path):
    before = os.umask(0o077)
    try:
        init(tmp_path / "bridge.yaml")
    finally:
        os.umask(before)
    assert (tmp_path / "tags.yaml").stat().st_mode & 0o007 == 0
