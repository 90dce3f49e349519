"""Waiting for something that another process or thread does."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

_LOOK_S: Final = 0.01


async def until(condition: Callable[[], bool], within_s: float, what: str) -> None:
    """Return as soon as the condition holds.

    Raises:
        TimeoutError: it did not in time; says `what` was waited for.
    """
    end_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= end_s:
            raise TimeoutError(f"not within {within_s} s: {what}")
        await asyncio.sleep(_LOOK_S)
