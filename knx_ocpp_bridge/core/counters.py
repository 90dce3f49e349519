"""The counters as the building sees them: an object's value each, of a connector, of a charger, of the site."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import tags
from knx_ocpp_bridge.core.authorization import card_of, masked
from knx_ocpp_bridge.core.book import Book, Tally, seconds_of
from knx_ocpp_bridge.core.facts import StartedBy
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import IdTag, Value

FLOWING: Final = frozenset({"energy_today", "energy_total", "minutes_today", "minutes_total"})
"""What grows all the time while a car charges."""
BRIDGE: Final = "bridge"
"""Charged with its own tag, and nobody knows how it was started."""
_COUNTER_MODULUS: Final = 2**16
"""`last_charge_counter` begins anew after 65535 (DPT 7.001), so that it changes for ever."""

Sight = Mapping[str, Value | None]
"""Object -> value; None: nobody knows."""


def of_tally(tally: Tally) -> dict[str, Value | None]:
    """Energy in Wh, sessions, time in s: today, yesterday, and since the last reset."""
    seen: dict[str, Value | None] = {}
    for period, count in (("today", tally.today), ("yesterday", tally.yesterday), ("total", tally.total)):
        seen[f"energy_{period}"] = None if count is None else count.energy_wh
        seen[f"sessions_{period}"] = None if count is None else count.sessions
        seen[f"minutes_{period}"] = None if count is None else count.seconds
    return seen


def of_connector(book: Book, now: datetime | None) -> dict[str, Value | None]:
    """The counters of an outlet, its running session and its last charge. `now` None: nobody knows the time.

    The counter of charges comes after what it announces.
    """
    seen = of_tally(book.tally(now))
    seen["session_duration"] = None if now is None else book.session_seconds(now)
    last = book.last
    if last is not None:
        seen["stop_reason"] = None if last.reason is None else int(last.reason)
        seen["last_duration"] = seconds_of(last)
    seen["last_charge_counter"] = book.charges % _COUNTER_MODULUS
    return seen


def user_of(charger: Charger, id_tag: IdTag, started_by: StartedBy = StartedBy.UNKNOWN) -> str:
    """Who a card belongs to: its name, else its last characters; the bridge's own tag is how somebody started."""
    card = card_of(charger.settings.tag_book, tags.booked(charger, id_tag))
    if card is not None and card.name:
        return card.name
    if tags.is_own(charger, id_tag):
        return how(started_by)
    # The ellipsis is no letter of DPT 16.001 (ISO 8859-1).
    return masked(id_tag).replace("…", "..") if id_tag else ""


def how(started_by: StartedBy) -> str:
    """Who has charged with a tag of the bridge itself: the way in which somebody started, where that is known."""
    return BRIDGE if started_by is StartedBy.UNKNOWN else started_by.value
