"""A search for gateways ends when the bridge does."""

import asyncio
import contextlib

import pytest
from xknx.io import GatewayScanner

from knx_ocpp_bridge.knx.link.scan import scan


async def test_a_search_that_is_cancelled_does_not_go_on_as_if_nothing_had_been_found(monkeypatch: pytest.MonkeyPatch):
    begun = asyncio.Event()

    async def deaf(_scanner: GatewayScanner) -> list[object]:
        """As xknx does it: a cancellation ends the waiting, and nothing else."""
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        return []

    monkeypatch.setattr(GatewayScanner, "scan", deaf)
    searching = asyncio.create_task(scan())
    await begun.wait()
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
