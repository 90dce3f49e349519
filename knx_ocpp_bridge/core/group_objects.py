"""The catalogue of group objects: the product in one table.

Configuration keys, the JSON schema, the table that `check` prints, docs and DPT choice are derived from it.
"""

from typing import Final

from knx_ocpp_bridge.core import energy_objects
from knx_ocpp_bridge.core.object_row import GroupObject, Quantity, Scope

__all__ = ["CATALOGUE", "GroupObject", "Quantity", "Scope"]

_CP = Scope.CONNECTOR | Scope.CHARGE_POINT
_S, _N, _A, _E = Quantity.SWITCH, Quantity.COUNT, Quantity.CURRENT, Quantity.ENERGY
_CURRENT_DPTS: Final = ("14.019", "9.021")
_TIME_DPTS: Final = ("10.001", "19.001")
_DURATION_DPTS: Final = ("7.006", "13.100")
_POWER_DPTS: Final = ("14.056", "9.024")
_PHASE_CURRENT_DPTS: Final = ("14.019", "9.021", "7.012")
_PHASES: Final = (1, 2, 3)
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


def _phases() -> tuple[GroupObject, ...]:
    """Current and voltage of each phase of the outlet, as its charger names them."""
    currents = tuple(
        GroupObject(
            f"current_l{phase}",
            f"Charging current of phase L{phase}",
            _A,
            _CURRENT_DPTS,
            sends=True,
            measurement=True,
            min_change=0.2,
        )
        for phase in _PHASES
    )
    voltages = tuple(
        GroupObject(
            f"voltage_l{phase}",
            f"Voltage of phase L{phase}",
            Quantity.VOLTAGE,
            ("14.027",),
            sends=True,
            measurement=True,
            min_change=2.0,
        )
        for phase in _PHASES
    )
    return currents + voltages


def _input(
    key: str, function: str, quantity: Quantity, dpts: tuple[str, ...], scope: Scope = Scope.BRIDGE
) -> GroupObject:
    return GroupObject(key, function, quantity, dpts, receives=True, scope=scope, input=True)


def _inputs() -> tuple[GroupObject, ...]:
    """What the building measures and decides, for whoever shares its current among chargers."""
    power = Quantity.POWER
    return (
        _input("grid_power", "Power from the grid, negative while feeding in", power, _POWER_DPTS),
        *(_input(f"grid_power_l{phase}", f"Power from the grid on L{phase}", power, _POWER_DPTS) for phase in _PHASES),
        *(
            _input(f"grid_current_l{phase}", f"Current from the grid on L{phase}", _A, _PHASE_CURRENT_DPTS)
            for phase in _PHASES
        ),
        _input("pv_power", "Power of the photovoltaic system", power, _POWER_DPTS),
        _input("tariff", "Number of the tariff that is in force", _N, ("5.006", "5.010", "1.001")),
        _input("release", "Charging is released (1) or held (0)", _S, ("1.001", "1.003"), _ANY),
    )


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
    *_phases(),
    GroupObject(
        "soc",
        "State of charge of the car, where the charger knows it",
        Quantity.PERCENT,
        ("5.001",),
        sends=True,
        measurement=True,
        min_change=1.0,
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
    GroupObject(
        "charge_mode",
        "How it is to charge, by number, and which mode is in force",
        _N,
        ("5.010",),
        sends=True,
        receives=True,
    ),
    GroupObject("limit_reason", "What the current limit in force comes from", _N, ("5.010",), sends=True),
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
    GroupObject(
        "bus_time",
        "Date and time, or weekday and time: sent to the building, or taken from it",
        Quantity.CLOCK,
        ("19.001", "10.001"),
        sends=True,
        receives=True,
        scope=Scope.BRIDGE,
    ),
    GroupObject(
        "bus_date",
        "Date, beside a `bus_time` of 10.001: sent to the building, or taken from it",
        Quantity.CLOCK,
        ("11.001",),
        sends=True,
        receives=True,
        scope=Scope.BRIDGE,
    ),
    *_inputs(),
    *energy_objects.connector_rows(),
    *energy_objects.input_rows(),
    *energy_objects.bridge_rows(),
)

CATALOGUE: Final[dict[str, GroupObject]] = {row.key: row for row in _ROWS}
"""Every group object by its configuration key, in the order of the documentation."""
