"""What an actor does first."""

from knx_ocpp_bridge.actor import Actor, Ports
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.events import Woken
from knx_ocpp_bridge.core.facts import Remembered, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import Sampled, Step
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, Moment, TransactionId
from tests.kit.life import NOON, OWN_TAG, garage


class Ringing:
    def cancel(self) -> None:
        """Nothing rings here."""


def test_the_last_point_of_a_curve_goes_to_the_disk_with_the_record_that_ends_its_transaction(monkeypatch):
    order: list[str] = []

    def nothing(*_arguments: object) -> None: ...

    ports = Ports(
        moment=lambda: Moment(1000.0, NOON),
        record=lambda _charger, facts, _done: order.extend(type(fact).__name__ for fact in facts),
        answer=nothing,
        call=nothing,
        hang_up=nothing,
        offer=nothing,
        note=nothing,
        verdict=nothing,
        sample=lambda _charger, sampled: order.append(type(sampled).__name__),
        card=nothing,
        sign=nothing,
        call_at=lambda _at_s, _call: Ringing(),
    )
    ended = Transaction(TransactionId(1), ConnectorId(1), IdTag("CARD"), 0, NOON, stopped_at=NOON)
    step = Step(facts=(TransactionRecorded(ended),), samples=(Sampled(TransactionId(1), NOON, 100, None, None),))
    monkeypatch.setattr("knx_ocpp_bridge.actor.advance", lambda charger, _event, _now: (charger, step))
    Actor(begin(garage(), Remembered(), OWN_TAG, ports.moment()), ports).post(Woken())
    assert order == ["Sampled", "TransactionRecorded"]
