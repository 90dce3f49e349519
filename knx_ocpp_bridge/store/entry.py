"""What goes to the disk together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import diary
from knx_ocpp_bridge.store.cells import Statement


@dataclass(frozen=True, slots=True)
class Entry:
    """Facts of one charger, or whatever else is to be on disk together, and whom to tell."""

    charger: ChargerId
    facts: tuple[Fact, ...]
    noted_at: str
    done: Callable[[], None] | None = None
    statements: tuple[Statement, ...] = ()
    lines: tuple[diary.Line, ...] = ()
    samples: tuple[Statement, ...] = ()
    """Statements that write points of curves: with the lines, what may be lost when the disk is full."""
    tidy: bool = False
    """What it has erased must not be found in the files either."""

    def without_history(self) -> "Entry":
        """The facts and statements, and nobody to tell."""
        return replace(self, done=None, lines=(), samples=())

    def only_history(self) -> "Entry":
        """The lines and samples, and nobody to tell."""
        return replace(self, done=None, facts=(), statements=())
