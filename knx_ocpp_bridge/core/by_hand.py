"""What a call that somebody made by hand changes of what is known: keys that wait for a boot, limits in doubt."""

import json
from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.core import profiles
from knx_ocpp_bridge.core.abilities import learn
from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.configuration_keys import LONGEST_NAME
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.turn import Turn

REBOOT_NEEDED: Final = "reboot_needed"
"""Ability: the configuration keys that were changed and act after its next boot, as JSON."""

_MOST_KEYS: Final = 64
_OF_PROFILES: Final = frozenset({"ClearChargingProfile", "SetChargingProfile"})


def answered(turn: Turn, command: Call, status: str) -> None:
    """The charger has answered a call that was written by hand."""
    if command.action == "ChangeConfiguration" and status == "RebootRequired":
        _remember(turn, str(_object(command.payload).get("key", ""))[:LONGEST_NAME])
    elif command.action in _OF_PROFILES and status == "Accepted":
        for connector in turn.outlets():
            # Whether ours are still in it nobody knows: they are set anew.
            default, tx = (profiles.doubted(slot) for slot in (connector.default, connector.tx))
            turn.put(replace(connector, default=default, tx=tx))


def booted(turn: Turn) -> None:
    """What waited for a boot is in force."""
    learn(turn, REBOOT_NEEDED, "")


def reboot_needed(charger: Charger) -> tuple[str, ...]:
    """The keys that were changed and are not in force before the charger has booted, as they were written."""
    try:
        keys = json.loads(charger.abilities.get(REBOOT_NEEDED) or "[]")
    except ValueError:
        return ()
    return tuple(key for key in keys if isinstance(key, str)) if isinstance(keys, list) else ()


def _remember(turn: Turn, key: str) -> None:
    known = reboot_needed(turn.charger)
    if key and key.casefold() not in {one.casefold() for one in known} and len(known) < _MOST_KEYS:
        learn(turn, REBOOT_NEEDED, json.dumps([*known, key]))


def _object(text: str) -> Mapping[str, object]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
