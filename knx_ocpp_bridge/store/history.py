"""What was charged: transactions and sessions as rows, with their curves and signed values. Read only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from knx_ocpp_bridge.core.days import seconds_between
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.status import ocpp_word
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.store import points, rows, sums
from knx_ocpp_bridge.store.cells import Cell, cell
from knx_ocpp_bridge.store.points import Point
from knx_ocpp_bridge.store.sums import Place, Share, Slot

Row = dict[str, Any]
"""Plain JSON values."""

MOST_ROWS: Final = 500
_SIGNED: Final = "(SELECT count(*) FROM signed_values AS s WHERE s.charger = t.charger AND s.id = t.id)"
_COLUMNS: Final = (
    f"t.number, t.charger, {_SIGNED}, {', '.join(f't.{name}' for name in rows.TRANSACTION_COLUMNS.split(', '))}"
)
_FIRST: Final = f"SELECT {_COLUMNS} FROM transactions AS t WHERE t.charger = ? AND t.id = ?"
_LATER: Final = (
    f"SELECT {_COLUMNS} FROM transactions AS t INDEXED BY transactions_by_session WHERE t.charger = ? AND t.session = ?"
)
_HAS: Final = "SELECT 1 FROM transactions WHERE charger = ? AND id = ?"
_SIGNED_VALUES: Final = (
    "SELECT number, at, context, text FROM signed_values WHERE charger = ? AND id = ? ORDER BY number"
)


class Book(Protocol):
    """What of the journal is read here."""

    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...
    def points(self, charger: str, transaction: int) -> list[Point]: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them. Chargers and idTags are compared without regard to case.

    A period is that of the end, `since` included and `until` not, in UTC: a month of the site's calendar begins and
    ends at its local midnights. Open ones belong to every period that ends after they began.
    """

    charger: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    id_tags: tuple[str, ...] = ()
    """Empty: of all cards."""
    open_too: bool = True


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Logged:
    """A transaction in the log. `number` is that of its place: as they were heard of, late ones come last."""

    number: int
    charger: ChargerId
    signed: int
    transaction: Transaction

    @property
    def marks(self) -> list[str]:
        """What is to be said of its truth."""
        one = self.transaction
        words = {
            "adopted": one.adopted,
            "orphaned": one.orphaned,
            "assumed": one.assumed,
            "implausible": one.implausible,
            "start unmetered": one.meter_start_wh == 0 and (one.base_wh or 0) > 0,
            "late": one.late,
            "refused": not one.accepted,
            "clock doubtful": not one.clock_sane,
        }
        return [word for word, true in words.items() if true]

    @property
    def seconds(self) -> int | None:
        """From its beginning to its end; None: it has not ended, or the clock was doubtful."""
        one = self.transaction
        return seconds_between(one.started_at, one.stopped_at) if one.stopped_at and one.clock_sane else None

    def row(self) -> Row:
        """As JSON; times in ISO 8601, UTC, the idTag whole."""
        one = self.transaction
        return {
            "number": self.number,
            "charger": self.charger,
            "connector": one.connector,
            "transaction": one.id,
            "session": one.session,
            "id_tag": one.id_tag,
            "started_at": _text(one.started_at),
            "stopped_at": _text(one.stopped_at),
            "seconds": self.seconds,
            "meter_start_wh": one.meter_start_wh if one.base_wh is None else one.base_wh,
            "meter_stop_wh": one.meter_stop_wh,
            "energy_wh": one.energy_wh,
            "reason": None if one.reason is None else ocpp_word(one.reason),
            "started_by": one.started_by.value,
            "meter_serial": one.meter_serial,
            "clock": "sane" if one.clock_sane else "doubtful",
            "marks": self.marks,
            "days": [[each.day.isoformat(), each.energy_wh] for each in one.days],
            "signed": self.signed,
        }


@dataclass(frozen=True, slots=True)
class LoggedSession:
    """All transactions of one plug-in, in the order in which they began; there is at least one."""

    parts: tuple[Logged, ...]

    @property
    def number(self) -> int:
        """Its place in the log is that of the part that was heard of first."""
        return min(part.number for part in self.parts)

    def by(self, id_tags: tuple[str, ...]) -> tuple[Logged, ...]:
        """The parts that were charged with these cards; without any: all."""
        folded = {one.casefold() for one in id_tags}
        return tuple(part for part in self.parts if not folded or part.transaction.id_tag.casefold() in folded)

    def row(self, id_tags: tuple[str, ...] = ()) -> Row:
        """As that of a transaction, over all parts; `seconds` without the time between them, `transactions` are theirs.

        The end is that of the last part, and None as long as one is open. If only some of the parts are by these
        cards, the row is of those and carries the mark `in part`.
        """
        mine = self.by(id_tags) or self.parts
        rows_ = [part.row() for part in mine]
        first, last = rows_[0], rows_[-1]
        ended = all(row["stopped_at"] is not None for row in rows_)
        days: dict[str, int] = {}
        for day, energy_wh in (day for row in rows_ for day in row["days"]):
            days[day] = days.get(day, 0) + energy_wh
        row: Row = {
            **first,
            "number": self.number,
            "session": first["transaction"] if first["session"] is None else first["session"],
            "transactions": [row["transaction"] for row in rows_],
            "stopped_at": max(row["stopped_at"] for row in rows_) if ended else None,
            "seconds": _sum(row["seconds"] for row in rows_) if ended else None,
            "meter_stop_wh": last["meter_stop_wh"],
            "energy_wh": _sum(row["energy_wh"] for row in rows_),
            "reason": last["reason"] if ended else None,
            "clock": "sane" if all(row["clock"] == "sane" for row in rows_) else "doubtful",
            "marks": [
                *dict.fromkeys(mark for row in rows_ for mark in row["marks"]),
                *(("in part",) if len(mine) < len(self.parts) else ()),
            ],
            "days": [[day, days[day]] for day in sorted(days)],
            "signed": sum(row["signed"] for row in rows_),
        }
        del row["transaction"]
        return row


class History:
    """The log of transactions on disk; points of curves that are not there yet are included."""

    def __init__(self, journal: Book) -> None:
        self._journal = journal

    def transactions(
        self, wanted: Wanted = EVERYTHING, after: int = 0, limit: int = MOST_ROWS, *, newest: bool = False
    ) -> list[Logged]:
        """Those with a number above `after`, in its order: the first `limit`, 500 at most, or the newest.

        Raises:
            StoreError: the disk cannot be read.
        """
        conditions, cells = _conditions(wanted)
        # The plus keeps SQLite from walking through all numbers where it can look up a period.
        where = " AND ".join([*conditions, "+t.number > ?" if wanted.since is not None else "t.number > ?"])
        order = "DESC" if newest else "ASC"
        sql = f"SELECT {_COLUMNS} FROM transactions AS t WHERE {where} ORDER BY t.number {order} LIMIT ?"
        found = [_logged(row) for row in self._journal.read(sql, (*cells, after, _bounded(limit)))]
        return found[::-1] if newest else found

    def sessions(
        self, wanted: Wanted = EVERYTHING, after: int = 0, limit: int = MOST_ROWS, *, newest: bool = False
    ) -> list[LoggedSession]:
        """As `transactions`, by plug-in; one belongs to a card if any of its parts does.

        Raises:
            StoreError: the disk cannot be read.
        """
        cells: list[Cell] = []
        conditions = ["true"] if wanted.charger is None else ["t.charger = ?"]
        cells += [] if wanted.charger is None else [cell(wanted.charger)]
        ended = _period("max(t.stopped_at)", "min(t.started_at)", "max(t.stopped_at IS NULL)", wanted)
        having = ["min(t.number) > ?", *(condition for condition, _ in ended)]
        cells += [after, *(each for _, condition in ended for each in condition)]
        if wanted.id_tags:
            having.append(f"max({_tags(wanted.id_tags)})")
            cells += [cell(one) for one in wanted.id_tags]
        order = "DESC" if newest else "ASC"
        plugs = self._journal.read(
            f"SELECT t.charger, coalesce(t.session, t.id) AS plug FROM transactions AS t"
            f" WHERE {' AND '.join(conditions)} GROUP BY t.charger, plug HAVING {' AND '.join(having)}"
            f" ORDER BY min(t.number) {order} LIMIT ?",
            (*cells, _bounded(limit)),
        )
        found = [self._session(charger, plug) for charger, plug in plugs]
        return found[::-1] if newest else found

    def has(self, charger: str, transaction: int) -> bool:
        """Whether the log has this transaction.

        Raises:
            StoreError: the disk cannot be read.
        """
        return bool(self._journal.read(_HAS, (cell(charger), cell(transaction))))

    def samples(self, charger: str, transaction: int) -> list[Point]:
        """The curve of this transaction, in order, one point a minute or, when it is old, an hour.

        Raises:
            StoreError: the disk cannot be read.
        """
        on_disk = [Point(*row) for row in self._journal.read(*points.whole(charger, transaction))]
        known = {point.at_s: point for point in (*on_disk, *self._journal.points(charger, transaction))}
        return [known[at_s] for at_s in sorted(known)]

    def sums(self, place: Place, since: datetime, until: datetime) -> tuple[list[Slot], list[Share]]:
        """What ended in the period: by quarter of an hour, and by day what ran over a midnight.

        Raises:
            StoreError: the disk cannot be read.
        """
        found = [Slot(*row) for row in self._journal.read(*sums.slots(place, since, until))]
        split = self._journal.read(*sums.shares(place, since, until))
        return found, [Share(date.fromisoformat(day), energy_wh) for day, energy_wh in split]

    def signed(self, charger: str, transaction: int) -> list[Row]:
        """The signed values of this transaction as they came: number, at (ISO 8601 or None), context, text.

        Raises:
            StoreError: the disk cannot be read.
        """
        names = ("number", "at", "context", "text")
        found = self._journal.read(_SIGNED_VALUES, (cell(charger), cell(transaction)))
        return [dict(zip(names, row, strict=True)) for row in found]

    def _session(self, charger: str, plug: int) -> LoggedSession:
        # Two questions: to answer both at once, SQLite would look at all transactions of the charger.
        found = (_logged(row) for sql in (_FIRST, _LATER) for row in self._journal.read(sql, (charger, plug)))
        parts = {part.number: part for part in found if part.transaction.session in {None, plug}}.values()
        return LoggedSession(tuple(sorted(parts, key=lambda part: (part.transaction.started_at, part.number))))


def _conditions(wanted: Wanted) -> tuple[list[str], list[Cell]]:
    found = list(_period("t.stopped_at", "t.started_at", "t.stopped_at IS NULL", wanted))
    if wanted.charger is not None:
        found.append(("t.charger = ?", [cell(wanted.charger)]))
    if wanted.id_tags:
        found.append((_tags(wanted.id_tags), [cell(one) for one in wanted.id_tags]))
    return [condition for condition, _ in found], [each for _, cells in found for each in cells]


def _period(ended: str, started: str, is_open: str, wanted: Wanted) -> list[tuple[str, list[Cell]]]:
    """Conditions on these expressions, and what they are compared with."""
    if wanted.since is None and wanted.until is None and wanted.open_too:
        return []
    since = _text(wanted.since) or ""
    until = _text(wanted.until) or "9999-12-31"
    closed = f"NOT {is_open} AND {ended} >= ? AND {ended} < ?"
    if not wanted.open_too:
        return [(f"({closed})", [since, until])]
    return [(f"({closed} OR {is_open} AND {started} < ?)", [since, until, until])]


def _tags(id_tags: tuple[str, ...]) -> str:
    return f"t.id_tag COLLATE NOCASE IN ({', '.join('?' * len(id_tags))})"


def _logged(row: tuple[Any, ...]) -> Logged:
    number, charger, signed, *cells = row
    return Logged(number, ChargerId(charger), signed, rows.transaction(cells))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _sum(values: Iterable[int | None]) -> int | None:
    """Of what is known; None: nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _bounded(limit: int) -> int:
    return max(0, min(limit, MOST_ROWS))
