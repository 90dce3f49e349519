"""Goals and limits of a session: wishes that the bridge keeps for itself until the cable is pulled."""

import math
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import Value

_MOST_WH: Final = 1_000_000
_MOST_S: Final = 7 * 86_400
_MOST_COST: Final = 100_000
_MINUTES_OF_A_DAY: Final = 1440
NO_TIME: Final = -1
"""The value of `goal_time` for no time."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One wish: where it is kept, and what it may be. Its value is Wh, s, percent, money or a minute of the day."""

    field: str
    most: float
    unit: str
    whole: bool = True


ROWS: Final = {
    "session_limit_energy": _Row("session_limit_wh", _MOST_WH, "Wh"),
    "session_limit_duration": _Row("session_limit_s", _MOST_S, "s"),
    "session_limit_soc": _Row("session_limit_soc", 100, "%", whole=False),
    "session_limit_cost": _Row("session_limit_cost", _MOST_COST, "", whole=False),
    "goal_energy": _Row("goal_wh", _MOST_WH, "Wh"),
    "goal_soc": _Row("goal_soc", 100, "%", whole=False),
    "goal_time": _Row("goal_minute", _MINUTES_OF_A_DAY - 1, "minutes after midnight"),
}
"""Every wish of a session by its key."""


_SAID: Final = ("session_limit_energy", "session_limit_duration", "session_limit_soc", "goal_energy", "goal_soc")
_NOTHING: Final = (None,) * len(_SAID)
_SAID_OF_NOTHING: Final[dict[str, Value | None]] = {**dict.fromkeys(_SAID, 0), "goal_time": None}


def wish(turn: Turn, connector: Connector, event: Wished) -> None:
    """The goal or limit is kept and said back, whether or not the charger is there; nonsense is refused."""
    row = ROWS[event.key]
    refusal = _refusal(event.key, row, event.value)
    if refusal:
        turn.fail(connector.id, event.key, event.number, CommandResult.REJECTED, refusal)
        return
    value = _meant(event.key, row, event.value)
    if getattr(connector.wishes, row.field) == value:
        turn.nothing_new(connector.id, event.key, event.number, "that is set already")
        return
    changed: dict[str, Any] = {row.field: value}
    turn.keep(replace(connector, wishes=replace(connector.wishes, **changed)))
    until = "until the cable is pulled" if connector.plugged else "for the next session"
    words = "taken away" if value is None else _shown(event.key, row, value)
    turn.succeed(connector.id, event.number, f"{words}, {until}")


def _shown(key: str, row: _Row, value: float) -> str:
    """As people read it: `20 kWh`, `240 min`, `07:00`, `7.50`."""
    if key == "goal_time":
        hour, minute = divmod(int(value), 60)
        return f"{hour:02}:{minute:02}"
    match row.unit:
        case "Wh":
            return f"{value / 1000:g} kWh"
        case "s":
            return f"{value / 60:g} min"
        case "":
            return f"{value:.2f}"
        case _:
            return f"{value:g} {row.unit}"


def said(wishes: Wishes) -> dict[str, Value | None]:
    """What the building is to see of them: 0 where there is none, and no time where there is no time."""
    told = (wishes.session_limit_wh, wishes.session_limit_s, wishes.session_limit_soc, wishes.goal_wh, wishes.goal_soc)
    if told == _NOTHING:
        return _SAID_OF_NOTHING if wishes.goal_minute is None else _SAID_OF_NOTHING | {"goal_time": wishes.goal_minute}
    return {**{key: value or 0 for key, value in zip(_SAID, told, strict=True)}, "goal_time": wishes.goal_minute}


def _refusal(key: str, row: _Row, value: float) -> str:
    least = -math.inf if key == "goal_time" else 0.0
    if not least <= value <= row.most:
        limits = f"0 (none) to {row.most:g} {row.unit}".strip()
        meant = f"0 to {row.most:g} {row.unit}, below 0 for none" if key == "goal_time" else limits
        return f"{value} is nothing that can be meant; send {meant}"
    return ""


def _meant(key: str, row: _Row, value: float) -> float | None:
    if key == "goal_time":
        return None if value < 0 else int(value)
    whole = round(value) if row.whole else float(value)
    return whole or None
