"""Any operation, configuration keys and certificates by the command line."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import (
    Call,
    Called,
    Manage,
    Managed,
)
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.played_bridge import PlayedBridge, answers, command, lists


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[PlayedBridge]:
    playing = PlayedBridge(tmp_path / "control.sock")
    yield playing
    playing.close()


def test_any_operation_is_sent_as_it_was_written_and_its_answer_printed(bridge):
    answers(bridge, status="Accepted", x=[1])
    result = command(bridge, "call", "GARAGE", "DataTransfer", '{"vendorId":"me"}')
    assert json.loads(result.stdout) == {"status": "Accepted", "x": [1]}
    assert bridge.asked == [Call("GARAGE", "DataTransfer", {"vendorId": "me"})]
    assert result.exit_code == 0


def test_the_payload_may_come_from_a_file_or_be_left_out(bridge, tmp_path):
    answers(bridge)
    (tmp_path / "x.json").write_text('{"type": "Soft"}')
    command(bridge, "call", "GARAGE", "Reset", "--file", str(tmp_path / "x.json"))
    command(bridge, "call", "GARAGE", "Reset", "--file", "-", typed='{"type": "Hard"}')
    command(bridge, "call", "GARAGE", "ClearCache")
    assert [request.payload for request in bridge.asked] == [{"type": "Soft"}, {"type": "Hard"}, {}]


@pytest.mark.parametrize(
    ("called", "code", "said"),
    [
        (Called(CommandResult.REJECTED, "Rejected", {"status": "Rejected"}), 4, "rejected: Rejected"),
        (Called(CommandResult.NOT_SUPPORTED, "NotImplemented", None), 4, "not supported: NotImplemented"),
        (Called(CommandResult.TIMED_OUT, "no answer within 30 s", None), 1, "timed out: no answer within 30 s"),
        (Called(CommandResult.OFFLINE, "not connected", None), 5, "offline: not connected"),
    ],
)
def test_a_call_that_comes_to_nothing_says_why_and_ends_so(bridge, called, code, said):
    bridge.answers = lambda _request: called
    result = command(bridge, "call", "GARAGE", "ClearCache")
    assert (result.exit_code, result.stderr.strip()) == (code, said)
    for_programs = command(bridge, "call", "GARAGE", "ClearCache", "--json")
    assert json.loads(for_programs.stdout)["result"] == called.result.name
    assert for_programs.exit_code == code


@pytest.mark.parametrize(("payload", "why"), [("{", "no JSON"), ("[1]", "is a JSON object"), ("[" * 9999, "no JSON")])
def test_a_payload_that_is_none_is_not_sent(bridge, payload, why):
    result = command(bridge, "call", "GARAGE", "Reset", payload)
    assert (result.exit_code, bridge.asked) == (2, [])
    assert why in result.stderr


PEM = ssl.DER_cert_to_PEM_cert(b"a certificate, more or less")


def test_the_root_is_exported_in_both_forms(bridge, tmp_path):
    lists(bridge, ca=[{"root_pem": PEM}])
    command(bridge, "ca", "export", "--der", str(tmp_path / "ca.crt"))
    assert (tmp_path / "ca.crt").read_bytes() == b"a certificate, more or less"
    assert command(bridge, "ca", "export").stdout == PEM


def test_the_certificates_are_shown_with_what_is_in_them(bridge):
    leaf = {"file": "server-rsa.pem", "subject": "CN=x", "key": "RSA 2048", "addresses": ["10.0.0.2", "fd00::1"]}
    lists(
        bridge,
        ca=[{"folder": "/var/lib/x", "served": "own", "root": {"subject": "CN=r"}, "own": [leaf], "imported": None}],
    )
    shown = command(bridge, "ca", "show").stdout
    assert "served: own certificates, from /var/lib/x" in shown
    assert "own RSA 2048" in shown
    assert "addresses  10.0.0.2, fd00::1" in shown


def test_certificates_are_renewed_imported_and_put_back(bridge, tmp_path):
    bridge.answers = lambda _request: Managed(True, ("done",))
    (tmp_path / "chain").write_text("CHAIN")
    (tmp_path / "key").write_text("KEY")
    command(bridge, "ca", "renew")
    command(bridge, "ca", "import", str(tmp_path / "chain"), str(tmp_path / "key"))
    command(bridge, "ca", "own")
    assert bridge.asked == [
        Manage("renew"),
        Manage("import", "", {"chain": "CHAIN", "key": "KEY"}),
        Manage("own"),
    ]
