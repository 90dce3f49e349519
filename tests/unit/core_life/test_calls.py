"""What a charger answers to a call decides whether it counts as carried out."""

import pytest

from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.events import CallAsked, Origin
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.life import Life


@pytest.mark.parametrize(
    ("action", "status", "result"),
    [
        ("ReserveNow", "Accepted", CommandResult.ACCEPTED),
        ("ReserveNow", "Unavailable", CommandResult.REJECTED),
        ("ReserveNow", "Occupied", CommandResult.REJECTED),
        ("ClearChargingProfile", "Unknown", CommandResult.ACCEPTED),
        ("ChangeConfiguration", "RebootRequired", CommandResult.ACCEPTED),
        ("TriggerMessage", "NotImplemented", CommandResult.NOT_SUPPORTED),
        ("UnlockConnector", "NotSupported", CommandResult.NOT_SUPPORTED),
    ],
)
def test_a_call_is_carried_out_or_not_as_the_charger_says(action: str, status: str, result: CommandResult):
    life = Life()
    life.arrives()
    life.silent.add(Call)
    life.happens(CallAsked(Call(action), Origin.CLI, 3))
    life.replies(status, f'{{"status":"{status}"}}')
    assert life.verdict(3) is result
    assert life.verdicts[-1].reason == status
