"""The users of the pages, whoever is logged in, and the tokens of programs: three small tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

from knx_ocpp_bridge.store.cells import Cell, Statement, cell


class Shelf(Protocol):
    """The part of the journal that is written to and read from here."""

    def write(self, *statements: Statement, done: Callable[[], None] | None = None, tidy: bool = False) -> None: ...
    def read(self, sql: str, cells: tuple[Cell, ...] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class User:
    """One row of `users`; its fields are the columns. Times are UTC in ISO 8601."""

    name: str
    role: str
    password: str
    """Argon2id, in the PHC string format."""
    created_at: str
    password_at: str


@dataclass(frozen=True, slots=True)
class WebSession:
    """One row of `web_sessions`; its fields are the columns. Times are UTC in ISO 8601."""

    digest: str
    user: str
    created_at: str
    used_at: str
    peer: str
    browser: str


@dataclass(frozen=True, slots=True)
class Token:
    """One row of `tokens`; its fields are the columns. Times are UTC in ISO 8601."""

    name: str
    digest: str
    role: str
    kiosk: int
    created_at: str
    created_by: str
    used_at: str | None = None


Row = User | WebSession | Token

_TABLES: Final[dict[type[Row], str]] = {User: "users", WebSession: "web_sessions", Token: "tokens"}
_KEYS: Final[dict[type[Row], str]] = {User: "name", WebSession: "digest", Token: "name"}


def _columns(kind: type[Row]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _select(kind: type[Row], order: str) -> str:
    return f"SELECT {', '.join(_columns(kind))} FROM {_TABLES[kind]} ORDER BY {order}"


class UserBook:
    """Reads and writes the tables. All of it may raise a StoreError where it reads, and never waits where it writes."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def users(self) -> list[User]:
        """In the order of names."""
        return [User(*row) for row in self._shelf.read(_select(User, "name"))]

    def sessions(self) -> list[WebSession]:
        """Those that were used longest ago first."""
        return [WebSession(*row) for row in self._shelf.read(_select(WebSession, "used_at, digest"))]

    def tokens(self) -> list[Token]:
        """In the order of names."""
        return [Token(*row) for row in self._shelf.read(_select(Token, "name"))]

    def put(self, *rows: Row, gone: Iterable[Row] = (), done: Callable[[], None] | None = None) -> None:
        """These rows are as told and those are gone, all or nothing; then `done` is called."""
        statements = [_removing(row) for row in gone] + [_putting(row) for row in rows]
        if statements:
            self._shelf.write(*statements, done=done)


def _putting(row: Row) -> Statement:
    columns = _columns(type(row))
    return (
        f"REPLACE INTO {_TABLES[type(row)]} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        tuple(cell(getattr(row, name)) for name in columns),
    )


def _removing(row: Row) -> Statement:
    key = _KEYS[type(row)]
    return f"DELETE FROM {_TABLES[type(row)]} WHERE {key} = ?", (cell(getattr(row, key)),)
