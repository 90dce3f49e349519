"""The connection to the bus and its statistics, as they are looked at: a topic for whoever asks."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic


def _bus(sources: Sources, _charger: str, _given: Given) -> Listing:
    """One row."""
    since = sources.building.monitor.since.isoformat(timespec="seconds")
    return Listing(({**asdict(sources.building.bus.state), "telegrams_since": since},))


TOPICS: Final[Mapping[str, Topic]] = {"bus": Topic(_bus, {})}
