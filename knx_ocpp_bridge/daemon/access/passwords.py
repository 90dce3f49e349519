"""Passwords: which are good enough, and their digests by Argon2id (RFC 9106), one at a time and beside the loop."""

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from knx_ocpp_bridge.web.access import words

SHORTEST: Final = 8
LONGEST: Final = 256
MOST_WAITING: Final = 8
"""Each digest takes 64 MiB and a good part of a second on a small machine; more than this wait for none."""
MOST_FAMILIAR_WAITING: Final = 4
"""Besides: who has been here before waits in a line of its own, which no stranger fills."""

_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$c29tZWJvZHkgd2hvIGlzbid0$YwcXMsBwTjFXVZ0Ng0bhX0NAIvhXXBCo0k8j2FT5P3w"
"""No password is known to give this: for the work that an unknown user costs as well."""


_Result = TypeVar("_Result")


class BusyError(Exception):
    """Too many passwords are being checked."""


def fault(password: str, name: str) -> str:
    """Why this is no password for that user; empty: it is one."""
    if not SHORTEST <= len(password) <= LONGEST:
        return words.LENGTH
    if len(set(password)) < 3:
        return words.VARIETY
    if password.casefold() == name.casefold():
        return words.NO_NAME
    return ""


@dataclass(slots=True)
class _Line:
    """So many may wait, and so many do."""

    most: int
    waiting: int = 0


class Hasher:
    """Makes and checks digests. What it needs is loaded at the first one."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._strangers = _Line(MOST_WAITING)
        self._known = _Line(MOST_FAMILIAR_WAITING)

    async def digest(self, password: str, *, familiar: bool = False) -> str:
        """The digest to keep. `familiar`: as for `fits`.

        Raises:
            BusyError: too many wait already.
        """
        return await self._beside(self._line(familiar=familiar), _digest, password)

    async def fits(self, digest: str | None, password: str, *, familiar: bool = False) -> bool:
        """Whether this is the password of that digest; without one the answer takes as long, and is no.

        `familiar`: it is asked by somebody who has been let in before.

        Raises:
            BusyError: too many wait already.
        """
        fits = await self._beside(
            self._line(familiar=familiar), _fits, password, _NOBODYS if digest is None else digest
        )
        return fits and digest is not None

    def _line(self, *, familiar: bool) -> _Line:
        return self._known if familiar else self._strangers

    async def _beside(self, line: _Line, work: Callable[..., _Result], *texts: str) -> _Result:
        if line.waiting >= line.most:
            raise BusyError
        line.waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work, *texts)
        finally:
            line.waiting -= 1


def _digest(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(_plain(password))


def _fits(password: str, digest: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(digest, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """The same bytes for the same letters, whichever keyboard composed them (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")
