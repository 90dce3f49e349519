"""When a service of prices is asked again: soon after it publishes, seldom else, and slowly while it fails."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

PUBLISHED: Final = time(13, 5)
"""Local time after which tomorrow's prices of the day-ahead markets of Europe are to be expected."""
_SELDOM_S: Final = 6 * 3600.0
_SOON_S: Final = 900.0
_SPREAD_S: Final = 600.0
"""Not all bridges ask in the same second."""
_FIRST_S: Final = 60.0
_SLOWEST_S: Final = 3600.0


def pause_s(now: datetime, known_until: datetime | None, zone: tzinfo, failures: int, chance: float) -> float:
    """Seconds until it is asked again. `chance` from 0 to 1 is this bridge's own; `failures` have come in a row."""
    if failures:
        return min(_FIRST_S * 2.0 ** min(failures - 1, 10), _SLOWEST_S) * (1 + chance / 4)
    local = now.astimezone(zone)
    published = datetime.combine(local.date(), PUBLISHED, zone).astimezone(UTC)
    if now < published:
        return min(_SELDOM_S, (published - now).total_seconds() + chance * _SPREAD_S)
    tomorrow_noon = datetime.combine(local.date() + timedelta(days=1), time(12), zone).astimezone(UTC)
    is_known = known_until is not None and known_until > tomorrow_noon
    return _SELDOM_S if is_known else _SOON_S * (1 + chance / 4)
