"""Whatever a charger does: who obeys is never pressed, who does not is found out, and nothing stays shut for ever."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.commands import ChangeAvailability, ClearProfile, Command, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import Capped, Outcome
from knx_ocpp_bridge.core.obedience import in_force, is_disobeyed, measured
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, StopReason
from knx_ocpp_bridge.core.watch import UNWATCHED, Means
from tests.kit.laws import Laws
from tests.kit.life import ONE, Life, garage, outlet

S, R = ConnectorStatus, LimitReason
GRACE_S: Final = 30.0
_LIMITS = st.sampled_from([0.0, 6.0, 8.0, 10.0, 13.0, 16.0])
_STEPS = st.lists(st.tuples(st.integers(1, 90), st.one_of(st.none(), _LIMITS), st.booleans()), max_size=40)


@settings(deadline=None)
@given(_STEPS)
def test_a_car_that_follows_within_the_grace_never_disobeys(steps):
    """It draws the highest limit of the last half minute, and is measured whenever chance will have it."""
    watch, now_s, known = in_force(UNWATCHED, 16.0, 0.0, GRACE_S), 0.0, [(16.0, 0.0)]
    for seconds, limit_a, measures in steps:
        now_s += seconds
        if limit_a is not None:
            watch = in_force(watch, limit_a, now_s, GRACE_S)
            known.append((limit_a, now_s))
        if measures:
            until = [since_s for _, since_s in known[1:]] + [now_s + 1]
            recent = [a for (a, _), end_s in zip(known, until, strict=True) if end_s > now_s - GRACE_S]
            watch = measured(watch, max(recent), now_s, GRACE_S)
            assert not is_disobeyed(watch, now_s, GRACE_S)


@settings(deadline=None)
@given(_STEPS)
def test_a_car_that_always_takes_more_is_found_out(steps):
    watch, now_s = in_force(UNWATCHED, 16.0, 0.0, GRACE_S), 0.0
    for seconds, limit_a, _ in steps:
        now_s += seconds
        watch = watch if limit_a is None else in_force(watch, limit_a, now_s, GRACE_S)
        watch = measured(watch, 32.0, now_s, GRACE_S)
    for _ in range(2):
        now_s += GRACE_S
        watch = measured(watch, 32.0, now_s, GRACE_S)
    assert is_disobeyed(watch, now_s, GRACE_S)


_WORDS: Final = st.sampled_from(
    ["Accepted", "Rejected", "Scheduled", "NotSupported", Outcome.TIMED_OUT, Outcome.FAILED]
)
_KINDS: Final[tuple[type[Command], ...]] = (SetProfile, ClearProfile, ChangeAvailability, RemoteStop)


class Day:
    """A charger that does what chance says, at an outlet that is pressed, woken and switched."""

    def __init__(self) -> None:
        self.laws = Laws()
        self.life = Life(garage(outlet(escalates=True, can_switch_phases=True)))
        self.life.observers.append(self.laws)
        self.life.arrives()

    def does(self, what: str, chance: Any) -> None:
        life = self.life
        match what:
            case "flows":
                for _ in range(4):
                    life.passes(12)
                    life.meters(None, chance)
            case "reports":
                life.reports(chance)
            case "plugs":
                if life.charger.connectors[ONE].transaction is None:
                    life.charges()
            case "ends":
                open_one = life.charger.connectors[ONE].transaction
                life.stops(None if open_one is None else open_one.id, reason=chance)
            case "answers":
                life.answers[chance[0]] = chance[1]
            case "presses":
                life.presses(chance[1], chance[0])
            case "caps":
                life.happens(Capped(ONE, (), chance))
            case "limits":
                life.caps(*chance)
            case "takes zero":
                life.takes_zero = chance
            case "returns":
                life.disconnects()
                life.passes(20)
                life.returns()
            case "restarts":
                self.laws.restarted()
                life.restarts()
                life.connects()
                life.boots()
                life.passes(3)


_EVENTS: Final = st.one_of(
    st.tuples(st.just("flows"), st.sampled_from([0.0, 5.0, 10.0, 16.0, 32.0])),
    st.tuples(st.just("flows"), st.just(32.0)),
    st.tuples(st.just("reports"), st.sampled_from(list(S))),
    st.tuples(st.just("plugs"), st.none()),
    st.tuples(st.just("ends"), st.sampled_from([StopReason.LOCAL, StopReason.OTHER, StopReason.EV_DISCONNECTED])),
    st.tuples(st.just("answers"), st.tuples(st.sampled_from(_KINDS), _WORDS)),
    st.tuples(
        st.just("presses"),
        st.sampled_from([("charging", 1), ("charging", 0), ("pause", 1), ("pause", 0), ("availability", 1)]),
    ),
    st.tuples(st.just("caps"), st.sampled_from([None, 1, 3])),
    st.tuples(
        st.just("limits"),
        st.sampled_from([(), ((R.WAITING, 0.0),), ((R.CIRCUIT, 8.0),), ((R.GRID_OPERATOR, 0.0),), ((R.SURPLUS, 0.0),)]),
    ),
    st.tuples(st.just("takes zero"), st.booleans()),
    st.tuples(st.just("returns"), st.none()),
    st.tuples(st.just("restarts"), st.none()),
)


def lives(events: list[tuple[str, Any]]) -> None:
    day = Day()
    for what, chance in events:
        day.does(what, chance)
        connector = day.life.charger.connectors[ONE]
        assert connector.waking.wakes <= 2
        assert (connector.pressure.means >= Means.SHUT or connector.pressure.opening) == connector.wishes.shut
        assert day.life.memory.remembered().wishes.get(ONE, connector.wishes).shut == connector.wishes.shut
    day.life.answers.clear()
    day.life.takes_zero = True
    day.life.caps()
    day.life.passes(1000)
    day.life.reports(S.AVAILABLE)
    day.life.passes(1000)
    connector = day.life.charger.connectors[ONE]
    assert not connector.wishes.shut, "the car is gone, and nothing is shut"
    assert connector.pressure.means is Means.NONE
    assert not connector.disobeys
    assert not connector.waking.napping
    if day.life.state("max_current") is not None:
        stands_for_zero_a = 6.0 if connector.default.no_zero else 0.0
        assert day.life.state("max_current") == (stands_for_zero_a if connector.wishes.paused else 10.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(_EVENTS, max_size=25))
def test_nothing_stays_shut_or_held_once_the_car_is_gone(events):
    lives(events)


@pytest.mark.long
@settings(max_examples=600, deadline=None)
@given(st.lists(_EVENTS, max_size=60))
def test_nothing_stays_shut_or_held_for_very_long(events):
    lives(events)


def test_the_hardest_day_comes_to_an_end():
    lives([("plugs", None), *[("flows", 32.0)] * 12, ("restarts", None), *[("flows", 32.0)] * 6])
