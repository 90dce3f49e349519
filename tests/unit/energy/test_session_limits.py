"""Sessions that have had enough."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.energy.session_limits import SessionMemory, limit_sessions
from knx_ocpp_bridge.core.energy.terms import SessionLimits
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import TransactionId
from tests.kit.scenes import BEGIN_S, key, outlet, scene, terms, view

A = key("A")
NONE = SessionLimits()


def course(*seen, always=NONE, price=None):
    """`(limits, what is seen)` one after the other; whether it rested after each, and the last ruling."""
    site = terms(outlet("A", session_limits=always))
    memory, rests, notes, ruling = SessionMemory(), [], [], None
    for number, (limits, facts) in enumerate(seen):
        car = {name: value for name, value in facts.items() if name != "price"}
        seen_now = scene(number, view(A, limits=limits, **car))
        ruling = limit_sessions(memory, seen_now, site, facts.get("price", price))
        memory = ruling.memory
        rests.append(A in ruling.caps)
        notes += [note.text for note in ruling.notes]
        assert all(cap.kind is LimitReason.SESSION_LIMIT and cap.current_a == 0.0 for cap in ruling.caps.values())
    return rests, notes, ruling


@pytest.mark.parametrize(
    ("limits", "below", "reached"),
    [
        (SessionLimits(energy_wh=20_000), {"session_wh": 19_999}, {"session_wh": 20_000}),
        (SessionLimits(duration_s=3600), {"session_s": 3599.0}, {"session_s": 3600.0}),
        (SessionLimits(soc=80.0), {"soc": 79.0}, {"soc": 80.0}),
    ],
)
@pytest.mark.parametrize("where", ["configured", "set"])
def test_a_session_rests_from_its_limit_on(limits, below, reached, where):
    now, always = (NONE, limits) if where == "configured" else (limits, NONE)
    rests, notes, _ = course((now, below), (now, reached), (now, reached), always=always)
    assert rests == [False, True, True]
    assert len(notes) == 1


def test_of_the_limit_of_the_installer_and_that_of_the_owner_the_lower_one_counts():
    low, high = SessionLimits(energy_wh=5000), SessionLimits(energy_wh=9000)
    facts = {"session_wh": 6000}
    assert course((low, facts), always=high)[0] == course((high, facts), always=low)[0] == [True]


def test_a_raised_limit_lets_it_go_on():
    low, high = SessionLimits(energy_wh=5000), SessionLimits(energy_wh=9000)
    rests, notes, _ = course((low, {"session_wh": 5000}), (high, {"session_wh": 5000}))
    assert rests == [True, False]
    assert notes[-1] == "the limit of the session was raised: it goes on"


def test_the_next_session_begins_anew():
    limits = SessionLimits(energy_wh=5000)
    rests, _, _ = course((limits, {"session_wh": 5000}), (limits, {"session_wh": 0, "session": TransactionId(8)}))
    assert rests == [True, False]


def test_without_a_session_nothing_rests():
    limits = SessionLimits(energy_wh=5000)
    assert course((limits, {"session_wh": 5000, "session": None}))[0] == [False]


def test_a_battery_that_is_told_a_percent_lower_after_the_pause_does_not_begin_again():
    limits = SessionLimits(soc=80.0)
    assert course((limits, {"soc": 80.0}), (limits, {"soc": 79.0}), (limits, {"soc": None}))[0] == [True, True, True]


def test_a_limit_of_time_asks_to_be_woken_then():
    _, _, ruling = course((SessionLimits(duration_s=3600), {"session_s": 600.0}))
    assert ruling.wake_at_s == BEGIN_S + 3000.0


def test_money_is_counted_at_the_price_of_its_time():
    limits = SessionLimits(cost=1.0)
    seen = [
        (limits, {"session_wh": 0, "price": 0.10}),
        (limits, {"session_wh": 5000, "price": 0.10}),  # 0.50
        (limits, {"session_wh": 5900, "price": 0.50}),  # 0.95
        (limits, {"session_wh": 6000, "price": 0.50}),  # 1.00
    ]
    assert course(*seen)[0] == [False, False, False, True]


def test_energy_of_a_time_without_a_price_is_reckoned_at_the_next_one():
    limits = SessionLimits(cost=1.0)
    seen = [(limits, {"session_wh": 0}), (limits, {"session_wh": 4000}), (limits, {"session_wh": 4000, "price": 0.25})]
    assert course(*seen)[0] == [False, False, True]


def test_after_a_start_what_was_charged_before_has_the_present_price_and_that_is_said():
    _, _, ruling = course((SessionLimits(cost=1.0), {"session_wh": 4000, "price": 0.30}))
    assert "price of then" in ruling.caps[A].words


def test_what_is_spent_never_falls():
    limits = SessionLimits(energy_wh=5000)
    assert course((limits, {"session_wh": 5000}), (limits, {"session_wh": 4990}))[0] == [True, True]


def test_outlets_that_nobody_configured_are_left_alone():
    seen = replace(view(key("Z")), limits=SessionLimits(energy_wh=1), session_wh=5)
    assert not limit_sessions(SessionMemory(), scene(0, seen), terms(outlet("A"))).caps
