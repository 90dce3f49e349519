"""The energy of the site: nothing of it is loaded, and nothing runs, before something needs it."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.energy.ruling import Grant, SiteReport
from knx_ocpp_bridge.core.energy.scene import PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.facts import Fact, TransactionRecorded, WishesKept
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Value
from knx_ocpp_bridge.daemon.energy import needed
from knx_ocpp_bridge.daemon.energy.means import Means
from knx_ocpp_bridge.daemon.energy.price_watch import PriceWatch

if TYPE_CHECKING:
    from knx_ocpp_bridge.daemon.energy.driver import Driver

_NOTHING: Final = SiteReport()


class Energy:
    """Hears everything that may concern the manager of the site, and drives it from when it is needed on."""

    def __init__(self, loaded: Loaded, means: Means) -> None:
        """Nothing is decided before `run`."""
        self._loaded = loaded
        self.means = means
        self._wanted = asyncio.Event()
        self.prices: tuple[PriceSlot, ...] = ()
        """What was told, in order of time."""
        self.watch = PriceWatch(loaded, means, self.priced)
        self.driver: Driver | None = None
        """None: nothing needs it."""

    async def run(self) -> None:
        """Drives the manager until cancelled.

        Raises:
            Exception: a rule has a defect: the bridge must not go on with limits that nobody decides about.
        """
        self._look()
        await self._wanted.wait()
        # The rules take a while to load, and no charger has to wait for it: until then it has its fail-safe current.
        await asyncio.to_thread(import_module, "knx_ocpp_bridge.daemon.energy.driver")
        from knx_ocpp_bridge.daemon.energy.driver import Driver

        self.driver = Driver(self._loaded.site_terms, self.means)
        self.driver.priced(self.prices)
        await self.driver.run()

    @property
    def terms(self) -> SiteTerms:
        """What the installer decided."""
        return self._loaded.site_terms

    @property
    def report(self) -> SiteReport:
        """What was decided last."""
        return _NOTHING if self.driver is None else self.driver.report

    @property
    def scene(self) -> Scene:
        """What was looked at last; nothing, where nothing is decided."""
        if self.driver is not None and self.driver.scene is not None:
            return self.driver.scene
        readings = {reading.terms.key: reading for reading in self.means.readings()}
        return Scene(self.means.moment(), {}, readings, self.prices)

    @property
    def grants(self) -> Mapping[OutletKey, Grant]:
        """What was said last of each outlet."""
        return {} if self.driver is None else self.driver.grants

    def configure(self, loaded: Loaded) -> None:
        """The configuration was read again. Whoever needed it before is told what holds now."""
        self._loaded = loaded
        self.watch.configure(loaded)
        if self.driver is not None:
            self.driver.configure(loaded.site_terms)
        else:
            self._look()

    def turned(self, charger_id: ChargerId) -> None:
        """Something of this charger is not as it was."""
        if self.driver is not None:
            self.driver.changed(charger_id)

    def recorded(self, charger_id: ChargerId, facts: tuple[Fact, ...]) -> None:
        """These facts are on disk: they may be the first that ask for a manager."""
        if self.driver is None and any(isinstance(fact, WishesKept | TransactionRecorded) for fact in facts):
            charger = self.means.charger(charger_id)
            if charger is not None and needed.by_wishes((charger,)):
                self._wanted.set()

    def sensed(self, reading: Reading | None) -> None:
        """An input was told, or any of them is stale (None)."""
        if self.driver is not None:
            self.driver.sensed(reading)

    def priced(self, prices: tuple[PriceSlot, ...]) -> None:
        """Other prices were told."""
        self.prices = prices
        if self.driver is not None:
            self.driver.priced(prices)

    def clock_leapt(self) -> None:
        """The clock was set."""
        if self.driver is not None:
            self.driver.clock_leapt()

    def values(self, charger_id: ChargerId | None, connector: ConnectorId = CHARGE_POINT) -> dict[str, Value]:
        """What there is to be seen there at this moment, object by object."""
        return {} if self.driver is None else self.driver.values((charger_id, connector))

    def _look(self) -> None:
        if needed.by_configuration(self._loaded) or needed.by_wishes(self.means.chargers()):
            self._wanted.set()
