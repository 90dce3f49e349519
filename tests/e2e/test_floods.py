"""Peers that mean harm, at the real daemon: its memory stays bounded, and other chargers notice nothing.

Each test floods while a neighbour, in a process of its own, sends heartbeats and waits for their answers.
"""

import contextlib
import os
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.neighbour import Neighbour
from tests.kit.raw_peer import BINARY, CONTINUATION, PING, TEXT, Door, RawPeer, frame, root_of

CALM, WILD, GUARDED = Outlet(1), Outlet(2), Outlet(3)
PASSWORD = "correct horse battery"
HOUSE = House(
    (
        charger("CALM", connector(CALM)),
        charger("WILD", connector(WILD)),
        charger("GUARDED", connector(GUARDED), security_profile=1, password=PASSWORD),
    )
)
ANSWERED_WITHIN_S = 1.0
MIB = 1024 * 1024
BOOT = b'[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""The beginning of a TLS handshake."""
HEARTBEAT = b'[2,"1","Heartbeat",{}]'

Watched = Callable[[int], contextlib.AbstractContextManager[None]]


@pytest.fixture
def watched(bridge: BridgeProcess) -> Watched:
    """`with watched(30):` the daemon grows by 30 MiB at most, at its highest, and the neighbour is answered."""

    @contextlib.contextmanager
    def watch(grows_mib: int) -> Iterator[None]:
        before_kib = forget_peak(bridge.pid)
        with Neighbour(bridge.ocpp_port, "CALM") as calm:
            yield
            time.sleep(0.3)
        grown_mib = (of_proc(bridge.pid, "VmHWM") - before_kib) / 1024
        print(f"grown by {grown_mib:.1f} MiB, the neighbour waited {calm.worst_s * 1e3:.0f} ms at most")
        assert grown_mib <= grows_mib
        assert calm.worst_s <= ANSWERED_WITHIN_S * busyness()
        assert calm.answers > 5
        assert "Traceback" not in bridge.log.read_text(errors="replace")

    return watch


@pytest.fixture(params=["ws", "wss"])
def door(request: pytest.FixtureRequest, bridge: BridgeProcess) -> Door:
    """Both ways in."""
    if request.param == "ws":
        return Door(bridge.ocpp_port)
    context = ssl.create_default_context(cadata=root_of(bridge.ocpp_port))
    return Door(bridge.ocpp_port, context)


def busyness() -> float:
    """1 on a machine that has nothing else to do, more where the daemon gets less than a core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def of_proc(pid: int, key: str) -> int:
    """A figure of /proc/PID/status in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    raise LookupError(key)


def forget_peak(pid: int) -> int:
    """Let the highest RSS be measured anew; what it is now, in KiB."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return of_proc(pid, "VmRSS")


def wild(door: Door, charger_id: str = "WILD") -> RawPeer:
    """A charger that was let in and has booted."""
    peer = RawPeer(door)
    assert peer.upgrade(charger_id) == 101
    peer.send(BOOT)
    return peer


def heard(peer: RawPeer, what: bytes, within_s: float = 10) -> bool:
    """Whether the bridge says this, after all that it was sent before; False: it has ended the connection."""
    peer.socket.settimeout(within_s)
    said = b""
    while what not in said:
        try:
            more = peer.socket.recv(65536)
        except ConnectionError:
            return False
        if not more:
            return False
        said = said[-256:] + more
    return True


def digested(peer: RawPeer) -> bool:
    """All that was sent is worked on; False: the bridge has ended the connection."""
    return peer.pour(frame(b"that is all", PING)) and heard(peer, b"that is all")


def test_a_flood_of_answers_to_nothing(watched: Watched, door: Door):
    burst = b"".join(frame(b'[3,"x%d",{"status":"Accepted"}]' % number) for number in range(2000))
    with watched(20), wild(door) as peer:
        for _ in range(50):
            assert peer.pour(burst)
        assert digested(peer)


def test_a_charger_that_asks_and_never_reads(watched: Watched, door: Door):
    burst = frame(HEARTBEAT) * 2000
    with watched(20), wild(door) as peer:
        while peer.pour(burst):
            pass
        assert peer.ended(15)


def test_a_flood_of_pings_that_is_never_read(watched: Watched, door: Door):
    burst = frame(b"p" * 125, PING) * 2000
    with watched(20), wild(door) as peer:
        while peer.pour(burst):
            pass
        assert peer.ended(15)


def test_a_flood_of_pings_that_is_read(watched: Watched, door: Door):
    with watched(20), wild(door) as peer:
        for _ in range(100):
            assert peer.pour(frame(b"p" * 125, PING) * 99)
            assert digested(peer)


@pytest.mark.parametrize(
    "start",
    [
        frame(b"x" * (MIB + 1)),
        bytes((0x81, 0xFF)) + (1 << 62).to_bytes(8, "big") + b"\0\0\0\0",
        bytes((0x81, 0xFF)) + b"\xff" * 8 + b"\0\0\0\0",
        frame(b"x" * (MIB // 2), fin=False) + frame(b"x" * (MIB // 2 + 1), CONTINUATION),
    ],
    ids=["a byte too much", "four exabytes", "negative", "two halves"],
)
def test_a_frame_that_is_too_large_ends_the_connection(watched: Watched, door: Door, start: bytes):
    with watched(20), wild(door) as peer:
        peer.pour(start)
        peer.pour(b"x" * MIB)
        assert peer.ended(5)


@pytest.mark.parametrize(
    "text",
    [b"[" * MIB, b'[2,"1","DataTransfer",' + b'{"a":' * 100_000, b"[{" * (MIB // 2)],
    ids=["arrays", "objects", "both"],
)
def test_nesting_that_would_exhaust_a_parser(watched: Watched, door: Door, text: bytes):
    with watched(30), wild(door) as peer:
        for _ in range(10):
            assert peer.pour(frame(text[: MIB - 1]))
        assert digested(peer)


ENTRY = b'{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"1.5","unit":"A","measurand":"Current.Import"}]}'
STOP = b'[2,"1","StopTransaction",{"transactionId":"1","meterStop":"5","timestamp":"2026-01-01T00:00:00Z",'
METER = b'[2,"1","MeterValues",{"connectorId":1,"meterValue":['
DEAR = {
    "readings": METER + b",".join([ENTRY] * 9000) + b"]}]",
    "samples": METER + ENTRY[:-2] + b',{"value":"2"}' * 60_000 + b"]}]}]",
    "words for numbers": STOP + b'"transactionData":[' + b",".join([ENTRY.replace(b'"A"', b"5")] * 9000) + b"]}]",
    "nothing": METER + b"{}," * 300_000 + b"{}]}]",
    "keys": b'[2,"1","BootNotification",{' + b",".join(b'"k%d":1' % number for number in range(60_000)) + b"}]",
    "half of it": b'[2,"1","DataTransfer",{"a":[' + b",1" * 130_000 + b"]}]",
    "no numbers": b'[2,"1","DataTransfer",{"a":[' + b"NaN," * 65_000 + b"1]}]",
}


@pytest.mark.parametrize("text", DEAR.values(), ids=DEAR)
def test_a_message_that_takes_long_to_read(watched: Watched, bridge: BridgeProcess, text: bytes):
    """As long as a frame may be, and again and again."""
    assert len(text) < MIB
    with watched(60), wild(Door(bridge.ocpp_port)) as peer:
        for _ in range(5):
            assert peer.pour(frame(text))
        assert heard(peer, b'"1",')
        assert digested(peer)


def test_a_message_in_ten_thousand_fragments_is_answered(watched: Watched, door: Door):
    text = b'[2,"many","Heartbeat",{"x":"' + b"y" * 20_000 + b'"}]'
    pieces = [text[start : start + 2] for start in range(0, len(text), 2)]
    parts = [frame(piece, CONTINUATION, fin=False) for piece in pieces[1:-1]]
    with watched(20), wild(door) as peer:
        assert peer.pour(frame(pieces[0], fin=False) + b"".join(parts) + frame(pieces[-1], CONTINUATION))
        assert heard(peer, b'[3,"many",')


@pytest.mark.parametrize("piece", [b"", b"yy"], ids=["empty ones", "two bytes each"])
def test_fragments_without_end(watched: Watched, door: Door, piece: bytes):
    burst = frame(piece, CONTINUATION, fin=False) * 10_000
    with watched(20), contextlib.ExitStack() as stack:
        peers = [stack.enter_context(wild(door, f"WILD{number}")) for number in range(4)]
        for peer in peers:
            peer.pour(frame(b"[", fin=False))
        for _ in range(3):
            for peer in peers:
                assert peer.pour(burst)
        assert all(map(digested, peers))


def test_who_only_waits_is_gone_after_ten_seconds(watched: Watched, bridge: BridgeProcess):
    """Five hundred silent sockets of one address, of which 32 are let stand, and some of others; openings and first
    records of TLS of which a byte comes now and then. On an open WebSocket one may take one's time, and costs nothing.
    """
    port = bridge.ocpp_port
    doors = (Door(port), Door(port, ssl.create_default_context(cadata=root_of(bridge.ocpp_port))))
    with watched(20), contextlib.ExitStack() as stack:
        enter = stack.enter_context
        silent = [enter(RawPeer(doors[0], source="127.0.7.7")) for _ in range(500)]
        others = [enter(RawPeer(doors[0], source=f"127.0.8.{1 + number // 25}")) for number in range(200)]
        frames = [enter(wild(door, f"SLOW{number}-{name}")) for name, door in enumerate(doors) for number in range(4)]
        openings = [enter(RawPeer(doors[0], source="127.0.9.9")) for _ in range(16)]
        for peer in openings[8:]:
            peer.pour(HELLO)
        held = [peer for peer in silent if not peer.ended(0.001)]
        assert len(held) == 32
        assert not any(peer.ended(0.001) for peer in others)
        for number in range(11):
            for peer in [*frames, *openings]:
                with contextlib.suppress(OSError):
                    peer.socket.send(b"GET /SLOW HTTP/1.1\r\n"[number : number + 1])
            time.sleep(1)
        assert all(peer.ended(3) for peer in [*held, *others, *openings])
        assert not any(peer.ended(0.001) for peer in frames)


def test_a_thousand_strangers(watched: Watched, door: Door):
    with watched(30):
        for number in range(1000 if door.tls is None else 250):
            with RawPeer(door) as peer:
                assert peer.upgrade(f"STRANGER-{number}") == 101
                peer.send(BOOT)


def test_a_thousand_wrong_passwords(watched: Watched, door: Door):
    with watched(20):
        for number in range(1000 if door.tls is None else 250):
            with RawPeer(door) as peer:
                assert peer.upgrade("GUARDED", password=b"guess %d" % number) == 401
        with RawPeer(door) as peer:
            assert peer.upgrade("GUARDED", password=PASSWORD.encode()) == 101


def test_a_storm_of_tls_handshakes(watched: Watched, bridge: BridgeProcess):
    """By the dearest key exchange there is to have, and gone again before a word is said."""
    context = ssl.create_default_context(cadata=root_of(bridge.ocpp_port))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    with watched(20):
        for _ in range(400):
            RawPeer(Door(bridge.ocpp_port, context)).close()


def test_thirty_two_of_them_at_once(watched: Watched, door: Door):
    """All that one address may have, each as busy as it can be."""
    bursts = [frame(b'[3,"x",{}]') * 3000, frame(b'[2,"1","DataTransfer",{"a":[' + b"NaN," * 10_000 + b"1]}]") * 3]
    with watched(60), contextlib.ExitStack() as stack:
        peers = [stack.enter_context(wild(door, f"BUSY-{number}")) for number in range(31)]
        for peer in peers:
            peer.socket.setblocking(False)
        end_s = time.monotonic() + 4
        while time.monotonic() < end_s:
            for number, peer in enumerate(peers):
                with contextlib.suppress(OSError):
                    peer.socket.send(bursts[number % 2])
            time.sleep(0.01)


def test_the_daemon_still_serves(bridge: BridgeProcess):
    with wild(Door(bridge.ocpp_port)) as peer:
        peer.send(b"\x00\xff", BINARY)
        peer.send(HEARTBEAT, TEXT)
        assert b"currentTime" in peer.socket.recv(65536)
    assert bridge.pid
