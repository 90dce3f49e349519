"""One row of the catalogue of group objects: what an object means, carries, and where it can stand."""

from dataclasses import dataclass
from enum import Enum, Flag, auto


class Quantity(Enum):
    """What the value means inside the bridge; the datapoint decides the unit on the wire."""

    SWITCH = "bool"
    COUNT = "int"
    CURRENT = "A"
    POWER = "W"
    ENERGY = "Wh"
    TIME = "UTC"
    TEXT = "text"
    DURATION = "s"
    VOLTAGE = "V"
    PERCENT = "%"
    CLOCK = "now"
    """The time of day at the moment of the telegram."""
    MINUTE_OF_DAY = "min"
    """Minutes after midnight of the site's wall clock, 0 to 1439: on the bus a time of day."""
    PRICE = "per kWh"
    """In the currency of the site."""


class Scope(Flag):
    """Where an object can stand in the configuration."""

    CONNECTOR = auto()
    CHARGE_POINT = auto()
    BRIDGE = auto()


@dataclass(frozen=True, slots=True)
class GroupObject:
    """One row: an object of a connector, of the charge point or of the bridge, seen from the bridge."""

    key: str
    function: str
    quantity: Quantity
    dpts: tuple[str, ...]
    """The datapoint types allowed; the first is the default."""
    sends: bool = False
    receives: bool = False
    scope: Scope = Scope.CONNECTOR
    send_offset: int | None = None
    """xxter's offset of the sending group address from the base; None: not one of xxter's objects."""
    receive_offset: int | None = None
    measurement: bool = False
    """A stream of readings: deadband and minimum interval apply, half of the rate limit, no value while offline."""
    whole_charge_point: bool = False
    """Acts on the whole charge point: one telegram gives one call, however many connectors share the address."""
    acts_on_one_only: bool = False
    """Only a 1 acts; a 0 is the release of a push button and does nothing."""
    min_change: float = 0.0
    """Default deadband in the unit of `quantity`."""
    input: bool = False
    """The building measures or decides it: a value to be kept, with an age, not a command. It may be read at the start,
    and a GroupValueResponse counts as well.
    """
    bridge_function: str = ""
    """What it does as an object of the bridge; empty: the same."""

    def function_in(self, scope: Scope) -> str:
        """What it does where it stands there."""
        return self.bridge_function or self.function if scope is Scope.BRIDGE else self.function
