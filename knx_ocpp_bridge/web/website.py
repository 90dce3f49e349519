"""What the pages and the API stand on: the way to the daemon, and what is known of the site."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from secrets import token_urlsafe
from typing import Final, Protocol

from starlette.requests import HTTPConnection

from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.options import Options
from knx_ocpp_bridge.control.protocol import Request, Response
from knx_ocpp_bridge.web.access.gate import Gate
from knx_ocpp_bridge.web.lessons import Lessons
from knx_ocpp_bridge.web.live import Live, Means
from knx_ocpp_bridge.web.pulse import Pulse
from knx_ocpp_bridge.web.roles import Visitor

Ask = Callable[[Request, Caller], Awaitable[Response]]
"""The daemon's one door for commands and questions: what the control socket asks as well.

Raises nothing that the request can cause: what cannot be done is said in the response.
"""

_MOST_SAID: Final = 200


class Doorkeeper(Protocol):
    """Tells who somebody is."""

    async def visitor(self, connection: HTTPConnection) -> Visitor: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One topic or verb as the API must describe it: its options, and whether it is about a charger (None: may be)."""

    options: Options
    charger: bool | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can be asked of the daemon."""

    topics: Mapping[str, Asked]
    verbs: Mapping[str, Asked]


class Said:
    """Messages for the page that is shown after a form was sent; each is kept until it is shown, the newest ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[tuple[str, bool], ...]] = OrderedDict()

    def keep(self, messages: tuple[tuple[str, bool], ...]) -> str:
        """The key by which `take` gives them."""
        key = token_urlsafe(8)
        self._kept[key] = messages
        while len(self._kept) > _MOST_SAID:
            self._kept.popitem(last=False)
        return key

    def take(self, key: str) -> tuple[tuple[str, bool], ...]:
        """Text, and whether it is good news; once."""
        return self._kept.pop(key, ())


@dataclass(frozen=True, slots=True)
class Website:
    """The parts of the site; all of them are given by the daemon."""

    ask: Ask
    doorkeeper: Doorkeeper
    gate: Gate
    settings: Callable[[], Web]
    """The section `web` that is in force."""
    name: Callable[[], str]
    """Of the building."""
    zone: Callable[[], tzinfo]
    """Of the building."""
    utc: Callable[[], datetime]
    version: str
    tray: Callable[[], Path]
    """Where a file that was sent may be written for the daemon, which keeps it for an hour."""
    catalogue: Catalogue
    said: Said = field(default_factory=Said)
    lessons: Lessons = field(default_factory=Lessons)
    pulse: Pulse = field(init=False)
    """How everything stands, once a second for all who watch."""
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        pulse = Pulse(self.ask)
        object.__setattr__(self, "pulse", pulse)
        object.__setattr__(self, "live", Live(Means(self.ask, self.zone, self.utc, self.version), pulse))
