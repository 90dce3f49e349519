"""What the verbs act on, what they are given, and the shape of one: for every module that has some."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from knx_ocpp_bridge.control.options import Options
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.events import Event, Origin
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.adoption.adopting import Adopting
from knx_ocpp_bridge.daemon.adoption.window import Window
from knx_ocpp_bridge.daemon.asking import Asking
from knx_ocpp_bridge.daemon.books import Books
from knx_ocpp_bridge.daemon.building.building import Building
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.daemon.system.machine import Machine
from knx_ocpp_bridge.daemon.upkeep.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Desk:
    """What the verbs act on."""

    roster: Roster
    books: Books
    window: Window
    asking: Asking
    adopting: Adopting
    post: Callable[[ChargerId, Event], None]
    building: Building
    machine: Machine
    workshop: Workshop


@dataclass(frozen=True, slots=True)
class Order:
    """One request: about whom (as it was written), with which options, and where it came from."""

    charger: str
    options: Mapping[str, Any]
    origin: Origin
    who: str = ""
    """The user or token; empty: nobody said who it is."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do. `charger`: it is done to one that must be named (True), or may be (None), or to none."""

    do: Callable[[Desk, Order], Awaitable[Managed]]
    options: Options
    charger: bool | None = True
