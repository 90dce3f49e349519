"""What the site asks of whoever knows users and passwords, and how that is answered."""

import math
from dataclasses import dataclass
from typing import Protocol

from knx_ocpp_bridge.web.roles import Visitor


@dataclass(frozen=True, slots=True)
class Whence:
    """Where somebody comes from: IP address, and what the browser calls itself."""

    peer: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A session has begun: what the browser shows from now on, and for how many s at most."""

    key: str
    lasts_s: int


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Nobody was let in: why, and in how many s it may be tried again."""

    why: str
    """One of `words`, with `%(seconds)d` where it tells."""
    wait_s: float = 0.0

    @property
    def facts(self) -> dict[str, int]:
        """For the places in `why`, also once it is translated."""
        return {"seconds": math.ceil(self.wait_s)}

    @property
    def sentence(self) -> str:
        """In English."""
        return self.why % self.facts


class Gate(Protocol):
    """Knows the users, who is logged in, and the tokens."""

    @property
    def is_new(self) -> bool:
        """Nobody has set a password yet."""
        ...

    def by_session(self, key: str, whence: Whence) -> Visitor | None:
        """Whose session this is; None: it is none, or has ended."""
        ...

    def by_token(self, key: str, *, kiosk: bool) -> Visitor | None:
        """Whose token this is. Those for kiosks are good where `kiosk` is true, and there alone."""
        ...

    async def enter(self, name: str, password: str, whence: Whence) -> Entered | TurnedAway:
        """Logs in."""
        ...

    async def begin(self, name: str, password: str, whence: Whence) -> Entered | TurnedAway:
        """The first user of all sets a password, and is logged in."""
        ...

    async def prove(self, name: str, password: str, whence: Whence) -> TurnedAway | None:
        """None: it is this user's password. As slow as `enter` for whoever guesses."""
        ...

    def session_id(self, key: str) -> str:
        """By which the session of this key is named to people."""
        ...

    def leave(self, key: str, whence: Whence) -> None:
        """Logs out; a key that is none changes nothing."""
        ...
