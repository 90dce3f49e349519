"""The topics of the stream that pages follow: each is one line here (see `web/live.py`)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from starlette.exceptions import HTTPException

from knx_ocpp_bridge.web import chargers_parts, home_parts, knx_parts, load_parts, trouble, upkeep_parts, welcome_parts
from knx_ocpp_bridge.web.live import Feed, Watched
from knx_ocpp_bridge.web.roles import Role

_LONGEST_ABOUT: Final = 255

FEEDS: Final[Mapping[str, Feed]] = {
    "frame": Feed(trouble.parts, of_state=False),
    "home": Feed(home_parts.home),
    "outlet": Feed(home_parts.outlet),
    "load": Feed(load_parts.load),
    "fleet": Feed(chargers_parts.fleet),
    "inbox": Feed(chargers_parts.inbox, Role.INSTALLER),
    "charger": Feed(chargers_parts.charger),
    "limits": Feed(chargers_parts.limits),
    "knx": Feed(knx_parts.connection, Role.INSTALLER),
    "telegrams": Feed(knx_parts.telegrams, Role.INSTALLER),
    "objects": Feed(knx_parts.objects, Role.INSTALLER),
    "object_page": Feed(knx_parts.object_page, Role.INSTALLER),
    "embed": Feed(home_parts.embedded),
    "upkeep": Feed(upkeep_parts.upkeep, Role.INSTALLER, of_state=False),
    "selftest": Feed(upkeep_parts.selftest, Role.INSTALLER, of_state=False),
    "trace": Feed(upkeep_parts.trace, Role.INSTALLER, of_state=False),
    "welcome": Feed(welcome_parts.waiting, Role.INSTALLER),
}
"""`frame` is followed by every page."""


def watched(topic: str) -> Watched:
    """The topic of this name, with what stands behind its colon.

    Raises:
        HTTPException: 404, there is none.
    """
    name, _, about = topic.partition(":")
    if name not in FEEDS or len(about) > 3 * _LONGEST_ABOUT:
        raise HTTPException(404, f"there is no topic {topic[:64]!r} to follow")
    return Watched(topic, FEEDS[name], unquote(about))
