"""What the bus needs of the rest of the bridge, and whom it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from knx_ocpp_bridge.core.events import InputHeard, Wished
from knx_ocpp_bridge.core.values import ChargerId, Moment
from knx_ocpp_bridge.knx.monitor.telegrams import Passed


def _nobody(_words: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Means:
    """All of them return at once and raise nothing."""

    wish: Callable[[ChargerId | None, Wished], None]
    """A command for a charger (None: for the bridge itself)."""
    told: Callable[[ChargerId | None, InputHeard], None]
    """An input of a charger, or of the building (None)."""
    moment: Callable[[], Moment]
    """Now, by the clocks that the whole bridge goes by."""
    synchronised: Callable[[], bool]
    """The wall clock follows an external source (NTP)."""
    passed: Callable[[Passed], None]
    """Every group telegram, heard or sent, whoever it is for."""
    link: Callable[[str], None]
    """The bus is there (empty), or why it is not."""
    complain: Callable[[str], None] = _nobody
    """A telegram for one of our group addresses cannot be taken, and what to do: once in a while for each address."""
    state: Path | None = None
    """Directory for the numbers of Data Secure, which must outlive a restart; None: they do not."""
    trace: Callable[[str], None] | None = None
    """One line for each telegram that concerns the bridge; None: nobody watches."""
