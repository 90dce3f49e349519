"""What was written by hand of the charging profiles of each charger, and the last composite schedules it told."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.selftest import Answered
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

Json = dict[str, Any]

SET: Final = "SetChargingProfile"
CLEAR: Final = "ClearChargingProfile"
COMPOSITE: Final = "GetCompositeSchedule"
ACTIONS: Final = frozenset({SET, CLEAR, COMPOSITE})
_MOST_CHARGERS: Final = 256
_MOST_WRITES: Final = 20
_MOST_PERIODS: Final = 200
_MOST_CONNECTORS: Final = 33
_LONGEST_WORD: Final = 120


@dataclass(slots=True)
class _Page:
    writes: deque[Json] = field(default_factory=lambda: deque(maxlen=_MOST_WRITES))
    composites: dict[ConnectorId, Json] = field(default_factory=dict)


class ProfileBook:
    """Owns it, in memory alone: the charger keeps its profiles, and whoever wants the truth asks it."""

    def __init__(self) -> None:
        self._pages: OrderedDict[ChargerId, _Page] = OrderedDict()

    def heard(
        self, charger: ChargerId, action: str, payload: Mapping[str, Any], answered: Answered, at: datetime
    ) -> None:
        """How a call about profiles has ended, whoever made it."""
        page = self._pages.setdefault(charger, _Page())
        self._pages.move_to_end(charger)
        while len(self._pages) > _MOST_CHARGERS:
            self._pages.popitem(last=False)
        if action == COMPOSITE:
            found = _composite(payload, answered, at)
            if len(page.composites) < _MOST_CONNECTORS or found["connector"] in page.composites:
                page.composites[ConnectorId(found["connector"])] = found
            return
        connector = payload.get("connectorId")
        page.writes.append(
            {
                "at": _stamp(at),
                "action": action,
                "connector": connector if isinstance(connector, int) else None,
                "sent": dict(payload),
                "result": answered.result.name.lower(),
                "answer": answered.reason[:_LONGEST_WORD],
            }
        )

    def writes(self, charger: ChargerId) -> list[Json]:
        """The last writes, the newest first. `connector` None: of all connectors, or named by the id alone."""
        page = self._pages.get(charger)
        return [] if page is None else list(reversed(page.writes))

    def composite(self, charger: ChargerId, connector: ConnectorId) -> Json | None:
        """What the charger told last of this connector; None: it was not asked."""
        page = self._pages.get(charger)
        return None if page is None else page.composites.get(connector)


def _composite(payload: Mapping[str, Any], answered: Answered, at: datetime) -> Json:
    """Read tolerantly: what is not as the standard has it is left out."""
    answer = answered.answer if isinstance(answered.answer, dict) else {}
    schedule = answer.get("chargingSchedule")
    schedule = schedule if isinstance(schedule, dict) else {}
    told = schedule.get("chargingSchedulePeriod")
    rows = [row for row in (told if isinstance(told, list) else []) if isinstance(row, dict)]
    connector = payload.get("connectorId")
    return {
        "at": _stamp(at),
        "connector": connector if isinstance(connector, int) else 0,
        "result": answered.result.name.lower(),
        "answer": answered.reason[:_LONGEST_WORD],
        "start": _text(answer.get("scheduleStart") or schedule.get("startSchedule")),
        "duration_s": _number(schedule.get("duration")),
        "unit": _text(schedule.get("chargingRateUnit")),
        "periods": [
            {
                "start_s": _number(row.get("startPeriod")),
                "limit": _number(row.get("limit")),
                "phases": _number(row.get("numberPhases")),
            }
            for row in rows[:_MOST_PERIODS]
        ],
    }


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return value[:_LONGEST_WORD] if isinstance(value, str) else ""


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
