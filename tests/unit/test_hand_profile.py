"""Charging profiles by hand: what OCPP allows, and what would take a charger out of its circuit."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core import hand_profile
from knx_ocpp_bridge.core.commands import Call, ProfilePurpose, RateUnit, SetProfile
from knx_ocpp_bridge.core.hand_profile import HandPeriod, HandProfile, Kind, Recurrency
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import CHARGE_POINT, TransactionId
from knx_ocpp_bridge.ocpp.v16.commands import Sendable, encode
from tests.kit.life import ONE, TWO, Life, garage, outlet

TX, DEFAULT, MOST = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.CHARGE_POINT_MAX
EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)


def box(*outlets: Any, **changes: Any) -> Charger:
    return Life(garage(*outlets, **changes)).charger


def written(**changes: Any) -> HandProfile:
    usual: dict[str, Any] = {
        "id": 100,
        "connector": ONE,
        "purpose": DEFAULT,
        "kind": Kind.ABSOLUTE,
        "unit": RateUnit.AMPERE,
        "periods": (HandPeriod(0, 16.0),),
        "stack_level": 1,
        "start": EVENING,
    }
    return HandProfile(**{**usual, **changes})


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("16", [(0, 16.0, None)]),
        ("0:16 3600:10.5", [(0, 16.0, None), (3600, 10.5, None)]),
        ("0:0,60:32:1", [(0, 0.0, None), (60, 32.0, 1)]),
    ],
)
def test_periods_are_read_as_people_write_them(text, periods):
    assert hand_profile.periods(text) == tuple(HandPeriod(*each) for each in periods)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 200 periods"),
        ("10:16", "begins at 0 s"),
        ("0:16 0:10", "after the one before"),
        ("0:16 100:8 50:9", "after the one before"),
        ("0:sixteen", "is no period"),
        ("0:16:4", "1 to 3"),
        ("0:16:1:1", "is no period"),
        ("-1", "is no limit"),
        ("nan", "is no limit"),
        ("inf", "is no limit"),
        ("16.25", "one decimal"),
        ("1e9", "is no limit"),
        ("0:16 " * 201, "1 to 200 periods"),
    ],
)
def test_what_is_no_schedule_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        hand_profile.periods(text)


@given(st.text(max_size=60))
def test_any_text_is_a_schedule_or_refused_in_words(text):
    try:
        found = hand_profile.periods(text)
    except ValueError:
        return
    assert found[0].start_s == 0
    assert all(0 <= one.limit <= 1e7 for one in found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": MOST}, "connector 0"),
        ({"purpose": TX, "connector": CHARGE_POINT, "transaction": TransactionId(7)}, "name it"),
        ({"purpose": TX}, "none is open"),
        ({"transaction": TransactionId(7)}, "only a TxProfile"),
        ({"kind": Kind.RECURRING}, "Daily or Weekly"),
        ({"recurrency": Recurrency.DAILY}, "Daily or Weekly"),
        ({"kind": Kind.RECURRING, "recurrency": Recurrency.DAILY, "start": None}, "needs a start"),
        ({"kind": Kind.RELATIVE}, "has no start"),
        ({"valid_from": EVENING, "valid_to": EVENING}, "before valid_to"),
        ({"periods": (HandPeriod(0, 16.0), HandPeriod(60, 10.0)), "duration_s": 60}, "before the schedule ends"),
    ],
)
def test_what_ocpp_does_not_have_is_refused_in_words(changes, words):
    assert words in hand_profile.unfit(written(**changes))
    assert hand_profile.unfit(written()) == ""


def test_every_kind_of_profile_is_one_of_the_official_schema():
    daily = {"kind": Kind.RECURRING, "recurrency": Recurrency.WEEKLY, "duration_s": 3600}
    until = {"valid_from": EVENING, "valid_to": EVENING + timedelta(days=7), "periods": (HandPeriod(0, 7000.0, 1),)}
    every = [
        written(),
        written(**daily),
        written(kind=Kind.RELATIVE, start=None),
        written(purpose=TX, transaction=TransactionId(7)),
        written(purpose=MOST, connector=CHARGE_POINT, unit=RateUnit.WATT, **until),
    ]
    for one in every:
        assert hand_profile.unfit(one) == ""

        assert isinstance(encode(Call("SetChargingProfile", json.dumps(hand_profile.payload(one)))), Sendable)


@pytest.mark.parametrize("level", [0, 1, 5])
@pytest.mark.parametrize("purpose", [DEFAULT, TX])
def test_in_a_circuit_nothing_may_count_instead_of_the_limits_of_the_bridge(purpose, level):
    garaged = box(outlet(circuit="garage"))
    assert "circuit garage" in hand_profile.endangers(garaged, ONE, purpose, level)
    assert hand_profile.endangers(box(), ONE, purpose, level) == ""


def test_a_profile_below_the_level_of_the_bridge_counts_for_nothing_and_may_be_there():
    assert hand_profile.endangers(box(outlet(circuit="garage"), flags={"stack_level": 3}), ONE, DEFAULT, 2) == ""


def test_a_charge_point_max_profile_can_only_lower():
    garaged = box(outlet(circuit="garage"))
    assert hand_profile.endangers(garaged, CHARGE_POINT, MOST, 5) == ""


def test_unless_the_bridge_itself_limits_the_charger_by_one():
    garaged = box(outlet(circuit="garage"), flags={"limit_by": "charge_point_max"})
    assert hand_profile.endangers(garaged, CHARGE_POINT, MOST, 0)


def test_a_profile_for_all_connectors_is_one_for_that_in_the_circuit():
    two = box(outlet(1), outlet(2, circuit="garage"))
    assert hand_profile.endangers(two, CHARGE_POINT, DEFAULT, 1)
    assert hand_profile.endangers(two, TWO, DEFAULT, 1)
    assert hand_profile.endangers(two, ONE, DEFAULT, 1) == ""


@pytest.mark.parametrize(
    "named",
    [{}, {"id": 1}, {"id": 12}, {"connectorId": 1}, {"stackLevel": 0}, {"chargingProfilePurpose": "TxProfile"}],
)
def test_in_a_circuit_the_profiles_of_the_bridge_are_not_cleared(named):
    garaged = box(outlet(1, circuit="garage"), outlet(2, circuit="garage"))
    assert "the bridge's own" in hand_profile.clears_ours(garaged, named)
    assert hand_profile.clears_ours(box(outlet(1), outlet(2)), named) == ""


@pytest.mark.parametrize(
    "named",
    [{"id": 100}, {"stackLevel": 1}, {"connectorId": 0}, {"id": 1, "chargingProfilePurpose": "ChargePointMaxProfile"}],
)
def test_what_is_not_of_the_bridge_may_be_cleared_anywhere(named):
    assert hand_profile.clears_ours(box(outlet(circuit="garage")), named) == ""


def test_what_somebody_writes_as_ocpp_has_it_is_judged_alike():
    garaged = box(outlet(circuit="garage"))
    sent = hand_profile.payload(written())
    assert "circuit garage" in hand_profile.refused(garaged, "SetChargingProfile", sent)
    with_it = {"idTag": "A", "connectorId": 1, "chargingProfile": sent["csChargingProfiles"]}
    assert "circuit garage" in hand_profile.refused(garaged, "RemoteStartTransaction", with_it)
    assert "the bridge's own" in hand_profile.refused(garaged, "ClearChargingProfile", {})
    assert hand_profile.refused(garaged, "RemoteStartTransaction", {"idTag": "A"}) == ""
    assert hand_profile.refused(garaged, "GetCompositeSchedule", {"connectorId": 1, "duration": 60}) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda one: (
            st.lists(one)
            | st.dictionaries(st.sampled_from(["stackLevel", "connectorId", "chargingProfilePurpose", "x"]), one)
        ),
        max_leaves=6,
    )
)
def test_no_nonsense_that_somebody_writes_breaks_it(value):
    garaged = box(outlet(circuit="garage"))
    for action, name in (("SetChargingProfile", "csChargingProfiles"), ("RemoteStartTransaction", "chargingProfile")):
        hand_profile.refused(garaged, action, {name: value, "connectorId": value})
    hand_profile.refused(garaged, "ClearChargingProfile", {"id": value})


def test_the_ids_of_the_bridge_are_those_that_it_sends():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.charges(connector=TWO)
    sent = [encode(one) for one in life.commands if isinstance(one, SetProfile)]

    ids = {
        json.loads(one.payload)["csChargingProfiles"]["chargingProfileId"] for one in sent if isinstance(one, Sendable)
    }
    assert ids == {1, 11, 12}
    assert ids <= {one.id for one in hand_profile.ours(life.charger)}
    assert all(hand_profile.is_reserved(number, life.charger) for number in ids)
    assert not hand_profile.is_reserved(hand_profile.FREE_ID, life.charger)


def test_what_no_car_can_charge_with_is_doubted():
    assert "below 6 A" in hand_profile.doubts(written(periods=(HandPeriod(0, 5.0),)), box())[0]
    watts = written(unit=RateUnit.WATT, periods=(HandPeriod(0, 4000.0),))
    assert "below 6 A" in hand_profile.doubts(watts, box())[0]
    single = written(unit=RateUnit.WATT, periods=(HandPeriod(0, 4000.0, 1),))
    assert not any("below 6 A" in words for words in hand_profile.doubts(single, box()))
    assert not any("below 6 A" in words for words in hand_profile.doubts(written(periods=(HandPeriod(0, 0.0),)), box()))
