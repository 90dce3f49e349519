"""Servers as processes of their own: pinned to one core, and what they cost, as the kernel counts it."""

import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SERVER_CORE: Final = 0
_LISTENING_WITHIN_S: Final = 60.0
_LAST_WORDS: Final = 2000
_IN_MEMORY: Final = "/dev/shm"
"""Where logs lie, so that they do not count as written to the disk."""
_DAEMON: Final = "from knx_ocpp_bridge.cli.main import main; main()"


class RefusedError(Exception):
    """A server answered what no charger wants to hear; what is measured then is no use."""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """User and system time of all its threads so far, in ns resolution."""
        return time.clock_gettime(~self.pid << 3 | 2)  # clock_getcpuclockid(3): CPUCLOCK_SCHED of another process

    def pss_kib(self) -> int:
        """Proportional set size: shared pages are counted by share."""
        return _of_proc(self.pid, "smaps_rollup", "Pss:")

    def rss_kib(self) -> int:
        return _of_proc(self.pid, "status", "VmRSS:")

    def written(self) -> int:
        """Bytes that it has handed to files by write(), its own log left out; what goes to sockets does not count."""
        return _of_proc(self.pid, "io", "wchar:") - Path(f"/proc/{self.pid}/fd/1").stat().st_size

    def to_disk(self) -> int:
        """Bytes of the pages that it has made the kernel write to a disk."""
        return _of_proc(self.pid, "io", "write_bytes:")


@contextlib.contextmanager
def serving(
    arguments: Sequence[str | Path], port: int, *, core: int | None = SERVER_CORE, hurry: int = 1
) -> Iterator[Server]:
    """The process runs and listens on `port` inside of this; its last words are shown if anything fails.

    `hurry`: time runs so many times as fast for it.
    """
    with tempfile.TemporaryFile(dir=_IN_MEMORY) as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=environment(hurry)
        )
        try:
            if core is not None:
                pin(process.pid, core)
            wait_for(port, process)
            yield Server(process.pid, port)
        except (OSError, AssertionError, RefusedError) as error:
            log.seek(0)
            error.add_note(f"{arguments[-1]} said last:\n{log.read().decode(errors='replace')[-_LAST_WORDS:]}")
            raise
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def daemon(config: Path, port: int, *, core: int | None = SERVER_CORE, hurry: int = 1) -> Iterator[Server]:
    """The whole bridge with an empty journal."""
    state = Path(tempfile.mkdtemp(prefix="state-", dir=config.parent))
    try:
        with serving(daemon_command(config, state), port, core=core, hurry=hurry) as server:
            yield server
    finally:
        shutil.rmtree(state)


def daemon_command(config: Path, state: Path) -> list[str | Path]:
    socket_path = state / "control.sock"
    return [sys.executable, "-c", _DAEMON, "run", "-c", config, "--state", state, "--socket", socket_path]


def python(script: str, *arguments: object) -> list[str | Path]:
    """The command of a peer that is a Python script here."""
    return [sys.executable, ROOT / "benchmarks" / "peers" / script, *map(str, arguments)]


def node(script: str, *arguments: object) -> list[str | Path]:
    return ["node", ROOT / "benchmarks" / "peers" / script, *map(str, arguments)]


def pin(pid: int, core: int) -> None:
    """Run this process and its threads to come on one core, where there are two."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Returns within a millisecond of the moment when `port` can be dialled."""
    deadline = time.monotonic() + _LISTENING_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.001)
        else:
            return
    raise TimeoutError(f"{process.args!r} does not listen on {port}")


def environment(hurry: int = 1) -> dict[str, str]:
    """Of every server: its own modules are kept compiled, as those of an installed package are.

    `hurry`: time runs so many times as fast.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if hurry > 1:
        kept |= {"LD_PRELOAD": str(compiled("hurry.c")), "HURRY": str(hurry), "HURRY_SINCE": str(_since())}
    return kept | {"PYTHONPATH": str(ROOT)}


@functools.cache
def _since() -> int:
    """When time began to hurry, in ns since 1970: the same for all."""
    return time.time_ns()


@functools.cache
def compiled(source: str) -> Path:
    """The shared library that this C file beside us makes."""
    if shutil.which("cc") is None:
        raise FileNotFoundError("the benchmarks need a C compiler: apt-get install gcc libc6-dev")
    library = (ROOT / "build" / "bench" / source).with_suffix(".so")
    library.parent.mkdir(parents=True, exist_ok=True)
    flags = ("-O2", "-Wall", "-Wextra", "-shared", "-fPIC")
    subprocess.run(["cc", *flags, "-o", library, Path(__file__).with_name(source), "-ldl"], check=True)
    return library


def _of_proc(pid: int, file: str, key: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    raise LookupError(f"/proc/{pid}/{file} has no {key}")
