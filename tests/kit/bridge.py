"""The daemon as a real process: started, cut off, restarted, and its last words kept."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.kit.house import House
from tests.kit.ports import free_tcp_port

_ROOT: Final = Path(__file__).parents[2]
_READY_S: Final = 15.0
COMMAND: Final = "from knx_ocpp_bridge.cli.main import main; main()"
"""What the installed command `knx-ocpp-bridge` does."""
STOP_S: Final = 5.0
"""SIGTERM ends the daemon within this."""


class BridgeProcess:
    """One `knx-ocpp-bridge run` with a configuration, a state directory and a control socket of its own.

    Ready is what systemd would call ready: `READY=1` on NOTIFY_SOCKET.
    """

    def __init__(self, directory: Path, house: House, gateway_port: int, under: tuple[str, ...] = ()) -> None:
        """`under` is a program that becomes the daemon, with its pid."""
        self.directory = directory
        self._under = under
        self.ocpp_port = free_tcp_port()
        self.url = f"ws://127.0.0.1:{self.ocpp_port}"
        self.web_port = free_tcp_port()
        self.web_url = f"http://127.0.0.1:{self.web_port}"
        """Where its pages are, if the house has any."""
        self.config = directory / "bridge.yaml"
        self.state = directory / "state"
        self.socket = directory / "control.sock"
        self.log = directory / "bridge.log"
        self.gateway_port = gateway_port
        self.environment: dict[str, str] = {}
        """What its environment has beyond that of the tests, from the next start on."""
        self.notified: list[str] = []
        """What systemd would have been told."""
        self._process: subprocess.Popen[bytes] | None = None
        self._notify: socket.socket | None = None
        self._log_read = 0
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.configure(house)

    def configure(self, house: House) -> None:
        """Write the configuration; it is read at the next start or SIGHUP."""
        if house.tags:
            (self.directory / "tags.yaml").write_text(house.tags)
        ports = {"ocpp_port": self.ocpp_port, "gateway_port": self.gateway_port, "web_port": self.web_port}
        self.config.write_text(house.text(**ports))

    def start(self) -> "BridgeProcess":
        """Start and wait until it says that it is ready."""
        notify = self.directory / "notify.sock"
        notify.unlink(missing_ok=True)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(notify))
        self._notify.settimeout(0.05)
        environment = os.environ | {"NOTIFY_SOCKET": str(notify), "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
        environment |= self.environment
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._under, sys.executable, "-c", COMMAND, "run", *self.arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.directory,
            )
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if any("READY=1" in said for said in self.hear_notifications()):
                return self
        self.kill9()
        raise TimeoutError(f"the bridge does not get ready:\n{self.log.read_text()}")

    @property
    def arguments(self) -> list[str]:
        """The options that every verb of this bridge takes."""
        return ["-c", str(self.config), "--state", str(self.state), "--socket", str(self.socket)]

    @property
    def pid(self) -> int:
        """The process, while it lives."""
        if self._process is None or self._process.poll() is not None:
            raise ProcessLookupError(f"the bridge is not there:\n{self.log.read_text()}")
        return self._process.pid

    def hear_notifications(self) -> list[str]:
        """What it has told systemd since the last call; waits up to 0.05 s."""
        heard: list[str] = []
        if self._notify is not None:
            try:
                while True:
                    heard.append(self._notify.recv(4096).decode())
            except TimeoutError:
                pass
        self.notified += heard
        return heard

    def kill9(self) -> None:
        """A power cut, for this process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
        self._close()

    def terminate(self) -> float:
        """SIGTERM; the seconds until it was gone.

        Raises:
            AssertionError: it took more than five seconds, or ended with an error.
        """
        began = time.monotonic()
        process = self._process
        if process is None:
            return 0.0
        process.terminate()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired as error:
            self.kill9()
            raise AssertionError(f"still there {STOP_S} s after SIGTERM:\n{self.log.read_text()}") from error
        self._close()
        assert code == 0, f"ended with {code}:\n{self.log.read_text()}"
        return time.monotonic() - began

    def restart(self) -> None:
        """SIGTERM and start again with the same state."""
        self.terminate()
        self.start()

    def sighup(self) -> None:
        """Read the configuration again."""
        os.kill(self.pid, signal.SIGHUP)

    def new_log(self) -> str:
        """What it has logged since the last call."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        new, self._log_read = text[self._log_read :], len(text)
        return new

    def _close(self) -> None:
        self._process = None
        if self._notify is not None:
            self.hear_notifications()
            self._notify.close()
            self._notify = None
