"""What the pages about KNX show and that changes by itself."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.web.knx_words import CONNECTIONS, REFUSED
from knx_ocpp_bridge.web.live import Part, Parts, Rows, Sight

PAGE: Final = 200
"""Group objects on one page of all."""
_LONGEST_NUMBER: Final = 10
_SECURE: Final = "_secure"
_INPUTS_LOOKED_AT: Final = ("object", "charger", "connector", "addresses", "dpt", "state", "at", "source", "timeout_s")


async def connection(sight: Sight, _about: str) -> Parts:
    """The connection to the bus, and the inputs."""
    (bus,) = await sight.look("bus")
    scanned = await sight.look("knx_scan")
    inputs = await sight.look("inputs")
    return {
        "bus": Part("knx_bus.html", {"bus": _bus(bus, scanned)}),
        "inputs": Part("knx_inputs.html", {"inputs": [_input(row) for row in inputs]}),
    }


def _bus(bus: Mapping[str, Any], scanned: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    here = next((row for row in scanned if row["gateway"] == bus["gateway"]), None)
    refused = [(REFUSED.get(kind, kind), count) for kind, count in (bus["refused"] or {}).items() if count]
    return {
        **bus,
        "way": CONNECTIONS.get(bus["connection"], bus["connection"]),
        "secure": bus["connection"].endswith(_SECURE),
        "tunnels": None if here is None or here["free"] is None else {"free": here["free"], "of": here["tunnels"]},
        "refused": refused,
        "load_percent": round(bus["load_percent"]),
    }


def _input(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without the age, which would be another one each second: the time of the telegram is shown."""
    shown = {name: row[name] for name in _INPUTS_LOOKED_AT}
    return {**shown, **_measured(row)}


def _measured(row: Mapping[str, Any]) -> dict[str, Any]:
    unit = {"bool": "", "int": "", "A": "A", "W": "W"}.get(row["unit"], row["unit"])
    return {"value": row["value"], "unit": unit, "counts": row["counts"], "falls_back": row["falls_back"]}


async def telegrams(sight: Sight, _about: str) -> Parts:
    """The number of the newest telegram: a page that follows it fetches what it wants to show."""
    newest = await sight.look("telegrams", newest=True, limit=1)
    return {"newest": Part("knx_newest.html", {"number": newest[0]["number"] if newest else 0})}


async def objects(sight: Sight, about: str) -> Parts:
    """The last value of each group object of a charger."""
    return _values(await sight.look("objects", about, limit=500))


async def object_page(sight: Sight, about: str) -> Parts:
    """The same of a page of all group objects, behind the one with this number."""
    after = int(about) if about.isdecimal() and len(about) < _LONGEST_NUMBER else 0
    return _values(await sight.look("objects", after=after, limit=PAGE))


def _values(rows: Rows) -> Parts:
    return {f"value-{row['number']}": Part("knx_value.html", {"row": value(row)}) for row in rows}


def value(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of the last value."""
    return {name: row[name] for name in ("number", "value", "misfit", "at", "source")}
