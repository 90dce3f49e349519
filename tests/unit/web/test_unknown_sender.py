"""A backup sent by somebody who has not logged in: it comes in time, or while nobody has a password, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from knx_ocpp_bridge.control.protocol import Manage, Managed
from knx_ocpp_bridge.web.access import unknown_sender
from knx_ocpp_bridge.web.access.unknown_sender import form_of_nobody
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

TYPE = "multipart/form-data; boundary=cut"
HEAD = b'--cut\r\nContent-Disposition: form-data; name="backup"; filename="x"\r\n\r\n'
TAIL = b"\r\n--cut--\r\n"


def request(receive: Callable[[], Any]) -> Request:
    headers = [(b"content-type", TYPE.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}, receive)


async def test_an_upload_that_began_before_the_first_password_ends_with_it(tmp_path: Path):
    site = Site(tmp_path)
    site.answers["restore"] = Managed(done=True, messages=())

    async def body() -> AsyncIterator[bytes]:
        yield HEAD + b"a" * 1000
        await site.desk.does("user_add", name="lodger", role="installer", password="correct horse battery")
        yield b"a" * 1000 + TAIL

    async with site.visit(Role.NOBODY) as stranger:
        answer = await stranger.post("/welcome/restore", content=body(), headers={"content-type": TYPE})
    assert answer.status_code == 403
    assert not any(isinstance(each, Manage) for each in site.asked)
    assert not list((tmp_path / "tray").glob("*"))


async def test_what_was_sent_in_time_is_looked_at_once_more_in_the_daemon(tmp_path: Path):
    site = Site(tmp_path)
    site.answers["restore"] = Managed(done=True, messages=())
    async with site.visit(Role.NOBODY) as stranger:
        assert (await stranger.post("/welcome/restore", files={"backup": ("x", b"x")})).status_code == 200
    (asked,) = (each for each in site.asked if isinstance(each, Manage))
    assert asked.options["while_new"] is True


async def test_the_last_piece_does_not_slip_through():
    may = [True, False]

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": HEAD + b"a" + TAIL, "more_body": False}

    with pytest.raises(HTTPException) as refused:
        await form_of_nobody(request(receive), lambda: may.pop(0))
    assert refused.value.status_code == 403


@pytest.mark.parametrize(
    ("piece", "grace_s", "longest_s"),
    [(b"", 0.02, 600.0), (b"a" * 10, 0.02, 600.0), (b"a" * 60_000, 600.0, 0.05)],
    ids=["silent", "by drops", "for ever"],
)
async def test_whoever_sends_slowly_or_for_ever_is_sent_away(monkeypatch, piece, grace_s, longest_s):
    monkeypatch.setattr(unknown_sender, "GRACE_S", grace_s)
    monkeypatch.setattr(unknown_sender, "LONGEST_S", longest_s)
    sent = [HEAD]

    async def receive() -> Mapping[str, Any]:
        if sent:
            return {"type": "http.request", "body": sent.pop(), "more_body": True}
        await asyncio.sleep(0.005 if piece else 60)
        return {"type": "http.request", "body": piece, "more_body": True}

    with pytest.raises(HTTPException) as refused:
        await asyncio.wait_for(form_of_nobody(request(receive), lambda: True), 5)
    assert refused.value.status_code == 408
