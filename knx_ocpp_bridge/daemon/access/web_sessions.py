"""Who is logged in. A session ends when it is not used, when it is old, with a new password, and by logging out.

The key that a browser shows is never kept: only its SHA-256, by which nobody can log in.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from knx_ocpp_bridge.store.users import UserBook, WebSession

IDLE: Final = timedelta(days=7)
LASTS: Final = timedelta(days=30)
WRITTEN_EVERY: Final = timedelta(hours=6)
"""An SD card wears: the last use on disk is as old as this at most."""
MOST_PER_USER: Final = 20
_LONGEST_BROWSER: Final = 120
SHOWN_ID: Final = 16
"""Characters of a session's digest by which it is named."""
_KEY_BYTES: Final = 32
_LONGEST_KEY: Final = 64


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def new_key() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(_KEY_BYTES)


class WebSessions:
    """The sessions of all users, in memory and on disk. `utc` is the bridge's wall clock."""

    def __init__(self, book: UserBook, utc: Callable[[], datetime]) -> None:
        self._book = book
        self._utc = utc
        self._sessions = {one.digest: one for one in book.sessions()}
        self._written = {one.digest: one.used_at for one in self._sessions.values()}

    def all(self) -> list[WebSession]:
        """Those that have not ended, the one used last first."""
        now = self._utc()
        lasting = [one for one in self._sessions.values() if not _is_over(one, now)]
        return sorted(lasting, key=lambda one: one.used_at, reverse=True)

    def begin(self, user: str, peer: str, browser: str) -> str:
        """The key of a new session; of those of this user the newest remain."""
        key, now = new_key(), _text(self._utc())
        session = WebSession(digest_of(key), user, now, now, peer, browser[:_LONGEST_BROWSER])
        mine = sorted(self._of(user), key=lambda one: one.used_at)
        gone = mine[: max(0, len(mine) + 1 - MOST_PER_USER)] + [one for one in self._ended() if one not in mine]
        self._sessions[session.digest] = session
        self._forget(gone)
        self._put(session, gone)
        return key

    def find(self, key: str, peer: str) -> WebSession | None:
        """The session of this key, which is being used now from there; None: there is none."""
        session = self._sessions.get(digest_of(key)) if len(key) <= _LONGEST_KEY else None
        if session is None:
            return None
        now = self._utc()
        if _is_over(session, now):
            self.end(session)
            return None
        used = replace(session, used_at=_text(now), peer=peer)
        self._sessions[session.digest] = used
        if now - datetime.fromisoformat(self._written[session.digest]) >= WRITTEN_EVERY:
            self._put(used)
        return used

    def end(self, *sessions: WebSession) -> None:
        """These are over."""
        self._forget(sessions)
        self._book.put(gone=sessions)

    def end_of(self, user: str, but: str = "") -> int:
        """All of this user are over, but for the one with this digest; how many that were."""
        mine = [one for one in self._of(user) if one.digest != but]
        self.end(*mine)
        return len(mine)

    def _of(self, user: str) -> list[WebSession]:
        return [one for one in self._sessions.values() if one.user.casefold() == user.casefold()]

    def _ended(self) -> list[WebSession]:
        now = self._utc()
        return [one for one in self._sessions.values() if _is_over(one, now)]

    def _put(self, session: WebSession, gone: list[WebSession] | None = None) -> None:
        self._written[session.digest] = session.used_at
        self._book.put(session, gone=gone or ())

    def _forget(self, sessions: "tuple[WebSession, ...] | list[WebSession]") -> None:
        for one in sessions:
            self._sessions.pop(one.digest, None)
            self._written.pop(one.digest, None)


def _is_over(session: WebSession, now: datetime) -> bool:
    begun, used = datetime.fromisoformat(session.created_at), datetime.fromisoformat(session.used_at)
    return now - begun >= LASTS or now - used >= IDLE


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
