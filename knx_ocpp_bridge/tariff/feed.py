"""Prices of known hours, told whenever they change: from a file that is watched, or from a service that is asked."""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.tariff.apart import apart, asked
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.kept import Kept
from knx_ocpp_bridge.tariff.price_file import PriceFile
from knx_ocpp_bridge.tariff.reading import read
from knx_ocpp_bridge.tariff.rhythm import pause_s
from knx_ocpp_bridge.tariff.slots import merged

_log = logging.getLogger(__name__)
_LOOK_S: Final = 10.0
"""So often it is looked whether a file is another."""
_PATIENCE_S: Final = 60.0
"""So long a service is waited for, from the question to the last byte."""
_PAST: Final = timedelta(hours=26)
"""So long prices are kept that are over: plans compare an hour with its whole day."""

Tell = Callable[[tuple[PriceSlot, ...]], None]
Say = Callable[[int, str], None]
"""Level of `logging`, and a sentence for log and page."""


class PriceFeed:
    """One source of prices. `tell` is given all that is known whenever that changes, `say` what goes wrong, once."""

    def __init__(
        self,
        source: Tariff,
        zone: tzinfo,
        *,
        state: Path | None,
        now: Callable[[], datetime],
        tell: Tell,
        say: Say,
    ) -> None:
        """`source.file` is absolute or relative to the working directory; `state` is the folder to keep prices in."""
        self._source = source
        self._zone = zone
        self._now = now
        self._tell = tell
        self._say = say
        self._kept = None if state is None or not source.url else Kept(state, source)
        self._known: tuple[PriceSlot, ...] = ()
        self._trouble = ""

    async def run(self) -> None:
        """Until cancelled. Whatever a source does is trouble that is said and tried again."""
        if self._source.url:
            await self._ask(self._source.url)
        elif self._source.file is not None:
            await self._watch(PriceFile(self._source.file))

    async def _watch(self, file: PriceFile) -> None:
        while True:
            try:
                known = await apart(partial(self._news, file))
                if known is not None:
                    self._learn(known)
            except PriceError as error:
                self._fail(f"prices in {self._source.file}: {error}")
            await asyncio.sleep(_LOOK_S)

    async def _ask(self, url: str) -> None:
        self._learn(() if self._kept is None else await apart(self._kept.load), is_said=False)
        chance, failures = random.random(), 0  # noqa: S311 - it spreads the load of a service, and guards nothing
        while True:
            today = self._now().astimezone(self._zone).date()
            try:
                told = await asked(partial(self._answer, url, today), _PATIENCE_S)
                known = merged(self._known, told, self._now() - _PAST)
                await self._keep(known)
                self._learn(known)
                failures = 0
            except PriceError as error:
                failures += 1
                self._fail(f"prices of tariff.url: {error}")
            until = self._known[-1].ends if self._known else None
            await asyncio.sleep(pause_s(self._now(), until, self._zone, failures, chance))

    def _news(self, file: PriceFile) -> tuple[PriceSlot, ...] | None:
        raw = file.news()
        return None if raw is None else read(raw, self._source, self._zone)

    def _answer(self, url: str, today: date) -> tuple[PriceSlot, ...]:
        from knx_ocpp_bridge.tariff.fetch import dated, fetch  # loaded by those alone who have a service

        return read(fetch(dated(url, today)), self._source, self._zone)

    def _learn(self, known: tuple[PriceSlot, ...], *, is_said: bool = True) -> None:
        if known != self._known:
            self._known = known
            self._tell(known)
        if is_said and self._trouble:
            self._trouble = ""
            self._say(logging.INFO, "prices are read again")

    def _fail(self, sentence: str) -> None:
        """Said once, and again when it is something else; what was known counts on."""
        if sentence == self._trouble:
            return
        self._trouble = sentence
        end = self._known[-1].ends.astimezone(self._zone) if self._known else None
        rest = "none are known" if end is None else f"known until {end:%Y-%m-%d %H:%M}"
        self._say(logging.WARNING, f"{sentence}; {rest}, and it is tried again")

    async def _keep(self, known: tuple[PriceSlot, ...]) -> None:
        if self._kept is None or known == self._known:
            return
        try:
            await apart(partial(self._kept.save, known))
        except OSError as error:
            _log.warning("prices cannot be kept: %s", error)
