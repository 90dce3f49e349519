"""What the topics are answered from, and the shape of one: for every module that has some."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.config.models import Site
from knx_ocpp_bridge.control.options import MissingError, Option, Options
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.adoption.window import Window
from knx_ocpp_bridge.daemon.books import Books
from knx_ocpp_bridge.daemon.building.building import Building
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.system.machine import Machine
from knx_ocpp_bridge.daemon.upkeep.workshop import Workshop

MOST_ROWS: Final = 500
AFTER: Final = Option(int, 0)
LIMIT: Final = Option(int, 100, 1, MOST_ROWS)
NEWEST: Final = Option(bool, default=False)

Given = Mapping[str, Any]
"""A value for every option of the topic."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the answers are made of."""

    roster: Roster
    books: Books
    window: Window
    site: Callable[[], Site]
    """The section `site` of the configuration that is in force."""
    building: Building
    machine: Machine
    workshop: Workshop


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to look at. `charger`: it is about one that must be named (True), or may be (None), or of all."""

    answer: Callable[[Sources, str, Given], Listing]
    options: Options
    charger: bool | None = False
    beside: bool = False
    """It waits for the disk and looks at nothing that lives: it is answered beside the loop."""


def found(roster: Roster, charger: str) -> ChargerId:
    """The charger of that id or alias.

    Raises:
        AskError: there is none.
    """
    charger_id = roster.find(charger)
    if charger_id is None:
        raise MissingError(unknown(roster, charger))
    return charger_id


def unknown(roster: Roster, charger: str) -> str:
    """That there is no such charger, and which there are."""
    return f"there is no charger {charger!r}; known: {', '.join(sorted(roster.actors)) or 'none'}"


def listing(rows: list[dict[str, Any]], after: int) -> Listing:
    """Rows with a `number`, and where to go on."""
    return Listing(tuple(rows), int(rows[-1]["number"]) if rows else after)
