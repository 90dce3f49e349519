"""What systemd is told, by the datagrams of sd_notify(3); nothing, where nobody listens."""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

_LOG = logging.getLogger(__name__)


class Notifier:
    """Sends to the socket that `NOTIFY_SOCKET` of `environ` names. Never waits, never raises after construction."""

    def __init__(self, environ: Mapping[str, str], monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._monotonic_ns = monotonic_ns
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def ready(self, status: str) -> None:
        """The service is up, or has finished to reload; `status` is what `systemctl status` shows."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` must follow."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={self._monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service is on its way out."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={_line(text)}")

    def watchdog(self) -> None:
        """Progress was made; to be sent twice per `watchdog_interval_s`."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Nothing more will be said."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError as error:
            _LOG.debug("systemd was not told %r: %s", message, error)


def watchdog_interval_s(environ: Mapping[str, str], process: int | None = None) -> float | None:
    """After how many seconds without `watchdog` systemd restarts this process; None: it does not watch."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    watched = environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if watched and watched != str(process or os.getpid()):
        return None
    return int(microseconds) / 1_000_000


def _line(text: str) -> str:
    return " ".join(text.split())
