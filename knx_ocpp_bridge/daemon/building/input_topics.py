"""The inputs as they are looked at."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic


def _inputs(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing(tuple(sources.building.inputs.rows()))


TOPICS: Final[Mapping[str, Topic]] = {"inputs": Topic(_inputs, {})}
