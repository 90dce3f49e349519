"""What a process says to the kernel about its disk and its sockets, as strace hears it."""

import re
import time
from pathlib import Path
from typing import Final

_CALLS: Final = "trace=fsync,fdatasync,pwrite64,recvfrom,recvmsg,read,sendto,sendmsg,write,writev"
_END_S: Final = 10.0


class Tap:
    """`command` starts a program under strace, with its own pid; `read` what was heard, when it has ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines: list[str] = []
        self.command: tuple[str, ...] = ("strace", "-D", "-f", "-y", "-s", "400", "-e", _CALLS, "-o", str(file))

    def read(self) -> None:
        """Waits for strace to have written the end of the process."""
        deadline = time.monotonic() + _END_S
        while time.monotonic() < deadline:
            self._lines = self._file.read_text(errors="replace").splitlines()
            if self._lines and "+++ exited" in self._lines[-1]:
                return
            time.sleep(0.05)
        raise TimeoutError(f"strace has not ended: {self._lines[-1:]}")

    def first(self, pattern: str, after: int = -1) -> int:
        """The place of the first line behind `after` that has this.

        Raises:
            LookupError: there is none.
        """
        for place in range(after + 1, len(self._lines)):
            if re.search(pattern, self._lines[place]):
                return place
        raise LookupError(f"{pattern} is in none of {len(self._lines) - after} lines")

    def synced(self, path: str, after: int) -> int:
        """Where the first fsync or fdatasync of this file behind `after` has come back with success."""
        place = self.first(rf"f(data)?sync\(\d+<[^>]*{path}>", after)
        line = self._lines[place]
        if "unfinished" in line:
            thread = line.split()[0]
            place = self.first(rf"^{thread} .*sync resumed>", place)
        if not self._lines[place].endswith("= 0"):
            raise LookupError(f"it failed: {self._lines[place]}")
        return place

    def lines(self, begin: int, end: int) -> str:
        """What was said in between, for a test that fails."""
        return "\n".join(self._lines[begin : end + 1])
