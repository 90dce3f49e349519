"""What the command line sees: rows of a topic, and what a verb says, from a bridge that runs."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Listing, Manage, Managed, Query

_WITHIN_S = 10.0


async def rows(socket: Path, topic: str, charger: str = "", **options: object) -> list[Mapping[str, Any]]:
    """The rows of a topic.

    Raises:
        AssertionError: the bridge does not know it, or not so.
    """
    answer = await asyncio.to_thread(ask, socket, Query(topic, charger, options), _WITHIN_S)
    assert isinstance(answer, Listing), answer
    return list(answer.rows)


async def managed(socket: Path, act: str, charger: str = "", **options: object) -> Managed:
    """What became of a verb that changes something.

    Raises:
        AssertionError: the bridge does not know it, or not so.
    """
    answer = await asyncio.to_thread(ask, socket, Manage(act, charger, options), _WITHIN_S)
    assert isinstance(answer, Managed), answer
    return answer
