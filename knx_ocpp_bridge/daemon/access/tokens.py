"""What programs and screens show instead of a password. A token is shown once; only its SHA-256 is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.daemon.access.users import name_fault
from knx_ocpp_bridge.daemon.access.web_sessions import digest_of, new_key
from knx_ocpp_bridge.store.users import Token, UserBook
from knx_ocpp_bridge.web.roles import Role

PREFIX: Final = "kob_"
"""So that people, and programs that look for lost secrets, know what it is."""
MOST_TOKENS: Final = 200
WRITTEN_EVERY: Final = timedelta(hours=24)
_LONGEST_KEY: Final = 64


class Tokens:
    """All tokens, in memory and on disk. Names are compared without regard to case."""

    def __init__(self, book: UserBook, utc: Callable[[], datetime]) -> None:
        self._book = book
        self._utc = utc
        self._tokens = {token.name.casefold(): token for token in book.tokens()}
        self._by_digest = {token.digest: token.name.casefold() for token in self._tokens.values()}
        self._written = {token.digest: token.used_at for token in self._tokens.values()}

    def all(self) -> list[Token]:
        """In the order of names."""
        return [self._tokens[name] for name in sorted(self._tokens)]

    def create(self, name: str, role: Role, by: str, *, kiosk: bool) -> str:
        """The token, for the one time that it is shown.

        Raises:
            AskError: there is one of this name, or too many, or a screen would be given everything.
        """
        if wrong := name_fault(name):
            raise AskError(wrong)
        if name.casefold() in self._tokens:
            raise AskError(f"there is a token {name} already: revoke it first, or take another name")
        if len(self._tokens) >= MOST_TOKENS:
            raise AskError(f"there are {MOST_TOKENS} tokens already: revoke some before")
        if kiosk and role is Role.INSTALLER:
            raise AskError("a screen on a wall is viewer or operator: everybody can read its address")
        key = PREFIX + new_key()
        self._put(Token(name, digest_of(key), role.name.lower(), int(kiosk), _text(self._utc()), by))
        return key

    def revoke(self, name: str) -> Token:
        """Make a token good for nothing.

        Raises:
            AskError: there is no such token.
        """
        token = self._tokens.pop(name.casefold(), None)
        if token is None:
            known = ", ".join(one.name for one in self.all()) or "none"
            raise AskError(f"there is no token {name[:64]!r}; there are {known}")
        del self._by_digest[token.digest], self._written[token.digest]
        self._book.put(gone=(token,))
        return token

    def find(self, key: str) -> Token | None:
        """The token that is being used now; None: it is none."""
        name = self._by_digest.get(digest_of(key)) if len(key) <= _LONGEST_KEY else None
        if name is None:
            return None
        now = self._utc()
        token = replace(self._tokens[name], used_at=_text(now))
        self._tokens[name] = token
        written = self._written[token.digest]
        if written is None or now - datetime.fromisoformat(written) >= WRITTEN_EVERY:
            self._put(token)
        return token

    def _put(self, token: Token) -> None:
        name = token.name.casefold()
        self._tokens[name] = token
        self._by_digest[token.digest] = name
        self._written[token.digest] = token.used_at
        self._book.put(token)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
