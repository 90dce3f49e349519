"""The source of prices that the configuration names, for as long as it names it."""

import asyncio
from collections.abc import Callable

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.daemon.energy.means import Means

_SOURCE = ("file", "url", "format", "fields", "factor")


class PriceWatch:
    """Runs one `PriceFeed` after the other, as the configuration changes. Without a source nothing of it is loaded."""

    def __init__(self, loaded: Loaded, means: Means, tell: Callable[[tuple[PriceSlot, ...]], None]) -> None:
        self._loaded = loaded
        self._means = means
        self._tell = tell
        self._other = asyncio.Event()

    def configure(self, loaded: Loaded) -> None:
        """The configuration was read again. Another source is read at once, and what the old one told is forgotten."""
        before, self._loaded = self._loaded, loaded
        if _source(before) != _source(loaded):
            self._other.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._other.clear()
            feeding = asyncio.create_task(self._feed(), name="price feed")
            waiting = asyncio.create_task(self._other.wait())
            try:
                await asyncio.wait((feeding, waiting), return_when=asyncio.FIRST_COMPLETED)
                if feeding.done():
                    feeding.result()  # a defect of ours ends the bridge
                    await self._other.wait()
            finally:
                feeding.cancel()
                waiting.cancel()
                await asyncio.wait((feeding, waiting))
            self._tell(())

    async def _feed(self) -> None:
        tariff = self._loaded.bridge.tariff
        if tariff.file is None and not tariff.url:
            return
        from knx_ocpp_bridge.tariff.feed import PriceFeed

        means = self._means
        feed = PriceFeed(
            tariff,
            self._loaded.site_terms.zone,
            state=means.state,
            now=lambda: means.moment().utc,
            tell=self._tell,
            say=lambda level, text: means.note(None, Note(Level(level), None, text, "energy")),
        )
        await feed.run()


def _source(loaded: Loaded) -> tuple[object, ...]:
    tariff: Tariff = loaded.bridge.tariff
    return (loaded.site_terms.zone, *(getattr(tariff, key) for key in _SOURCE))
