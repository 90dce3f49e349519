"""Who a visitor is, and what roles may do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Role(IntEnum):
    """Each may what those below it may."""

    NOBODY = 0
    """Sees the page to log in, and nothing of the building."""
    VIEWER = 1
    """Sees states, values and totals; no card, no name of a person."""
    OPERATOR = 2
    """Starts, stops, pauses, unlocks, limits; sees who charged."""
    INSTALLER = 3
    """Everything."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever opened this page, or sent this request."""

    role: Role
    name: str = ""
    """Of the user or token; empty: nobody has logged in."""
    token: bool = False
    """It showed an API token and has no session."""
    kiosk: bool = False
    """It is a screen on a wall: whatever its role, cards of connectors and what changes in them are all it gets."""


NOBODY: Final = Visitor(Role.NOBODY)
