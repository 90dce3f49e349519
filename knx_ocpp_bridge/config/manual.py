"""What in the documentation is written by the catalogue of group objects and by the flags themselves."""

from collections.abc import Iterator
from dataclasses import fields
from enum import IntEnum
from typing import Final

from knx_ocpp_bridge.config.keys import SCOPES, objects_of
from knx_ocpp_bridge.config.schema import sentences
from knx_ocpp_bridge.config.table import offsets, receiving_flags, sending_flags
from knx_ocpp_bridge.core import flags
from knx_ocpp_bridge.core.group_objects import GroupObject, Scope
from knx_ocpp_bridge.core.status import (
    ChargeMode,
    CommandResult,
    ConnectorStatus,
    ErrorCode,
    LimitReason,
    StopReason,
)

_TITLES = {
    Scope.CONNECTOR: "Objects of a connector",
    Scope.CHARGE_POINT: "Objects of the charge point (connector 0)",
    Scope.BRIDGE: "Objects of the bridge",
}

_NUMBERS: Final[dict[str, type[IntEnum]]] = {
    "status": ConnectorStatus,
    "error_code": ErrorCode,
    "command_result": CommandResult,
    "charge_mode": ChargeMode,
    "limit_reason": LimitReason,
    "stop_reason": StopReason,
}

_HEAD = """# Group objects

<!-- Generated from the catalogue: knx-ocpp-bridge schema --group-objects > docs/group-objects.md -->

Directions are as seen from the bridge. An object *sends* on its `state_address` and *receives* on its `address`.
Flags are those of the ETS for the device that the bridge stands for: C communication, R read, W write, T transmit,
U update, I read on init (in a German ETS: K, L, S, Ü, A, I). What sends has C R T, a command has C W, an input C W U I.
An object that does both is two lines in the table of `knx-ocpp-bridge check`.

The first DPT is the one that counts if `dpt` is left out. Offsets are those of `group_objects_from: {scheme: xxter}`.
"""

_NOTES = """## What the values mean

- `current_l1` to `current_l3` and `voltage_l1` to `voltage_l3` are those of the phases as the charger names them;
  its L1 need not be the L1 of the house. Voltages are from phase to neutral, also where the charger tells those
  between the phases. While nothing flows the currents are 0, and the voltages stay as they were. A charger that
  tells one current for three phases has no currents of phases.
- `soc` comes from chargers that know the battery of the car, and is unknown again once the cable is out.
- `charge_mode` joins `pause` and `fast_charging` in one number: 0 pauses and leaves the fast switch as it is; 1 and 2
  end a pause and a received limit. It says 0 while paused, else what the fast switch says. In the modes 3 to 5 the
  bridge decides how much flows, up to the fast current; see [load management](load-management.md#modes).
- `surplus_mode`, `minimum_and_surplus_mode` and `scheduled_mode` are the modes 3, 4 and 5 for panels that know buttons
  only: 1 chooses the mode, 0 goes back to normal.
- Goals and session limits are of the session that runs, or of the next one, and end with it: 0 is none. `goal_time`
  is a time of day, whose weekday is left out.
- `next_start` is unknown while nothing is planned; `plan_reachable` is 0 when even charging at once is too late.
- `price` and `price_now` are of one kWh in the currency of the site (`site.currency`: 0.31 is 31 cents), and may be
  below 0. KNX has no datapoint type of a price: 14.005 is a float of 4 octets without a unit, and on the wire the same
  as any other 14.xxx that the sender may name in the ETS.
- `battery_power` is negative while the battery of the house is charged, `grid_power` while the house feeds in.
- What `limit_reason` says in each case, and what to do then, stands in
  [load management](load-management.md#what-the-numbers-mean).
- `limit_reason` is about the limit that `max_current` says, and changes with it, when the charger has accepted it.
- A value that its DPT cannot hold is sent as the nearest that it can: 65535 min on 7.006, 2147483647 Wh on 13.010.
- With `invert` a 1-bit object is 1 here while it is 0 on the bus; a button that acts on 1 acts on 0 then.
"""


def group_objects_page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_HEAD, *_tables(), _NOTES, *_numbers()))


def flags_table() -> str:
    """The rows of `chargers[].flags` in docs/configuration.md."""
    told = {key: sentence for section, key, sentence in sentences() if section == flags.Flags.__name__}
    return "\n".join(
        f"| `{each.name}` | {_written(each.default)} | {_inner(told[each.name])} |" for each in fields(flags.Flags)
    )


def _written(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _inner(sentence: str) -> str:
    return " ".join(sentence.rstrip(".").split())


def _tables() -> Iterator[str]:
    places = {scope: key for key, scope in SCOPES.items()}
    for scope, title in _TITLES.items():
        yield f"## {title}\n\nUnder `{places[scope]}`.\n"
        yield "| object | function | DPT | direction | flags | xxter offset |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(row, scope) for row in objects_of(scope))
        yield ""


def _row(row: GroupObject, scope: Scope) -> str:
    ways = [("sends", sending_flags())] if row.sends else []
    ways += [("receives", receiving_flags(row))] if row.receives else []
    directions, flags = (", ".join(part) for part in zip(*ways, strict=True))
    offset = offsets(row) if scope is Scope.CONNECTOR else ""
    return f"| `{row.key}` | {row.function_in(scope)} | {' or '.join(row.dpts)} | {directions} | {flags} | {offset} |"


def _numbers() -> Iterator[str]:
    for key, numbers in _NUMBERS.items():
        yield f"## Values of `{key}`\n"
        yield "| value | meaning |"
        yield "|---|---|"
        yield from (f"| {each.value} | {_meaning(each)} |" for each in numbers)
        yield ""


def _meaning(number: IntEnum) -> str:
    return number.name.lower().replace("_", " ")
