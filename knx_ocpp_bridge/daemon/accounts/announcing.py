"""Says the counters, the users and the last charges to the building: what each object is, and only the news of it.

What grows while a car charges is said once a minute then, and exactly when anything begins, ends, turns or is reset.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core.counters import FLOWING, Sight, of_connector, of_tally, user_of
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.ledger import Ledger
from knx_ocpp_bridge.core.state import Charger, Presence
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, IdTag, Value
from knx_ocpp_bridge.daemon.accounts.readers import Readers

_FLOWS_EVERY_S: Final = 60.0

Place = tuple[ChargerId | None, ConnectorId]
"""An outlet, a charge point (connector 0), or the bridge (None)."""
SITE: Final[Place] = (None, CHARGE_POINT)

Offer = Callable[[ChargerId | None, Update], None]


class Announcer:
    """Remembers what was said. `now` in UTC is None while nobody knows the time; `now_s` is monotonic."""

    def __init__(self, ledger: Ledger, charger: Callable[[ChargerId], Charger | None], offer: Offer) -> None:
        self.readers = Readers()
        self._ledger = ledger
        self._charger = charger
        self._offer = offer
        self._said: dict[Place, dict[str, Value | None]] = {}
        self._flowed_s: dict[Place, float] = {}

    def say(self, place: Place, now: datetime | None, now_s: float, *, exactly: bool) -> None:
        """The building knows the objects of this place."""
        seen: Sight = self.sight(place, now, now_s)
        if exactly or now_s - self._flowed_s.get(place, now_s - _FLOWS_EVERY_S) >= _FLOWS_EVERY_S:
            self._flowed_s[place] = now_s
        else:
            seen = {key: value for key, value in seen.items() if key not in FLOWING}
        said = self._said.setdefault(place, {})
        for key, value in seen.items():
            if key not in said or said[key] != value:
                said[key] = value
                self._offer(place[0], Update(place[1], key, value))

    def forget(self, charger_id: ChargerId) -> None:
        """The charger left the configuration."""
        self.readers.forget(charger_id)
        for place in [place for place in self._said if place[0] == charger_id]:
            del self._said[place]
            self._flowed_s.pop(place, None)

    def sight(self, place: Place, now: datetime | None, now_s: float) -> dict[str, Value | None]:
        """Every object of this place as it is, in the order in which it is told."""
        charger_id, connector = place
        if charger_id is None:
            return of_tally(self._ledger.of_site(now))
        if charger_id not in self._ledger.chargers:
            return {}
        if connector == CHARGE_POINT:
            seen = of_tally(self._ledger.of_charger(charger_id, now))
            seen["user"] = self.readers.name((charger_id, connector), self._charging(charger_id), now_s)
            return seen
        book = self._ledger.books(charger_id).get(connector)
        charger = self._charger(charger_id)
        if book is None or charger is None:
            return {}
        charging = "" if book.running is None else self.name(charger_id, book.running.transaction)
        seen = {"user": self.readers.name((charger_id, connector), charging, now_s)}
        if book.last is not None:
            seen["last_user"] = self.name(charger_id, book.last)
        seen |= of_connector(book, now)
        if charger.presence is not Presence.ONLINE:
            seen["session_duration"] = None
        return seen

    def name(self, charger_id: ChargerId, transaction: Transaction) -> str:
        """Who has charged."""
        charger = self._charger(charger_id)
        return "" if charger is None else user_of(charger, transaction.id_tag, transaction.started_by)

    def holder(self, charger_id: ChargerId, id_tag: IdTag) -> str:
        """Whose card it is."""
        charger = self._charger(charger_id)
        return "" if charger is None else user_of(charger, id_tag)

    def _charging(self, charger_id: ChargerId) -> str:
        """Who has begun last, of those who charge."""
        running = [book.running for book in self._ledger.books(charger_id).values() if book.running is not None]
        newest = max(running, key=lambda one: one.transaction.started_at, default=None)
        return "" if newest is None else self.name(charger_id, newest.transaction)
