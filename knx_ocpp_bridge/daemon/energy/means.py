"""Whom the energy of the site asks and tells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from knx_ocpp_bridge.core.events import Event
from knx_ocpp_bridge.core.inputs import Reading
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import Note, Update
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, Moment
from knx_ocpp_bridge.daemon.alarms import Alarms
from knx_ocpp_bridge.store.grid_evidence import GridEvidence

Place = tuple[ChargerId | None, ConnectorId]
"""An outlet, or (None, 0) the bridge."""


@dataclass(frozen=True, slots=True)
class Means:
    """None of it waits."""

    moment: Callable[[], Moment]
    chargers: Callable[[], Iterable[Charger]]
    charger: Callable[[ChargerId], Charger | None]
    readings: Callable[[], Iterable[Reading]]
    """The inputs that are bound, as they stand."""
    post: Callable[[ChargerId, Event], None]
    offer: Callable[[ChargerId | None, Update], None]
    note: Callable[[ChargerId | None, Note], None]
    """A sentence for the log, and maybe an alarm."""
    alarms: Callable[[], Alarms]
    evidence: GridEvidence
    state: Path | None = None
    """Directory in which prices are kept; None: they are not."""
