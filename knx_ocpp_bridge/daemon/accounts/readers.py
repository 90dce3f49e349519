"""Who is shown at an outlet and at its charge point: the card that charges, or that was held to the reader just now."""

from typing import Final

from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

SHOWN_FOR_S: Final = 60.0

Place = tuple[ChargerId, ConnectorId]


class Readers:
    """Remembers for a minute which card was held where, and who has charged. Times are monotonic, in s."""

    def __init__(self) -> None:
        self._shown: dict[Place, tuple[str, float]] = {}

    def show(self, place: Place, name: str, now_s: float) -> None:
        """For a minute this name stands there, whoever charges."""
        self._shown[place] = (name, now_s + SHOWN_FOR_S)

    def begin(self, place: Place) -> None:
        """Somebody charges there: that name stands there now."""
        self._shown.pop(place, None)

    def forget(self, charger: ChargerId) -> None:
        """The charger left the configuration."""
        for place in [place for place in self._shown if place[0] == charger]:
            del self._shown[place]

    def clear(self) -> None:
        """Names have changed: what was shown of a card that was held somewhere is not shown any more."""
        self._shown.clear()

    def name(self, place: Place, charging: str, now_s: float) -> str:
        """What is to be seen there; `charging` is who charges, empty for nobody."""
        name, until_s = self._shown.get(place, ("", now_s))
        return name if now_s < until_s else charging

    def gone(self, now_s: float) -> set[ChargerId]:
        """Where something is not to be seen any more, each time told once."""
        places = [place for place, (_, until_s) in self._shown.items() if until_s <= now_s]
        for place in places:
            del self._shown[place]
        return {charger for charger, _ in places}

    def next_at(self) -> float | None:
        """When `gone` has something to tell."""
        return min((until_s for _, until_s in self._shown.values()), default=None)
