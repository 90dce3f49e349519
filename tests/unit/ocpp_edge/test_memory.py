"""What is remembered of a charger beyond its link (catalogue rows F10, C29)."""

from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp.memory import Memory, key


def test_f10_a_request_is_the_same_by_id_action_and_payload():
    memory = Memory()
    memory.answered(key('"1"', "StopTransaction", b"{}"), "text", 0.0)
    assert memory.answer(key('"1"', "StopTransaction", b"{}"), 1.0) == "text"
    assert memory.answer(key('"1"', "StopTransaction", b'{"a":1}'), 1.0) is None
    assert memory.answer(key('"1"', "StartTransaction", b"{}"), 1.0) is None
    assert memory.answer(key("1", "StopTransaction", b"{}"), 1.0) is None


def test_f10_an_answer_is_kept_for_15_minutes():
    memory = Memory()
    request = key('"1"', "StopTransaction", b"{}")
    memory.answered(request, "text", 0.0)
    assert memory.answer(request, 900.0) == "text"
    assert memory.answer(request, 900.1) is None


def test_f10_the_last_64_answers_are_kept():
    memory = Memory()
    requests = [key(f'"{n}"', "StopTransaction", b"{}") for n in range(65)]
    for request in requests:
        memory.answered(request, request[0], 0.0)
    assert memory.answer(requests[0], 0.0) is None
    assert memory.answer(requests[1], 0.0) == '"1"'
    assert memory.answer(requests[64], 0.0) == '"64"'


def test_requests_of_closed_links_are_remembered_within_bounds():
    memory = Memory()
    for n in range(65):
        memory.await_answer(LinkNumber(1), key(f'"{n}"', "StopTransaction", b"{}"))
    assert memory.awaited(LinkNumber(1), '"0"') is None
    assert memory.awaited(LinkNumber(2), '"64"') is None
    assert memory.awaited(LinkNumber(1), '"64"') == key('"64"', "StopTransaction", b"{}")
    assert memory.awaited(LinkNumber(1), '"64"') is None


def test_a_mistake_is_news_once_and_the_list_of_mistakes_is_bounded():
    memory = Memory()
    assert memory.is_news("a blank too many")
    assert not memory.is_news("a blank too many")
    assert sum(memory.is_news(str(n)) for n in range(1000)) == 127


def test_c29_a_charger_is_thrown_out_at_most_once_in_ten_minutes():
    memory = Memory()
    assert memory.may_abort(0.0)
    assert not memory.may_abort(599.0)
    assert memory.may_abort(600.0)
