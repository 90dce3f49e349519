"""The charger's local authorization list, kept in step with the tag book."""

from knx_ocpp_bridge.core.commands import GetLocalListVersion, SendLocalList
from knx_ocpp_bridge.core.events import Replied
from knx_ocpp_bridge.core.turn import Turn


def in_step(turn: Turn) -> None:
    """Ask, or send, whatever is missing until the charger's list is the tag book's."""


def answered(turn: Turn, event: Replied, command: GetLocalListVersion | SendLocalList) -> None:
    """What the charger says of its list."""
