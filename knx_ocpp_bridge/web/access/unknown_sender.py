"""A file from somebody who has not logged in: in time, and only as long as there is nobody who could."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

LONGEST_S: Final = 600.0
"""For all of it."""
GRACE_S: Final = 20.0
"""For a first piece, and between two."""
LEAST_BYTES_PER_S: Final = 32 * 1024.0


async def form_of_nobody(request: Request, may: Callable[[], bool]) -> FormData:
    """The form with its file, read anew; `may` is asked at each piece of it, and when all is there.

    Raises:
        HTTPException: 403, it may not be sent any more; 408, it comes too slowly.
    """
    loop = asyncio.get_running_loop()
    began_s, got = loop.time(), 0

    async def receive() -> Message:
        nonlocal got
        _let_in(may)
        now_s = loop.time()
        due_s = min(now_s + GRACE_S, began_s + GRACE_S + got / LEAST_BYTES_PER_S, began_s + LONGEST_S)
        try:
            # Due already: whoever always has a piece ready is never waited for.
            async with asyncio.timeout_at(due_s):
                await asyncio.sleep(0)
                message = await request.receive()
        except TimeoutError as error:
            raise HTTPException(408, "the file comes too slowly: send it again") from error
        got += len(message.get("body", b""))
        return message

    # A request that was made for reading alone: the one of the visit keeps its own stream.
    form = await Request(request.scope, receive).form(max_files=1, max_fields=10)
    try:
        _let_in(may)
    except HTTPException:
        await form.close()
        raise
    return form


def _let_in(may: Callable[[], bool]) -> None:
    if not may():
        raise HTTPException(403, "somebody has set the first password already: log in")
