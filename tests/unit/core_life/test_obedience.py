"""A charger that takes a limit need not keep to it: what flows is the proof, and stronger means follow."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from knx_ocpp_bridge.core.commands import (
    ChangeAvailability,
    ClearProfile,
    ProfilePurpose,
    RemoteStop,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.events import Sample
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason, StopReason
from knx_ocpp_bridge.core.watch import Means
from tests.kit.defiance import alarms, charging, flows, ignores, one, told
from tests.kit.life import ONE, Life, garage, outlet

S = ConnectorStatus
TX, DEFAULT, MOST = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.CHARGE_POINT_MAX

# what counts


def test_a_car_that_follows_within_seconds_disobeys_nothing():
    life = charging()
    life.presses(6.0, "max_current")
    life.passes(5)
    life.meters(None, 9.8)
    life.passes(10)
    flows(life, 120, 5.9)
    assert alarms(life) == []


def test_what_was_measured_before_the_limit_was_confirmed_does_not_count():
    life = charging()
    flows(life, 20, 10.0)
    life.presses(6.0, "max_current")
    life.passes(40)
    life.meters(None, 10.0, ago=timedelta(seconds=45))
    assert alarms(life) == []
    life.meters(None, 10.0)
    assert alarms(life) == [False]


def test_a_single_high_value_is_no_disobedience():
    life = charging()
    life.meters(None, 16.0)
    life.passes(10)
    life.meters(None, 9.8)
    life.passes(300)
    assert alarms(life) == []


def test_a_value_that_stands_counts_once_the_charger_was_asked_for_another():
    life = charging()
    life.meters(None, 16.0)
    life.passes(31)
    assert told(life) == []
    assert life.told(TriggerMessage) == [TriggerMessage("MeterValues", ONE)]
    assert alarms(life) == []
    life.passes(12)
    assert alarms(life) == [False]


def test_a_limit_that_falls_step_by_step_is_disobeyed_only_by_what_is_above_all_of_them():
    life = charging(normal_current_a=16.0)
    flows(life, 60, 16.0)
    for limit_a in (15.0, 14.0, 13.0, 12.0, 11.0, 10.0):
        life.presses(limit_a, "max_current")
        life.passes(10)
        life.meters(None, limit_a + 2)  # it follows, one step behind
    assert alarms(life) == []


def test_renewing_the_same_limit_gives_no_new_grace():
    life = charging()
    flows(life, 20)
    life.presses(10.0, "max_current")
    flows(life, 20)
    assert alarms(life) == [False]


def test_a_configured_time_says_how_long_more_may_flow():
    life = charging(disobeyed_s=90.0)
    flows(life, 90)
    assert alarms(life) == []
    flows(life, 20)
    assert alarms(life) == [False]


def test_an_offer_above_the_limit_counts_where_offers_follow_limits():
    life = charging()
    life.measures([Sample("Current.Offered", 10.0), Sample("Current.Import", 5.0)])
    for _ in range(5):
        life.passes(10)
        life.measures([Sample("Current.Offered", 16.0), Sample("Current.Import", 5.0)])
    assert alarms(life) == [False]


def test_a_charger_that_always_offers_its_most_disobeys_nothing_by_that():
    life = charging()
    for _ in range(20):
        life.passes(10)
        life.measures([Sample("Current.Offered", 16.0), Sample("Current.Import", 9.9)])
    assert alarms(life) == []


def test_a_charger_that_is_not_to_be_pressed_is_told_of_alone():
    life = charging(escalates=False)
    flows(life, 600)
    assert alarms(life) == [False]
    assert told(life) == []
    flows(life, 10, 9.0)
    assert alarms(life) == [False, True]


def test_a_charger_that_is_to_be_left_in_peace_is_not_pressed():
    life = charging()
    life.reconfigured(replace(life.settings, quiet=True))
    life.commands.clear()
    flows(life, 600)
    assert told(life) == []
    assert alarms(life) == [False]


# what follows


def test_each_means_is_given_its_time_and_the_next_is_stronger():
    life = charging()
    seen: list[tuple[Means, float]] = []
    for _ in range(60):
        flows(life, 10)
        if not seen or seen[-1][0] is not one(life).pressure.means:
            seen.append((one(life).pressure.means, life.now_s))
    assert [means for means, _ in seen] == [
        Means.NONE,
        Means.ANEW,
        Means.OTHER_PURPOSE,
        Means.ZERO,
        Means.STOP,
        Means.SHUT,
    ]
    assert all(later - sooner >= 30 for (_, sooner), (_, later) in pairwise(seen[1:]))
    assert alarms(life) == [False]


def test_profiles_are_cleared_and_set_again_first():
    life = charging()
    ignores(life, Means.ANEW)
    clears, sets = told(life)[:2], told(life)[2:]
    assert clears == [ClearProfile(ONE, TX), ClearProfile(ONE, DEFAULT)]
    assert [(profile.purpose, profile.limit) for profile in sets if isinstance(profile, SetProfile)] == [
        (TX, 10.0),
        (DEFAULT, 10.0),
    ]


def test_another_kind_of_profile_follows_and_the_old_one_is_taken_out():
    life = charging()
    ignores(life, Means.ANEW)
    life.commands.clear()
    ignores(life, Means.OTHER_PURPOSE)
    clear, profile = told(life)
    assert clear == ClearProfile(ONE, DEFAULT)
    assert isinstance(profile, SetProfile)
    assert (profile.purpose, profile.connector, profile.limit) == (MOST, 0, 10.0)


def test_a_charger_that_took_the_default_alone_is_sent_a_profile_of_the_transaction_first():
    life = Life(garage(outlet(escalates=True)))
    life.silent.add(SetProfile)
    life.arrives()
    life.replies("Accepted")
    life.charges()
    life.replies("Rejected")
    life.silent.clear()
    life.commands.clear()
    ignores(life, Means.TX_PROFILE)
    flows(life, 30)  # what was refused is not said again within a minute
    (profile,) = told(life)
    assert isinstance(profile, SetProfile)
    assert profile.purpose is TX
    assert profile.start is not None
    ignores(life, Means.ANEW)
    assert life.now_s - one(life).pressure.taken_at_s < 10
    assert (life.utc - profile.start).total_seconds() >= 60 + 30, "it was given its time"


def test_what_obeys_after_a_means_is_over():
    life = charging()
    ignores(life, Means.OTHER_PURPOSE)
    flows(life, 10, 9.9)
    assert alarms(life) == [False, True]
    life.commands.clear()
    flows(life, 300, 9.9)
    assert told(life) == []


def test_a_car_that_obeys_zero_alone_stays_without_current_until_somebody_commands_it():
    life = charging()
    ignores(life, Means.ZERO)
    assert life.state("max_current") == 0.0
    assert life.state("limit_reason") == LimitReason.DISOBEDIENCE
    life.reports(S.SUSPENDED_EVSE)
    life.passes(600)
    assert one(life).pressure.means is Means.ZERO
    assert not one(life).disobeys
    assert alarms(life) == [False]
    life.presses(1)
    assert life.state("max_current") == 10.0
    assert alarms(life) == [False, True]


def test_a_car_that_obeys_zero_alone_is_let_go_when_it_is_unplugged():
    life = charging()
    ignores(life, Means.ZERO)
    life.stops(one(life).transaction.id, reason=StopReason.EV_DISCONNECTED)
    life.reports(S.AVAILABLE)
    assert alarms(life) == [False, True]
    life.passes(6)
    assert life.state("max_current") == 10.0
    assert life.told(ChangeAvailability) == []


def test_a_charger_that_refuses_zero_is_stopped_and_shut():
    life = charging()
    life.silent.add(SetProfile)
    for _ in range(60):
        flows(life, 10)
        for _ in range(len(life.unanswered)):
            asked = life.unanswered[0]
            life.replies("Rejected" if isinstance(asked, SetProfile) and asked.limit == 0 else "Accepted")
    assert life.told(RemoteStop) == [RemoteStop(one(life).transaction.id)]
    assert life.told(ChangeAvailability) == [ChangeAvailability(ONE, operative=False)]


def test_where_nothing_was_taken_in_the_other_way_zero_goes_in_the_old_one():
    life = charging()
    ignores(life, Means.ANEW)
    life.silent.add(SetProfile)
    for _ in range(30):
        flows(life, 10)
        for _ in range(len(life.unanswered)):
            asked = life.unanswered[0]
            life.replies("Rejected" if isinstance(asked, SetProfile) and asked.connector == 0 else "Accepted")
    zeroes = [it for it in told(life) if isinstance(it, SetProfile) and it.limit == 0]
    assert [(zero.purpose, zero.connector) for zero in zeroes] == [(TX, 1), (DEFAULT, 1)]


@pytest.mark.parametrize(
    "kind",
    [
        LimitReason.CIRCUIT,
        LimitReason.PEAK,
        LimitReason.UNBALANCED,
        LimitReason.FAIL_SAFE,
        LimitReason.GRID_OPERATOR,
    ],
)
def test_where_a_fuse_or_an_order_is_exceeded_the_stop_follows_the_first_means(kind):
    life = charging()
    life.caps((kind, 8.0))
    begun_s = life.now_s
    ignores(life, Means.STOP)
    assert life.now_s - begun_s <= 3 * 30 + 10
    assert [type(one) for one in told(life)].count(ClearProfile) == 2, "cleared and set again, once"
    assert alarms(life) == [False]


def test_where_nothing_but_the_owners_wish_is_exceeded_each_means_is_tried():
    life = charging()
    life.caps((LimitReason.CIRCUIT, 16.0), (LimitReason.SURPLUS, 8.0))
    ignores(life, Means.OTHER_PURPOSE)


def test_a_higher_limit_is_obeyed_only_by_what_is_measured_under_it():
    """Nothing was measured since: nobody knows yet."""
    life = charging()
    ignores(life, Means.ANEW)
    flows(life, 10)
    life.presses(16.0, "max_current")
    life.passes(15)
    assert life.state("max_current") == 16.0
    assert alarms(life) == [False]
    life.meters(None, 15.8)
    assert alarms(life) == [False, True]


def test_profiles_that_are_gone_are_no_obedience():
    life = charging()
    life.silent.add(SetProfile)
    ignores(life, Means.ANEW)
    for _ in range(len(life.unanswered)):
        life.replies("Rejected")
    flows(life, 40)
    assert alarms(life) == [False]
    assert one(life).disobeys


def test_a_charger_that_begins_to_refuse_while_it_is_pressed_is_not_told_without_end():
    life = charging()
    ignores(life, Means.OTHER_PURPOSE)
    life.answers[SetProfile] = "Rejected"
    life.commands.clear()
    flows(life, 40)
    assert len(told(life)) < 10
