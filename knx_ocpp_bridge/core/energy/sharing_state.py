"""What the sharing remembers between two looks at the site, and what it says: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knx_ocpp_bridge.core.energy.ruling import CircuitReport, OutletReport, Ruling
from knx_ocpp_bridge.core.energy.terms import OutletKey


@dataclass(frozen=True, slots=True)
class SharingMemory:
    """What it wants to be given next time; new after a start, and when the configuration changes."""


@dataclass(frozen=True, slots=True)
class SharingRuling:
    """One cap for each outlet that stands in a circuit, and what is shown of it."""

    ruling: Ruling[SharingMemory]
    circuits: tuple[CircuitReport, ...] = ()
    outlets: Mapping[OutletKey, OutletReport] = field(default_factory=dict)
    settling: bool = False
    """After a start: nothing is given out before all is known again."""
    urgent: frozenset[OutletKey] = frozenset()
    """Lowered now, because a fuse asks for it."""
