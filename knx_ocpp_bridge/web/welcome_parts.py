"""What changes by itself while a charge point is being connected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from knx_ocpp_bridge.web.chargers_parts import inbox_values
from knx_ocpp_bridge.web.live import Part, Parts, Sight

MOST_FAILURES = 3


def waits_s(charger: Mapping[str, Any], utc: datetime) -> int | None:
    """In how many s a charger that is connected is served at the latest; None: it is served, or not connected."""
    until = charger["waits_until"]
    return None if until is None else max(1, round((datetime.fromisoformat(until) - utc).total_seconds()))


async def waiting(sight: Sight, _about: str) -> Parts:
    """Who has dialled in, who failed, and who is adopted."""
    shown = inbox_values(
        await sight.look("strangers"), await sight.look("window"), await sight.look("failures", limit=100)
    )
    adopted = [{"id": one["id"], "name": one["name"]} for one in sight.snapshot.chargers if one["configured"]]
    values = {"pending": shown["pending"], "failures": shown["failures"][:MOST_FAILURES], "adopted": adopted}
    return {"charger-live": Part("welcome_charger_live.html", values)}
