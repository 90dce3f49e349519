"""The tree of circuits: what hangs in what, and on which phases of the building."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.terms import CircuitTerms, OutletKey, OutletTerms, SiteTerms

PHASE_NAMES: Final = ("L1", "L2", "L3")
_LETTERS: Final = {"R": 0, "S": 1, "T": 2}

Line = tuple[int, ...]
"""Phases of the building, 0 to 2, in the order of the outlet's own L1, L2, L3."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All circuits with what hangs directly or deeper in them."""

    circuits: Mapping[str, CircuitTerms]
    chains: Mapping[str, tuple[str, ...]]
    """Each circuit with all above it, itself first."""
    outlets: Mapping[OutletKey, OutletTerms]
    """Those that hang in one of the circuits."""
    metered: str | None
    """The circuit that is measured; the house hangs in it, and so in all above it."""

    def chain(self, outlet: OutletKey) -> tuple[str, ...]:
        """The circuits that its current flows through, the nearest first."""
        return self.chains[self.outlets[outlet].circuit]

    def root(self, outlet: OutletKey) -> str:
        """The circuit above all others that it hangs in."""
        return self.chain(outlet)[-1]

    def is_metered(self, outlet: OutletKey) -> bool:
        """What it may take depends on what is measured."""
        return self.metered is not None and self.metered in self.chain(outlet)

    @property
    def with_house(self) -> tuple[str, ...]:
        """The circuits through which the current of the house flows."""
        return () if self.metered is None else self.chains[self.metered]


def tree(terms: SiteTerms) -> Tree:
    """A circuit whose parent does not stand before it is a root; an outlet in an unknown circuit is in none."""
    chains: dict[str, tuple[str, ...]] = {}
    for name, circuit in terms.circuits.items():
        chains[name] = (name, *chains.get(circuit.parent, ()))
    return Tree(
        terms.circuits,
        chains,
        {key: outlet for key, outlet in terms.outlets.items() if outlet.circuit in chains},
        next((name for name, circuit in terms.circuits.items() if circuit.metered), None),
    )


def deepest_first(names: Iterable[str], chains: Mapping[str, tuple[str, ...]]) -> list[str]:
    """No circuit stands behind one that it hangs in."""
    return sorted(names, key=lambda name: -len(chains[name]))


def wired(outlet: OutletTerms) -> Line:
    """The phases that the outlet is connected to, as `rotation` says; an unknown letter stands for its place."""
    letters = (outlet.rotation + "RST"[len(outlet.rotation) :])[:3]
    found = tuple(_LETTERS.get(letter, place) for place, letter in enumerate(letters))
    return found[: max(1, min(outlet.phases, 3))]
