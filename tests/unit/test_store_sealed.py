"""A stream under a password: whatever is not as it was written is found, and said apart where it can be."""

import io

import pytest

from knx_ocpp_bridge.store.sealed import MARK, PIECE, Opener, Sealer, SealError, WrongPasswordError

_SEALED_PIECE = PIECE + 16
_HEAD = len(MARK) + 32


def sealed(data: bytes, password: str = "mole") -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, password)
    for start in range(0, len(data), 10_000):
        sealer.write(data[start : start + 10_000])
    sealer.close()
    return out.getvalue()


def opened(stream: bytes, password: str = "mole") -> bytes:
    opener = Opener(io.BytesIO(stream), password)
    found = b""
    while piece := opener.read(7000):
        found += piece
    return found


DATA = bytes(range(256)) * 600  # 153,600: three pieces
STREAM = sealed(DATA)


def piece(number: int) -> bytes:
    return STREAM[_HEAD + number * _SEALED_PIECE :][:_SEALED_PIECE]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_what_was_sealed_is_what_is_opened(size: int) -> None:
    data = b"x" * size
    assert opened(sealed(data)) == data


def test_nothing_of_the_content_shows() -> None:
    assert b"secret" not in sealed(b"secret" * 100)
    assert sealed(DATA) != STREAM


def test_another_password_is_told_apart_from_damage() -> None:
    with pytest.raises(WrongPasswordError, match="the password is wrong"):
        opened(STREAM, "vole")


@pytest.mark.parametrize("length", [_HEAD + _SEALED_PIECE, _HEAD + 2 * _SEALED_PIECE])
def test_a_stream_cut_between_two_pieces_is_said_to_be_cut(length: int) -> None:
    with pytest.raises(SealError, match="it is cut: its end is missing"):
        opened(STREAM[:length])


@pytest.mark.parametrize("length", [0, 3, _HEAD - 1, _HEAD, _HEAD + 5, _HEAD + _SEALED_PIECE + 5, len(STREAM) - 1])
def test_a_stream_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(SealError):
        opened(STREAM[:length])


@pytest.mark.parametrize("place", [_HEAD, _HEAD + _SEALED_PIECE - 1, _HEAD + _SEALED_PIECE, len(STREAM) - 1])
def test_a_single_bit_that_differs_is_found(place: int) -> None:
    damaged = bytearray(STREAM)
    damaged[place] ^= 1
    with pytest.raises(SealError, match="damaged"):
        opened(bytes(damaged))


def test_pieces_in_another_order_are_refused() -> None:
    with pytest.raises(SealError, match="damaged"):
        opened(STREAM[:_HEAD] + piece(1) + piece(0) + piece(2))


def test_a_piece_that_is_left_out_is_found() -> None:
    with pytest.raises(SealError, match="damaged"):
        opened(STREAM[:_HEAD] + piece(0) + piece(2))


def test_something_behind_the_end_is_refused() -> None:
    whole = sealed(b"x" * PIECE)
    with pytest.raises(SealError, match="something follows behind its end"):
        opened(whole + b"more")


def test_a_piece_of_another_stream_is_refused() -> None:
    other = sealed(DATA)
    with pytest.raises(SealError, match="damaged"):
        opened(STREAM[:_HEAD] + other[_HEAD:])


def test_what_was_never_sealed_is_said_to_be_so() -> None:
    with pytest.raises(SealError, match="not encrypted by this program"):
        opened(b"a tar file" * 100)
