"""Two machines and a cable between them, in network namespaces: the only way to pull the plug of a test.

As root, or as a user who may make namespaces of his own (`unshare -rn`); no privilege of the machine itself is used.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

HERE_ADDRESS: Final = "10.77.0.1"
THERE_ADDRESS: Final = "10.77.0.2"
_ROOT: Final = Path(__file__).parents[2]
_READY_S: Final = 5.0


class NoNamespaceError(Exception):
    """This machine gives no network namespace; says what it said."""


def why_none() -> str:
    """Why there can be no cable on this machine; empty: there can."""
    try:
        with Cable():
            return ""
    except NoNamespaceError as error:
        return str(error)


class Cable:
    """Between `__enter__` and `__exit__` there are two machines, `here` and `there`, and a cable that can be pulled."""

    def __init__(self) -> None:
        self._holders: list[subprocess.Popen[bytes]] = []
        self.here: tuple[str, ...] = ()
        """What to put before a command so that it runs on this machine; it becomes the command, with its pid."""
        self.there: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        try:
            self.here = self._machine(("unshare", "-rn", "cat"))
            self.there = self._machine((*self.here, "unshare", "-n", "cat"))
            there = str(self._holders[1].pid)
            for command in (
                "ip link set lo up",
                "ip link add here type veth peer name there",
                f"ip link set there netns {there}",
                f"ip addr add {HERE_ADDRESS}/24 dev here",
                "ip link set here up",
            ):
                run(self.here, command.split())
            run(self.there, f"ip addr add {THERE_ADDRESS}/24 dev there".split())
            self.plug()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for holder in reversed(self._holders):
            holder.kill()
            holder.communicate()
        self._holders.clear()

    def pull(self) -> None:
        """Here there is no carrier any more; nothing passes."""
        run(self.there, ["ip", "link", "set", "there", "down"])

    def plug(self) -> None:
        """The cable is in."""
        run(self.there, ["ip", "link", "set", "there", "up"])

    def _machine(self, command: tuple[str, ...]) -> tuple[str, ...]:
        try:
            holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except FileNotFoundError as error:
            raise NoNamespaceError(f"{command[0]} is not installed: apt-get install util-linux iproute2") from error
        self._holders.append(holder)
        own = Path(f"/proc/{self._holders[-2].pid if len(self._holders) > 1 else 'self'}/ns/net").readlink()
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            if holder.poll() is not None:
                said = holder.stdout.read().decode().strip() if holder.stdout is not None else ""
                raise NoNamespaceError(f"{' '.join(command)}: {said}")
            if Path(f"/proc/{holder.pid}/comm").read_text().strip() == "cat":
                assert Path(f"/proc/{holder.pid}/ns/net").readlink() != own
                return ("nsenter", "--preserve-credentials", "-t", str(holder.pid), "-U", "-n")
            time.sleep(0.01)
        raise NoNamespaceError(f"{' '.join(command)} does not get ready")


def run(machine: Sequence[str], command: Sequence[str]) -> None:
    """Run it there.

    Raises:
        NoNamespaceError: it failed.
    """
    done = subprocess.run([*machine, *command], capture_output=True, text=True, check=False, timeout=10)
    if done.returncode:
        raise NoNamespaceError(f"{' '.join(command)}: {done.stderr.strip()}")


def start(machine: Sequence[str], module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A module of the kit as a program there, with pipes."""
    command = [*machine, sys.executable, "-u", "-m", module, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT)
