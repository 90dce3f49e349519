"""What is told of a transaction, and the readings kept for its end (transactionData of StopTransaction). Pure."""

from dataclasses import dataclass, field
from typing import Final

from ocpp.v16.enums import Reason

from knx_ocpp_bridge.ocpp.simulator.metering import Reading, meter_value
from knx_ocpp_bridge.ocpp.simulator.wire import Json

MAX_VALUES: Final = 100
"""More is thinned, so that the end of a long transaction still fits into one message."""


@dataclass(slots=True)
class Record:
    """The readings of one transaction, the first and the last ones among them."""

    values: list[Json] = field(default_factory=list)

    def note(self, reading: Reading, measurands: frozenset[str], *more: Json) -> None:
        """Keep these measurands of a reading, and samples besides, if there are any."""
        value = meter_value(reading, measurands, *more)
        if not value["sampledValue"]:
            return
        self.values.append(value)
        if len(self.values) > MAX_VALUES:
            self.values = [self.values[0], *self.values[2:-1:2], self.values[-1]]

    def ending(self, end: Reading, reason: Reason, id_tag: str) -> Json:
        """The payload of StopTransaction.req but for the number; `id_tag`: the card that ended it, if one did."""
        payload: Json = {"meterStop": round(end.meter_wh), "timestamp": end.at, "reason": reason.value}
        if id_tag:
            payload["idTag"] = id_tag
        return payload | {"transactionData": self.values} if self.values else payload


def beginning(begin: Reading, connector: int, id_tag: str) -> Json:
    """The payload of StartTransaction.req."""
    return {"connectorId": connector, "idTag": id_tag, "meterStart": round(begin.meter_wh), "timestamp": begin.at}
