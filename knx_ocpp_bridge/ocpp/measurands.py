"""Every measurand as a charger sends it, read out of its frames when somebody wants to see them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.ocpp.v16 import coerce

METER_VALUES: Final = "MeterValues"
CURRENT_OFFERED: Final = "Current.Offered"
MOST_COMBINATIONS: Final = 200
_LONGEST: Final = 60
"""Characters of a word or value that are shown."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One sampled value; a field that was not sent is None, and means what OCPP 1.6 ed. 2 section 7 says then."""

    connector: ConnectorId
    measurand: str | None
    phase: str | None
    location: str | None
    context: str | None
    unit: str | None
    format: str | None
    value: str
    told_at: str | None
    """By the charger's clock, as it wrote it."""
    heard_at: datetime
    """By ours, UTC."""
    transaction: int | None = None

    @property
    def combination(self) -> tuple[object, ...]:
        """What it is a value of."""
        return self.connector, self.measurand, self.phase, self.location, self.context, self.unit, self.format


def newest(frames: Iterable[tuple[datetime, str]]) -> list[Measured]:
    """Of each combination the newest value, 200 at most; the frames come with the newest first."""
    found: dict[tuple[object, ...], Measured] = {}
    for heard_at, text in frames:
        for one in _sampled(heard_at, text):
            if one.combination not in found and len(found) < MOST_COMBINATIONS:
                found[one.combination] = one
    return sorted(found.values(), key=_order)


def offered_a(measured: Iterable[Measured]) -> Measured | None:
    """What the charger offers to the car on all phases, if it says so in A."""
    offers = [one for one in measured if one.measurand == CURRENT_OFFERED and one.unit in {None, "A"}]
    return max(offers, key=lambda one: one.heard_at, default=None)


def _sampled(heard_at: datetime, text: str) -> Iterator[Measured]:
    """The newest first."""
    frame = coerce.plain(text.encode())
    payload = frame[3] if isinstance(frame, list) and len(frame) > 3 else None
    if not isinstance(payload, dict):
        return
    connector, transaction = payload.get("connectorId"), payload.get("transactionId")
    where = ConnectorId(connector if type(connector) is int else 0)
    during = transaction if type(transaction) is int else None
    for values in reversed(_dicts(payload.get("meterValue"))):
        for one in _dicts(values.get("sampledValue")):
            yield Measured(
                connector=where,
                measurand=_word(one.get("measurand")),
                phase=_word(one.get("phase")),
                location=_word(one.get("location")),
                context=_word(one.get("context")),
                unit=_word(one.get("unit")),
                format=_word(one.get("format")),
                value=_word(one.get("value")) or "",
                told_at=_word(values.get("timestamp")),
                heard_at=heard_at,
                transaction=during,
            )


def _dicts(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def _word(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    return f"{text[: _LONGEST - 1]}…" if len(text) > _LONGEST else text


def _order(one: Measured) -> tuple[object, ...]:
    words = one.measurand, one.phase, one.location, one.context, one.unit, one.format
    return (int(one.connector), *(word or "" for word in words))
