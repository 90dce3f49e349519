"""The rows of the catalogue that are about sharing current, the sun, plans, prices and the grid operator."""

from typing import Final

from knx_ocpp_bridge.core.object_row import GroupObject, Quantity, Scope

_S, _N, _A, _E = Quantity.SWITCH, Quantity.COUNT, Quantity.CURRENT, Quantity.ENERGY
_P, _PRICE = Quantity.POWER, Quantity.PRICE
_PHASES: Final = (1, 2, 3)
CONTACTS: Final = (1, 2, 3, 4)
"""Of a ripple control receiver, or of the control box of the grid operator."""
_ENERGY_DPTS: Final = ("13.010", "13.013")
_POWER_DPTS: Final = ("14.056", "9.024")
_CURRENT_DPTS: Final = ("14.019", "9.021")
_DURATION_DPTS: Final = ("7.006", "13.100")
_PRICE_DPTS: Final = ("14.005",)
"""`KNX v02.02.01 - Datapoint Types 03.07.02` has no type of a price. Of the floats of 4 octets this is one without a
unit; on the wire all of them are the same."""
_ORDER_DPTS: Final = ("1.001", "1.002", "1.005", "1.011")
_MODES: Final = {
    "surplus_mode": "Charge with surplus only",
    "minimum_and_surplus_mode": "Charge with the minimum and the surplus",
    "scheduled_mode": "Charge by plan and tariff",
}


def _chosen(key: str, function: str, quantity: Quantity, dpts: tuple[str, ...]) -> GroupObject:
    """What the building chooses of a connector, and which choice is in force."""
    return GroupObject(key, function, quantity, dpts, sends=True, receives=True)


def connector_rows() -> tuple[GroupObject, ...]:
    """Modes, limits and goals of a session, and what became of them."""
    return (
        *(
            _chosen(key, f"{words} (1) or normally (0), and which is in force", _S, ("1.001",))
            for key, words in _MODES.items()
        ),
        _chosen("session_limit_energy", "Energy after which the session is paused; 0: no limit", _E, _ENERGY_DPTS),
        _chosen(
            "session_limit_duration",
            "Time after which the session is paused; 0: no limit",
            Quantity.DURATION,
            _DURATION_DPTS,
        ),
        _chosen(
            "session_limit_soc",
            "State of charge at which the session is paused; 0: no limit",
            Quantity.PERCENT,
            ("5.001",),
        ),
        _chosen("goal_energy", "Energy that the session is to have; 0: no goal", _E, _ENERGY_DPTS),
        _chosen("goal_soc", "State of charge that the car is to have; 0: no goal", Quantity.PERCENT, ("5.001",)),
        _chosen("goal_time", "Time of day by which the goal is to be reached", Quantity.MINUTE_OF_DAY, ("10.001",)),
        GroupObject("waiting", "It is to charge, and is held back", _S, ("1.002",), sends=True),
        GroupObject("car_full", "The car takes no more", _S, ("1.002",), sends=True),
        GroupObject("phases", "On how many phases it may charge", _N, ("5.010",), sends=True),
        GroupObject("next_start", "When charging is planned", Quantity.TIME, ("10.001", "19.001"), sends=True),
        GroupObject("plan_reachable", "The goal can still be reached in time", _S, ("1.002",), sends=True),
    )


def _input(
    key: str, function: str, quantity: Quantity, dpts: tuple[str, ...], scope: Scope = Scope.BRIDGE
) -> GroupObject:
    return GroupObject(key, function, quantity, dpts, receives=True, scope=scope, input=True)


def input_rows() -> tuple[GroupObject, ...]:
    """What the grid operator orders, what the battery of the house does, and what energy costs."""
    ordered = Scope.CHARGE_POINT | Scope.BRIDGE
    return (
        _input("grid_limit", "The grid operator limits the power (1) or does not (0)", _S, _ORDER_DPTS, ordered),
        _input("grid_limit_power", "Power that the grid operator allows while it limits", _P, _POWER_DPTS, ordered),
        *(
            _input(f"grid_limit_contact_{number}", f"Contact {number} of the grid operator", _S, _ORDER_DPTS)
            for number in CONTACTS
        ),
        _input("battery_power", "Power from the battery of the house, negative while it is charged", _P, _POWER_DPTS),
        _input("battery_soc", "State of charge of the battery of the house", Quantity.PERCENT, ("5.001",)),
        _input("price", "Price of a kWh now", _PRICE, _PRICE_DPTS),
    )


def _told(key: str, function: str, quantity: Quantity, dpts: tuple[str, ...], min_change: float) -> GroupObject:
    return GroupObject(
        key, function, quantity, dpts, sends=True, scope=Scope.BRIDGE, measurement=True, min_change=min_change
    )


def bridge_rows() -> tuple[GroupObject, ...]:
    """What the site does with its current."""
    return (
        _told("charging_power", "Power of all chargers together", _P, _POWER_DPTS, 100.0),
        *(
            _told(f"charging_current_l{phase}", f"Current of all chargers together on L{phase}", _A, _CURRENT_DPTS, 0.5)
            for phase in _PHASES
        ),
        *(
            _told(f"free_current_l{phase}", f"Current still free on L{phase}", _A, _CURRENT_DPTS, 0.5)
            for phase in _PHASES
        ),
        GroupObject("chargers_charging", "How many connectors charge", _N, ("5.010",), sends=True, scope=Scope.BRIDGE),
        GroupObject(
            "chargers_waiting", "How many connectors are held back", _N, ("5.010",), sends=True, scope=Scope.BRIDGE
        ),
        _told("surplus_power", "Surplus that cars can be charged with", _P, _POWER_DPTS, 100.0),
        GroupObject(
            "grid_limit_active",
            "An order of the grid operator is in force",
            _S,
            ("1.011",),
            sends=True,
            scope=Scope.BRIDGE,
        ),
        GroupObject(
            "grid_limit_confirmed",
            "All chargers have confirmed the order of the grid operator",
            _S,
            ("1.011",),
            sends=True,
            scope=Scope.BRIDGE,
        ),
        GroupObject(
            "price_now", "Price of a kWh that is reckoned with", _PRICE, _PRICE_DPTS, sends=True, scope=Scope.BRIDGE
        ),
    )
