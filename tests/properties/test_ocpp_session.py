"""Our calls under any order of commands, answers, silence and time."""

import itertools
import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from knx_ocpp_bridge.core.commands import ChangeConfiguration, Command
from knx_ocpp_bridge.core.events import Replied
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp.frames import Error, Result, Unreadable
from knx_ocpp_bridge.ocpp.session import MAX_QUEUED, Session


class Calls(RuleBasedStateMachine):
    """A link in the hands of chance: each command ends once, and one call at a time is on the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.session = Session(LinkNumber(1), "x-", 30.0, 0.0)
        self.given: list[Command] = []
        self.ended: list[Command] = []
        self.sent: list[str] = []
        self.open: str | None = None
        self.names = itertools.count()

    def end(self, replied: Replied | None) -> None:
        if replied is not None:
            self.ended.append(replied.command)

    @rule(valid=st.booleans())
    def command(self, valid: bool) -> None:
        command = ChangeConfiguration(f"{next(self.names)}" if valid else "k" * 60, "1")
        self.given.append(command)
        self.end(self.session.enqueue(command))

    @rule(seconds=st.sampled_from([0.5, 2.0, 10.0, 31.0]))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        replied = self.session.expire(self.now_s)
        if replied is not None:
            self.open = None
        self.end(replied)

    @rule()
    def send(self) -> None:
        text = self.session.next_call(self.now_s)
        if text is not None:
            assert self.open is None, "two calls in flight"
            self.open = json.dumps(json.loads(text)[1])
            assert self.open not in self.sent
            self.sent.append(self.open)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), kind=st.sampled_from([Result, Error, Unreadable]))
    def answer(self, data: st.DataObject, kind: type) -> None:
        message_id = data.draw(st.sampled_from([*self.sent, '"other"', "7"]))
        replied = self.session.receive(
            {
                Result: Result(message_id, b'{"status":"Accepted"}'),
                Error: Error(message_id, "GenericError"),
                Unreadable: Unreadable(3, message_id, "cut"),
            }[kind]
        )
        assert (replied is not None) == (message_id == self.open)
        if replied is not None:
            self.open = None
        self.end(replied)

    @rule()
    def settle(self) -> None:
        self.session.answered_first(self.now_s)

    @invariant()
    def no_command_ends_twice(self) -> None:
        left = len(self.given) - len(self.ended)
        assert 0 <= left <= MAX_QUEUED + 1

    def teardown(self) -> None:
        self.ended += [replied.command for replied in self.session.close("end")]
        assert sorted(map(str, self.ended)) == sorted(map(str, self.given))


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=40)
