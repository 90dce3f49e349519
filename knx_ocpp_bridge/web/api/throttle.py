"""How many commands a caller may give: bursts are fine, floods are not."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from knx_ocpp_bridge.web.api.problems import TOO_MANY, ProblemError

BURST: Final = 30
"""Commands at once."""
PER_SECOND: Final = 5.0
"""And so many go on."""
AT_ONCE: Final = 64
"""Commands of all callers that wait for chargers."""
_MOST_CALLERS: Final = 256


class Throttle:
    """A bucket of `BURST` commands for each caller, filled by `PER_SECOND`; those that commanded last are known."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._under_way = 0
        self.refused = 0
        """Commands since the start."""

    @contextmanager
    def command(self, caller: str) -> Iterator[None]:
        """While one command of this caller is carried out.

        Raises:
            ProblemError: 429, it has given too many, or all do.
        """
        if self._under_way >= AT_ONCE:
            self._refuse(f"{AT_ONCE} commands wait for their chargers already", 1.0)
        now_s = self._monotonic_s()
        left, at_s = self._buckets.pop(caller, (float(BURST), now_s))
        left = min(BURST, left + (now_s - at_s) * PER_SECOND)
        self._buckets[caller] = (max(left - 1, 0.0) if left >= 1 else left, now_s)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        if left < 1:
            self._refuse(f"more than {BURST} commands at once, or {PER_SECOND:g} a second", (1 - left) / PER_SECOND)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def _refuse(self, why: str, after_s: float) -> None:
        self.refused += 1
        seconds = max(1, round(after_s))
        raise ProblemError(TOO_MANY, f"{why}: try again in {seconds} s", headers={"retry-after": str(seconds)})
