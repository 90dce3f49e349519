"""A real knxd with a dummy bus: the KNXnet/IP server of the e2e tests, and `knxtool` as the installer's side."""

import asyncio
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.kit.ports import free_tcp_port, free_udp_port

_HOST = "127.0.0.1"
_DESCRIPTION_REQUEST = struct.pack("!BBHHBB6x", 6, 0x10, 0x0203, 14, 8, 1)
_READY_S = 5.0


class KnxdError(Exception):
    """knxd is not there, or did not start; carries what it wrote."""


class Knxd:
    """One knxd on two free ports. Start and stop it as often as you like: the ports stay.

    It needs one interface besides loopback with a route for multicast, even though only 127.0.0.1 is used.
    """

    def __init__(self, directory: Path, pace_ms: int | None = None, port: int | None = None) -> None:
        """`pace_ms`: deliver no faster than this per telegram, as a TP1 line would (its confirmations come at once)."""
        self.port = free_udp_port() if port is None else port
        """UDP port of KNXnet/IP tunnelling."""
        self.tool_port = free_tcp_port()
        """TCP port of knxd's own protocol, for `knxtool` and `knxdclient`."""
        self._ini, self._log = directory / "knxd.ini", directory / "knxd.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ini.write_text(_ini(self.port, self.tool_port, pace_ms))

    def start(self) -> Self:
        """Answers DESCRIPTION_REQUEST when this returns."""
        binary = shutil.which("knxd")
        if binary is None:
            raise KnxdError("knxd is not installed: apt-get install knxd knxd-tools")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([binary, str(self._ini)], stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_until_ready(self._process)
        except KnxdError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Kill it as a power cut would; nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_READY_S)
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: it neither answers nor goes away, and its sockets keep what comes."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    @property
    def url(self) -> str:
        """Where `knxtool` finds it."""
        return f"ip:{_HOST}:{self.tool_port}"

    async def tool(self, applet: str, *arguments: str, timeout_s: float = 5.0) -> tuple[int, str]:
        """Exit code and output of `knxtool APPLET URL ARGUMENTS`, e.g. `tool("groupswrite", "9/7/2", "1")`.

        Raises:
            TimeoutError: it did not end, e.g. a read that nobody answers.
        """
        process = await self.listen(applet, *arguments)
        try:
            async with asyncio.timeout(timeout_s):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode()

    async def listen(self, applet: str, *arguments: str) -> asyncio.subprocess.Process:
        """A `knxtool` that goes on, e.g. `groupsocketlisten`, its lines unbuffered on `stdout`; end it yourself."""
        return await asyncio.create_subprocess_exec(
            "stdbuf",
            "-oL",
            "knxtool",
            applet,
            self.url,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as question:
            question.settimeout(0.05)
            while time.monotonic() < deadline and process.poll() is None:
                question.sendto(_DESCRIPTION_REQUEST, (_HOST, self.port))
                try:
                    question.recv(512)
                except OSError:
                    time.sleep(0.01)
                else:
                    return
        raise KnxdError(f"knxd did not start: {self._log.read_text()}")


def _ini(port: int, tool_port: int, pace_ms: int | None) -> str:
    pace = "" if pace_ms is None else f"filters = tp1\n[tp1]\nfilter = pace\ndelay = {pace_ms}\n"
    return f"""[main]
addr = 15.15.0
client-addrs = 15.15.1:40
connections = tools,server,bus
[tools]
server = knxd_tcp
port = {tool_port}
systemd-ignore = false
[server]
server = ets_router
discover = true
tunnel = tunnel
multicast-address = 224.0.23.12
port = {port}
[bus]
driver = dummy
{pace}"""
