"""What a charger's frames tell of a self-test: which reports have come, and how its clock goes."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.selftest import Told
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.daemon.books import Trace

_MOST: Final = 500
_TELLS_WHEN: Final = frozenset({"MeterValues", "StartTransaction", "StopTransaction"})
"""Their times are of that moment; that of StatusNotification may be of a state that began long ago."""


class Listening:
    """Follows the trace of one charger from where it is now; each frame is looked at once."""

    def __init__(self, trace: Trace, charger: ChargerId, connector: ConnectorId) -> None:
        self._trace = trace
        self._charger = charger
        self._connector = connector
        _, self._after = trace.rows(charger, 0, 1, newest=True)
        self._told = Told(frame=self._after)

    def told(self) -> Told:
        """All that was told since."""
        rows, after = self._trace.rows(self._charger, self._after, _MOST, tags=True)
        if after < self._after:  # nothing is kept of this charger any more
            rows = []
        for row in rows:
            self._hear(row)
        self._after = after
        self._told = replace(self._told, frame=after)
        return self._told

    def _hear(self, row: Mapping[str, Any]) -> None:
        if row["direction"] != "in" or row["kind"] != "call":
            return
        action, number = row["action"], int(row["number"])
        payload = _payload(str(row["text"]))
        if action == "StatusNotification" and payload.get("connectorId") == self._connector:
            self._told = replace(self._told, status=number)
        if action == "MeterValues" and payload.get("connectorId") in {0, self._connector}:
            self._told = replace(self._told, metered=number)
        sure = action in _TELLS_WHEN
        heard = datetime.fromisoformat(str(row["at"]))
        for at, naive in _times(payload):
            self._compare((at - heard).total_seconds(), naive=naive, sure=sure)

    def _compare(self, ahead_s: float, *, naive: bool, sure: bool) -> None:
        known = self._told.ahead_s
        if known is None or abs(ahead_s) < abs(known):
            self._told = replace(self._told, ahead_s=ahead_s, naive=naive, sure=self._told.sure or sure)
        elif sure:
            self._told = replace(self._told, sure=True)


def _payload(text: str) -> Mapping[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    match message:
        case [_, _, _, dict(payload)]:
            return payload
        case _:
            return {}


def _times(payload: Mapping[str, Any]) -> Iterator[tuple[datetime, bool]]:
    """Every time that this tells, in UTC, and whether it named no time zone."""
    values = payload.get("meterValue")
    told = [payload, *(one for one in (values if isinstance(values, list) else []) if isinstance(one, dict))]
    for one in told:
        try:
            at = datetime.fromisoformat(str(one.get("timestamp")))
        except ValueError:
            continue
        yield (at.replace(tzinfo=UTC), True) if at.tzinfo is None else (at.astimezone(UTC), False)
