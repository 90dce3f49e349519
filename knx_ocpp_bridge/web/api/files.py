"""Files that are sent for a verb, or that a verb has made: kept in the daemon's tray for an hour at most."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from knx_ocpp_bridge.web.api.answers import json_answer
from knx_ocpp_bridge.web.api.problems import MISSING, NO_JSON, SENSELESS, TOO_LARGE, ProblemError
from knx_ocpp_bridge.web.website import Website

MOST_BYTES: Final = 32 * 1024 * 1024
MEDIA_TYPE: Final = "application/octet-stream"
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_PART_BYTES: Final = 256 * 1024


async def sent(website: Website, request: Request) -> Response:
    """The name under which a verb finds the file of the body.

    Raises:
        ProblemError: 415, 422 or 413: it is sent as something else, is empty or larger.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise ProblemError(NO_JSON, f"send the file itself, with Content-Type: {MEDIA_TYPE}", "header: content-type")
    path = await asyncio.to_thread(website.tray)
    try:
        size = await _written(path, request)
    except (ProblemError, ClientDisconnect):
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return json_answer({"file": path.name, "bytes": size})


async def _written(path: Path, request: Request) -> int:
    size = 0
    with await asyncio.to_thread(os.fdopen, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise ProblemError(TOO_LARGE, f"a file has at most {MOST_BYTES >> 20} MiB here", "body")
            await asyncio.to_thread(file.write, part)
    if not size:
        raise ProblemError(SENSELESS, "the file is empty", "body")
    return size


async def fetched(website: Website, name: str) -> Response:
    """The file of this name, once: it is gone then.

    Raises:
        ProblemError: 404, there is none.
    """
    found = await asyncio.to_thread(_found, website, name)
    if found is None:
        raise ProblemError(MISSING, "there is no such file: it is kept for an hour, and fetched once", "path: file")
    return StreamingResponse(_parts(found), media_type=MEDIA_TYPE)


def _found(website: Website, name: str) -> int | None:
    """An open file that has no name any more."""
    if _NAME.fullmatch(name) is None:
        return None
    path = website.tray().parent / name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    path.unlink(missing_ok=True)
    return descriptor


async def _parts(descriptor: int) -> AsyncIterator[bytes]:
    with os.fdopen(descriptor, "rb") as file:
        while part := await asyncio.to_thread(file.read, _PART_BYTES):
            yield part
