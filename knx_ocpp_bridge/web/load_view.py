"""The current of the site as its page shows it: circuits as a tree, who has what, what is planned. Plain values."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, ocpp_word
from knx_ocpp_bridge.web.wording import HELD_IN_A_WORD

Json = Mapping[str, Any]

_PHASES: Final = (0, 1, 2)
_WIDTH: Final = 300
_FEWEST_POINTS: Final = 2
_HELD: Final = frozenset({ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})
_STATUS: Final = {ocpp_word(status): status for status in ConnectorStatus}


def names(chargers: Iterable[Json]) -> dict[tuple[str, int], str]:
    """What people call each connector."""
    found = {}
    for charger in chargers:
        outlets = [one for one in charger["connectors"] if one["can"]["start"]]
        for one in outlets:
            name = charger["name"] or charger["id"]
            found[charger["id"], one["id"]] = name if len(outlets) == 1 else f"{name} {one['id']}"
    return found


def tree(rows: Iterable[Json], called: Mapping[tuple[str, int], str]) -> list[Json]:
    """Each circuit with its depth, a circuit before what hangs in it; last what hangs in none."""
    by_parent: dict[str, list[Json]] = {}
    loose = []
    for row in rows:
        if row["name"]:
            by_parent.setdefault(row["parent"], []).append(row)
        else:
            loose.append(row)

    def below(parent: str, depth: int) -> Iterator[Json]:
        for row in by_parent.get(parent, ()):
            yield circuit(row, depth, called)
            yield from below(row["name"], depth + 1)

    return [*below("", 0), *(circuit(row, 0, called) for row in loose)]


def circuit(row: Json, depth: int, called: Mapping[tuple[str, int], str]) -> Json:
    """One of them: what flows on each phase, and who hangs directly in it."""
    outlets = [outlet(each, called) for each in row["outlets"]]
    if not row["name"]:
        return {"name": "", "depth": depth, "phases": [], "outlets": outlets}
    return {
        **{name: row[name] for name in ("name", "metered", "strategy", "max_power_w", "peak_power_w", "words")},
        "depth": depth,
        "troubles": _troubles(row),
        "phases": [_phase(row, phase) for phase in _PHASES],
        "outlets": outlets,
    }


def _troubles(row: Json) -> list[str]:
    """What the bridge says in `words`, as kinds of which pages have words in every language."""
    if not row["words"]:
        return []
    binds = {each["binds"] for each in row["outlets"]}
    flows = zip(row["house_a"] or (), row["drawn_a"] or (), row["max_current_a"], strict=False)
    found = {
        "silent": row["metered"] and row["house_a"] is None,
        "over": any(house + drawn > fuse for house, drawn, fuse in flows),
        "peak": "peak" in binds,
        "unbalanced": "unbalanced" in binds,
    }
    return [kind for kind, stands in found.items() if stands]


def _phase(row: Json, phase: int) -> Json:
    """The numbers of one phase in A, and how long the parts of its bar are."""
    fuse_a = row["max_current_a"][phase]
    known = {name: None if row[name] is None else row[name][phase] for name in ("house_a", "granted_a", "drawn_a")}
    scale = _WIDTH / max(fuse_a, 0.1)
    house, drawn, granted = ((known[name] or 0.0) * scale for name in ("house_a", "drawn_a", "granted_a"))
    return {
        "fuse_a": fuse_a,
        **known,
        "free_a": None if row["free_a"] is None else row["free_a"][phase],
        "bar": {
            "house": round(min(house, _WIDTH)),
            "drawn": round(min(drawn, max(0.0, _WIDTH - house))),
            "granted": round(min(max(granted, drawn), max(0.0, _WIDTH - house))),
        },
    }


def outlet(row: Json, called: Mapping[tuple[str, int], str]) -> Json:
    """A connector with what it has and why."""
    place = (row["charger"], row["connector"])
    status = _STATUS.get(row["status"] or "")
    return {
        **{name: row[name] for name in ("charger", "connector", "online", "mode", "waiting", "full", "disobeys")},
        "name": called.get(place, row["charger"]),
        "status": None if status is None else int(status),
        "held": _held(row, status),
        "wants_a": row["wants_a"],
        "has_a": row["in_force_a"],
        "granted_a": row["granted_a"],
        "flows_a": None if row["current_a"] is None else round(row["current_a"], 1),
        "phases": "".join(f"L{phase} " for phase in row["phases"]).strip(),
        "binds": row["binds"],
        "words": row["words"] or _words(row),
    }


def _held(row: Json, status: ConnectorStatus | None) -> tuple[str, str] | None:
    """Tone and word of a car that the bridge holds back; None: it does not."""
    if status not in _HELD or row["in_force_a"] or row["binds"] is None:
        return None
    return HELD_IN_A_WORD.get(LimitReason[row["binds"].upper()])


def _words(row: Json) -> str:
    """What the cap that decides says of itself."""
    return next((cap["words"] for cap in row["caps"] if cap["kind"] == row["binds"] and cap["words"]), "")


def plan(row: Json, called: Mapping[tuple[str, int], str]) -> Json:
    """What is planned for one connector, and what is wanted of it."""
    place = (row["charger"], row["connector"])
    kept = ("charger", "connector", "mode", "plugged", "soc", "goal", "limits", "weekly", "ready_by", "reachable")
    more = ("cost", "words", "next_start", "full")
    return {
        **{name: row[name] for name in (*kept, *more)},
        "name": called.get(place, row["charger"]),
        "left_wh": None if row["energy_wh"] is None else row["energy_wh"] // 100 * 100,
        "slots": row["slots"],
    }


def chart(prices: Iterable[Json], plans: Iterable[Json], words: Mapping[str, str], zone: str) -> Json | None:
    """Price and planned currents of the next hours, as `static/chart.js` draws them; None: there is nothing to draw."""
    stretches, planned = list(prices), [each for each in plans if each["slots"]]
    if not stretches and not planned:
        return None
    edges = {_seconds(each[end]) for each in stretches for end in ("begins", "ends")}
    edges |= {_seconds(slot[end]) for each in planned for slot in each["slots"] for end in ("begins", "ends")}
    x = sorted(edges)
    series = []
    if stretches:
        told = _to_the_end([_at(stretches, "price", at) for at in x])
        series.append({"label": words["price"], "unit": words["unit"], "digits": 4, "values": told})
    for each in planned:
        values = [_at(each["slots"], "current_a", at) or 0.0 for at in x]
        series.append({"label": each["name"], "unit": "A", "digits": 1, "values": values})
    return {"axis": words["axis"], "zone": zone, "kind": "steps", "x": x, "series": series}


def past(points: Iterable[Json], words: Mapping[str, str], zone: str) -> Json | None:
    """Power, what was allowed, sun and price of the last day, for `static/chart.js`; None: there are no two points."""
    rows = list(points)
    if len(rows) < _FEWEST_POINTS:
        return None
    lines = (
        ("charging_w", words["charging"], "kW"),
        ("allowed_w", words["allowed"], "kW"),
        ("grid_w", words["grid"], "kW"),
        ("surplus_w", words["surplus"], "kW"),
        ("price", words["price"], words["unit"]),
    )
    series = [
        {"label": label, "unit": unit, "digits": 4 if key == "price" else 2, "values": _line(rows, key)}
        for key, label, unit in lines
        if any(row.get(key) is not None for row in rows)
    ]
    return {"axis": words["axis"], "zone": zone, "kind": "steps", "x": [row["at"] for row in rows], "series": series}


def _line(rows: Iterable[Json], key: str) -> list[float | None]:
    values = (row.get(key) for row in rows)
    return [value if value is None or key == "price" else round(value / 1000, 2) for value in values]


def _at(stretches: Iterable[Json], value: str, at: int) -> float | None:
    """What holds from then on; None: nothing."""
    found = (each for each in stretches if _seconds(each["begins"]) <= at < _seconds(each["ends"]))
    return next((each[value] for each in found), None)


def _to_the_end(values: list[float | None]) -> list[float | None]:
    """A step is drawn up to the next point: the last one ends at the edge of what is known."""
    return [*values[:-1], values[-2]] if len(values) > 1 and values[-1] is None else values


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
