"""A KNX client that nobody here wrote: npm's knxultimate, with KNX IP Secure and Data Secure of its own.

Needs `npm ci --prefix tests/e2e/npm` once.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.kit.keyrings import PASSWORD
from tests.kit.telegrams import Payload
from tests.kit.until import until

_NODE: Final = Path(__file__).parents[1] / "e2e" / "npm"
_READY_S: Final = 20.0
_ONE_BIT: Final = "1.001"


@dataclass(frozen=True, slots=True)
class Heard:
    """One group telegram that it understood, as it tells it."""

    source: str
    ga: str
    kind: str
    """`write`, `response` or `read`."""
    value: str
    """Hexadecimal."""


class Stranger:
    """The node process; connected between `__aenter__` and `__aexit__`."""

    def __init__(self, keyring: Path | None = None, **options: object) -> None:
        """`options` are those of its KNXClient, and `tunnel` the one that it shall have of the keyring's."""
        secure = {} if keyring is None else {"keyring": str(keyring), "password": PASSWORD}
        self._plan = json.dumps(options | secure)
        self.heard: list[Heard] = []
        self.troubles: list[str] = []
        self.connected = False
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        assert (_NODE / "node_modules" / "knxultimate").exists(), "not installed: npm ci --prefix tests/e2e/npm"
        self._process = await asyncio.create_subprocess_exec(
            "node", str(_NODE / "knx.mjs"), self._plan, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._task = asyncio.create_task(self._listen(self._process))
        try:
            await until(lambda: self.connected, _READY_S, "knxultimate is connected")
        except TimeoutError:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._end()

    def switch(self, ga: str, on: bool) -> None:
        """GroupValueWrite of one bit."""
        self._tell({"write": ga, "value": on, "dpt": _ONE_BIT})

    def write(self, ga: str, value: object, dpt: str) -> None:
        """GroupValueWrite of a value that its own codec encodes."""
        self._tell({"write": ga, "value": value, "dpt": dpt})

    def read(self, ga: str) -> None:
        """GroupValueRead."""
        self._tell({"read": ga})

    async def hears(self, ga: str, value: Payload, within_s: float = 15.0, kind: str = "write") -> Heard:
        """The first telegram with this value on a group address, now or since it was last asked for."""
        wanted = value.hex() if isinstance(value, bytes) else f"{int(value):02x}"

        def found() -> Heard | None:
            return next((each for each in self.heard if (each.ga, each.kind, each.value) == (ga, kind, wanted)), None)

        await until(lambda: found() is not None, within_s, f"{wanted} on {ga} at the stranger's")
        heard = found()
        assert heard is not None
        self.heard.remove(heard)
        return heard

    def _tell(self, order: dict[str, object]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            said = json.loads(line)
            match said.pop("step"):
                case "connected":
                    self.connected = True
                case "heard":
                    self.heard.append(Heard(**said))
                case _:
                    self.troubles.append(str(said))

    async def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._task is not None:
            await self._task
