"""The watchdog is fed by progress: every actor takes a turn. A dead KNX bus never restarts a charging session."""

import asyncio
import logging

from knx_ocpp_bridge.core.events import Woken
from knx_ocpp_bridge.daemon.notify import Notifier
from knx_ocpp_bridge.daemon.roster import Roster

_log = logging.getLogger(__name__)


async def feed(notifier: Notifier, roster: Roster, interval_s: float) -> None:
    """Tells systemd twice per interval that all is well, as long as every charger's events are worked on."""
    while True:
        before = {charger_id: actor.turns for charger_id, actor in roster.actors.items()}
        for actor in list(roster.actors.values()):
            actor.post(Woken())
        await asyncio.sleep(interval_s / 2)
        stuck = [one for one, turns in before.items() if one in roster.actors and roster.actors[one].turns == turns]
        if stuck:
            _log.error("no progress for %.0f s at %s: the disk does not answer", interval_s / 2, ", ".join(stuck))
        else:
            notifier.watchdog()
