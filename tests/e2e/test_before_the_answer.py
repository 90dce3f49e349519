"""What the daemon says to its disk, as the kernel hears it: a transaction is on the disk before its number leaves."""

import json
import re

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.ports import free_udp_port
from tests.kit.raw_peer import Door, RawPeer
from tests.kit.wiretap import Tap

HOUSE = House((charger("TAPPED", connector(Outlet(1))),))


@pytest.fixture(scope="module")
def tap(tmp_path_factory: pytest.TempPathFactory) -> Tap:
    folder = tmp_path_factory.mktemp("tapped")
    tap = Tap(folder / "strace")
    bridge = BridgeProcess(folder, HOUSE, free_udp_port(), under=tap.command).start()
    try:
        charge(bridge.ocpp_port)
        bridge.terminate()
    finally:
        bridge.kill9()
    tap.read()
    return tap


def charge(port: int) -> None:
    with RawPeer(Door(port)) as peer:
        assert peer.upgrade("TAPPED") == 101
        say(peer, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": "2026-11-21T12:00:00Z"}
        number = json.loads(say(peer, "StartTransaction", start))[2]["transactionId"]
        stop = {"transactionId": number, "meterStop": 2000, "timestamp": "2026-11-21T13:00:00Z"}
        say(peer, "StopTransaction", stop)


def say(peer: RawPeer, action: str, payload: dict[str, object]) -> str:
    """The answer, whatever the bridge asks meanwhile."""
    peer.send(json.dumps([2, action, action, payload]).encode())
    heard = ""
    while (found := re.search(rf'\[3,"{action}".*?\}}\]', heard)) is None:
        heard += peer.socket.recv(4096).decode(errors="replace")
    return found[0]


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
def test_the_log_of_the_database_is_on_the_disk_between_request_and_answer(tap: Tap, action: str):
    asked = tap.first(rf'recv.*\[2, \\"{action}\\"')
    answered = tap.first(rf'send.*\[3,\\"{action}\\"', asked)
    written = tap.first(r"pwrite64\(\d+<[^>]*bridge\.db-wal>", asked)
    synced = tap.synced(r"bridge\.db-wal", written)
    assert asked < written < synced < answered, tap.lines(asked, answered)


def test_a_number_is_noted_before_it_leaves_for_the_first_time(tap: Tap):
    asked = tap.first(r'recv.*\[2, \\"StartTransaction\\"')
    answered = tap.first(r'send.*\[3,\\"StartTransaction\\"', asked)
    assert asked < tap.synced(r"bridge\.db\.numbers", asked) < answered, tap.lines(asked, answered)
