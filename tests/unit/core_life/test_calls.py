"""Any operation that a person asks for: sent as it is, answered word for word."""

from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.events import CallAsked, Origin
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.life import Life


def here() -> Life:
    life = Life()
    life.arrives()
    return life


def test_the_answer_of_a_call_comes_back_word_for_word():
    life = here()
    life.silent.add(Call)
    life.happens(CallAsked(Call("GetConfiguration", "{}"), Origin.CLI, 3))
    life.replies("", '{"configurationKey":[]}')
    assert life.verdict(3) is CommandResult.ACCEPTED
    assert life.verdicts[-1].answer == '{"configurationKey":[]}'


def test_a_call_to_a_charger_that_is_away_is_told_at_once():
    life = Life()
    life.happens(CallAsked(Call("ClearCache"), Origin.CLI, 3))
    assert life.verdict(3) is CommandResult.OFFLINE


def test_calls_end_when_the_link_does_and_are_not_said_on_the_bus():
    life = here()
    life.silent.add(Call)
    life.heard()
    life.happens(CallAsked(Call("ClearCache"), Origin.CLI, 3))
    life.disconnects()
    assert life.verdict(3) is CommandResult.OFFLINE
    assert life.telegrams == []
