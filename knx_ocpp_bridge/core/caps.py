"""What the site allows a connector, whatever its owner wants."""

from dataclasses import dataclass
from datetime import datetime

from knx_ocpp_bridge.core.status import LimitReason


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit that the site sets (`core.energy`). A per phase; 0 pauses."""

    kind: LimitReason
    current_a: float
    since: datetime | None = None
    """UTC; None: nobody knows what time it was."""
    until: datetime | None = None
    """UTC; None: until something else is said."""
    words: str = ""
    """Why: circuit and phase, the plan, who charges instead."""
    lasting: bool = False
    """It holds as well when nobody steers the charger any more (an order of the grid operator)."""
