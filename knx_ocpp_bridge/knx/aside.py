"""Work aside of the event loop that nobody waits for at the end.

`asyncio.to_thread` is for what is soon over: the process does not end before its threads have. A file that somebody
else has made, or that lies where nobody answers, may take for ever.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result], name: str) -> Result:
    """What `work` gives back or raises, from a thread of this name; it is left alone when the process ends."""
    done: Future[Result] = Future()
    Thread(target=_run, args=(work, done), name=name, daemon=True).start()
    return await asyncio.wrap_future(done)


def _run(work: Callable[[], Result], done: Future[Result]) -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        done.set_exception(error)
    else:
        done.set_result(result)
