"""The Central System as chargers and actors meet it, without a socket (rows B3, C1, C5, C13, C22, C29, F7, F10)."""

import json
import logging

import pytest

from knx_ocpp_bridge.core.commands import ClearCache, Reset
from knx_ocpp_bridge.core.events import (
    Event,
    Heartbeat,
    LinkClosed,
    LinkOpened,
    Notified,
    Outcome,
    Replied,
    StatusNotified,
    TransactionStarted,
)
from knx_ocpp_bridge.core.step import (
    Answer,
    AuthorizationStatus,
    EmptyAnswer,
    HeartbeatAnswer,
    IdTagInfo,
    Payload,
    StartAnswer,
)
from knx_ocpp_bridge.core.values import ChargerId, LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.handshake import Refusal
from knx_ocpp_bridge.ocpp.server import MAX_PER_ADDRESS
from tests.kit.dialler import Dialler, Office, bare_connection, deliver

CP1 = ChargerId("CP1")
HEARTBEAT = '[2,"h1","Heartbeat",{}]'
START = '[2,"s1","StartTransaction",{"connectorId":1,"idTag":"CARD","meterStart":5,"timestamp":"2026-01-31T12:00:00Z"}]'
ACCEPTED = IdTagInfo(AuthorizationStatus.ACCEPTED)


def started(event: Event) -> Payload | None:
    return StartAnswer(event.fresh, ACCEPTED) if isinstance(event, TransactionStarted) else None


def requests(office: Office) -> list[Event]:
    return [event for event in office.told() if not isinstance(event, LinkOpened | LinkClosed)]


def test_a_charger_is_let_in_under_its_canonical_identity():
    office = Office()
    charger = Dialler(office.system, "/ocpp/cp1")
    assert charger.status == 101
    assert office.told() == [LinkOpened(LinkNumber(1), "10.0.0.2")]
    charger.say(HEARTBEAT)
    assert office.told() == [Heartbeat(LinkNumber(1), '"h1"')]


@pytest.mark.parametrize("offered", ["ocpp1.6", "OCPP1.6J", "ocpp16"])
def test_c5_the_subprotocol_is_echoed_as_it_was_offered(offered: str):
    charger = Dialler(Office().system, offered=offered)
    assert charger.status == 101
    assert charger.client.subprotocol == offered


def test_c1_without_a_subprotocol_none_is_sent_back():
    charger = Dialler(Office().system, offered=None)
    assert charger.status == 101
    assert charger.client.subprotocol is None


@pytest.mark.parametrize(("path", "offered", "status"), [("/CP1", "ocpp2.0.1", 400), ("/C%3DP", "ocpp1.6", 400)])
def test_a_refusal_says_why(path: str, offered: str, status: int, caplog: pytest.LogCaptureFixture):
    office = Office()
    charger = Dialler(office.system, path, offered)
    assert charger.status == status
    assert charger.response is not None
    reason, remedy = bytes(charger.response.body).decode().splitlines()
    assert len(reason) > 20
    assert reason in caplog.text
    assert remedy in caplog.text
    assert charger.transport.closed
    assert office.told() == []


def test_c13_a_charger_that_is_not_wanted_hears_the_reason():
    office = Office(refusal=Refusal("this charge point is not in the configuration", 404))
    charger = Dialler(office.system)
    assert charger.status == 404
    assert charger.response is not None
    assert b"not in the configuration" in bytes(charger.response.body)


def test_a_refusal_is_a_warning_once_although_the_charger_tries_for_ever(caplog: pytest.LogCaptureFixture):
    office = Office(refusal=Refusal("no", 403))
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            Dialler(office.system).connection.connection_lost(None)
    assert caplog.text.count("not let in") == 1


def test_connections_per_address_are_limited():
    office = Office()
    chargers = [Dialler(office.system, f"/CP{n}") for n in range(MAX_PER_ADDRESS)]
    assert Dialler(office.system, "/ONE-MORE").transport.closed
    assert Dialler(office.system, "/ELSEWHERE", address="10.0.0.3").status == 101
    chargers[0].connection.connection_lost(None)
    office.timers.advance(0)
    assert bytes(Dialler(office.system, "/STILL").transport.written).startswith(b"HTTP/1.1 503"), "the refused counts"


def test_c22_the_newest_connection_is_the_charger_at_once():
    office = Office()
    old, new = Dialler(office.system), Dialler(office.system)
    assert old.transport.aborted
    assert not new.transport.aborted
    opened, again, closed = office.told()
    assert isinstance(opened, LinkOpened)
    assert isinstance(again, LinkOpened)
    assert again.link > opened.link
    assert closed == LinkClosed(opened.link, "a newer connection of this charger took its place")


def test_c22_calls_on_the_old_connection_are_lost_and_new_ones_take_the_new():
    office = Office()
    old = Dialler(office.system)
    office.system.call(CP1, Reset(hard=False))
    new = Dialler(office.system)
    lost = [event for event in office.told() if isinstance(event, Replied)]
    assert [(event.link, event.outcome) for event in lost] == [(1, Outcome.LOST)]
    office.system.call(CP1, ClearCache())
    office.pass_time(11)
    assert old.texts() == []
    assert [json.loads(text)[2] for text in new.texts()] == ["ClearCache"]


def test_every_request_gets_its_one_answer_in_its_own_id_type():
    office = Office(answers=lambda event: EmptyAnswer() if isinstance(event, StatusNotified) else None)
    charger = Dialler(office.system)
    charger.say('[2,7,"StatusNotification",{}]', '[2,"7","StatusNotification",{}]')
    assert charger.texts() == ["[3,7,{}]", '[3,"7",{}]']


def test_an_answer_nobody_asked_for_is_not_sent():
    office = Office()
    charger = Dialler(office.system)
    charger.say('[2,"1","StatusNotification",{}]')
    office.system.answer(CP1, Answer(LinkNumber(1), '"1"', EmptyAnswer()))
    office.system.answer(CP1, Answer(LinkNumber(1), '"1"', EmptyAnswer()))
    office.system.answer(CP1, Answer(LinkNumber(9), '"1"', EmptyAnswer()))
    office.system.answer(ChargerId("NOBODY"), Answer(LinkNumber(1), '"1"', EmptyAnswer()))
    assert charger.texts() == ['[3,"1",{}]']


def test_f7_a_call_that_cannot_be_read_is_a_formation_violation():
    charger = Dialler(Office().system)
    charger.say('[2,"1","Authorize",{"idTag":"x]', "nonsense", "")
    (text,) = charger.texts()
    assert json.loads(text)[:3] == [4, "1", "FormationViolation"]


def test_f10_a_start_sent_again_has_the_same_answer_and_is_not_news():
    office = Office(answers=started)
    charger = Dialler(office.system)
    charger.say(START)
    again = Dialler(office.system)
    again.say(START)
    assert charger.texts() == again.texts()
    assert len([event for event in office.told() if isinstance(event, TransactionStarted)]) == 1


def test_f10_the_same_id_with_other_content_is_a_new_request():
    office = Office(answers=started)
    charger = Dialler(office.system)
    charger.say(START, START.replace("CARD", "OTHER"))
    assert len({json.loads(text)[2]["transactionId"] for text in charger.texts()}) == 2


def test_f10_a_start_sent_again_before_its_answer_is_answered_as_often_as_it_was_sent():
    office = Office()
    charger = Dialler(office.system)
    charger.say(START, START)
    assert len(requests(office)) == 1
    assert charger.texts() == []
    office.system.answer(CP1, Answer(LinkNumber(1), '"s1"', StartAnswer(TransactionId(5), ACCEPTED)))
    assert charger.texts() == ['[3,"s1",{"transactionId":5,"idTagInfo":{"status":"Accepted"}}]'] * 2


def test_f10_an_answer_that_missed_its_link_is_given_on_the_next():
    office = Office()
    Dialler(office.system).say(START)
    charger = Dialler(office.system)
    office.system.answer(CP1, Answer(LinkNumber(1), '"s1"', StartAnswer(TransactionId(5), ACCEPTED)))
    assert charger.texts() == []
    office.told()
    charger.say(START)
    assert charger.texts() == ['[3,"s1",{"transactionId":5,"idTagInfo":{"status":"Accepted"}}]']
    assert requests(office) == []


def test_f10_a_data_transfer_sent_again_is_told_once():
    office = Office()
    charger = Dialler(office.system)
    charger.say(*['[2,"1","DataTransfer",{"vendorId":"acme"}]'] * 2)
    assert charger.texts() == ['[3,"1",{"status":"UnknownVendorId"}]'] * 2
    assert len(requests(office)) == 1


def test_f10_boot_heartbeat_and_status_are_never_answered_from_memory():
    office = Office(answers=lambda event: HeartbeatAnswer(event.now) if hasattr(event, "now") else None)
    charger = Dialler(office.system)
    charger.say(HEARTBEAT, HEARTBEAT)
    assert requests(office) == [Heartbeat(LinkNumber(1), '"h1"')] * 2


def test_f24_nonsense_for_a_payload_still_becomes_an_event():
    office = Office()
    charger = Dialler(office.system)
    actions = [
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "MeterValues",
        "StartTransaction",
        "StopTransaction",
        "Authorize",
    ]
    charger.say(*[f'[2,"{n}","{action}",[[{{"x":{n}}}]]]' for n, action in enumerate(actions)])
    assert charger.texts() == []
    assert [getattr(event, "request", None) for event in requests(office)] == [f'"{n}"' for n in range(7)]


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("DataTransfer", '{"vendorId":"acme","data":{"any":["json"]}}', '{"status":"UnknownVendorId"}'),
        ("DataTransfer", "{}", '{"status":"UnknownVendorId"}'),
        ("DiagnosticsStatusNotification", '{"status":"Idle"}', "{}"),
        ("FirmwareStatusNotification", '{"status":"Installed"}', "{}"),
        ("SecurityEventNotification", '{"type":"Reset","timestamp":"x"}', "{}"),
        ("LogStatusNotification", '{"status":"Idle"}', "{}"),
        ("SignedFirmwareStatusNotification", '{"status":"Idle"}', "{}"),
    ],
)
def test_o5_o6_o7_what_needs_no_decision_is_answered_at_once_and_told(action: str, payload: str, answer: str):
    office = Office()
    charger = Dialler(office.system)
    charger.say(f'[2,"1","{action}",{payload}]')
    assert charger.texts() == [f'[3,"1",{answer}]']
    (event,) = requests(office)
    assert isinstance(event, Notified)
    assert event.action == action


def test_o8_an_unknown_action_is_not_implemented():
    charger = Dialler(Office().system)
    charger.say('[2,"1","NotifyEvent",{}]')
    assert json.loads(charger.texts()[0])[:3] == [4, "1", "NotImplemented"]


def test_b3_a_call_waits_two_seconds_after_the_first_answer():
    office = Office(answers=lambda event: EmptyAnswer() if isinstance(event, StatusNotified) else None)
    charger = Dialler(office.system)
    office.system.call(CP1, Reset(hard=False))
    charger.say('[2,"1","StatusNotification",{}]')
    charger.texts()
    office.pass_time(1.9)
    assert charger.texts() == []
    office.pass_time(0.2)
    (text,) = charger.texts()
    message_id = json.loads(text)[1]
    charger.say(f'[3,"{message_id}",{{"status":"Accepted"}}]')
    assert office.told()[-1] == Replied(LinkNumber(1), Reset(hard=False), Outcome.ANSWERED, "Accepted")


def test_calls_go_one_after_the_other_and_time_out():
    office = Office()
    charger = Dialler(office.system)
    office.system.call(CP1, Reset(hard=False))
    office.system.call(CP1, ClearCache())
    office.pass_time(39.5)
    assert len(charger.texts()) == 1
    office.pass_time(1)
    assert [event.outcome for event in office.told() if isinstance(event, Replied)] == [Outcome.TIMED_OUT]
    assert [json.loads(text)[2] for text in charger.texts()] == ["ClearCache"]


def test_c29_a_charger_that_never_answers_calls_is_thrown_out_once_in_ten_minutes():
    office = Office()
    ends: list[float] = []
    for _ in range(3):
        charger = Dialler(office.system)
        for _ in range(4):
            office.system.call(CP1, ClearCache())
        for _ in range(140):
            if not charger.transport.aborted:
                charger.say(HEARTBEAT)
                office.pass_time(1)
        if charger.transport.aborted:
            ends.append(office.timers.now_s)
    assert len(ends) == 1
    assert LinkClosed(LinkNumber(1), "it has not answered three calls in a row") in office.told()


def test_a_call_to_a_charger_that_is_not_there_is_lost_but_not_from_inside_of_the_call():
    office = Office()
    office.system.call(CP1, ClearCache())
    assert office.told() == []
    office.timers.advance(0)
    assert office.told() == [Replied(LinkNumber(0), ClearCache(), Outcome.LOST, detail="the charger is not connected")]


def test_a_core_that_answers_and_calls_from_inside_of_post_does_no_harm():
    office = Office()

    def eager(event: Event) -> Payload | None:
        if isinstance(event, LinkOpened | Replied):
            office.system.call(CP1, ClearCache())
        return EmptyAnswer() if isinstance(event, StatusNotified) else None

    office.answers = eager
    charger = Dialler(office.system)
    charger.say('[2,"1","StatusNotification",{}]')
    office.pass_time(3)
    answer, call = charger.texts()
    assert answer == '[3,"1",{}]'
    charger.say(f'[3,"{json.loads(call)[1]}",{{"status":"Accepted"}}]')
    assert [json.loads(text)[2] for text in charger.texts()] == ["ClearCache"]


def test_close_link_drops_the_connection():
    office = Office()
    charger = Dialler(office.system)
    office.system.close_link(CP1)
    office.system.close_link(CP1)
    assert charger.transport.aborted
    assert [type(event) for event in office.told()] == [LinkOpened, LinkClosed]


def test_a_charger_that_asks_faster_than_it_is_answered_is_not_read_from_for_a_while():
    office = Office()
    charger = Dialler(office.system)
    charger.say(*[f'[2,"{n}","StatusNotification",{{}}]' for n in range(32)])
    assert not charger.transport.reading
    for n in range(16):
        office.system.answer(CP1, Answer(LinkNumber(1), f'"{n}"', EmptyAnswer()))
    assert charger.transport.reading
    assert len(charger.texts()) == 16


def test_a_mistake_is_told_once_per_charger_and_kind(caplog: pytest.LogCaptureFixture):
    office = Office()
    charger = Dialler(office.system)
    broken = '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"Error","status":"Available",}]'
    charger.say(*[broken] * 10)
    Dialler(office.system).say(broken)
    assert caplog.text.count("repaired") == 1
    assert caplog.text.count("errorCode") == 1


def test_everything_said_is_traced_in_order():
    office = Office(answers=lambda event: EmptyAnswer() if isinstance(event, StatusNotified) else None)
    Dialler(office.system).say('[2,"1","StatusNotification",{}]')
    assert office.traced == [("in", '[2,"1","StatusNotification",{}]'), ("out", '[3,"1",{}]')]


def test_a_browser_sees_that_the_endpoint_is_up():
    office = Office()
    connection, transport = bare_connection(office.system)
    deliver(connection, b"GET / HTTP/1.1\r\nHost: pi:8016\r\n\r\n")
    answer = bytes(transport.written)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"ws://pi:8016/<identity>" in answer
    assert transport.closed


def test_only_a_get_can_become_a_websocket():
    connection, transport = bare_connection(Office().system)
    deliver(connection, b"POST /CP1 HTTP/1.1\r\nHost: pi:8016\r\n\r\n")
    assert bytes(transport.written).startswith(b"HTTP/1.1 405")


def test_c7_what_cannot_become_a_websocket_is_not_listed_as_a_charger():
    office = Office()
    connection, transport = bare_connection(office.system)
    deliver(connection, b"GET /CP1 HTTP/1.1\r\nHost: bridge\r\nUpgrade: websocket\r\nConnection: keep-alive\r\n\r\n")
    assert transport.written.startswith(b"HTTP/1.1 400")
    assert office.admitted == []
