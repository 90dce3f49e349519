"""What the bridge stands on, for whoever judges how it fares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.daemon.clock import WallClock
from knx_ocpp_bridge.ocpp.tally import Tally

Again = Callable[[Callable[[], None]], None]
"""Soon the bridge ends orderly, does this with nobody at the database, and starts again in the same process."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it remembers, its clock, and how its configuration stands."""

    state: Path
    """Directory of the database and the certificates."""
    clock: WallClock
    loaded: Callable[[], Loaded]
    """The configuration that is in force."""
    refused: Callable[[], tuple[str, ...]] = tuple
    """What was wrong with the file when it was read last; empty: it is in force."""
    started_with: Callable[[], Loaded] | None = None
    """The configuration that sockets were opened with; None: the one that is in force."""
    restart: Callable[[], tuple[str, ...]] = tuple
    """What of the configuration waits for a restart."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What the configuration is read with."""
    tally: Tally = field(default_factory=Tally)
    """Calls of OCPP, counted."""
    listening: Callable[[], bool] = lambda: True
    """Chargers are let in at their port."""
    again: Again | None = None
    """None: it cannot."""
