"""Prices as the configuration names their source, and names another one."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.daemon.energy.price_watch import PriceWatch

NOON = Moment(0.0, datetime(2026, 11, 21, 12, tzinfo=UTC))
MEANS = SimpleNamespace(moment=lambda: NOON, note=lambda _charger, _note: None, state=None)


class Watched:
    """A `PriceWatch` and what it told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.told: list[tuple[float, ...]] = []
        self._news = asyncio.Event()

    def loaded(self, tariff: str) -> Loaded:
        path = self._folder / "bridge.yaml"
        path.write_text(f"tariff: {{{tariff}}}\n")
        return load(path, os.environ)

    def tell(self, prices) -> None:
        self.told.append(tuple(each.price for each in prices))
        self._news.set()

    async def hears(self, *prices: float) -> None:
        async with asyncio.timeout(20):
            while not self.told or self.told[-1] != prices:
                await self._news.wait()
                self._news.clear()


async def test_another_source_counts_at_once_and_without_one_nothing_is_known(tmp_path):
    (tmp_path / "a.csv").write_text("2026-11-21T12:00Z;0.3\n")
    (tmp_path / "b.csv").write_text("2026-11-21T12:00Z;0.4\n")
    one = Watched(tmp_path)
    watch = PriceWatch(one.loaded("price: 0.2"), MEANS, one.tell)
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    for tariff, prices in (("file: a.csv", (0.3,)), ("file: b.csv", (0.4,)), ("file: b.csv, factor: 2", (0.8,))):
        watch.configure(one.loaded(tariff))
        await one.hears(*prices)
    watch.configure(one.loaded("price: 0.1"))
    await one.hears()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
