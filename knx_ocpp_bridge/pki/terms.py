"""From when until when, in one place; what a start needs of it must not import what issues certificates."""

from datetime import UTC, datetime, timedelta
from typing import Final

SANE_FROM: Final = datetime(2026, 11, 21, tzinfo=UTC)
"""A clock that shows less is not believed: a Raspberry Pi starts in the past."""

ROOT_NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Fixed and long ago: chargers without a valid time accept the root too."""
ROOT_YEARS: Final = 25
ROOT_REMINDED: Final = timedelta(days=730)

SERVER: Final = timedelta(days=800)
"""Apple's devices accept no more than 825 days of a server."""
CLIENT: Final = timedelta(days=366 * ROOT_YEARS)
"""As long as the root: a charger whose certificate has ended could not even ask for the next one."""
EARLIER: Final = timedelta(days=1)
"""So much before its making a certificate is valid: a charger may be mistaken about its time zone."""
DUE: Final = timedelta(days=30)
"""With so much left a certificate is renewed, or its owner reminded."""
REMINDED: Final = timedelta(days=1)
"""Not more often than that."""
