"""Openings and frames as nobody should send them, for hypothesis: mostly a good one with a few things broken."""

import functools
import ssl

from hypothesis import strategies as st

from tests.kit.raw_peer import frame

GOOD = (
    b"GET /ocpp/CP1 HTTP/1.1",
    b"Host: 192.168.1.10:8016",
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Protocol: ocpp1.6",
    b"Authorization: Basic Q1AxOnNlY3JldA==",
    b"User-Agent: charger/1.0",
)
_PATHS = st.sampled_from(
    b"/ // /CP1/ /a%2Fb /% /%zz /%00 /\xff\xfe /../../etc/passwd * http://other/CP1 /CP1?x=1#y /CP1\tx /OCPP-CA.pem"
    b" /OCPP-CA.pem/.. /%F0%9F%9A%97".split(b" ")
) | st.just(b"/" + b"A" * 300)
_VALUES = (
    st.sampled_from(
        b"|\x00|\xff|websocket, h2c|ocpp2.0.1|Basic|Basic !!!|0|8|Bearer x|close|keep-alive|13, 8|dG9v".split(b"|")
    )
    | st.sampled_from([b"ocpp1.6," * 500, b"Basic " + b"Q" * 9000, b"x" * 9000])
    | st.binary(max_size=40).map(lambda value: value.replace(b"\n", b"?"))
)
_NAMES = st.sampled_from(
    [*(line.partition(b":")[0] for line in GOOD[1:]), b"Content-Length", b"Transfer-Encoding", b"X"]
)


@st.composite
def handshakes(draw: st.DrawFn) -> bytes:
    """An opening handshake with up to four things changed, left out, doubled, or put where they do not belong."""
    lines = list(GOOD)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                lines[0] = b"GET " + draw(_PATHS) + b" HTTP/1.1"
            case 1:
                lines[at] = draw(_NAMES) + b": " + draw(_VALUES)
            case 2 if len(lines) > 1:
                del lines[at]
            case 3:
                lines.insert(at, lines[at])
            case 4:
                lines[0] = draw(st.binary(max_size=60)).replace(b"\n", b"?")
            case _:
                lines[at] += draw(_VALUES)
    end = draw(st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r"]))
    text = end.join([*lines, b"", b""]) + draw(st.binary(max_size=20))
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 5)) == 0 else text


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """What comes on an open WebSocket: frames in a wrong order, with wrong bits, cut or run together."""
    frames = st.builds(
        frame,
        st.binary(max_size=200)
        | st.sampled_from([b"", b"x" * 70_000, b'[2,"1","Heartbeat",{}]', b"\x03\xe8bye", b"\x00"]),
        st.integers(0, 15),
        fin=st.booleans(),
    )
    data = bytearray(b"".join(draw(st.lists(frames, min_size=1, max_size=6))))
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, min(len(data) - 1, 40)))] = draw(st.integers(0, 255))
    return bytes(data)


@functools.cache
def client_hello() -> bytes:
    """What a TLS client says first."""
    outgoing = ssl.MemoryBIO()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="bridge")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake with nobody")


@st.composite
def hellos(draw: st.DrawFn) -> bytes:
    """A first TLS record with some bytes changed, cut short, or followed by anything."""
    data = bytearray(client_hello())
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(1, len(data) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(1, len(data)) | st.just(len(data)))
    return bytes(data[:cut]) + draw(st.binary(max_size=100))


@st.composite
def chunks(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes as they may arrive."""
    size = draw(st.sampled_from([1, 2, 7, 100, 5000, 65536]))
    return [data[start : start + size] for start in range(0, len(data), size)] if len(data) / size < 3000 else [data]
