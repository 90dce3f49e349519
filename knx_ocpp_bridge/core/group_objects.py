"""The catalogue of group objects: the product in one table.

Configuration keys, the JSON schema, the table that `check` prints, docs and DPT choice are derived from it.
"""

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Final


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
    bridge_function: str = ""
    """What it does as an object of the bridge; empty: the same."""

    def function_in(self, scope: Scope) -> str:
        """What it does where it stands there."""
        return self.bridge_function or self.function if scope is Scope.BRIDGE else self.function


_CP = Scope.CONNECTOR | Scope.CHARGE_POINT
_S, _N, _A, _E = Quantity.SWITCH, Quantity.COUNT, Quantity.CURRENT, Quantity.ENERGY
_CURRENT_DPTS: Final = ("14.019", "9.021")
_TIME_DPTS: Final = ("10.001", "19.001")
_DURATION_DPTS: Final = ("7.006", "13.100")
_ANY: Final = Scope.CONNECTOR | Scope.CHARGE_POINT | Scope.BRIDGE
_PERIODS: Final = {"today": "today", "yesterday": "yesterday", "total": "since the counters were reset"}


def _counters() -> tuple["GroupObject", ...]:
    """What was charged today, yesterday and in all: of a connector, of the charge point, of the site."""
    rows: list[GroupObject] = []
    for period, words in _PERIODS.items():
        rows += (
            GroupObject(
                f"energy_{period}",
                f"Energy {words}",
                _E,
                ("13.010", "13.013", "29.010"),
                sends=True,
                scope=_ANY,
            ),
            GroupObject(f"sessions_{period}", f"Sessions {words}", _N, ("7.001",), sends=True, scope=_ANY),
            GroupObject(
                f"minutes_{period}", f"Time charged {words}", Quantity.DURATION, _DURATION_DPTS, sends=True, scope=_ANY
            ),
        )
    return tuple(rows)


_ROWS: Final = (
    GroupObject("status", "Connector status", _N, ("5.010",), sends=True, scope=_CP, send_offset=0),
    GroupObject("error_code", "Error code", _N, ("5.010",), sends=True, scope=_CP, send_offset=100),
    GroupObject(
        "charging",
        "Start (1) or stop (0) charging, and whether it charges",
        _S,
        ("1.010",),
        sends=True,
        receives=True,
        send_offset=1,
        receive_offset=2,
    ),
    GroupObject("reservation", "Reserve now (1) or free (0)", _S, ("1.010",), receives=True, receive_offset=3),
    GroupObject(
        "availability",
        "Set available (1) or unavailable (0), and which it is",
        _S,
        ("1.003",),
        sends=True,
        receives=True,
        scope=_CP,
        send_offset=4,
        receive_offset=5,
    ),
    GroupObject(
        "unlock",
        "1 unlocks the connector; a transaction ends first",
        _S,
        ("1.003",),
        receives=True,
        receive_offset=6,
        acts_on_one_only=True,
    ),
    GroupObject(
        "transaction_energy",
        "Energy of the transaction that has just ended",
        _E,
        ("13.010",),
        sends=True,
        send_offset=10,
    ),
    GroupObject("start_time", "When charging started", Quantity.TIME, _TIME_DPTS, sends=True, send_offset=20),
    GroupObject("end_time", "When charging ended", Quantity.TIME, _TIME_DPTS, sends=True, send_offset=30),
    GroupObject(
        "current",
        "Actual charging current, the largest of the phases",
        _A,
        _CURRENT_DPTS,
        sends=True,
        send_offset=40,
        measurement=True,
        min_change=0.2,
    ),
    GroupObject(
        "max_current",
        "Current limit, and the limit in force",
        _A,
        _CURRENT_DPTS,
        sends=True,
        receives=True,
        send_offset=41,
        receive_offset=42,
    ),
    GroupObject(
        "reset",
        "1 restarts the charge point (soft reset)",
        _S,
        ("1.015",),
        receives=True,
        scope=_CP,
        receive_offset=101,
        whole_charge_point=True,
        acts_on_one_only=True,
    ),
    GroupObject("online", "The charge point is connected", _S, ("1.011",), sends=True, scope=_CP),
    GroupObject(
        "fault",
        "Faulted, or not connected",
        _S,
        ("1.005",),
        sends=True,
        scope=_ANY,
        bridge_function="An alarm stands, whatever it is about",
    ),
    GroupObject("cable_connected", "A cable is plugged in", _S, ("1.002",), sends=True),
    GroupObject(
        "fast_charging",
        "Fast (1) or normal (0) current, and which is in force",
        _S,
        ("1.001",),
        sends=True,
        receives=True,
    ),
    GroupObject(
        "pause", "Pause (1) or go on (0), and whether 0 A is in force", _S, ("1.001",), sends=True, receives=True
    ),
    GroupObject(
        "power",
        "Actual charging power",
        Quantity.POWER,
        ("14.056", "9.024"),
        sends=True,
        measurement=True,
        min_change=100.0,
    ),
    GroupObject(
        "meter",
        "Lifetime energy of the connector",
        _E,
        ("13.010", "13.013", "29.010"),
        sends=True,
        measurement=True,
        min_change=100.0,
    ),
    GroupObject(
        "session_energy",
        "Energy since the cable was plugged in",
        _E,
        ("13.010",),
        sends=True,
        measurement=True,
        min_change=100.0,
    ),
    GroupObject(
        "session_duration",
        "Time since the running session began to charge",
        Quantity.DURATION,
        _DURATION_DPTS,
        sends=True,
        measurement=True,
        min_change=30.0,
    ),
    GroupObject(
        "user",
        "The card that charges, or was held to the reader",
        Quantity.TEXT,
        ("16.001",),
        sends=True,
        scope=_CP,
    ),
    GroupObject("stop_reason", "Why the last transaction ended", _N, ("5.010",), sends=True),
    GroupObject("last_charge_counter", "Changes with each charge that ends", _N, ("7.001",), sends=True),
    GroupObject("last_user", "Name of the card that charged last", Quantity.TEXT, ("16.001",), sends=True),
    GroupObject("last_duration", "Time that the last charge took", Quantity.DURATION, _DURATION_DPTS, sends=True),
    *_counters(),
    GroupObject(
        "reset_counters",
        "1 begins the totals anew",
        _S,
        ("1.015",),
        receives=True,
        scope=_ANY,
        acts_on_one_only=True,
    ),
    GroupObject(
        "error_text",
        "Error information and vendor code, or offline, 14 characters",
        Quantity.TEXT,
        ("16.001",),
        sends=True,
        scope=_ANY,
        bridge_function="The newest alarm that stands, 14 characters; empty: none",
    ),
    GroupObject("command_result", "What became of the last command", _N, ("5.010",), sends=True),
    GroupObject(
        "hard_reset",
        "1 restarts the charge point (hard reset)",
        _S,
        ("1.015",),
        receives=True,
        scope=_CP,
        whole_charge_point=True,
        acts_on_one_only=True,
    ),
    GroupObject(
        "clear_cache",
        "1 clears the charge point's authorisation cache",
        _S,
        ("1.015",),
        receives=True,
        scope=_CP,
        whole_charge_point=True,
        acts_on_one_only=True,
    ),
    GroupObject("heartbeat", "The bridge is alive; sent every minute", _S, ("1.011",), sends=True, scope=Scope.BRIDGE),
    GroupObject(
        "chargers_online", "How many configured chargers are connected", _N, ("5.010",), sends=True, scope=Scope.BRIDGE
    ),
)

CATALOGUE: Final[dict[str, GroupObject]] = {row.key: row for row in _ROWS}
"""Every group object by its configuration key, in the order of the documentation."""
