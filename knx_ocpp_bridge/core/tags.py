"""What a presented card may do at this charger, the bridge's own tags included."""

from typing import Final

from knx_ocpp_bridge.core.authorization import INVALID, authorize, card_of, masked
from knx_ocpp_bridge.core.connector import Connector, StartStage
from knx_ocpp_bridge.core.events import AuthorizeAsked, CardForgotten
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import AuthorizationMode, Registration, Tag
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus, AuthorizeAnswer, CardShown, IdTagInfo, Level
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, ConnectorId, IdTag

_JUST_NOW_S: Final = 300.0
_MOST_JUST_NOW: Final = 8
"""So many cards can wait for their cable to be plugged in."""


def asked(turn: Turn, event: AuthorizeAsked) -> None:
    """Authorize: the own tag counts while a start of ours is pending or its transaction is open."""
    charger = turn.charger
    info = verdict(turn, event.id_tag)
    if charger.settings.registration is Registration.ACCEPTED and _charges_with(charger, event.id_tag):
        info = IdTagInfo(AuthorizationStatus.ACCEPTED, parent=charger.settings.tag_book.own_tag_group)
    turn.note(Level.INFO, None, f"card {masked(event.id_tag)}: {info.status.value}")
    turn.reply(event, AuthorizeAnswer(info))
    held(turn, event.id_tag, info.status)


def held(turn: Turn, id_tag: IdTag, status: AuthorizationStatus, connector: Connector | None = None) -> None:
    """A card was held to the reader: news, whatever comes of it; the tags of the bridge are no cards.

    `connector`: a transaction begins there with it, which is news of the card only if it was not asked for just before.
    """
    charger, now_s = turn.charger, turn.now.monotonic_s
    if not id_tag or is_own(charger, id_tag) or _start_is_pending(charger, id_tag, connector):
        return
    waiting = tuple(one for one in charger.cards if one[1] > now_s - _JUST_NOW_S)
    others = tuple(one for one in waiting if not alike(charger, one[0], id_tag))
    if connector is None:
        turn.charger = replace(charger, cards=(*others, (id_tag, now_s))[-_MOST_JUST_NOW:])
    elif others != charger.cards:
        turn.charger = replace(charger, cards=others)
    if connector is None or len(others) == len(waiting):
        where = _at_which(turn, id_tag) if connector is None else connector.id
        turn.cards.append(CardShown(booked(charger, id_tag), where, status))


def _at_which(turn: Turn, id_tag: IdTag) -> ConnectorId:
    """Where somebody with this card can only mean to start or to stop; else the charge point."""
    outlets = turn.outlets()
    if len(outlets) == 1:
        return outlets[0].id
    meant = [
        one.id
        for one in outlets
        if (one.fresh and one.status is ConnectorStatus.PREPARING and one.transaction is None)
        or (one.transaction is not None and may_stop(turn.charger, id_tag, one.transaction.id_tag))
    ]
    return meant[0] if len(meant) == 1 else CHARGE_POINT


def verdict(turn: Turn, id_tag: IdTag, connector: Connector | None = None, *, late: bool = False) -> IdTagInfo:
    """Whether this tag may start (on `connector`, if given) now, or could when the late transaction began."""
    charger = turn.charger
    if charger.settings.registration is not Registration.ACCEPTED or fits(charger, id_tag, charger.reservation_tag):
        return INVALID
    if _start_is_pending(charger, id_tag, connector) or (late and fits(charger, id_tag, charger.tag)):
        return IdTagInfo(AuthorizationStatus.ACCEPTED, parent=charger.settings.tag_book.own_tag_group)
    if fits(charger, id_tag, charger.own_tag):
        return INVALID
    if connector is not None and connector.wishes.reserved and not late:
        return INVALID
    book = charger.settings.tag_book
    if late and book.exhausted:
        book = replace(book, exhausted=frozenset())  # a limit refuses what begins, and this has begun already
    clock_sane = turn.now.clock is Clock.SANE
    return authorize(book, _card(charger, id_tag), charger.settings.id, turn.now.utc, clock_sane=clock_sane)


def forget(turn: Turn, event: CardForgotten) -> None:
    """The transactions that have ended with this card are nobody's, should they be corrected and written again."""
    charger = turn.charger
    mine = [one for one in charger.ended if any(fits(charger, one.id_tag, each) for each in event.id_tags)]
    if mine:
        ended = tuple(replace(one, id_tag=IdTag("")) if one in mine else one for one in charger.ended)
        turn.charger = replace(charger, ended=ended)


def same(one: str, other: str) -> bool:
    """Tags compare without regard to case (OCPP 1.6 ed. 2 section 7)."""
    return one.casefold() == other.casefold()


def fits(charger: Charger, received: str, known: str) -> bool:
    """True if this charger means the known tag: as it stands, or spoilt in the way of this charger (rows F16, T28)."""
    if same(received, known):
        return True
    flags = charger.flags
    if flags.tag_prefix and _common(received, known) >= flags.tag_prefix:
        return True
    return flags.tag_swapped and same(_swapped(received), known)


def booked(charger: Charger, id_tag: IdTag) -> IdTag:
    """The idTag on which a transaction is booked: the card's own, whatever this charger's reader makes of it."""
    return _meant(charger, id_tag)


def card_charging(charger: Charger, id_tag: IdTag) -> Tag | None:
    """The card on which a transaction is booked, or the row for all cards that are not listed; None: nobody's."""
    tags = charger.settings.tag_book.tags
    if not tags:
        return None
    card = tags.get(id_tag.casefold())
    if card is not None or not id_tag or is_own(charger, id_tag):
        return card
    return tags.get("*")


def is_own(charger: Charger, id_tag: IdTag) -> bool:
    """One of the tags that stand for the bridge itself, and for nobody's card."""
    return any(fits(charger, id_tag, own) for own in (charger.tag, charger.own_tag, charger.reservation_tag))


def may_stop(charger: Charger, id_tag: IdTag, started: IdTag) -> bool:
    """The same card, or another one of its group (OCPP 1.6 ed. 2 section 7, parentIdTag)."""
    if alike(charger, id_tag, started):
        return True
    cards = [card_of(charger.settings.tag_book, _card(charger, one)) for one in (id_tag, started)]
    groups = {None if card is None else card.group for card in cards}
    return len(groups) == 1 and None not in groups


def alike(charger: Charger, one: IdTag, other: IdTag) -> bool:
    """True if both tags, as this charger has sent them, are the same card."""
    return same(one, other) or same(_meant(charger, one), _meant(charger, other))


def _meant(charger: Charger, id_tag: IdTag) -> IdTag:
    return charger.tag if fits(charger, id_tag, charger.tag) else _card(charger, id_tag)


def _card(charger: Charger, id_tag: IdTag) -> IdTag:
    """The card of the book that this charger means; where that is not certain, the tag as it came."""
    flags, book = charger.flags, charger.settings.tag_book
    exact = card_of(book, id_tag)
    if exact is not None:
        return exact.id
    if not (flags.tag_prefix or flags.tag_swapped):
        return id_tag
    readings = ((tag.id, (tag.id, *tag.aliases)) for tag in book.tags.values())
    meant = [card for card, known in readings if any(fits(charger, id_tag, one) for one in known)]
    if len(meant) == 1 or (meant and book.mode is AuthorizationMode.BLOCK_LIST):
        return meant[0]
    return id_tag


def _common(one: str, other: str) -> int:
    """How many characters agree, if one of the tags is the beginning of the other; else 0."""
    shorter, longer = sorted((one.casefold(), other.casefold()), key=len)
    return len(shorter) if longer.startswith(shorter) else 0


def _swapped(id_tag: str) -> str:
    """The tag with its bytes in reverse order; as it stands if it is not written in whole bytes."""
    pairs = [id_tag[index : index + 2] for index in range(0, len(id_tag), 2)]
    return "".join(reversed(pairs)) if len(id_tag) % 2 == 0 else id_tag


def _charges_with(charger: Charger, id_tag: IdTag) -> bool:
    """The transaction of a start of ours is open: its tag may be asked for again."""
    return fits(charger, id_tag, charger.tag) and any(
        connector.transaction is not None and fits(charger, connector.transaction.id_tag, charger.tag)
        for connector in charger.connectors.values()
    )


def _start_is_pending(charger: Charger, id_tag: IdTag, where: Connector | None) -> bool:
    """A remote start with this tag is on its way (to that connector); one that only waits for the cable is not."""
    return any(
        connector.start is not None
        and connector.start.stage is not StartStage.ARMED
        and fits(charger, id_tag, connector.start.id_tag)
        and (where is None or where.id == connector.id or connector.start.without_connector)
        for connector in charger.connectors.values()
    )
