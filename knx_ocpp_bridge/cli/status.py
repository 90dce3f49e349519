"""`status`: how the bridge and every connector stand, on one screen."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from knx_ocpp_bridge.cli.chargers import window_line
from knx_ocpp_bridge.cli.live import EXIT_FAILED, answer
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, plain, shown, spelled, table
from knx_ocpp_bridge.control.protocol import Snapshot, Status

_ANSWER_WITHIN_S: Final = 10.0
_EVERY_S: Final = 1.0
_HEADS: Final = ("charger", "no", "name", "online", "status", "charging", "current", "limit", "session")
_ALWAYS: Final = frozenset({"connected", "sent", "failed", "received", "waiting"})
_PRESENCE: Final = frozenset({"online", "offline"})
"""Anything else: it was not heard of since the bridge started."""


@click.command()
@click.option("--watch", is_flag=True, help="Again every second, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="For programs: everything, one line.")
@socket_option
def status(socket: Path, *, watch: bool, as_json: bool) -> None:
    """Show the bridge and every connector."""
    while True:
        snapshot = answer(socket, Status(), _ANSWER_WITHIN_S)
        if not isinstance(snapshot, Snapshot):
            sys.exit(EXIT_FAILED)
        if watch and not as_json:
            click.clear()
        click.echo(json.dumps(asdict(snapshot)) if as_json else "\n".join(screen(snapshot)))
        if not watch:
            return
        time.sleep(_EVERY_S)


def screen(snapshot: Snapshot) -> list[str]:
    """The lines of one screen: the bridge on top, then one line per connector, then who is not configured."""
    known = [charger for charger in snapshot.chargers if charger["configured"]]
    rows = [_row(charger, connector) for charger in known for connector in charger["connectors"]]
    strangers = [charger for charger in snapshot.chargers if not charger["configured"]]
    return [*_top(snapshot.bridge), "", *table(_HEADS, rows), *_strangers(strangers)]


def _top(bridge: Mapping[str, Any]) -> list[str]:
    window = bridge.get("window", {"open": False})
    lines = [
        " ".join(filter(None, (bridge.get("site"), f"knx-ocpp-bridge {bridge['version']}, {_clock(bridge)}"))),
        f"KNX   {_facts(_telling(bridge['knx']))}",
        f"OCPP  {_facts(bridge['ocpp'])}",
    ]
    if inputs := bridge.get("inputs"):
        lines.append(_inputs(inputs))
    alarms = bridge.get("alarms", 0)
    lines += [f"{alarms} {'alarm stands' if alarms == 1 else 'alarms stand'}: knx-ocpp-bridge alarms"] if alarms else []
    return [*lines, window_line(window)] if window["open"] else lines


def _inputs(inputs: Mapping[str, int]) -> str:
    """How many do not tell what they should, and where to look."""
    count = f"{inputs['bound']} input{'s' * (inputs['bound'] != 1)}"
    silent = [f"{inputs[state]} {state}" for state in ("stale", "unknown") if inputs.get(state)]
    told = f"{count}: {', '.join(silent)}" if silent else f"{count}, all fresh"
    return f"{told} (knx-ocpp-bridge knx inputs)"


def _telling(knx: Mapping[str, Any]) -> dict[str, Any]:
    """What is 0 or no is left out, but for what everybody looks for; all of it is shown by `knx bus`."""
    told = {name: value for name, value in knx.items() if name != "second" and (value or name in _ALWAYS)}
    return told | ({"gateway": f"{knx['gateway']} (the second gateway)"} if knx.get("second") else {})


def _clock(bridge: Mapping[str, Any]) -> str:
    """Whether it can be believed, and where it comes from."""
    source = bridge.get("clock_source")
    return f"clock {bridge['clock']}" + (f" ({source})" if source else "")


def _facts(part: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {plain(value)}" for name, value in part.items() if value not in (None, "")
    )


def _row(charger: Mapping[str, Any], connector: Mapping[str, Any]) -> tuple[str, ...]:
    values = connector["values"]
    reported = values.get("status")
    return (
        shown(charger["id"]),
        str(connector["id"]),
        shown(charger["name"]) or UNKNOWN,
        charger["online"] if charger["online"] in _PRESENCE else UNKNOWN,
        UNKNOWN if reported is None else spelled(reported),
        UNKNOWN if "charging" not in values else plain(values["charging"]),
        _quantity(values.get("current"), 1.0, "A", 1),
        _quantity(values.get("max_current"), 1.0, "A", 1),
        _quantity(values.get("session_energy"), 1000.0, "kWh", 2),
    )


def _strangers(chargers: Sequence[Mapping[str, Any]]) -> list[str]:
    if not chargers:
        return []
    hint = f"knx-ocpp-bridge chargers adopt {shown(chargers[-1]['id']) if len(chargers) == 1 else 'ID'}"
    return ["", f"not configured (adopt: {hint}):", *map(_stranger, chargers)]


def _stranger(charger: Mapping[str, Any]) -> str:
    rejected = " (rejected)" if charger.get("registration") == "rejected" else ""
    return "  {id}  {vendor} {model} from {peer}".format_map({k: shown(v) for k, v in charger.items()}) + rejected


def _quantity(value: float | None, divisor: float, unit: str, digits: int) -> str:
    return UNKNOWN if value is None else f"{value / divisor:.{digits}f} {unit}"
