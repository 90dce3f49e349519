"""What of the daemon is offered under /api/v1, and to whom: the shape of one row of the tables of topics and verbs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knx_ocpp_bridge.web.roles import Role


@dataclass(frozen=True, slots=True)
class Offer:
    """One topic (GET) or verb (POST). A topic or verb without an offer is not served."""

    role: Role
    """The least that may."""
    summary: str
    words: Mapping[str, str] = field(default_factory=dict)
    """What its options mean, where that is not in `words.OPTIONS`."""
    path: str = ""
    """Below /, or below /chargers/{charger}/ where it is about one; empty: its name, with hyphens."""
    one: bool = False
    """It has one row, which is the answer; else the answer lists rows."""
    personal: tuple[str, ...] = ()
    """Fields that say who charged: whoever is below operator gets them empty. `last.name` is one of an inner object,
    or of each of a list."""
    operator: tuple[str, ...] = ()
    """Options that only an operator may set, as they name cards or people, or show whole idTags."""
    json: tuple[str, ...] = ()
    """Options of text that are JSON objects: here they are sent as objects."""
    file: bool = False
    """What it has made lies in the tray: `file` of its row is what `GET /files/{file}` takes."""
    hidden: tuple[str, ...] = ()
    """Options that are for the pages alone."""
    row: str = ""
    """Schema of a row (`schemas.SCHEMAS`); empty: any object."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A topic or verb that is kept out of the API, and why."""

    reason: str
