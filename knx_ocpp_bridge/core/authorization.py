"""Who may charge: the four modes, cards, groups, expiry. The bridge's own tags are the charger's business."""

from datetime import datetime

from knx_ocpp_bridge.core.settings import AuthorizationMode, TagBook
from knx_ocpp_bridge.core.step import AuthorizationStatus, IdTagInfo
from knx_ocpp_bridge.core.values import IdTag

INVALID = IdTagInfo(AuthorizationStatus.INVALID)


def authorize(book: TagBook, id_tag: IdTag, now: datetime, *, clock_sane: bool) -> IdTagInfo:
    """The IdTagInfo for this card: Accepted, or Invalid, Expired, Blocked for the right reason.

    An expiry date is judged only by a clock that can be believed. Tags compare without regard to case
    (OCPP 1.6 ed. 2 section 7, IdToken is a CiString).
    """
    tag = book.tags.get(id_tag.casefold())
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
            if tag is None:
                return INVALID
            if clock_sane and tag.expires is not None and now >= tag.expires:
                return IdTagInfo(AuthorizationStatus.EXPIRED, parent=tag.group, expires=tag.expires)
            return IdTagInfo(AuthorizationStatus.ACCEPTED, parent=tag.group, expires=tag.expires)


def masked(id_tag: str) -> str:
    """The tag as logs may show it: at most its last four characters, and never more than half of it."""
    shown = min(4, len(id_tag) // 2)
    return "…" + id_tag[len(id_tag) - shown :]
