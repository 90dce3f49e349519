"""The users of the pages: their names, roles, and the digests of their passwords."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.store.users import User, UserBook
from knx_ocpp_bridge.web.access import words
from knx_ocpp_bridge.web.roles import Role

MOST_USERS: Final = 100
_LONGEST_NAME: Final = 64
ROLES: Final = {role.name.lower(): role for role in Role if role is not Role.NOBODY}


def role_of(word: str) -> Role:
    """The role of this name.

    Raises:
        AskError: there is none.
    """
    role = ROLES.get(word)
    if role is None:
        raise AskError(f"there is no role {word[:40]!r}; there are {', '.join(ROLES)}")
    return role


def name_fault(name: str) -> str:
    """Why nobody can be called so; empty: somebody can."""
    if not name or len(name) > _LONGEST_NAME:
        return words.NAME_LENGTH
    if not name.isprintable() or name != name.strip() or unicodedata.normalize("NFC", name) != name:
        return words.NAME_LETTERS
    return ""


class Users:
    """All users, in memory and on disk. Names are compared without regard to case."""

    def __init__(self, book: UserBook, utc: Callable[[], datetime]) -> None:
        self._book = book
        self._utc = utc
        self._users = {user.name.casefold(): user for user in book.users()}

    def __len__(self) -> int:
        return len(self._users)

    def all(self) -> list[User]:
        """In the order of names."""
        return [self._users[name] for name in sorted(self._users)]

    def find(self, name: str) -> User | None:
        return self._users.get(name.casefold())

    def found(self, name: str) -> User:
        """The user of that name.

        Raises:
            AskError: there is none.
        """
        user = self.find(name)
        if user is None:
            known = ", ".join(one.name for one in self.all()) or "none"
            raise AskError(f"there is no user {name[:64]!r}; there are {known}")
        return user

    def add(self, name: str, role: Role, digest: str) -> User:
        """Somebody new.

        Raises:
            AskError: there is one of this name, or there are too many.
        """
        if self.find(name) is not None:
            raise AskError(f"there is a user {name} already")
        if len(self) >= MOST_USERS:
            raise AskError(f"there are {MOST_USERS} users already: remove some before")
        now = self._now()
        return self._put(User(name, role.name.lower(), digest, now, now))

    def set_role(self, name: str, role: Role) -> User:
        """What this user may from now on.

        Raises:
            AskError: there is no such user, or nobody would be left who may everything.
        """
        user = self.found(name)
        if role is not Role.INSTALLER:
            self._another_installer(user)
        return self._put(replace(user, role=role.name.lower()))

    def set_password(self, name: str, digest: str) -> User:
        """The digest of the new password.

        Raises:
            AskError: there is no such user.
        """
        return self._put(replace(self.found(name), password=digest, password_at=self._now()))

    def remove(self, name: str) -> User:
        """Take a user out.

        Raises:
            AskError: there is no such user, or nobody would be left who may everything.
        """
        user = self.found(name)
        self._another_installer(user)
        del self._users[user.name.casefold()]
        self._book.put(gone=(user,))
        return user

    def _another_installer(self, user: User) -> None:
        installers = {one.name for one in self._users.values() if ROLES[one.role] is Role.INSTALLER}
        if installers == {user.name}:
            raise AskError(f"{user.name} is the last installer: make another one first")

    def _put(self, user: User) -> User:
        self._users[user.name.casefold()] = user
        self._book.put(user)
        return user

    def _now(self) -> str:
        return self._utc().isoformat(timespec="seconds")
