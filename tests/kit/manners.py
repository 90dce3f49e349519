"""How a charger meets a call when a test wants it to be less than polite."""

from dataclasses import dataclass

from knx_ocpp_bridge.ocpp.simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Manner:
    """How the next calls of one action are met, instead of politely."""

    payload: Json | None = None
    """Answered with this."""
    error: str = ""
    """Answered with this CALLERROR."""
    delay_s: float = 0.0
    silent: bool = False
    """Not answered."""
    obey: bool = False
    """The answer is the polite one."""
