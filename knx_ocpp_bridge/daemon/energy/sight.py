"""The scene of the site as it is: only what may have changed is looked at anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.scene import OutletView, PriceSlot, Scene
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.inputs import InputKey, Reading
from knx_ocpp_bridge.core.values import ChargerId, Moment
from knx_ocpp_bridge.daemon.energy.means import Means

_STILL_S: Final = 10.0
"""What stands still is looked at again after this: a promise to a charger that is away may have ended."""


@dataclass(frozen=True, slots=True)
class _Seen:
    view: OutletView
    at_s: float


class Sight:
    """Owns the views of all outlets of the configuration."""

    def __init__(self, means: Means, started_at_s: float) -> None:
        self._means = means
        self._started_at_s = started_at_s
        self._seen: dict[OutletKey, _Seen] = {}
        self._changed = set[ChargerId]()
        self.prices: tuple[PriceSlot, ...] = ()
        self.readings: Mapping[InputKey, Reading] = {}
        """As they stood when the last scene was made."""

    def changed(self, charger_id: ChargerId) -> None:
        """Something of this charger is not as it was."""
        self._changed.add(charger_id)

    def configure(self) -> None:
        """Everything is looked at anew."""
        self._seen.clear()

    def scene(self, now: Moment, outlets: Mapping[OutletKey, object]) -> Scene:
        """The site at this moment, with these outlets."""
        for key in self._seen.keys() - outlets.keys():
            del self._seen[key]
        for key in outlets:
            self._look(key, now)
        self._changed.clear()
        self.readings = {reading.terms.key: reading for reading in self._means.readings()}
        views = {key: seen.view for key, seen in self._seen.items()}
        return Scene(now, views, self.readings, self.prices, self._started_at_s)

    def _look(self, key: OutletKey, now: Moment) -> None:
        seen = self._seen.get(key)
        if (
            seen is not None
            and key[0] not in self._changed
            and not seen.view.charging
            and now.monotonic_s - seen.at_s < _STILL_S
        ):
            return
        charger = self._means.charger(key[0])
        connector = None if charger is None else charger.connectors.get(key[1])
        if charger is None or connector is None:
            self._seen.pop(key, None)
        else:
            self._seen[key] = _Seen(view(charger, connector, now), now.monotonic_s)
