"""The installer's hand and eyes at a real KNXnet/IP server: knxtool writes and reads, a bus monitor sees everything."""

import asyncio
import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from tests.kit.knxd import Knxd
from tests.kit.telegrams import Kind, Payload, Telegram, parse
from tests.kit.until import until

_PROBE_GA: Final = "31/7/255"
_LOOK_S: Final = 0.01
_SOON_S: Final = 3.0
_RESTLESS_S: Final = 20.0

Said = tuple[str, Payload]
"""A group address and what was written on it."""


class Panel:
    """A wall panel with a group monitor.

    Everything on the line that the panel did not send itself was said by the bridge. What was said must be asserted:
    `expect` takes the next telegram of a group address, `expect_exactly` the whole list, and `unasserted` has the rest.
    """

    def __init__(self, knxd: Knxd) -> None:
        self._knxd = knxd
        self._seen: list[Telegram] = []
        self._own: list[tuple[str, Kind, Payload | None]] = []
        self._asserted: set[int] = set()
        self._monitor: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    # The monitor

    def start(self) -> "Panel":
        """Start the monitor and wait until it sees the line."""
        self._monitor = subprocess.Popen(
            ["stdbuf", "-oL", "knxtool", "vbusmonitor1", self._knxd.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._thread = threading.Thread(target=self._watch, args=(self._monitor,), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            subprocess.run(
                ["knxtool", "groupswrite", self._knxd.url, _PROBE_GA, "1"], capture_output=True, check=True, timeout=5
            )
            time.sleep(_LOOK_S)
            if any(telegram.ga == _PROBE_GA for telegram in self._seen):
                return self
        self.stop()
        raise TimeoutError("the monitor sees nothing")

    def stop(self) -> None:
        """Stop the monitor; what was seen stays."""
        if self._monitor is not None:
            self._monitor.kill()
            self._monitor.wait(5)
            if self._thread is not None:
                self._thread.join(5)
            if self._monitor.stdout is not None:
                self._monitor.stdout.close()
            self._monitor = None

    def _watch(self, monitor: "subprocess.Popen[str]") -> None:
        if monitor.stdout is None:
            return
        for line in monitor.stdout:
            telegram = parse(line, time.monotonic())
            if telegram is not None:
                with self._lock:
                    self._note(telegram)

    def _note(self, telegram: Telegram) -> None:
        own = (telegram.ga, telegram.kind, telegram.payload)
        if own in self._own:
            self._own.remove(own)
        else:
            self._seen.append(telegram)

    # The hand

    async def write(self, ga: str, value: Payload) -> None:
        """GroupValueWrite: a bool is a wall switch, bytes are anything longer."""
        await self._send(ga, Kind.WRITE, value)

    async def respond(self, ga: str, value: bool) -> None:
        """GroupValueResponse, as another device would send it; knxtool's long form (`groupresponse`) does not work."""
        await self._send(ga, Kind.RESPONSE, value)

    async def read(self, ga: str, within_s: float = 1.0) -> Payload | None:
        """GroupValueRead; what was answered, None: nobody answered in time. The answer counts as asserted."""
        mark = self.mark()
        await self._send(ga, Kind.READ, None)

        def answered() -> int | None:
            return self._find(lambda t: t.ga == ga and t.kind is Kind.RESPONSE, mark)

        with contextlib.suppress(TimeoutError):
            await until(lambda: answered() is not None, within_s, "a telegram")
        index = answered()
        if index is None:
            return None
        self._asserted.add(index)
        return self._seen[index].payload

    async def _send(self, ga: str, kind: Kind, value: Payload | None) -> None:
        short, long = _APPLETS[kind]
        with self._lock:
            self._own.append((ga, kind, value))
        applet = short if isinstance(value, bool) else long
        arguments = [str(int(value))] if isinstance(value, bool) else [f"{octet:02x}" for octet in value or b""]
        code, said = await self._knxd.tool(applet, ga, *arguments)
        if code:
            raise OSError(f"knxtool could not send to {ga}: {said}")

    # The eyes

    def mark(self) -> int:
        """Now, as a place in what is seen."""
        return len(self._seen)

    def telegrams_since(self, mark: int, prefix: str = "") -> tuple[Telegram, ...]:
        """All that the bridge said on group addresses with this prefix."""
        return tuple(t for t in self._seen[mark:] if t.ga.startswith(prefix) and t.ga != _PROBE_GA)

    def last(self, ga: str) -> Payload | None:
        """The last value said on a group address."""
        said = [telegram.payload for telegram in self._seen if telegram.ga == ga and telegram.kind is Kind.WRITE]
        return said[-1] if said else None

    async def expect(self, ga: str, value: Payload, within_s: float = 3.0) -> Telegram:
        """The next telegram on this group address has this very value."""

        def next_index() -> int | None:
            return self._find(lambda t: t.ga == ga and t.kind is Kind.WRITE)

        with contextlib.suppress(TimeoutError):
            await until(lambda: next_index() is not None, within_s, "a telegram")
        index = next_index()
        if index is None:
            raise AssertionError(f"nothing on {ga} within {within_s} s; {self._seen_as_text(ga)}")
        self._asserted.add(index)
        telegram = self._seen[index]
        assert telegram.payload == value, f"{ga}: expected {value!r}; {self._seen_as_text(ga)}"
        return telegram

    async def hears(self, ga: str, value: Payload, within_s: float = 5.0) -> None:
        """Sooner or later this value is said here; what was said here before it counts as asserted."""

        def place() -> int | None:
            return self._find(lambda t: (t.ga, t.kind, t.payload) == (ga, Kind.WRITE, value))

        await until(lambda: place() is not None, within_s, f"{value!r} on {ga}")
        found = place() or 0
        self._asserted.update(index for index in range(found + 1) if self._seen[index].ga == ga)

    async def expect_nothing(self, ga: str, for_s: float = 0.5) -> None:
        """Nothing is said on this group address (or with this prefix, if it ends in `/`) for this long."""
        await asyncio.sleep(for_s)
        said = [t for i, t in enumerate(self._seen) if i not in self._asserted and _concerns(t, ga)]
        assert not said, f"{ga}: nobody should speak, but: {'; '.join(map(str, said))}"

    async def expect_exactly(
        self, prefix: str, said: Sequence[Said], quiet_s: float = 0.5, *, in_order: bool = True
    ) -> None:
        """The telegrams on these group addresses that nobody has asserted yet are exactly these, in this order.

        Waits until as many have come, then `quiet_s` for one too many.
        """
        with contextlib.suppress(TimeoutError):
            await until(lambda: len(self.unasserted(prefix)) >= len(said), _SOON_S, "a telegram")
        await asyncio.sleep(quiet_s)
        fresh = self._fresh(prefix)
        self._asserted.update(fresh)
        heard = [(self._seen[index].ga, self._seen[index].payload) for index in fresh]
        same = heard == list(said) if in_order else sorted(map(repr, heard)) == sorted(map(repr, said))
        assert same, f"expected {_shown(said)}\nbut heard {_shown(heard)}"

    def unasserted(self, prefix: str = "") -> tuple[Telegram, ...]:
        """What the bridge said on these group addresses and nobody asserted."""
        return tuple(self._seen[index] for index in self._fresh(prefix))

    async def rest(self, prefix: str = "", quiet_s: float = 0.3) -> tuple[Telegram, ...]:
        """What nobody asserted, once nothing has been said here for `quiet_s`; from now on it counts as asserted."""
        end_s = time.monotonic() + _RESTLESS_S
        while True:
            mark = self.mark()
            await asyncio.sleep(quiet_s)
            if not self.telegrams_since(mark, prefix):
                break
            assert time.monotonic() < end_s, f"no end on {prefix}: {self._seen_as_text(prefix)}"
        fresh = self._fresh(prefix)
        self._asserted.update(fresh)
        return tuple(self._seen[index] for index in fresh)

    def _fresh(self, prefix: str) -> list[int]:
        return [
            index
            for index, telegram in enumerate(self._seen)
            if index not in self._asserted and telegram.ga.startswith(prefix) and telegram.ga != _PROBE_GA
        ]

    def _find(self, wanted: Callable[[Telegram], bool], mark: int = 0) -> int | None:
        for index in range(mark, len(self._seen)):
            if index not in self._asserted and wanted(self._seen[index]):
                return index
        return None

    def _seen_as_text(self, ga: str) -> str:
        group = ga.rsplit("/", 1)[0] + "/"
        return "the monitor has: " + "; ".join(str(t) for t in self._seen if t.ga.startswith(group))


_APPLETS: Final = {
    Kind.WRITE: ("groupswrite", "groupwrite"),
    Kind.RESPONSE: ("groupsresponse", "groupsresponse"),
    Kind.READ: ("groupread", "groupread"),
}


def _concerns(telegram: Telegram, ga: str) -> bool:
    return telegram.ga.startswith(ga) if ga.endswith("/") else telegram.ga == ga


def _shown(said: Sequence[tuple[str, Payload | None]]) -> str:
    return ", ".join(f"{ga}={value.hex(' ') if isinstance(value, bytes) else value}" for ga, value in said)
