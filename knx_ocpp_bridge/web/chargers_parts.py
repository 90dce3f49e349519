"""What the page of all charge points shows, as elements that change by themselves."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, Final
from urllib.parse import quote

from knx_ocpp_bridge.web.failure_words import HAPPENED, REMEDIES
from knx_ocpp_bridge.web.live import Part, Parts, Rows, Sight

Row = Mapping[str, Any]

_MOST_FAILURES: Final = 100
_STEP_W: Final = 100
_LIMITS_LOOKED_AT_EVERY_S: Final = 2.0
"""Frames of the charger are read for it."""
_AS_THEY_ARE: Final = ("status", "fault", "online", "error_text", "max_current", "soc")
_STEPS: Final[Mapping[str, float]] = {
    "power": 100,
    "meter": 100,
    "session_energy": 100,
    **{f"current{phase}": 0.1 for phase in ("", "_l1", "_l2", "_l3")},
    **{f"voltage_l{phase}": 1 for phase in (1, 2, 3)},
}
"""Of what is shown with so many digits."""


async def fleet(sight: Sight, _about: str) -> Parts:
    """One row of the table for each configured charge point."""
    rows = fleet_rows(sight.snapshot.chargers, await sight.look("fleet"))
    return {row["element"]: Part("chargers_row.html", {"row": row}) for row in rows}


async def inbox(sight: Sight, _about: str) -> Parts:
    """Whoever wants to be let in, the adoption window, and the failure book."""
    shown = inbox_values(
        await sight.look("strangers"), await sight.look("window"), await sight.look("failures", limit=_MOST_FAILURES)
    )
    return {
        "window": Part("chargers_window.html", {"window": shown["window"]}),
        "inbox": Part("chargers_inbox.html", {"pending": shown["pending"], "rejected": shown["rejected"], "typed": {}}),
        "failures": Part("chargers_failures.html", {"failures": shown["failures"]}),
    }


async def charger(sight: Sight, about: str) -> Parts:
    """Head and connectors of one charge point."""
    found = next((one for one in sight.snapshot.chargers if one["id"] == about), None)
    if found is None:
        return {}
    head = {name: found[name] for name in ("id", "online", "linked", "vendor", "model")}
    return {
        "charger-head": Part("charger_head.html", {"charger": head}),
        **{
            f"outlet-{one['id']}": Part("charger_outlet.html", {"outlet": outlet_values(one)})
            for one in found["connectors"]
        },
    }


async def limits(sight: Sight, about: str) -> Parts:
    """Every limit of one charge point."""

    async def found() -> Rows:
        return await sight.look("limits", about)

    here = next((one for one in sight.snapshot.chargers if one["id"] == about), None)
    # A limit that was set or confirmed is seen at once: what decides, and what is in force, are part of the key.
    decides = [] if here is None else [(one["limit"], one["values"].get("max_current")) for one in here["connectors"]]
    rows = await sight.rarely(_LIMITS_LOOKED_AT_EVERY_S, f"limits {about} {decides}", found)
    return {f"limits-{row['connector']}": Part("charger_limits_outlet.html", {"row": row}) for row in rows}


def outlet_values(one: Row) -> Row:
    """A connector with what is shown of it, rounded as it is shown: a change that nobody sees is none."""
    values = one["values"]
    shown = {name: values[name] for name in _AS_THEY_ARE if name in values}
    rounded = {name: round(values[name] / step) * step for name, step in _STEPS.items() if name in values}
    return {
        "id": one["id"],
        "configured": one["can"]["start"],
        "values": {**shown, **rounded},
        "transaction": one["transaction"],
        "limit": one["limit"],
    }


def fleet_rows(chargers: Iterable[Row], more: Iterable[Row]) -> list[Row]:
    """Those that are configured, as the table shows them."""
    known = {row["charger"]: row for row in more}
    return [_fleet_row(one, known.get(one["id"], {})) for one in chargers if one["configured"]]


def _fleet_row(one: Row, more: Row) -> Row:
    away = one["online"] != "online"
    return {
        "element": f"row-{quote(one['id'], safe='')}",
        **{name: one[name] for name in ("id", "name", "online", "linked", "vendor", "model")},
        "registration": one["registration"],
        "needed": more.get("needed"),
        "shown": more.get("shown"),
        "since": None if away else more.get("there_since"),
        "last_heard": more.get("last_heard") if away else None,
        "outlets": [_outlet(each) for each in one["connectors"]],
    }


def _outlet(one: Row) -> Row:
    values = one["values"]
    power = values.get("power")
    return {
        "id": one["id"],
        "values": {name: values[name] for name in ("status", "fault", "online") if name in values},
        "power_w": None if not power else round(power / _STEP_W) * _STEP_W,
    }


def inbox_values(strangers: Iterable[Row], window: Iterable[Row], failures: Iterable[Row]) -> dict[str, Any]:
    """The newest first; the window in whole minutes, so that it does not change each second."""
    (state,) = list(window) or [{"open": False, "closes_in_s": 0, "left": 0, "adopted": []}]
    everybody = [{**row, "element": quote(row["id"], safe="")} for row in reversed(list(strangers))]
    return {
        "pending": [row for row in everybody if not row["rejected"]],
        "rejected": [row for row in everybody if row["rejected"]],
        "window": {
            "open": state["open"],
            "minutes": ceil(state["closes_in_s"] / 60),
            "left": state["left"],
            "adopted": state["adopted"],
        },
        "failures": [_failure(row) for row in reversed(list(failures))],
    }


def _failure(row: Row) -> Row:
    """With its words: those of a cause that is new are those of its kind."""
    cause = row["cause"] if row["cause"] in HAPPENED else row["kind"]
    return {**row, "happened": HAPPENED.get(cause, row["reason"]), "remedy_words": REMEDIES.get(cause, row["remedy"])}
