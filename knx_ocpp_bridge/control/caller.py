"""Who asks the bridge for something: what the log, the audit and a transaction's beginning say of it."""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.events import Origin


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who looks or commands. It decides nothing: what a caller may do is judged before it asks."""

    origin: Origin
    name: str = ""
    """Of the user, or of the token; empty where nobody said who it is."""
    peer: str = ""
    """IP address it came from; empty on this machine."""

    def __str__(self) -> str:
        named = f"{self.origin.value} {self.name}".rstrip()
        return f"{named} ({self.peer})" if self.peer else named


COMMAND_LINE: Final = Caller(Origin.CLI)
