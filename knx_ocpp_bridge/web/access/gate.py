"""What the site asks of whoever knows users and passwords, and how that is answered."""

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
    wait_s: float = 0.0


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

    def leave(self, key: str, whence: Whence) -> None:
        """Logs out; a key that is none changes nothing."""
        ...
