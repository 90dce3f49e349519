"""The energy of the site, wired to the bridge: not all of its parts are there before the first event."""

from pathlib import Path
from typing import Protocol

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.events import Event
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import Note, Update
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.alarms import Alarms
from knx_ocpp_bridge.daemon.building.building import Building
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.daemon.energy.means import Means
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.store.grid_evidence import GridEvidence
from knx_ocpp_bridge.store.journal import Journal


class Parts(Protocol):
    """What of the bridge is looked at and acted on here."""

    clock: WallClock
    alarms: Alarms
    building: Building
    roster: Roster

    def say_of_building(self, charger_id: ChargerId | None, note: Note) -> None: ...
    def alarm_of_building(self, charger_id: ChargerId | None, note: Note) -> None: ...


def wired(parts: Parts, loaded: Loaded, journal: Journal, state: Path) -> Energy:
    """The energy of this bridge's site."""

    def chargers() -> tuple[Charger, ...]:
        return tuple(actor.charger for actor in parts.roster.actors.values())

    def charger(charger_id: ChargerId) -> Charger | None:
        actor = parts.roster.actors.get(charger_id)
        return None if actor is None else actor.charger

    def readings() -> tuple[Reading, ...]:
        return parts.building.inputs.readings()

    def post(charger_id: ChargerId, event: Event) -> None:
        parts.roster.post(charger_id, event)

    def offer(charger_id: ChargerId | None, update: Update) -> None:
        parts.building.bus.offer(charger_id, update)

    def note(charger_id: ChargerId | None, said: Note) -> None:
        parts.say_of_building(charger_id, said)
        if charger_id is None:
            parts.alarm_of_building(None, said)

    evidence = GridEvidence(journal)
    return Energy(
        loaded,
        Means(
            parts.clock.moment, chargers, charger, readings, post, offer, note, lambda: parts.alarms, evidence, state
        ),
    )
