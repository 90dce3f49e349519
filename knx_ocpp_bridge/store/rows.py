"""Facts as rows, and rows as what is remembered. The columns of a table are the fields of its value, in order."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, Final, assert_never

from knx_ocpp_bridge.core.events import Identity, SignedValue
from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    DayEnergy,
    Fact,
    IdentityLearned,
    Meter,
    MeterNoted,
    Point,
    Remembered,
    SecurityKept,
    SignedKept,
    StartedBy,
    TagIssued,
    Transaction,
    TransactionRecorded,
    Wishes,
    WishesKept,
)
from knx_ocpp_bridge.core.security import NOTHING_AGREED, PasswordDigest, Security, SecurityProfile
from knx_ocpp_bridge.core.status import ChargeMode, StopReason
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag, TransactionId
from knx_ocpp_bridge.store import points
from knx_ocpp_bridge.store.cells import Cell, Statement, cell

_ENDED_KEPT: Final = 8
_NOTED: Final = (
    *(
        (table, "noted_at")
        for table in ("transactions", "wishes", "meters", "identities", "abilities", "own_tags", "securities", "tags")
    ),
    ("cards_seen", "at"),
    ("counter_resets", "at"),
    ("grid_evidence WHERE sane", "at"),
)
"""Where the bridge's own clock has left its mark. Samples and signed values bear the charger's, alarms may tell of a
clock that was wrong, and the log is written whatever the clock shows."""


def _passwords(written: str) -> tuple[PasswordDigest, ...]:
    return tuple(PasswordDigest(bytes.fromhex(salt), bytes.fromhex(digest)) for salt, digest in json.loads(written))


def _days(written: str) -> tuple[DayEnergy, ...]:
    return tuple(DayEnergy(date.fromisoformat(day), energy_wh) for day, energy_wh in json.loads(written))


_FROM_CELL: Final[Mapping[str, Callable[[Any], Any]]] = {
    "started_at": datetime.fromisoformat,
    "charger_time": datetime.fromisoformat,
    "stopped_at": datetime.fromisoformat,
    "reason": StopReason.__getitem__,
    "accepted": bool,
    "late": bool,
    "clock_sane": bool,
    "assumed": bool,
    "implausible": bool,
    "adopted": bool,
    "orphaned": bool,
    "started_by": StartedBy.__getitem__,
    "days": _days,
    "fast": bool,
    "paused": bool,
    "reserved": bool,
    "mode": ChargeMode.__getitem__,
    "session_mode": ChargeMode.__getitem__,
    "shut": bool,
    "profile": SecurityProfile,
    "wanted": SecurityProfile,
    "passwords": _passwords,
    "wanted_passwords": _passwords,
}


def _columns(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _upsert(table: str, columns: Iterable[str]) -> str:
    names = ("charger", *columns, "noted_at")
    return f"REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_TRANSACTION: Final = _columns(Transaction)
TRANSACTION_COLUMNS: Final = ", ".join(_TRANSACTION)
"""As `transaction` reads them."""
_WISHES: Final = _columns(Wishes)
_METER: Final = _columns(Meter)
_IDENTITY: Final = _columns(Identity)


def _put_transaction() -> str:
    """What a charger has told as ended stays as it is, should a number of long ago turn up for something new."""
    names = ("charger", *_TRANSACTION, "noted_at")
    news = ", ".join(f"{name} = excluded.{name}" for name in names)
    same = "stopped_at IS NULL OR assumed OR started_at = excluded.started_at"
    number = "(SELECT coalesce(max(number), 0) + 1 FROM transactions)"
    values = f"{', '.join('?' * len(names))}, {number}"
    rows = f"INSERT INTO transactions ({', '.join(names)}, number) VALUES ({values})"
    return f"{rows} ON CONFLICT (charger, id) DO UPDATE SET {news} WHERE {same}"


_PUT_TRANSACTION: Final = _put_transaction()
_PUT_WISHES: Final = _upsert("wishes", ("connector", *_WISHES))
_PUT_METER: Final = _upsert("meters", ("connector", *_METER))
_PUT_IDENTITY: Final = _upsert("identities", _IDENTITY)
_PUT_ABILITY: Final = _upsert("abilities", ("name", "value"))
_PUT_TAG: Final = _upsert("own_tags", ("id_tag",))
_SECURITY: Final = _columns(Security)
_PUT_SECURITY: Final = _upsert("securities", _SECURITY)


MOST_SIGNED: Final = 64
"""Signed values of one transaction that are kept."""
LONGEST_SIGNED: Final = 32 * 1024
"""Characters of one; OCMF has 1 to 3 thousand."""
_PUT_SIGNED: Final = """
WITH given (place, at, context, text) AS (VALUES {given}),
  kept AS (SELECT text, number FROM signed_values WHERE charger = ? AND id = ?),
  fresh AS (SELECT min(place) AS place, at, context, text FROM given
            WHERE text NOT IN (SELECT text FROM kept) GROUP BY text)
INSERT INTO signed_values (charger, id, noted_at, number, at, context, text)
SELECT * FROM (
  SELECT ?, ?, ?, (SELECT coalesce(max(number), 0) FROM kept) + row_number() OVER (ORDER BY place) AS number,
    at, context, text FROM fresh)
WHERE number <= ?"""


def statement(charger: ChargerId, fact: Fact, noted_at: str) -> Statement:
    """The SQL that makes this fact the truth. Total: whatever a value holds becomes something that can be stored."""
    match fact:
        case TransactionRecorded(transaction):
            sql, values = _PUT_TRANSACTION, _transaction_cells(transaction)
        case WishesKept(connector, wishes):
            sql, values = _PUT_WISHES, (connector, *_values(wishes, _WISHES))
        case MeterNoted(connector, meter):
            sql, values = _PUT_METER, (connector, *_values(meter, _METER))
        case IdentityLearned(identity):
            sql, values = _PUT_IDENTITY, _values(identity, _IDENTITY)
        case AbilityLearned(name, value):
            sql, values = _PUT_ABILITY, (name, value)
        case TagIssued(id_tag):
            sql, values = _PUT_TAG, (id_tag,)
        case SecurityKept(security):
            sql, values = _PUT_SECURITY, _security_cells(security)
        case SignedKept(transaction_id, signed):
            return _put_signed(cell(charger), int(transaction_id), signed, noted_at)
        case _:
            assert_never(fact)
    return sql, (cell(charger), *map(cell, values), noted_at)


def _put_signed(charger: Cell, transaction: int, signed: Iterable[SignedValue], noted_at: str) -> Statement:
    """Behind those that are kept already, as far as there is room; what is sent again is not kept again."""
    given = [(number, value.at, value.context, value.text) for number, value in enumerate(keepable(signed))]
    if not given:
        return "SELECT 1", ()
    sql = _PUT_SIGNED.format(given=", ".join(["(?, ?, ?, ?)"] * len(given)))
    cells = (cell(each) for one in given for each in one)
    return sql, (*cells, charger, transaction, charger, transaction, noted_at, MOST_SIGNED)


def keepable(signed: Iterable[SignedValue]) -> tuple[SignedValue, ...]:
    """The first 64, without those that are too long: half a signed value would be worth nothing."""
    return tuple(one for one in signed if len(one.text) <= LONGEST_SIGNED)[:MOST_SIGNED]


def begin(connection: sqlite3.Connection, after_transaction: int) -> None:
    """Numbers of transactions start after this one; of a database that has begun before, nothing changes."""
    if connection.execute("SELECT count(*) FROM beginning").fetchone() == (0,):
        connection.execute("INSERT INTO beginning VALUES (1, ?)", (after_transaction,))


def last_transaction(connection: sqlite3.Connection, below: int) -> int:
    """The highest number of a transaction below `below`, or the one that this database starts after."""
    (first,) = connection.execute("SELECT max(after_transaction) FROM beginning").fetchone()
    (highest,) = connection.execute("SELECT max(id) FROM transactions WHERE id < ?", (below,)).fetchone()
    return max(int(first or 0), int(highest or 0))


def newest_entry(connection: sqlite3.Connection) -> datetime | None:
    """The latest time at which anything was noted; None: nothing ever was."""
    union = " UNION ALL ".join(f"SELECT max({column}) AS at FROM {table}" for table, column in _NOTED)
    (newest,) = connection.execute(f"SELECT max(at) FROM ({union})").fetchone()
    return None if newest is None else datetime.fromisoformat(newest)


def remembered(connection: sqlite3.Connection, charger: ChargerId) -> Remembered:
    """All that the journal holds of this charger; nothing, for one it has never heard of."""

    def rows(table: str, columns: tuple[str, ...], rest: str = "") -> list[dict[str, Any]]:
        sql = f"SELECT {', '.join(columns)} FROM {table} WHERE charger = ? {rest}"
        found = connection.execute(sql, (cell(charger),)).fetchall()
        return [{name: _value(name, each) for name, each in zip(columns, row, strict=True)} for row in found]

    open_ = rows("transactions", _TRANSACTION, "AND stopped_at IS NULL ORDER BY id")
    ended = rows("transactions", _TRANSACTION, f"AND stopped_at IS NOT NULL ORDER BY id DESC LIMIT {_ENDED_KEPT}")
    identity = rows("identities", _IDENTITY)
    own_tag = rows("own_tags", ("id_tag",))
    security = rows("securities", _SECURITY)
    return Remembered(
        own_tag=IdTag(own_tag[0]["id_tag"]) if own_tag else None,
        identity=Identity(**identity[0]) if identity else None,
        open=tuple(Transaction(**row) for row in open_),
        ended=tuple(Transaction(**row) for row in reversed(ended)),
        points=_points(connection, charger, open_),
        wishes={ConnectorId(row.pop("connector")): Wishes(**row) for row in rows("wishes", ("connector", *_WISHES))},
        meters={ConnectorId(row.pop("connector")): Meter(**row) for row in rows("meters", ("connector", *_METER))},
        abilities={row["name"]: row["value"] for row in rows("abilities", ("name", "value"))},
        security=Security(**security[0]) if security else NOTHING_AGREED,
    )


def transaction(cells: Iterable[Cell]) -> Transaction:
    """The transaction of a row of `TRANSACTION_COLUMNS`."""
    named = zip(_TRANSACTION, cells, strict=True)
    found: dict[str, Any] = {name: _value(name, each) for name, each in named}
    return Transaction(**found)


def _transaction_cells(transaction: Transaction) -> tuple[object, ...]:
    days = json.dumps([[one.day.isoformat(), one.energy_wh] for one in transaction.days], separators=(",", ":"))
    return tuple(days if name == "days" else getattr(transaction, name) for name in _TRANSACTION)


def _points(
    connection: sqlite3.Connection, charger: ChargerId, transactions: list[dict[str, Any]]
) -> dict[TransactionId, Point]:
    found = {}
    for one in transactions:
        row = connection.execute(*points.last(charger, one["id"])).fetchone()
        if row is not None:
            found[TransactionId(one["id"])] = Point(datetime.fromtimestamp(row[0], UTC), row[1])
    return found


def _security_cells(security: Security) -> tuple[object, ...]:
    wanted = None if security.wanted is None else int(security.wanted)
    return int(security.profile), _written(security.passwords), wanted, _written(security.wanted_passwords)


def _written(passwords: tuple[PasswordDigest, ...]) -> str:
    return json.dumps([[one.salt.hex(), one.digest.hex()] for one in passwords], separators=(",", ":"))


def _values(value: object, columns: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in columns)


def _value(column: str, found: Cell) -> object:
    convert = _FROM_CELL.get(column)
    return found if found is None or convert is None else convert(found)
