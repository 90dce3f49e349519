"""Brings a database to the schema of this program, one version and one transaction at a time.

`schema/0001.sql` is the whole schema of version 1; each later file says what changes. `PRAGMA user_version` is the
number of the last file that was applied.
"""

import sqlite3
from importlib import resources
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store.errors import StoreError

APPLICATION_ID: Final = 0x4B4F4331
"""`PRAGMA application_id` of the journal; set by 0001.sql."""


def scripts() -> dict[int, str]:
    """Every schema file of the package by its version, in order."""
    folder = resources.files("knx_ocpp_bridge.store") / "schema"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {int(file.name.removesuffix(".sql")): file.read_text("utf-8") for file in files}


def version(connection: sqlite3.Connection) -> int:
    """The schema version of this database; 0: it is empty."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def migrate(connection: sqlite3.Connection, path: Path, known: dict[int, str]) -> bool:
    """The database has the newest schema of `known` afterwards, or is as it was.

    Returns:
        Whether it was empty, i.e. is a new journal.

    Raises:
        StoreError: it was written by a newer program, or is no journal of ours at all.
    """
    found = version(connection)
    _must_be_ours(connection, path, found, newest=max(known))
    for number, script in known.items():
        if number > found:
            _apply(connection, path, number, script)
    return found == 0


def _must_be_ours(connection: sqlite3.Connection, path: Path, found: int, *, newest: int) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables or found):
        raise StoreError(
            "this is another program's database",
            path,
            "move it away, or set storage.path in the configuration to another directory; nothing was changed",
        )
    if found > newest:
        raise StoreError(
            f"the database has schema {found}, this program knows schemas up to {newest}",
            path,
            "install the newer knx-ocpp-bridge again, or move the file away to begin a new journal; "
            "nothing was changed",
        )


def _apply(connection: sqlite3.Connection, path: Path, number: int, script: str) -> None:
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.rollback()
        raise StoreError(
            f"schema {number} could not be applied: {error}",
            path,
            "the database is as it was; check free space and permissions and start again",
        ) from error
