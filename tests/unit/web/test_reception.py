"""What comes on a connection is handed on one request at a time, and some of it not at all."""

import pytest

from knx_ocpp_bridge.web.reception import LARGEST_HEAD, MOST_FIELDS, PORTION_BYTES, Reception, RefusedError

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def holding(data: bytes) -> Reception:
    reception = Reception()
    reception.bring(data)
    return reception


def head(*fields: bytes) -> bytes:
    return b"".join(each + b"\r\n" for each in (b"POST /login HTTP/1.1", b"Host: x", *fields, b""))


def status(data: bytes) -> int:
    with pytest.raises(RefusedError) as refused:
        holding(data).take(another=True)
    return refused.value.status


def test_the_next_request_waits_until_the_one_before_is_answered():
    reception = holding(GET * 3)
    assert reception.take(another=True) == GET
    assert reception.take(another=False) == b""
    assert [reception.take(another=True) for _ in range(3)] == [GET, GET, b""]


def test_a_body_comes_in_portions_and_ends_where_the_next_request_begins():
    body = b"a" * (PORTION_BYTES + 5)
    reception = holding(head(b"content-length: %d" % len(body)) + body + GET)
    assert reception.take(another=True).endswith(b"\r\n\r\n")
    assert [len(reception.take(another=False)) for _ in range(3)] == [PORTION_BYTES, 5, 0]
    assert reception.take(another=True) == GET


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_request_may_come_in_any_pieces(size: int):
    sent = head(b"Content-Length: 3") + b"abc" + GET
    reception, got = Reception(), b""
    for start in range(0, len(sent), size):
        reception.bring(sent[start : start + size])
        while portion := reception.take(another=True):
            got += portion
    assert got == sent
    assert not reception


@pytest.mark.parametrize("field", [b"Transfer-Encoding: chunked", b"transfer-encoding:gzip, chunked"])
def test_a_body_in_chunks_is_refused_before_any_of_them_is_read(field: bytes):
    assert status(head(field) + b"1\r\na\r\n" * 9) == 411


@pytest.mark.parametrize("name", [b"Host", b"Origin", b"Content-Length", b"Cookie", b"Authorization"])
def test_what_could_be_read_in_two_ways_is_refused(name: bytes):
    assert status(head(name + b": 5", name.lower() + b": 5")) == 400


@pytest.mark.parametrize(
    "sent",
    [head(b"Content-Length: -5"), head(b"Content-Length: 5, 5"), head(b"Content-Length: " + b"9" * 30),
     head(b"Content-Length:", b" 5"), b"\r\n" + GET, b"\x00" * 50],
)  # fmt: skip
def test_nonsense_is_refused(sent: bytes):
    assert status(sent) == 400


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["unfinished", "in one piece"])
def test_a_large_head_is_refused_however_it_comes(end: bytes):
    assert status(b"GET / HTTP/1.1\r\nX: " + b"a" * LARGEST_HEAD + end) == 431


def test_a_head_of_very_many_fields_is_refused():
    assert status(head(*[b"a: b"] * MOST_FIELDS)) == 431
    assert holding(head(*[b"a: b"] * (MOST_FIELDS - 1))).take(another=True)
