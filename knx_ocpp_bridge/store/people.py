"""The cards that somebody has named here, and those that were held to readers."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.store.cells import Cell, Statement, cell

MOST_SEEN: Final = 500
"""Cards held to readers that are kept: those that were held last."""
_TAG: Final = (
    "id_tag", "name", "tag_group", "cost_centre", "valid_from", "expires", "chargers", "limit_wh", "note", "aliases",
    "mode", "max_current_a",
)  # fmt: skip
_SEEN: Final = ("id_tag", "charger", "connector", "status", "at", "times")
_PUT: Final = f"REPLACE INTO tags ({', '.join(_TAG)}, noted_at) VALUES ({', '.join('?' * (len(_TAG) + 1))})"
_ALL: Final = f"SELECT {', '.join(_TAG)} FROM tags ORDER BY name, id_tag"
_REMOVE: Final = "DELETE FROM tags WHERE id_tag = ?"
_PUT_SEEN: Final = f"REPLACE INTO cards_seen ({', '.join(_SEEN)}) VALUES ({', '.join('?' * len(_SEEN))})"
_ALL_SEEN: Final = f"SELECT {', '.join(_SEEN)} FROM cards_seen ORDER BY at, id_tag"
_FORGET_SEEN: Final = "DELETE FROM cards_seen WHERE id_tag = ?"


class Shelf(Protocol):
    """The part of the journal that is written to and read from here."""

    def write(self, *statements: Statement, done: Callable[[], None] | None = None) -> None: ...
    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A card that was held to a reader: where, when (UTC) and with which answer the last time, and how often."""

    id_tag: IdTag
    charger: ChargerId
    connector: ConnectorId
    status: AuthorizationStatus
    at: datetime
    times: int


class PeopleBook:
    """Reads and writes the two tables. All of it may raise a StoreError where it reads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def cards(self) -> dict[str, Tag]:
        """The named cards by their case-folded ids, in the order of names."""
        return {row[0].casefold(): _tag(row) for row in self._shelf.read(_ALL)}

    def put(self, tags: Iterable[Tag], at: datetime, done: Callable[[], None]) -> None:
        """These cards are as told, all or none of them; then `done` is called. Never waits."""
        noted_at = at.isoformat(timespec="seconds")
        self._shelf.write(*((_PUT, (*_cells(tag), noted_at)) for tag in tags), done=done)

    def remove(self, id_tag: IdTag, done: Callable[[], None]) -> None:
        """The card has no name any more; then `done` is called. Never waits."""
        self._shelf.write((_REMOVE, (cell(id_tag),)), done=done)

    def seen(self) -> list[Seen]:
        """The cards that were held to readers, those of last stand last."""
        return [
            Seen(IdTag(tag), ChargerId(where), ConnectorId(at), AuthorizationStatus[status], _time(when), times)
            for tag, where, at, status, when, times in self._shelf.read(_ALL_SEEN)
        ]

    def put_seen(self, news: Iterable[Seen], gone: Iterable[IdTag]) -> None:
        """These were held to readers, and those are not kept any more. Never waits."""
        statements: list[Statement] = [(_FORGET_SEEN, (cell(tag),)) for tag in gone]
        statements += [
            (_PUT_SEEN, tuple(map(cell, (one.id_tag, one.charger, one.connector, one.status, one.at, one.times))))
            for one in news
        ]
        if statements:
            self._shelf.write(*statements)


def _cells(tag: Tag) -> tuple[Cell, ...]:
    chargers, aliases = json.dumps(sorted(tag.chargers)), json.dumps(tag.aliases)
    values = (tag.id, tag.name, tag.group, tag.cost_centre, tag.valid_from, tag.expires, chargers)
    return tuple(map(cell, (*values, tag.limit_wh, tag.note, aliases, tag.mode, tag.max_current_a)))


def _tag(row: tuple[Any, ...]) -> Tag:
    id_tag, name, group, cost_centre, valid_from, expires, chargers, limit_wh, note, aliases, mode, max_current_a = row
    return Tag(
        id=IdTag(id_tag),
        name=name,
        expires=None if expires is None else _time(expires),
        group=None if group is None else IdTag(group),
        valid_from=None if valid_from is None else _time(valid_from),
        cost_centre=cost_centre,
        chargers=frozenset(json.loads(chargers)),
        limit_wh=limit_wh,
        note=note,
        aliases=tuple(map(IdTag, json.loads(aliases))),
        mode=None if mode is None else ChargeMode[mode],
        max_current_a=max_current_a,
    )


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)
