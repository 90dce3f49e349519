"""Whatever is said at the door, plainly or as TLS: no error of ours, at most one answer, no secret kept (row C7)."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.certificates import Authority
from tests.kit.dialler import Office, bare_connection
from tests.kit.tls_dialler import TlsDialler, client_context, server_context

OURS = Authority()
SECRET = "aHVudGVyMjpodW50ZXIy"
PIECES = [
    b"GET ",
    b"POST ",
    b"/CP1",
    b"/",
    b"?key=" + SECRET.encode(),
    "/Köln".encode(),
    b" ",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"Host: pi:8016\r\n",
    b"Upgrade: websocket\r\n",
    b"Connection: Upgrade\r\n",
    b"Sec-WebSocket-Version: 13\r\n",
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    b"Sec-WebSocket-Protocol: ocpp1.6, ocpp2.0.1\r\n",
    b"\r\nAuthorization: Basic " + SECRET.encode() + b"\r\n",
    b"\r\nAuthorization Basic " + SECRET.encode() + b"\r\n",
    b"\r\nX: y\r\n " + SECRET.encode() + b"\r\n",
    b"Content-Length: 7\r\n",
    b"\x00",
    b"\x16\x03\x01",
    b"\x81\x85abcd",
    b"\xff\xfe",
]
REQUESTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=24).map(b"".join)
quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def context():
    with tempfile.TemporaryDirectory() as folder:
        yield server_context(Path(folder), OURS.server("rsa"), OURS.server("ec"))


@pytest.mark.parametrize("encrypted", [False, True])
@quick
@given(said=REQUESTS, chunk=st.integers(1, 400))
def test_any_request_is_answered_once_or_waited_for(context, caplog, encrypted: bool, said: bytes, chunk: int):
    office = Office(tls=context, root=OURS.pem)
    if encrypted:
        charger = TlsDialler(office.system, client_context(OURS.pem))
        assert charger.shake()
        charger.chunk = chunk
        heard, transport = charger.ask(said) if said else b"", charger.transport
    else:
        _, transport = bare_connection(office.system)
        for start in range(0, len(said), chunk):
            if not transport.is_closing():
                transport.deliver(said[start : start + chunk])
        heard = bytes(transport.written)
    assert heard.count(b"HTTP/1.1 ") <= 1
    office.pass_time(15)
    assert transport.is_closing() or heard.startswith(b"HTTP/1.1 101")
    assert SECRET[:8] not in json.dumps(office.system.failures.rows()) + caplog.text


@quick
@given(
    place=st.integers(0, 600),
    change=st.binary(min_size=1, max_size=40),
    insert=st.booleans(),
    chunk=st.integers(1, 700),
)
def test_any_hello_is_answered_or_told_of(context, place: int, change: bytes, insert: bool, chunk: int):
    office = Office(tls=context)
    charger = TlsDialler(office.system, client_context(OURS.pem))
    hello = charger.hello()
    changed = b"\x16" + (hello[:place] + change + hello[place + (0 if insert else len(change)) :])[1:]
    for start in range(0, len(changed), chunk):
        if not charger.transport.is_closing():
            charger.transport.deliver(changed[start : start + chunk])
    office.pass_time(15)
    assert charger.transport.is_closing()
    ((kind, _reason),) = office.failures()
    assert kind in {"tls", "timeout"}
