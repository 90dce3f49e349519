"""knxd as a real KNXnet/IP server on loopback: tunnelling by UDP, and its own TCP protocol for knxtool."""

import asyncio
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.kit.ports import free_tcp_port, free_udp_port

_START_S: Final = 5.0
_DESCRIPTION_REQUEST: Final = struct.pack("!BBHH", 6, 0x10, 0x0203, 14) + bytes([8, 1, 0, 0, 0, 0, 0, 0])


class Knxd:
    """One knxd with a dummy line behind it; the ports stay the same over a restart.

    `pace_ms` makes the line as slow as a real one, per telegram.
    """

    def __init__(self, directory: Path, pace_ms: int | None = None) -> None:
        self.udp = free_udp_port()
        self.tcp = free_tcp_port()
        self._ini = directory / "knxd.ini"
        self._log = directory / "knxd.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ini.write_text(
            _INI.format(tcp=self.tcp, udp=self.udp, filters="" if pace_ms is None else _PACE.format(pace_ms))
        )

    def start(self) -> "Knxd":
        """Start and wait until a DESCRIPTION_REQUEST is answered."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(["knxd", str(self._ini)], stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + _START_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.05)
            while time.monotonic() < deadline and self._process.poll() is None:
                probe.sendto(_DESCRIPTION_REQUEST, ("127.0.0.1", self.udp))
                try:
                    probe.recv(512)
                except OSError:
                    time.sleep(0.01)
                else:
                    return self
        self.kill()
        raise TimeoutError(f"knxd does not answer: {self._log.read_text()}")

    def stop(self) -> None:
        """End it as systemd would: SIGTERM."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None

    @property
    def url(self) -> str:
        """How knxtool names it."""
        return f"ip:127.0.0.1:{self.tcp}"

    async def tool(self, applet: str, *arguments: str, timeout_s: float = 5.0) -> tuple[int, str]:
        """Run a knxtool applet; its return code and what it said."""
        process = await asyncio.create_subprocess_exec(
            "knxtool", applet, self.url, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, said.decode()


_INI: Final = """\
[main]
addr = 15.15.0
client-addrs = 15.15.1:200
connections = tcp,server,bus
[tcp]
server = knxd_tcp
port = {tcp}
systemd-ignore = false
[server]
server = ets_router
discover = true
tunnel = tunnel
multicast-address = 224.0.23.12
port = {udp}
[bus]
driver = dummy
{filters}"""
_PACE: Final = "filters = line\n[line]\nfilter = pace\ndelay = {}\n"
