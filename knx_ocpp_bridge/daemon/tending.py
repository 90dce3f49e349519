"""Who tends the journal, and by which clock."""

from collections.abc import Callable

from knx_ocpp_bridge.config.models import Retention
from knx_ocpp_bridge.core.authorization import card_of
from knx_ocpp_bridge.daemon.clock import BUILD_DATE, WallClock
from knx_ocpp_bridge.daemon.roster import Roster
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.upkeep import Terms, Upkeep


def upkeep(
    journal: Journal,
    clock: WallClock,
    roster: Roster,
    retention: Callable[[], Retention],
    forgotten: Callable[[str], None] = lambda _id_tag: None,
) -> Upkeep:
    """The upkeep of this journal; a card is known that stands in the tag book of any charger."""

    def is_known(id_tag: str) -> bool:
        books = (actor.charger.settings.tag_book for actor in roster.actors.values())
        return any(card_of(book, id_tag) is not None for book in books)

    return Upkeep(journal, Terms(clock.moment, clock.synchronised, BUILD_DATE, retention, is_known, forgotten))
