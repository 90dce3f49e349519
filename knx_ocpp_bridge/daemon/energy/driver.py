"""The manager of the site alive: woken by what happens, it decides, and what it decides is carried out.

A defect in a rule ends `run`, and with it the bridge, which systemd starts again: a manager that has stopped while
limits go on being renewed would be worse than none. Until the bridge is back, leases make less of every limit.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from knx_ocpp_bridge.core.energy import manager
from knx_ocpp_bridge.core.energy.ruling import Decision, Grant, SiteNote, SiteReport
from knx_ocpp_bridge.core.energy.scene import PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.events import Capped
from knx_ocpp_bridge.core.inputs import InputKey, InputValue, Reading
from knx_ocpp_bridge.core.step import AlarmKind, Note
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, Value
from knx_ocpp_bridge.daemon.energy import objects
from knx_ocpp_bridge.daemon.energy.means import Means, Place
from knx_ocpp_bridge.daemon.energy.needed import ORDERS
from knx_ocpp_bridge.daemon.energy.objects import Board
from knx_ocpp_bridge.daemon.energy.pace import Pace
from knx_ocpp_bridge.daemon.energy.past import Past
from knx_ocpp_bridge.daemon.energy.sight import Sight
from knx_ocpp_bridge.daemon.energy.uncounted import Uncounted

_WHILE_ANYTHING_FLOWS_S: Final = 5.0
"""Nothing may have told of it: a lease that has ended, a reading that is old."""


class Driver:
    """Owns the site. Nothing in it waits but `run`."""

    def __init__(self, terms: SiteTerms, means: Means) -> None:
        self._terms = terms
        self._chargers = {charger_id for charger_id, _ in terms.outlets}
        self._means = means
        now = means.moment()
        self._site = manager.new(terms, tuple(kept.row for kept in means.evidence.orders()))
        self._sight = Sight(means, now.monotonic_s)
        self._uncounted = Uncounted(means)
        self._rings = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._pace = Pace(lambda: means.moment().monotonic_s, loop.call_later, self._rings.set)
        self._board = Board(means.offer)
        self._alarmed = set[tuple[ChargerId | None, ConnectorId | None]]()
        """Where this run has begun an alarm that stands."""
        self._lowest: dict[InputKey, InputValue] = {}
        """Of each input that was told since the last look."""
        self._known = False
        """All was known again since the start: alarms of before have been judged."""
        self.scene: Scene | None = None
        self.report = SiteReport()
        self.past = Past()
        self.grants: dict[OutletKey, Grant] = {}
        """What was said last of each outlet."""

    async def run(self) -> None:
        """Decides whenever there is reason to, until cancelled."""
        self._pace.news(urgent=True)
        try:
            while True:
                await self._rings.wait()
                self._rings.clear()
                self.look()
        finally:
            self._pace.stop()

    def look(self) -> None:
        """One decision."""
        now = self._means.moment()
        scene = self._sight.scene(now, self._terms.outlets)
        self._lowest.clear()
        self._site, decision = manager.advance(self._site, scene)
        self.scene, self.report = scene, decision.report
        self._carry_out(decision)
        self._means.evidence.add(decision.evidence, now)
        for note in decision.notes:
            self._say(note)
        self._judge_old_alarms()
        self._board.show(objects.values(scene, decision.report, self._terms))
        self.past.look(scene, decision.report, self._terms)
        self._come_back(scene, decision)

    def configure(self, terms: SiteTerms) -> None:
        """The configuration was read again."""
        self._terms = terms
        self._chargers = {charger_id for charger_id, _ in terms.outlets}
        self._site = manager.reterm(self._site, terms)
        self._sight.configure()
        for key in self.grants.keys() - terms.outlets.keys():
            del self.grants[key]
        self._post(grant for grant in self.grants.values() if self._is_lost(grant))
        self._pace.news(urgent=True)

    def changed(self, charger_id: ChargerId) -> None:
        """Something of this charger is not as it was. Of strangers nothing is decided."""
        if charger_id in self._chargers:
            self._sight.changed(charger_id)
            self._uncounted.look(charger_id, self._terms)
            self._pace.news(urgent=False)

    def sensed(self, reading: Reading | None) -> None:
        """An input was told, or any of them is stale (None)."""
        self._pace.news(urgent=reading is None or self._presses(reading))

    def priced(self, prices: tuple[PriceSlot, ...]) -> None:
        """Other prices were told."""
        self._sight.prices = prices
        self._pace.news(urgent=False)

    def clock_leapt(self) -> None:
        """Plans are times of day."""
        self._pace.news(urgent=False)

    def values(self, place: Place) -> dict[str, Value]:
        """What there is to be seen there."""
        return {key: value for key, value in self._board.said.get(place, {}).items() if value is not None}

    def _presses(self, reading: Reading) -> bool:
        """Somebody may have to have less: an order, or the house takes more than it did since the last look."""
        key: InputKey = reading.terms.key
        if key[2] in ORDERS:
            return True
        before = self._sight.readings.get(key)
        if before is None or before.counts is None or reading.counts is None:
            return True
        lowest = min(before.counts, self._lowest.get(key, before.counts))
        self._lowest[key] = min(lowest, reading.counts)
        return reading.counts > lowest

    def _carry_out(self, decision: Decision) -> None:
        self.grants |= {grant.outlet: grant for grant in decision.grants}
        self._post(decision.grants)

    def _post(self, grants: Iterable[Grant]) -> None:
        for grant in grants:
            charger_id, connector = grant.outlet
            self._means.post(charger_id, Capped(connector, grant.caps, grant.phases, grant.urgent))

    def _is_lost(self, grant: Grant) -> bool:
        """Its charger was made anew and has not heard of it."""
        charger = self._means.charger(grant.outlet[0])
        connector = None if charger is None else charger.connectors.get(grant.outlet[1])
        return connector is not None and (not connector.capped or connector.caps != grant.caps)

    def _say(self, note: SiteNote) -> None:
        charger_id, number = (None, CHARGE_POINT) if note.outlet is None else note.outlet
        connector = number or None
        if note.alarm is not None:
            (self._alarmed.discard if note.over else self._alarmed.add)((charger_id, connector))
        self._means.note(charger_id, Note(note.level, connector, note.text, "energy", note.alarm, note.over))

    def _judge_old_alarms(self) -> None:
        """One that stood when the bridge was stopped stands on only if it was begun anew."""
        if not self._known and not self.report.settling:
            self._known = True
            self._means.alarms().end_others(AlarmKind.LOAD, self._alarmed)

    def _come_back(self, scene: Scene, decision: Decision) -> None:
        if decision.wake_at_s is not None:
            self._pace.at(decision.wake_at_s)
        if decision.report.settling or any(each.charging for each in scene.outlets.values()):
            self._pace.at(scene.now.monotonic_s + _WHILE_ANYTHING_FLOWS_S)
