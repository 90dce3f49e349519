"""Work that may hang, in a thread that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from knx_ocpp_bridge.tariff.error import PriceError

_MOST: Final = 2
"""Threads that ask a service, with those that were given up and have not ended."""
_ASKING: Final = "prices asked for"
_NETWORK: Final = "see `tariff.url` and whether this machine reaches the internet"

T = TypeVar("T")


async def apart(work: Callable[[], T], *, name: str = "prices") -> T:
    """Its result, worked out in a thread that nobody waits for when the bridge is stopped.

    Raises:
        PriceError, OSError: those of `work`.
        RuntimeError: `work` raised something else, which is a defect.
    """
    return await _begun(work, name)


async def asked(work: Callable[[], T], within_s: float) -> T:
    """As `apart`, but for so long at most; then the thread is left alone, and its late answer ignored.

    Raises:
        PriceError: that of `work`; it takes longer; two that took longer have not ended yet.
    """
    if sum(each.name == _ASKING for each in threading.enumerate()) >= _MOST:
        remedy = "the service holds the line without telling anything: write another `tariff.url`, or restart"
        raise PriceError(f"{_MOST} earlier questions to the service of prices have not ended", remedy)
    answer = _begun(work, _ASKING)
    try:
        await asyncio.wait((answer,), timeout=within_s)
        if not answer.done():
            raise PriceError("the service of prices does not answer in time", _NETWORK)
        return answer.result()
    finally:
        answer.cancel()


def _begun(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[], None]) -> None:
        if not done.done():
            set_it()

    def run() -> None:
        told = partial(done.set_exception, RuntimeError("reading prices has a defect"))
        try:
            told = partial(done.set_result, work())
        except (PriceError, OSError) as error:
            told = partial(done.set_exception, error)
        finally:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits for it
                loop.call_soon_threadsafe(settle, told)

    threading.Thread(target=run, name=name, daemon=True).start()
    return done
