"""What a charger's core has to say, on the log."""

import logging
from typing import Final

from knx_ocpp_bridge.core.step import Note
from knx_ocpp_bridge.core.values import ChargerId

_log: Final = logging.getLogger("knx_ocpp_bridge.core")


def say(charger_id: ChargerId, note: Note) -> None:
    """One line, where its level is shown."""
    level = note.level.value
    if _log.isEnabledFor(level):
        fields = {"charger": charger_id, "connector": note.connector}
        # By hand, as the line of source that `log` looks for is this one for every note.
        _log.handle(_log.makeRecord(_log.name, level, __file__, 0, note.text, (), None, extra=fields))
