"""Another charger on the same bridge, in a process of its own: how long it waits for answers while others misbehave."""

import json
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.kit.raw_peer import Door, RawPeer

_ROOT: Final = Path(__file__).parents[2]
_EVERY_S: Final = 0.03


class Neighbour:
    """Sends heartbeats between `__enter__` and `__exit__`; `worst_s` is the longest wait for an answer."""

    def __init__(self, port: int, charger_id: str) -> None:
        self.worst_s = 0.0
        self.answers = 0
        self._command = [sys.executable, "-m", "tests.kit.neighbour", str(port), charger_id]
        self._process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "there\n"
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        said, _ = self._process.communicate("", timeout=30)
        assert self._process.returncode == 0, "the neighbour lost its connection"
        told = json.loads(said)
        self.answers, self.worst_s = told["answers"], told["worst_s"]


def _beat(port: int, charger_id: str) -> None:
    with RawPeer(Door(port), timeout_s=30) as peer:
        assert peer.upgrade(charger_id) == 101
        _ask(peer, '[2,"0","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]', "0")
        print("there", flush=True)
        number, worst_s = 0, 0.0
        while not select.select([sys.stdin], [], [], _EVERY_S)[0]:
            number += 1
            began_s = time.monotonic()
            _ask(peer, f'[2,"{number}","Heartbeat",{{}}]', str(number))
            worst_s = max(worst_s, time.monotonic() - began_s)
        print(json.dumps({"answers": number, "worst_s": worst_s}))


def _ask(peer: RawPeer, text: str, number: str) -> None:
    """Return when the answer is there; what the bridge asks meanwhile is refused."""
    peer.send(text.encode())
    rest = b""
    while True:
        more = peer.socket.recv(65536)
        if not more:
            sys.exit(1)
        rest += more
        while (opened := _opened(rest)) is not None:
            payload, rest = opened
            if payload.startswith(b"["):
                message = json.loads(payload)
                if message[:2] == [3, number]:
                    return
                if message[0] == 2:
                    peer.send(json.dumps([4, message[1], "NotSupported", "", {}]).encode())


def _opened(data: bytes) -> tuple[bytes, bytes] | None:
    """The payload of the first frame of the bridge, and what follows it."""
    if len(data) < 2:
        return None
    size, header = (data[1], 2) if data[1] < 126 else (int.from_bytes(data[2:4], "big"), 4)
    if len(data) < header + size:
        return None
    return data[header : header + size], data[header + size :]


if __name__ == "__main__":
    _beat(int(sys.argv[1]), sys.argv[2])
