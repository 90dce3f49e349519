"""The database file: made private, opened, and moved aside when it is damaged. Nothing is ever deleted."""

import fcntl
import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store.errors import StoreError

_LOG = logging.getLogger(__name__)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY_S: Final = 5.0
_WAL_PAGES: Final = 1000
_WAL_KEPT_BYTES: Final = 4 * 1024 * 1024
_RESERVE_BYTES: Final = 256 * 1024
"""Room for SQLite's files beside the database, without which it cannot be opened, and for what waits at the end."""


def prepare(path: Path) -> None:
    """The directory exists (made with mode 0700) and so does the file (made with 0600; SQLite's own files follow it).

    Raises:
        StoreError: the directory or file cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(
            f"the journal cannot be opened for writing ({error.strerror})",
            path,
            "the directory must exist on a writable disk and belong to the user that runs the bridge; "
            "it is set by storage.path, --state or STATE_DIRECTORY",
        ) from error


def lock(path: Path) -> int:
    """The descriptor that keeps every other bridge away from this database, until it is closed or the process ends.

    The lock is on a file beside the database (mode 0600) that stays: without its lock it means nothing.

    Raises:
        StoreError: another process holds it, or there can be no lock.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _no_lock(beside, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreError(
            "a bridge already uses this directory",
            path.parent,
            "stop that one (systemctl stop knx-ocpp-bridge), or give this one another directory with --state",
        ) from error
    except OSError as error:
        os.close(descriptor)
        raise _no_lock(beside, error) from error
    return descriptor


def _no_lock(beside: Path, error: OSError) -> StoreError:
    return StoreError(
        f"it cannot be locked ({error.strerror})",
        beside,
        "the directory must be on a local, writable disk and belong to the user that runs the bridge",
    )


def reserve(path: Path) -> None:
    """Some room on the disk is kept by a file beside the database; where there is none left, nothing happens."""
    beside = _reserve_of(path)
    with suppress(OSError):
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _RESERVE_BYTES)
        finally:
            os.close(descriptor)


def release(path: Path) -> bool:
    """The room that was kept is free to be used; False: none was kept."""
    try:
        _reserve_of(path).unlink()
    except OSError:
        return False
    return True


def _reserve_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.reserve")


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may be handed to another thread; transactions begin and end as written."""
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)


def make_durable(connection: sqlite3.Connection) -> None:
    """A COMMIT is on the disk when it returns; the write-ahead log is folded in every 4 MiB and never by a timer."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, without what is extended to it; 0: the error is not SQLite's, but Python's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def damage(path: Path) -> str | None:
    """What is wrong with the database, in SQLite's words; None: it can be read and its structure is sound.

    Raises:
        sqlite3.Error: it could not be looked at, which says nothing about its contents.
    """
    connection = connect(path)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if primary_code(error) not in _DAMAGED:
            raise
        return str(error)
    finally:
        connection.close()
    return None if verdict == "ok" else str(verdict)


def has_damaged(path: Path) -> bool:
    """An earlier database of this name was moved aside and is still there."""
    return any(path.parent.glob(f"{path.name}.corrupt-*"))


def move_aside(path: Path, why: str) -> Path:
    """Renames the damaged database and its log to `<name>.corrupt-<n>`, says so, and returns the new name.

    Raises:
        StoreError: it cannot be renamed.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        try:
            part.rename(aside.with_name(aside.name + suffix))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(
                f"it is damaged ({why}) and cannot be moved aside", part, "move it away by hand"
            ) from error
    _LOG.error(
        "the journal %s is damaged (%s); it was moved to %s and a new one begins: open transactions, limits and the "
        "chargers' history of before are not known any more; restore a backup, and replace the SD card if it happens "
        "again",
        path,
        why,
        aside,
    )
    return aside
