"""A charger that takes every limit and keeps to none, until a test has it think better of it."""

from typing import Any

from knx_ocpp_bridge.core.commands import Command, TriggerMessage
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.watch import Means
from tests.kit.laws import Laws
from tests.kit.life import ONE, Life, garage, outlet

FLOWS_A = 16.0


def charging(*, escalates: bool = True, **changes: Any) -> Life:
    """A car charges with 10 A as it was told, and has done so for a minute."""
    life = Life(garage(outlet(escalates=escalates, **changes)))
    life.observers.append(Laws())
    life.arrives()
    life.charges()
    life.meters(1000, 9.8)
    life.passes(60)
    life.meters(1010, 9.8)
    life.commands.clear()
    return life


def one(life: Life) -> Connector:
    return life.charger.connectors[ONE]


def flows(life: Life, seconds: float, current_a: float = FLOWS_A) -> None:
    """So much flows for so long, and a sample comes every ten seconds."""
    for _ in range(int(seconds // 10)):
        life.passes(10)
        life.meters(None, current_a)


def ignores(life: Life, means: Means) -> None:
    """Too much flows until this means is taken."""
    for _ in range(60):
        if one(life).pressure.means is means:
            return
        flows(life, 10)
    raise AssertionError(f"{means} was never taken")


def told(life: Life) -> list[Command]:
    return [command for command in life.commands if not isinstance(command, TriggerMessage)]


def alarms(life: Life) -> list[bool]:
    """Of disobedience: False begins, True ends."""
    return [note.over for note in life.alarms if note.alarm is AlarmKind.LIMIT_DISOBEYED]
