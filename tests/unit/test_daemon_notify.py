"""systemd is told what the service does, in its own words."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from knx_ocpp_bridge.daemon.notify import Notifier, watchdog_interval_s


class Systemd:
    """The listening end of a notification socket."""

    def __init__(self, path: Path) -> None:
        self.environ = {"NOTIFY_SOCKET": str(path)}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(5)

    def hears(self) -> str:
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(tmp_path / "notify")
    yield listening
    listening.close()


def test_each_phase_of_the_service_is_told(systemd: Systemd) -> None:
    notifier = Notifier(systemd.environ, monotonic_ns=lambda: 5_000_000)
    notifier.ready("2 chargers,\n KNX connected")
    notifier.reloading()
    notifier.status("configuration refused")
    notifier.watchdog()
    notifier.stopping()
    assert [systemd.hears() for _ in range(5)] == [
        "READY=1\nSTATUS=2 chargers, KNX connected",
        "RELOADING=1\nMONOTONIC_USEC=5000",
        "STATUS=configuration refused",
        "WATCHDOG=1",
        "STOPPING=1",
    ]
    notifier.close()


def test_an_abstract_socket_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("")
        listening.settimeout(5)
        name = listening.getsockname().decode()
        notifier = Notifier({"NOTIFY_SOCKET": "@" + name[1:]})
        notifier.stopping()
        assert listening.recv(100) == b"STOPPING=1"
        notifier.close()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_where_nobody_listens_nothing_happens(environ: dict[str, str]) -> None:
    notifier = Notifier(environ)
    notifier.ready("up")
    notifier.close()
    notifier.watchdog()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_watches_this_process_only(environ: dict[str, str], expected: float | None) -> None:
    assert watchdog_interval_s(environ, process=77) == expected
