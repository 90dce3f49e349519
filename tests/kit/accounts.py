"""Accounting with a real journal, chargers as plain values, and a clock that a test moves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, IdTag, Moment, Value
from knx_ocpp_bridge.daemon.accounts.accounting import Accounting, Means
from knx_ocpp_bridge.store.journal import Journal

GARAGE = ChargerId("GARAGE")
OUTLET = ConnectorId(1)
TWO = """site: {timezone: Europe/Amsterdam}
authorization: {mode: allow_list, tags_file: tags.yaml}
chargers:
  - {id: GARAGE, connectors: [{id: 1}, {id: 2}]}
  - {id: YARD, connectors: [{id: 1}]}
"""
TAGS = "- {id: 04A1B2C3, name: Blue card}\n"


@dataclass
class Timer:
    """The one that rings next."""

    at_s: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Accounts:
    """A site with its accounting; `told` is everything that was offered, in order."""

    folder: Path
    journal: Journal
    now: datetime
    text: str = TWO
    clock: Clock = Clock.SANE
    now_s: float = 1000.0
    told: list[tuple[str | None, int, str, Value | None]] = field(default_factory=list)
    chargers: dict[ChargerId, Charger] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "tags.yaml").write_text(TAGS)
        self.write(self.text)
        self.loaded = load(self.folder / "bridge.yaml", {})
        self.meet()
        means = Means(self.moment, self.chargers.get, self._offer, self._call_later)
        self.accounting = Accounting(self.loaded, self.journal, means)
        self.accounting.tell()

    def moment(self) -> Moment:
        return Moment(self.now_s, self.now, self.clock)

    def write(self, text: str) -> None:
        (self.folder / "bridge.yaml").write_text(text)

    def meet(self) -> None:
        """Every configured charger is there and online."""
        for charger_id, settings in self.loaded.chargers.items():
            remembered = self.journal.remembered(charger_id)
            charger = begin(settings, remembered, IdTag("BRIDGE0000001"), self.moment())
            self.chargers[charger_id] = replace(charger, presence=Presence.ONLINE)

    def reload(self, text: str) -> None:
        self.write(text)
        self.loaded = load(self.folder / "bridge.yaml", {})
        self.meet()
        self.accounting.configure(self.loaded)

    async def record(self, one: Transaction, charger_id: ChargerId = GARAGE) -> None:
        """The core has decided it, it is on disk, and accounting has heard of it."""
        self.put(one, charger_id)
        facts = (TransactionRecorded(one),)
        done = asyncio.get_running_loop().create_future()
        self.journal.append(charger_id, facts, lambda: done.set_result(None))
        await done
        self.accounting.recorded(charger_id, facts)

    def put(self, one: Transaction, charger_id: ChargerId = GARAGE) -> None:
        """The core knows this transaction as open, or that it has ended."""
        self._replace(charger_id, one.connector, transaction=one if one.stopped_at is None else None)

    def meters(self, energy_wh: int, charger_id: ChargerId = GARAGE, connector: ConnectorId = OUTLET) -> None:
        """The open transaction has taken so much."""
        open_one = self.chargers[charger_id].connectors[connector].transaction
        base_wh = 0 if open_one is None else open_one.meter_start_wh
        began = None if open_one is None else replace(open_one, base_wh=base_wh)
        self._replace(charger_id, connector, transaction=began, reading=Reading(energy_wh=base_wh + energy_wh))

    def passes(self, **time: float) -> None:
        """Time goes by, and whatever rings meanwhile does."""
        end = self.now + timedelta(**time)
        while (timer := self._next()) is not None and self._at(timer) <= end:
            self._move(self._at(timer))
            timer.cancelled = True
            timer.call()
        self._move(end)

    def value(self, key: str, connector: int = 1, charger: str | None = GARAGE) -> Value | None:
        """What was told last of this object."""
        found = [value for *place, value in self.told if place == [charger, connector, key]]
        return found[-1] if found else None

    def _next(self) -> Timer | None:
        """There is one at most, or the site would be told the same twice as often with each that is left."""
        self.timers = [timer for timer in self.timers if not timer.cancelled]
        if len(self.timers) > 1:
            raise AssertionError(f"{len(self.timers)} timers are set")
        return self.timers[0] if self.timers else None

    def _at(self, timer: Timer) -> datetime:
        return self.now + timedelta(seconds=timer.at_s - self.now_s)

    def _move(self, to: datetime) -> None:
        self.now_s += (to - self.now).total_seconds()
        self.now = to.astimezone(UTC)

    def _replace(self, charger_id: ChargerId, connector: ConnectorId, **changes: object) -> None:
        charger = self.chargers[charger_id]
        changed = replace(charger.connectors[connector], **changes)  # type: ignore[arg-type]  # names of fields
        self.chargers[charger_id] = replace(charger, connectors={**charger.connectors, connector: changed})

    def _offer(self, charger_id: ChargerId | None, update: Update) -> None:
        self.told.append((charger_id, update.connector, update.key, update.value))

    def _call_later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now_s + delay_s, call))
        return self.timers[-1]
