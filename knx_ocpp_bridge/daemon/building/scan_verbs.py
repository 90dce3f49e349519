"""The search for gateways, and the choice of one, for whoever may command."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.config.change import Change, Drop, Put, changed
from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic


async def _scan(desk: Desk, order: Order) -> Managed:
    return await desk.building.scanner.scan(float(order.options["within"]))


async def _use(desk: Desk, order: Order) -> Managed:
    """The way to the bus stands in the configuration; whether that waits for a restart is said."""
    connection, gateway, second = (order.options[name] for name in ("connection", "gateway", "second"))
    if second and not gateway:
        raise MisuseError("a second gateway needs its address")
    changes: list[Change] = [Put(("knx", "connection"), connection)] if connection else []
    key = ("knx", "second_gateway" if second else "gateway")
    changes.append(Put(key, gateway) if gateway else Drop(key))
    return await desk.adopting.change(lambda text: changed(text, changes))


def _found(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing(sources.building.scanner.rows)


TOPICS: Final[Mapping[str, Topic]] = {"knx_scan": Topic(_found, {})}
VERBS: Final[Mapping[str, Verb]] = {
    "knx_scan": Verb(_scan, {"within": Option(int, 3, 1, 30)}, charger=False),
    "knx_use": Verb(
        _use,
        {"connection": Option(str, ""), "gateway": Option(str, ""), "second": Option(bool, default=False)},
        charger=False,
    ),
}
