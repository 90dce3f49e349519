"""What an actor does first."""

from collections.abc import Callable

from knx_ocpp_bridge.actor import Actor, Ports
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.events import Woken
from knx_ocpp_bridge.core.facts import Remembered, Transaction, TransactionRecorded
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note, Sampled, Step
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, Moment, TransactionId
from tests.kit.life import NOON, OWN_TAG, garage


class Ringing:
    def cancel(self) -> None:
        """Nothing rings here."""


def test_what_belongs_to_a_record_is_there_before_it_and_words_come_after_it(monkeypatch):
    order: list[str] = []

    def nothing(*_arguments: object) -> None: ...

    def record(_charger: object, facts: tuple[object, ...], done: Callable[[], None]) -> None:
        order.extend(type(fact).__name__ for fact in facts)
        done()

    ports = Ports(
        moment=lambda: Moment(1000.0, NOON),
        record=record,
        answer=nothing,
        call=nothing,
        hang_up=nothing,
        offer=nothing,
        note=lambda _charger, note: order.append(f"log: {note.text}"),
        charge=lambda _charger, note: order.append(note.text),
        verdict=nothing,
        sample=lambda _charger, sampled: order.append(type(sampled).__name__),
        card=nothing,
        sign=nothing,
        call_at=lambda _at_s, _call: Ringing(),
    )
    ended = Transaction(TransactionId(1), ConnectorId(1), IdTag("CARD"), 0, NOON, stopped_at=NOON)
    step = Step(
        facts=(TransactionRecorded(ended),),
        samples=(Sampled(TransactionId(1), NOON, 100, None, None),),
        notes=(
            Note(Level.INFO, ConnectorId(1), "ended", "", AlarmKind.CHARGING_STOPPED, transaction=TransactionId(1)),
            Note(Level.INFO, ConnectorId(1), "something else"),
        ),
    )
    monkeypatch.setattr("knx_ocpp_bridge.actor.advance", lambda charger, _event, _now: (charger, step))
    Actor(begin(garage(), Remembered(), OWN_TAG, ports.moment()), ports).post(Woken())
    assert order == ["Sampled", "ended", "TransactionRecorded", "log: ended", "log: something else"]
