"""The group telegrams of the last hours, as a group monitor shows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from knx_ocpp_bridge.knx.datapoints import Payload


class Service(Enum):
    """What a group telegram is (KNX Application Layer 03.03.07)."""

    WRITE = "write"
    READ = "read"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Passed:
    """One group telegram that was heard or sent."""

    at: datetime
    """UTC, by the bridge's clock."""
    source: str
    """Individual address of the sender, e.g. `1.1.5`; empty: ours, and no address is known."""
    destination: int
    service: Service
    payload: Payload | None
    """None: a read carries nothing."""
    ours: bool = False
    failure: str = ""
    """Why one of ours did not arrive; empty: it did."""
