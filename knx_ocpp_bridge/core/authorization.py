"""Who may charge: the four modes, cards, groups, validity, limits. The bridge's own tags are the charger's business."""

from datetime import datetime

from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.step import AuthorizationStatus, IdTagInfo
from knx_ocpp_bridge.core.values import ChargerId, IdTag

INVALID = IdTagInfo(AuthorizationStatus.INVALID)


def authorize(book: TagBook, id_tag: IdTag, charger: ChargerId, now: datetime, *, clock_sane: bool) -> IdTagInfo:
    """The IdTagInfo for this card at this charger: Accepted, or Invalid, Expired, Blocked for the right reason.

    What depends on the time (validity, the limit of a month) is judged only by a clock that can be believed. Tags
    compare without regard to case (OCPP 1.6 ed. 2 section 7, IdToken is a CiString). Validity, chargers and limits of
    cards count in mode `allow_list` alone: `all` is everybody, and who stands in a block list is blocked.
    """
    tag = card_of(book, id_tag)
    match book.mode:
        case AuthorizationMode.NONE:
            return INVALID
        case AuthorizationMode.BLOCK_LIST:
            blocked = tag is not None or "*" in book.tags
            return IdTagInfo(AuthorizationStatus.BLOCKED if blocked else AuthorizationStatus.ACCEPTED)
        case AuthorizationMode.ALL:
            return IdTagInfo(AuthorizationStatus.ACCEPTED, parent=tag.group if tag else None)
        case AuthorizationMode.ALLOW_LIST:
            tag = tag or book.tags.get("*")
            return INVALID if tag is None else of_card(book, tag, charger, now, clock_sane=clock_sane)


def of_card(book: TagBook, tag: Tag, charger: ChargerId, now: datetime, *, clock_sane: bool) -> IdTagInfo:
    """The same for a card of an allow list. One that is not valid yet is as unknown as one that is not listed."""
    if clock_sane and tag.valid_from is not None and now < tag.valid_from:
        return INVALID
    if clock_sane and tag.expires is not None and now >= tag.expires:
        return IdTagInfo(AuthorizationStatus.EXPIRED, parent=tag.group, expires=tag.expires)
    elsewhere = bool(tag.chargers) and charger.casefold() not in tag.chargers
    used_up = clock_sane and tag.id.casefold() in book.exhausted
    status = AuthorizationStatus.BLOCKED if elsewhere or used_up else AuthorizationStatus.ACCEPTED
    return IdTagInfo(status, parent=tag.group, expires=tag.expires)


def card_of(book: TagBook, id_tag: str) -> Tag | None:
    """The card of the book that is read as this idTag: by its own, or by one of its aliases."""
    folded = id_tag.casefold()
    own = book.tags.get(folded)
    if own is not None:
        return own
    with_aliases = (tag for tag in book.tags.values() if tag.aliases)
    return next((tag for tag in with_aliases if any(one.casefold() == folded for one in tag.aliases)), None)


def masked(id_tag: str) -> str:
    """The tag as logs may show it: at most its last four characters, and never more than half of it."""
    shown = min(4, len(id_tag) // 2)
    return "…" + id_tag[len(id_tag) - shown :]
