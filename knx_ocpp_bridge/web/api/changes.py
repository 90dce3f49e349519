"""What has changed from one moment to the next, as events for people who listen. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.control.protocol import Snapshot
from knx_ocpp_bridge.web.api.discretion import charger_without_people, without_people

CONNECTOR: Final = "connector"
CHARGER: Final = "charger"
BRIDGE: Final = "bridge"
ALARM: Final = "alarm"
TELEGRAM: Final = "telegram"

_OF_THE_BUS: Final = ("connected", "connection", "gateway", "own_address", "trouble", "second")
_OF_THE_BRIDGE: Final = ("site", "version", "clock", "alarms", "values", "energy")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One event: its kind and the new state of what it is about."""

    kind: str
    data: Json

    def discreet(self) -> Json:
        """For whoever is below operator."""
        match self.kind:
            case "connector" | "charger":
                return charger_without_people(self.data)
            case "alarm":
                return without_people(self.data, ("id_tag", "name", "acknowledged_by"))
            case _:
                return self.data


class Seen:
    """What was told last; of the first moment everything is new."""

    def __init__(self) -> None:
        self._bridge: Json = {}
        self._places: dict[tuple[str, int], Json] = {}
        self._alarms: dict[int, Json] = {}

    def of(self, snapshot: Snapshot) -> Iterator[Change]:
        """What of the state is not as it was."""
        bridge = {name: snapshot.bridge[name] for name in _OF_THE_BRIDGE if name in snapshot.bridge}
        bridge["knx"] = {name: value for name, value in snapshot.bridge["knx"].items() if name in _OF_THE_BUS}
        bridge["ocpp"] = snapshot.bridge["ocpp"]
        if bridge != self._bridge:
            self._bridge = bridge
            yield Change(BRIDGE, bridge)
        places: dict[tuple[str, int], Json] = {}
        for charger in snapshot.chargers:
            whole = {name: value for name, value in charger.items() if name != "connectors"}
            places[charger["id"], 0] = whole
            if self._places.get((charger["id"], 0)) != whole:
                yield Change(CHARGER, whole)
            for connector in charger["connectors"]:
                place = charger["id"], connector["id"]
                places[place] = connector
                if self._places.get(place) != connector:
                    yield Change(CONNECTOR, {"charger": charger["id"], **connector})
        self._places = places

    def of_alarms(self, rows: Iterable[Json]) -> list[Change]:
        """Those that are not as they were."""
        found = {row["number"]: row for row in rows}
        news = [Change(ALARM, row) for number, row in found.items() if self._alarms.get(number) != row]
        self._alarms = found
        return news
