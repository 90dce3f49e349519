"""Times on the wire: read as leniently as chargers write them, written so that every parser reads them."""

from datetime import UTC, datetime
from typing import Final

import msgspec

_EPOCH_DIGITS: Final = {10: 1, 13: 1000}


def parse(text: str | None) -> datetime | None:
    """Give UTC; without an offset it is taken for UTC, and nonsense is None (row B7)."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        zone = at.tzinfo
        if zone is UTC:
            return at
        return at.replace(tzinfo=UTC) if zone is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return _parse_leniently(text)


def _parse_leniently(text: str) -> datetime | None:
    bare = text.strip()
    try:
        if bare.isascii() and bare.isdigit():
            scale = _EPOCH_DIGITS.get(len(bare))
            return datetime.fromtimestamp(int(bare) / scale, UTC) if scale else None
        at = datetime.fromisoformat(bare.replace("/", "-").replace(" Z", "Z").replace("UTC", "Z"))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def stamp(at: datetime) -> str:
    """Give `2026-01-31T12:00:00Z`: no fraction and no offset, which break parsers (row B6)."""
    utc = at if at.tzinfo is UTC or at.tzinfo is None else at.astimezone(UTC)
    # The same as isoformat(), at a fifth of the time: each heartbeat is answered with it.
    return msgspec.json.encode(utc)[1:20].decode() + "Z"
