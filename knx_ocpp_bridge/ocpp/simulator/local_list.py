"""The local authorization list (OCPP 1.6 ed. 2 section 3.5.2): cards the charger knows without asking."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ocpp.v16.enums import AuthorizationStatus, UpdateStatus, UpdateType

from knx_ocpp_bridge.ocpp.simulator.wire import Json, instant, object_of, objects_of, text_of, whole_of

MAX_LENGTH: Final = 100
SEND_MAX_LENGTH: Final = 20
_STATUSES: Final = frozenset(status.value for status in AuthorizationStatus)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says of one card."""

    status: str
    parent: str = ""
    expires: datetime | None = None

    def accepted(self, now: datetime) -> bool:
        """Whether this card may charge at this moment."""
        return self.status == AuthorizationStatus.accepted and (self.expires is None or now < self.expires)

    def group(self, now: datetime) -> str | None:
        """The parentIdTag of a card that may charge; None: it may not."""
        return self.parent if self.accepted(now) else None


@dataclass(slots=True)
class LocalList:
    """The list and its version; version 0 is an empty list. idTags are the same in any case of their letters."""

    version: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)

    def find(self, id_tag: str) -> Entry | None:
        """What it says of this card; None: nothing."""
        return self.entries.get(id_tag.casefold())

    def update(self, payload: Json) -> UpdateStatus:
        """The answer to SendLocalList; a list that is not accepted changes nothing."""
        version, full = whole_of(payload, "listVersion"), text_of(payload, "updateType") == UpdateType.full
        rows = objects_of(payload, "localAuthorizationList")
        if version is None or len(rows) > SEND_MAX_LENGTH or not _complete(rows, full=full):
            return UpdateStatus.failed
        if not full and version <= self.version:
            return UpdateStatus.version_mismatch
        entries = {} if full else dict(self.entries)
        for row in rows:
            tag, info = text_of(row, "idTag").casefold(), object_of(row, "idTagInfo")
            entries.pop(tag, None)
            if info:
                expires = instant(text_of(info, "expiryDate"))
                entries[tag] = Entry(text_of(info, "status"), text_of(info, "parentIdTag"), expires)
        if len(entries) > MAX_LENGTH:
            return UpdateStatus.failed
        self.version, self.entries = version, entries
        return UpdateStatus.accepted


def _complete(rows: list[Json], *, full: bool) -> bool:
    """Every card once, and with a status, which only a differential update may leave out to remove the card."""
    tags = [text_of(row, "idTag").casefold() for row in rows]
    known = all("idTagInfo" not in row or text_of(object_of(row, "idTagInfo"), "status") in _STATUSES for row in rows)
    return (
        known and all(tags) and len(set(tags)) == len(tags) and not (full and any("idTagInfo" not in r for r in rows))
    )
