"""What changes by itself on the pages of a charge point's upkeep."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.web.live import Part, Parts, Sight
from knx_ocpp_bridge.web.upkeep_words import EXCHANGES, OUTCOMES, STEPS, TRIALS

Row = Mapping[str, Any]
NEWEST: Final = 50


async def upkeep(sight: Sight, about: str) -> Parts:
    """Its list of cards, how it is being secured, and what it has told of uploads and firmware."""
    rows = await sight.look("upkeep", about)
    return parts(rows[0]) if rows else {}


def parts(row: Row) -> dict[str, Part]:
    """The same, from the row of the topic `upkeep`."""
    security = {name: row["security"][name] for name in ("needed", "shown", "wanted", "password")}
    return {
        "list-state": Part("charger_list.html", {"list": row["local_list"]}),
        "securing": Part("charger_securing.html", {"securing": row["securing"], "security": security, "steps": STEPS}),
        "notices": Part("charger_notices.html", {"notices": row["notices"]}),
    }


async def selftest(sight: Sight, about: str) -> Parts:
    """The self-tests of this charge point, and whether one may begin."""
    rows = await sight.look("upkeep", about)
    made = await sight.look("selftest", about)
    controls = {"test-begin": Part("charger_test_begin.html", controls_of(rows[0], made))} if rows else {}
    return {**controls, **tests(made)}


def controls_of(row: Row, made: tuple[Row, ...] | list[Row]) -> dict[str, Any]:
    """From the row of the topic `upkeep` and those of `selftest`; what the results say and what is said above agree."""
    going = any(each["state"] != "over" for each in made)
    return {"id": row["charger"], "connectors": row["connectors"], "going": going}


def tests(rows: tuple[Row, ...] | list[Row]) -> dict[str, Part]:
    """One element for each connector that was tested."""
    words = {"trials": TRIALS, "outcomes": OUTCOMES}
    return {f"test-{row['connector']}": Part("charger_test.html", {"test": row, **words}) for row in rows}


async def trace(sight: Sight, about: str) -> Parts:
    """The newest exchanges, cards masked."""
    rows = await sight.look("exchanges", about, limit=NEWEST)
    return {"exchanges": Part("charger_exchanges.html", exchanges(rows))}


def exchanges(rows: tuple[Row, ...] | list[Row]) -> dict[str, Any]:
    """What the rows of the trace are filled in with."""
    return {"rows": list(rows), "endings": EXCHANGES}
