"""Who dials in without being configured, and who was turned away: what an installer needs to know to adopt it."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

MOST_KEPT: Final = 64


class Dialled(Protocol):
    """What is known of a connection that wants to be let in."""

    @property
    def identity(self) -> str: ...
    @property
    def peer(self) -> str: ...
    @property
    def user_agent(self) -> str: ...


@dataclass(slots=True)
class Stranger:
    """One identity that was dialled with. Times are UTC by the bridge's clock."""

    id: str
    peer: str
    user_agent: str
    first_seen: datetime
    last_seen: datetime
    tries: int = 0
    """Connections since the bridge started, refused ones included."""
    last_reason: str = ""
    """Why it is not served, or why its last connection ended."""
    refused: bool = False
    """Its last try was not let in at all (401, 403)."""


class StrangerBook:
    """The 64 that dialled last, by identity without regard to case."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Stranger] = OrderedDict()

    def dialled(self, name: str, dialled: Dialled, at: datetime, refusal: str = "") -> None:
        """It dials, and is known by `name`; `refusal` is why it was not let in."""
        one = self._known.setdefault(name.casefold(), Stranger(name, dialled.peer, dialled.user_agent, at, at))
        self._known.move_to_end(name.casefold())
        one.peer, one.user_agent, one.last_seen = dialled.peer, dialled.user_agent, at
        one.tries += 1
        one.refused = bool(refusal)
        one.last_reason = refusal or one.last_reason
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    def ended(self, identity: str, reason: str) -> None:
        """Its connection is gone."""
        one = self._known.get(identity.casefold())
        if one is not None:
            one.last_reason = reason

    def find(self, identity: str) -> Stranger | None:
        """What is known of this identity."""
        return self._known.get(identity.casefold())

    def forget(self, identity: str) -> bool:
        """Nothing is known of it any more; False: nothing was."""
        return self._known.pop(identity.casefold(), None) is not None

    def everybody(self) -> list[Stranger]:
        """Those who dialled last stand last."""
        return list(self._known.values())
