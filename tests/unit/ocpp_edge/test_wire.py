"""The short way for the commonest frame, with the library as the judge."""

import pytest
from websockets.frames import Frame, Opcode

from knx_ocpp_bridge.ocpp import wire

SIZES = [0, 1, 125, 126, 127, 65535]


def masked(payload: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_text_frame_is_what_the_library_made_it_of(size: int):
    payload = bytes(range(256)) * (size // 256) + bytes(size % 256)
    frame = masked(payload)
    view = memoryview(b"junk" + frame + b"more")
    assert wire.whole_text(view, 4, len(view)) == (payload, 4 + len(frame))
    assert wire.frame_size(view, 4, len(view)) == len(frame)


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_that_is_not_all_there_is_none_yet(size: int):
    frame = masked(bytes(size))
    for there in {0, 1, 2, 5, 6, 7, 8, len(frame) - 1} - {len(frame)}:
        if there < len(frame):
            assert wire.whole_text(memoryview(frame), 0, there) is None


@pytest.mark.parametrize(
    "frame",
    [
        masked(b"x", fin=False),
        masked(b"x", Opcode.BINARY),
        masked(b"x", Opcode.CONT),
        masked(b"x", Opcode.PING),
        masked(b"x" * 65536),
        Frame(Opcode.TEXT, b"x" * 10).serialize(mask=False),
        Frame(Opcode.TEXT, b"x" * 200).serialize(mask=False),
        b"\xc1\x81abcdx",
        b"",
    ],
)
def test_all_other_frames_are_left_to_the_library(frame: bytes):
    view = memoryview(frame)
    assert wire.whole_text(view, 0, len(view)) is None


@pytest.mark.parametrize("size", [*SIZES, 65536, 100_000])
@pytest.mark.parametrize("mask", [True, False])
def test_the_size_of_any_frame_is_known_from_its_header(size: int, mask: bool):
    frame = Frame(Opcode.BINARY, bytes(size)).serialize(mask=mask)
    view = memoryview(frame)
    header = len(frame) - size
    assert wire.frame_size(view, 0, header) == len(frame)
    assert wire.frame_size(view, 0, header - 1) == 0


@pytest.mark.parametrize("size", [*SIZES, 65536, 100_000])
def test_what_is_sent_is_what_the_library_would_send(size: int):
    payload = bytes(size)
    assert wire.text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_the_ping_is_a_ping():
    assert Frame(Opcode.PING, b"").serialize(mask=False) == wire.PING
