"""Copies of the database: made beside a running bridge, judged, and made fit to be gone on with."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store import files, rows
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.migrate import APPLICATION_ID, scripts, version
from knx_ocpp_bridge.store.numbers import FOREIGN_FROM, Numbers, beyond_all

_WITH_SESSIONS: Final = 4
"""The first schema that keeps who is logged in to the pages."""


def copy(database: Path, target: Path) -> None:
    """The database as it is at this moment, whole and in one file of mode 0600. A running bridge notices nothing.

    Raises:
        StoreError: it cannot be read, or the copy cannot be written.
    """
    if not database.is_file():
        raise StoreError("there is no database", database, "name the directory in which the bridge remembers: --state")
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(_reading(database)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise StoreError(
            f"it cannot be copied ({error})", database, "check free space (df), permissions and the disk (dmesg)"
        ) from error


def examine(database: Path, *, from_elsewhere: bool = False) -> tuple[int, int]:
    """The schema of this copy, and the highest number of a transaction that it knows.

    `from_elsewhere`: it may have been made to do harm, so nothing may be in it that this program does not make.

    Raises:
        StoreError: it is damaged, another program's, or of a newer program.
    """
    try:
        why = files.damage(database)
        if why is not None:
            raise StoreError(f"the database in it is damaged ({why})", database, "take an older backup")
        with closing(_reading(database)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            found, newest = version(connection), max(scripts())
            if application != APPLICATION_ID or not found:
                raise StoreError("the database in it is another program's", database, "take a backup of this one")
            if found > newest:
                raise StoreError(
                    f"the database in it has schema {found}, this program knows schemas up to {newest}",
                    database,
                    "install the newer knx-ocpp-bridge first",
                )
            if from_elsewhere:
                _must_be_plain(connection, database, found)
            return found, rows.last_transaction(connection, below=FOREIGN_FROM)
    except sqlite3.Error as error:
        raise StoreError(f"the database in it cannot be read ({error})", database, "take an older backup") from error


def go_on_after(copied: Path, before: Path, now: datetime) -> int:
    """Whoever goes on with this copy gives only numbers that were never given, not by the one `before` it either.

    Nobody is logged in there: who has logged out since would be again.

    Raises:
        StoreError: it cannot be written.
    """
    known = Numbers(before)
    known.load()
    number = max(beyond_all(now), known.given, _highest(before))
    try:
        with closing(files.connect(copied)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("UPDATE beginning SET after_transaction = max(after_transaction, ?)", (number,))
            if version(connection) >= _WITH_SESSIONS:
                connection.execute("DELETE FROM web_sessions")
    except sqlite3.Error as error:
        raise StoreError(f"it cannot be written ({error})", copied, "check free space (df)") from error
    return number


def _highest(database: Path) -> int:
    """0: there is none, or it cannot be read, in which case `beyond_all` has to do."""
    if not database.is_file():
        return 0
    try:
        with closing(files.connect(database)) as connection:  # which folds its log in
            return rows.last_transaction(connection, below=FOREIGN_FROM)
    except sqlite3.Error:
        return 0


def _must_be_plain(connection: sqlite3.Connection, database: Path, schema: int) -> None:
    strange = sorted(_shape(connection) ^ _shape_of(schema))
    if strange:
        raise StoreError(
            f"the database in it is not as this program makes it: {', '.join(strange[:3])}",
            database,
            "take a backup that nobody has changed; nothing was changed",
        )


def _shape(connection: sqlite3.Connection) -> set[str]:
    """What there is in words: a table's column, an index, and what a journal never has, like a trigger or a view."""
    rows_ = connection.execute(
        "SELECT m.type, m.name, c.name FROM sqlite_schema AS m LEFT JOIN pragma_table_xinfo(m.name) AS c"
        " WHERE m.name NOT LIKE 'sqlite^_%' ESCAPE '^'"
    )
    return {" ".join(filter(None, row)) for row in rows_}


def _shape_of(schema: int) -> set[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, script in scripts().items():
            if number <= schema:
                connection.executescript(script)
        return _shape(connection)


def _reading(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
