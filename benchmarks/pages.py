"""P13: what open pages cost: the same hops with and without them, the weight of home, its time, and memory."""

import contextlib
import gzip
import http.client
import json
import re
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import house
from benchmarks.cpu import spread
from benchmarks.load import Charger, connect
from benchmarks.messages import NUMBER, heartbeat, status
from benchmarks.processes import ROOT, Server, daemon, environment, pin, python
from benchmarks.report import Line
from benchmarks.tunnel import Tunnel
from tests.kit.ports import free_tcp_port

_PAGES: Final = 50
_SENDERS: Final = 50
_MANY: Final = 200
_HOPS: Final = 30
_IDLE_S: Final = 0.06
"""Between two hops: they fall on all parts of the second in which pages are told once."""
_BUS_IS_UP_S: Final = 3.0
_SETTLED_S: Final = 3.0
_PAGES_WITHIN_S: Final = 20.0
_RATIO: Final = 1.5
_LIGHT_KB: Final = 100.0
_ENCODED: Final = {"accept-encoding": "gzip", "accept-language": "en"}

Hop = Callable[[Tunnel, Charger, int], float]


class _Watchers:
    """Fifty open pages in a process of their own."""

    def __init__(self, port: int) -> None:
        command = python("watchers.py", port, _PAGES, "home")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment(1)
        )
        pin(self._process.pid, 1)

    def say(self, word: str) -> int:
        """`open` or `close`; how many bytes they have read since the last word."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n".encode())
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def measure(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    """Medians of hops, with pages and without in turn; then home itself."""
    return [*_side_by_side(directory, gateway_port, rounds), *_home(directory, gateway_port, rounds)]


def _side_by_side(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    with contextlib.ExitStack() as stack:
        server, port, web_port = stack.enter_context(_bridge(directory, gateway_port, _SENDERS))
        charger = connect(port, 1)[0]
        stack.callback(charger.close)
        stack.enter_context(_sending(port))
        watchers = _Watchers(web_port)
        stack.callback(watchers.kill)
        # The last to come: it must acknowledge within a second whatever is told.
        tunnel = stack.enter_context(Tunnel(gateway_port))
        tunnel.drain(_BUS_IS_UP_S)
        charger.settle(0.2)
        without, with_ = [], []
        for number in range(-1, rounds):
            bare = _round(server, tunnel, charger)
            before_kib = server.rss_kib()
            watchers.say("open")
            tunnel.drain(_SETTLED_S)
            grown_kib = server.rss_kib() - before_kib
            if number < 0:
                first_kib = grown_kib
            ours = _round(server, tunnel, charger)
            watchers.say("close")
            tunnel.drain(_SETTLED_S)
            if number >= 0:
                without.append(bare)
                with_.append(ours)
        return [*_compared(without, with_), Line("P13", f"memory of {_PAGES} streams", first_kib / 1024, "MB")]


def _round(server: Server, tunnel: Tunnel, charger: Charger) -> dict[str, list[float]]:
    """The times of all hops in s, and under the empty name the share of a core that the bridge took meanwhile."""
    cpu_s, begun_s = server.cpu_s(), time.monotonic()
    took = {name: _hops(hop, tunnel, charger) for name, hop in _KINDS.items()}
    return took | {"": [(server.cpu_s() - cpu_s) / (time.monotonic() - begun_s)]}


def _compared(without: list[dict[str, list[float]]], with_: list[dict[str, list[float]]]) -> Iterator[Line]:
    for name in _KINDS:
        yield from _lines(name, [one[name] for one in without], [one[name] for one in with_])
    for words, rounds in (("without pages", without), (f"{_PAGES} pages open", with_)):
        share = statistics.median(one[""][0] for one in rounds) * 100
        yield Line("P13", f"the bridge's share of a core, {_SENDERS} chargers send: {words}", share, "%")


def _lines(name: str, without: list[list[float]], with_: list[list[float]]) -> Iterator[Line]:
    for label, figure, goal in (("median", statistics.median, _RATIO), ("95 of 100", _most, None)):
        ours, bare = [figure(one) * 1e6 for one in with_], [figure(one) * 1e6 for one in without]
        yield Line("P13", f"{name}, {label}: without pages", statistics.median(bare), "µs")
        yield Line("P13", f"{name}, {label}: {_PAGES} pages open", statistics.median(ours), "µs")
        ratios = [each / other for each, other in zip(ours, bare, strict=True)]
        yield Line("P13", f"{name}, {label}: with / without", statistics.median(ratios), "", goal, spread(ratios))


def _most(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _hops(hop: Hop, tunnel: Tunnel, charger: Charger) -> list[float]:
    took = []
    for turn in range(_HOPS):
        took.append(hop(tunnel, charger, turn))
        tunnel.drain(_IDLE_S + turn % 7 / 100)
        charger.settle()
    return took


def _heartbeat(_tunnel: Tunnel, charger: Charger, _turn: int) -> float:
    begun_s = time.monotonic()
    charger.call(heartbeat())
    return time.monotonic() - begun_s


def _to_call(tunnel: Tunnel, charger: Charger, _turn: int) -> float:
    begun_s = tunnel.press(house.command_address(0, "unlock"))
    while (message := json.loads(charger.receive()))[0] != 2:
        pass
    took_s = time.monotonic() - begun_s
    charger.accept(message)
    return took_s


def _to_telegram(tunnel: Tunnel, charger: Charger, turn: int) -> float:
    state = "Charging" if turn % 2 else "SuspendedEV"
    begun_s = time.monotonic()
    charger.send(status(1, state).replace(NUMBER, f"9{turn:07d}"))
    return tunnel.heard(house.state_address(0, "status")) - begun_s


def _home(directory: Path, gateway_port: int, rounds: int) -> list[Line]:
    with _bridge(directory, gateway_port, _MANY - 1) as (server, port, web_port), _sending(port):
        time.sleep(_SETTLED_S)
        before_kib = server.rss_kib()
        took = []
        for _ in range(rounds + 1):
            begun_s = time.monotonic()
            _get(web_port, "/")
            took.append((time.monotonic() - begun_s) * 1e3)
            time.sleep(1.1)
        after_kib = server.rss_kib()
        weight = _weight(web_port)
    return [
        Line("P13", f"home with {_MANY} connectors, the first time", took[0], "ms"),
        Line("P13", f"home with {_MANY} connectors, again", statistics.median(took[1:]), "ms"),
        Line("P13", f"what stays in memory of it, {_MANY} connectors", (after_kib - before_kib) / 1024, "MB"),
        *_small_weight(directory, gateway_port),
        Line("P13", f"first page with {_MANY} connectors and all it loads, compressed", weight, "kB"),
    ]


def _small_weight(directory: Path, gateway_port: int) -> list[Line]:
    with _bridge(directory, gateway_port, 2) as (_server, _port, web_port):
        weight = _weight(web_port)
    return [Line("P13", "first page and all it loads, compressed", weight, "kB", _LIGHT_KB)]


def _weight(port: int) -> float:
    """Everything that a browser fetches for home: bytes of the bodies, as they come, in kB."""
    body, text = _get(port, "/")
    linked = sorted(set(re.findall(r'(?:href|src)="(/static/[^"#]+)[#"]', text)))
    return (len(body) + sum(len(_get(port, path)[0]) for path in linked)) / 1000


def _get(port: int, path: str) -> tuple[bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=_ENCODED)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        plain = gzip.decompress(body) if answer.headers.get("content-encoding") == "gzip" else body
        return body, plain.decode()
    finally:
        connection.close()


def _wait_for(port: int) -> None:
    """The pages are there a moment after the chargers are let in."""
    deadline_s = time.monotonic() + _PAGES_WITHIN_S
    while time.monotonic() < deadline_s:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"there are no pages on {port}")


_KINDS: Final[dict[str, Hop]] = {
    "Heartbeat -> answer": _heartbeat,
    "KNX telegram -> call": _to_call,
    "status frame -> telegram": _to_telegram,
}


@contextlib.contextmanager
def _bridge(directory: Path, gateway_port: int, more: int) -> Iterator[tuple[Server, int, int]]:
    """One charger with group objects, and more without: the line is idle. Everybody may look."""
    port, web_port = free_tcp_port(), free_tcp_port()
    path = house.write(directory / f"pages{more}.yaml", 1, port=port, gateway_port=gateway_port, rate_limit=40)
    others = "".join(f"  - {{id: BENCH{number:04d}, connectors: [{{id: 1}}]}}\n" for number in range(1, more + 1))
    web = f"web: {{listen: '127.0.0.1:{web_port}', anonymous: view, tls: 'off'}}\n"
    path.write_text(path.read_text() + others + web)
    with daemon(path, port) as server:
        _wait_for(web_port)
        yield server, port, web_port


@contextlib.contextmanager
def _sending(port: int) -> Iterator[None]:
    """The other chargers charge, once a second each."""
    process = subprocess.Popen(
        python("senders.py", port, 1, _SENDERS), stdout=subprocess.PIPE, cwd=ROOT, env=environment(1)
    )
    try:
        pin(process.pid, 1)
        assert process.stdout is not None
        assert process.stdout.readline() == b"charging\n"
        yield
    finally:
        process.kill()
        process.wait()
