"""A bridge round the bus that keeps what it is told, and knows the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from knx_ocpp_bridge.core.events import InputHeard, Wished
from knx_ocpp_bridge.core.values import ChargerId, Moment
from knx_ocpp_bridge.knx.means import Means
from knx_ocpp_bridge.knx.monitor.telegrams import Passed


def _nothing(*_heard: object) -> None:
    return


def means(
    wish: Callable[[ChargerId | None, Wished], None] = _nothing,
    *,
    told: Callable[[ChargerId | None, InputHeard], None] = _nothing,
    passed: Callable[[Passed], None] = _nothing,
    link: Callable[[str], None] = _nothing,
    moment: Callable[[], Moment] | None = None,
    synchronised: bool = False,
    complain: Callable[[str], None] = _nothing,
    trace: Callable[[str], None] | None = None,
) -> Means:
    """What is not given is heard by nobody; the clock is the machine's, and sane."""
    return Means(
        wish=wish,
        told=told,
        moment=moment or (lambda: Moment(time.monotonic(), datetime.now(UTC))),
        synchronised=lambda: synchronised,
        passed=passed,
        link=link,
        complain=complain,
        trace=trace,
    )
