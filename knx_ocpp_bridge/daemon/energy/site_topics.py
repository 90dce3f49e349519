"""The topics about the energy of the site: circuits, plans, prices, the grid operator, the sun."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from knx_ocpp_bridge.control.options import AskError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.energy import rows
from knx_ocpp_bridge.daemon.history.history_topics import instant
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, NEWEST, Given, Sources, Topic, found, listing
from knx_ocpp_bridge.store.grid_evidence import Sought

MOST_HOURS: Final = 48


def _circuits(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing(tuple(rows.circuits(sources.books.energy)))


def _plans(sources: Sources, charger: str, _given: Given) -> Listing:
    only = found(sources.roster, charger) if charger else None
    planned = rows.plans(sources.books.energy)
    return Listing(tuple(row for row in planned if only in {None, row["charger"]}))


def _prices(sources: Sources, _charger: str, given: Given) -> Listing:
    from knx_ocpp_bridge.core.energy.prices import curve, market

    energy = sources.books.energy
    known = market(energy.scene, energy.terms)
    stretches = curve(known, energy.terms, known.now, known.now + timedelta(hours=given["hours"]))
    if all(each.price is None for each in stretches):
        return Listing(())
    return Listing(tuple(_stretch(each.begins.isoformat(), each.ends.isoformat(), each.price) for each in stretches))


def _stretch(begins: str, ends: str, price: float | None) -> dict[str, Any]:
    return {"begins": begins, "ends": ends, "price": None if price is None else round(price, 6)}


def _grid_limit(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing((rows.grid_limit(sources.books.energy),))


def _grid_log(sources: Sources, _charger: str, given: Given) -> Listing:
    since, until = instant("since", given["since"]), instant("until", given["until"])
    if since is not None and until is not None and since >= until:
        raise AskError("since is not before until: nothing can lie between them")
    sought = Sought(
        given["after"],
        "" if since is None else since.isoformat(),
        "" if until is None else until.isoformat(),
        given["limit"],
        given["newest"],
    )
    return listing([rows.evidence(row) for row in sources.books.energy.means.evidence.rows(sought)], given["after"])


def _energy_past(sources: Sources, _charger: str, _given: Given) -> Listing:
    driver = sources.books.energy.driver
    if driver is None or driver.scene is None:
        return Listing(())
    return Listing(tuple(driver.past.rows(driver.scene)))


def _surplus(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing((rows.surplus(sources.books.energy),))


TOPICS: Final[Mapping[str, Topic]] = {
    "circuits": Topic(_circuits, {}),
    "plans": Topic(_plans, {}, charger=None),
    "prices": Topic(_prices, {"hours": Option(int, 24, 1, MOST_HOURS)}),
    "grid_limit": Topic(_grid_limit, {}),
    "grid_log": Topic(
        _grid_log,
        {
            "since": Option(str, ""),
            "until": Option(str, ""),
            "after": AFTER,
            "limit": LIMIT,
            "newest": NEWEST,
        },
    ),
    "surplus": Topic(_surplus, {}),
    "energy_past": Topic(_energy_past, {}),
}
"""`circuits`: each circuit with its currents per phase and its outlets, why each has what it has; `plans`: what is
planned where; `prices`: what energy costs from now on; `grid_limit`: the grid operator's order that is in force;
`grid_log`: all that became of orders, kept for years; `surplus`: what the sun gives;
`energy_past`: power, limit and price of the last day."""
