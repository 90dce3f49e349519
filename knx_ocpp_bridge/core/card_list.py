"""A local authorization list as a value: what it should say, what is known of it, and how the two differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from knx_ocpp_bridge.core.authorization import of_card
from knx_ocpp_bridge.core.commands import Command, LocalListEntry
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, Tag, TagBook
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import Clock, IdTag, LinkNumber, Moment

ANY_CARD: Final = "*"
NOT_LISTED: Final = frozenset({AuthorizationMode.ALL, AuthorizationMode.NONE})
"""Modes that need no list of cards."""

Contents = Mapping[str, LocalListEntry]
"""The entries of a list by the case-folded idTag."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a charger's list holds under this version."""

    version: int
    contents: Contents


@dataclass(frozen=True, slots=True)
class CardList:
    """How far the list in one charger is known, and what is being done about it."""

    settled_for: ChargerSettings | None = None
    """With these very settings there is nothing left to do,"""
    settled_clock_sane: bool = False
    """by a clock that is believed, or not, as then,"""
    settled_until: datetime | None = None
    """and until then: another card is valid from then on."""
    tried_for: ChargerSettings | None = None
    """Refusals are counted afresh with other settings."""
    asked: Command | None = None
    """On its way by the link `asked_on`; there is never more than one."""
    asked_on: LinkNumber | None = None
    stale: bool = False
    """The charger has arrived anew since: what it answers tells nothing."""
    version: int | None = None
    """As it said since it arrived."""
    confirmed: Copy | None = None
    """The last one that it has taken; it holds that while it reports that version."""
    hoped: Copy | None = None
    """Sent, and not known to be taken."""
    last_version: int = 0
    """The last that was sent."""
    firmware: str = ""
    limits_asked: bool = False
    off: bool = False
    """Its LocalAuthListEnabled is false."""
    told_left_out: int = 0
    failures: int = 0
    """In a row."""
    rests_until_s: float = 0.0
    wake_at_s: float | None = None


NOT_LOOKED_AT: Final = CardList()


def wanted(settings: ChargerSettings, own: Iterable[IdTag], now: Moment) -> Contents:
    """The list that says offline what `authorization.authorize` says online, as far as a list can say it.

    Cards that are Invalid or Expired are left out, those that are Blocked come last. `own` are tags of the bridge
    itself: in a list they would let anybody charge who knows them.
    """
    book = settings.tag_book
    if book.mode in NOT_LISTED:
        return {}
    barred = {ANY_CARD, *(tag.casefold() for tag in own)}
    if book.mode is AuthorizationMode.BLOCK_LIST:
        # The charger would refuse to start with a tag that its own list blocks.
        barred.add((settings.remote_id_tag or "").casefold())
        listed = [LocalListEntry(id_tag, "Blocked") for tag in book.tags.values() for id_tag in readings(tag)]
    else:
        listed = list(_listed(settings, now))
    return {key: entry for entry in listed if (key := entry.id_tag.casefold()) not in barred}


def readings(tag: Tag) -> tuple[IdTag, ...]:
    """All idTags that this card is read as."""
    return (tag.id, *tag.aliases)


def next_change(book: TagBook, now: Moment) -> datetime | None:
    """When the list will say something else though the book is the same; None: never, or nobody can tell.

    An expiry is no change: the charger knows it by the list.
    """
    if now.clock is not Clock.SANE or book.mode is not AuthorizationMode.ALLOW_LIST:
        return None
    begins = (tag.valid_from for tag in book.tags.values() if tag.valid_from is not None)
    return min((at for at in begins if at > now.utc), default=None)


def digest(contents: Contents) -> str:
    """The same for the same list, in whatever order."""
    lines = [f"{key}\n{one.id_tag}\n{one.status}\n{one.parent}\n{one.expires}" for key, one in contents.items()]
    return sha256("\n\n".join(sorted(lines)).encode("utf-8", "replace")).hexdigest()[:16]


def cut(contents: Contents, most: int | None) -> Contents:
    """The first `most` of it; None: all."""
    if most is None or len(contents) <= most:
        return contents
    return dict(list(contents.items())[:most])


def difference(held: Contents, target: Contents) -> list[LocalListEntry]:
    """What makes `target` of `held`. What goes comes first, so that a full list has room for what comes."""
    gone = [LocalListEntry(entry.id_tag, None) for key, entry in held.items() if key not in target]
    changed = [entry for key, entry in target.items() if key in held and held[key] != entry]
    return gone + changed + [entry for key, entry in target.items() if key not in held]


def applied(held: Contents, entries: Iterable[LocalListEntry]) -> Contents:
    """The list after a differential update."""
    after = dict(held)
    for entry in entries:
        if entry.status is None:
            after.pop(entry.id_tag.casefold(), None)
        else:
            after[entry.id_tag.casefold()] = entry
    return after


def whole_is_shorter(target: Contents, changes: list[LocalListEntry], chunk: int) -> bool:
    """Whether sending all of it takes no more messages, and no more entries, than sending the changes."""
    return (_messages(len(target), chunk), len(target)) <= (_messages(len(changes), chunk), len(changes))


def _messages(entries: int, chunk: int) -> int:
    return max(1, -(-entries // chunk))


def _listed(settings: ChargerSettings, now: Moment) -> Iterator[LocalListEntry]:
    """Those that may charge, then those that are Blocked: if there is no room, they are what a charger may miss."""
    book, sane = settings.tag_book, now.clock is Clock.SANE
    judged = [(tag, of_card(book, tag, settings.id, now.utc, clock_sane=sane)) for tag in book.tags.values()]
    for status in (AuthorizationStatus.ACCEPTED, AuthorizationStatus.BLOCKED):
        for tag, info in judged:
            if info.status is status:
                yield from (LocalListEntry(one, status.value, tag.group, tag.expires) for one in readings(tag))
