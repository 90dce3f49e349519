"""What a presented card may do at this charger, the bridge's own tags included."""

from knx_ocpp_bridge.core.authorization import INVALID, authorize, masked
from knx_ocpp_bridge.core.connector import Connector, StartStage
from knx_ocpp_bridge.core.events import AuthorizeAsked
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.step import AuthorizationStatus, AuthorizeAnswer, IdTagInfo, Level
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import Clock, IdTag


def asked(turn: Turn, event: AuthorizeAsked) -> None:
    """Authorize: the own tag counts while a start of ours is pending or its transaction is open."""
    charger = turn.charger
    info = verdict(turn, event.id_tag)
    if charger.settings.registration is Registration.ACCEPTED and _charges_with(charger, event.id_tag):
        info = IdTagInfo(AuthorizationStatus.ACCEPTED, parent=charger.settings.tag_book.own_tag_group)
    turn.note(Level.INFO, None, f"card {masked(event.id_tag)}: {info.status.value}")
    turn.reply(event, AuthorizeAnswer(info))


def verdict(turn: Turn, id_tag: IdTag, connector: Connector | None = None, *, late: bool = False) -> IdTagInfo:
    """Whether this tag may start (on `connector`, if given) now, or could when the late transaction began."""
    charger = turn.charger
    if charger.settings.registration is not Registration.ACCEPTED or same(id_tag, charger.reservation_tag):
        return INVALID
    if _start_is_pending(charger, id_tag, connector) or (late and same(id_tag, charger.tag)):
        return IdTagInfo(AuthorizationStatus.ACCEPTED, parent=charger.settings.tag_book.own_tag_group)
    if same(id_tag, charger.own_tag):
        return INVALID
    if connector is not None and connector.wishes.reserved and not late:
        return INVALID
    return authorize(charger.settings.tag_book, id_tag, turn.now.utc, clock_sane=turn.now.clock is Clock.SANE)


def same(one: str, other: str) -> bool:
    """Tags compare without regard to case (OCPP 1.6 ed. 2 section 7)."""
    return one.casefold() == other.casefold()


def _charges_with(charger: Charger, id_tag: IdTag) -> bool:
    """The transaction of a start of ours is open: its tag may be asked for again."""
    return same(id_tag, charger.tag) and any(
        connector.transaction is not None and same(connector.transaction.id_tag, id_tag)
        for connector in charger.connectors.values()
    )


def _start_is_pending(charger: Charger, id_tag: IdTag, where: Connector | None) -> bool:
    """A remote start with this tag is on its way (to that connector); one that only waits for the cable is not."""
    return any(
        connector.start is not None
        and connector.start.stage is not StartStage.ARMED
        and same(connector.start.id_tag, id_tag)
        and (where is None or where.id == connector.id or connector.start.without_connector)
        for connector in charger.connectors.values()
    )
