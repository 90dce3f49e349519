"""The connections of a chaos charger: how it dials, what it leaves behind, and the bytes on the one that counts."""

from collections.abc import Iterator
from typing import Final

from knx_ocpp_bridge.ocpp.simulator.wire import SUBPROTOCOL
from tests.kit.chaos_bridge import ChaosBridge
from tests.kit.dialler import Dialler, deliver
from tests.kit.quirks import Quirk

_COMPRESSED: Final = b"\xc1\x82\0\0\0\0\x02\x00"
"""Row C30: RSV1 without any negotiation; no WebSocket survives that."""
_SPELLINGS: Final = ("OCPP1.6", "ocpp16", "ocpp1.6j")


class ChaosLine:
    """At most one connection that counts, and those that were left without a word."""

    def __init__(self, bridge: ChaosBridge, on: set[Quirk], count: Iterator[int]) -> None:
        self.current: Dialler | None = None
        self._bridge = bridge
        self._on = on
        self._count = count
        self._ghosts: list[Dialler] = []

    def dial(self) -> None:
        """A new connection; there is none that counts."""
        self.current = Dialler(self._bridge.system, self._path(), self._subprotocol())
        assert self.current.status == 101, f"{self._path()} is answered by {self.current.status}"

    def leave(self) -> Dialler | None:
        """None counts any more; the bridge has not been told of it."""
        line, self.current = self.current, None
        return line

    def end(self, line: Dialler | None, *, ghost: bool = False) -> None:
        """The bridge learns that this one has ended; or it never does."""
        if line is not None and ghost:
            self._ghosts.append(line)
        elif line is not None:
            line.connection.connection_lost(None)

    def forget(self) -> None:
        """The other side was killed: nothing is left of any of them."""
        self._ghosts.clear()
        if self.current is not None:
            self.current.transport.aborted = True

    def reap(self) -> bool:
        """Those that the bridge has closed or aborted end; True: the one that counts must be left."""
        for ghost in [one for one in self._ghosts if _is_over(one)]:
            self._ghosts.remove(ghost)
            ghost.connection.connection_lost(None)
        return self.current is not None and _is_over(self.current)

    def say(self, text: str) -> None:
        """One message, if anybody can hear it."""
        line = self.current
        if line is None or _is_over(line):
            return
        if Quirk.C34 in self._on:
            line.client.send_binary(text.encode() + b"\xff")
            line.say()
        else:
            line.say(text)

    def say_compressed(self) -> None:
        """The bridge gives the connection up."""
        if self.current is not None:
            deliver(self.current.connection, _COMPRESSED)
            assert _is_over(self.current)

    def hear(self) -> list[str]:
        """What the bridge has said since last asked; pings are answered, or not."""
        line = self.current
        if line is None:
            return []
        texts = line.texts()
        if Quirk.C26 in self._on:
            line.client.data_to_send()  # the pongs
        elif not _is_over(line):
            line.say()
        return texts

    def _path(self) -> str:
        name = str(self._bridge.id)
        name = name.lower() if Quirk.C12 in self._on else name
        name = f"%{ord(name[0]):02X}{name[1:]}" if Quirk.C9 in self._on else name
        shapes = (f"/ocpp/1.6/{name}/", f"/{name}?sn=1", f"/ws://192.0.2.1:9000/central/{name}")
        return shapes[next(self._count) % 3] if Quirk.C8 in self._on else f"/{name}"

    def _subprotocol(self) -> str | None:
        if Quirk.C1 in self._on:
            return None
        return _SPELLINGS[next(self._count) % 3] if Quirk.C5 in self._on else SUBPROTOCOL


def _is_over(line: Dialler) -> bool:
    return line.transport.aborted or line.transport.closed
