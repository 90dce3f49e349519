"""What somebody does by hand at a charger has consequences that are not forgotten."""

import pytest

from knx_ocpp_bridge.core.by_hand import reboot_needed
from knx_ocpp_bridge.core.commands import Call, SendLocalList, SetProfile
from knx_ocpp_bridge.core.events import CallAsked, ListAsked, Origin
from knx_ocpp_bridge.core.key_advice import advice, set_by_the_bridge
from knx_ocpp_bridge.core.settings import AuthorizationMode, TagBook
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.card_store import kept
from tests.kit.life import Life, garage


def arrived(**changes) -> Life:
    life = Life(garage(**changes))
    life.arrives()
    return life


def changes(life: Life, key: str, status: str) -> None:
    life.answers[Call] = status
    life.happens(CallAsked(Call("ChangeConfiguration", f'{{"key":"{key}","value":"1"}}'), Origin.CLI, 7))


def test_a_key_that_acts_after_a_restart_is_marked_until_the_charger_boots():
    life = arrived()
    changes(life, "BlinkRepeat", "RebootRequired")
    changes(life, "blinkrepeat", "RebootRequired")
    changes(life, "LightIntensity", "Accepted")
    assert reboot_needed(life.charger) == ("BlinkRepeat",)
    life.boots()
    assert reboot_needed(life.charger) == ()


def test_that_a_restart_is_needed_is_known_after_a_restart_of_the_bridge_too():
    life = arrived()
    changes(life, "BlinkRepeat", "RebootRequired")
    life.restarts()
    assert reboot_needed(life.charger) == ("BlinkRepeat",)


def test_the_bridge_sets_its_limit_anew_when_somebody_has_cleared_the_profiles():
    life = arrived()
    life.passes(120)
    before = len(life.told(SetProfile))
    life.happens(CallAsked(Call("ClearChargingProfile"), Origin.PAGE, 7))
    life.passes(120)
    assert len(life.told(SetProfile)) == before + 1


def test_a_list_of_cards_is_sent_whole_when_somebody_asks_for_it():
    house = kept("AA", "BB")
    house.life.happens(ListAsked(Origin.PAGE, 7))
    house.serves()
    assert house.life.verdict(7) is CommandResult.ACCEPTED
    assert house.sent() == [(2, True, ["AA", "BB"])]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "authorization.local_list is off"),
        ({"local_list": True, "quiet": True}, "ocpp.quiet"),
        ({"local_list": True, "tag_book": TagBook(AuthorizationMode.ALL)}, "authorization.mode is all"),
        ({"configured": False}, "adopt it first"),
    ],
)
def test_a_list_that_the_bridge_does_not_keep_is_not_sent_and_it_is_said_why(settings, why):
    life = arrived(**settings)
    life.happens(ListAsked(Origin.PAGE, 7))
    assert life.verdict(7) is CommandResult.NOT_ALLOWED_NOW
    assert why in life.verdicts[-1].reason
    assert not life.told(SendLocalList)


def test_a_charger_that_is_away_is_sent_no_list():
    life = Life(garage(local_list=True))
    life.happens(ListAsked(Origin.PAGE, 7))
    assert life.verdict(7) is CommandResult.OFFLINE


def test_keys_that_the_bridge_writes_itself_are_known():
    assert "heartbeatinterval" in set_by_the_bridge(Life().charger)
    assert "authorizekey" not in set_by_the_bridge(Life().charger)
    with_key = Life(garage(flags={"limit_key": "MaxCurrent"})).charger
    assert "current limit" in set_by_the_bridge(with_key)["maxcurrent"]


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("metervaluesampleinterval", "0", "no meter values"),
        ("MeterValueSampleInterval", "900", "seldom"),
        ("MeterValueSampleInterval", "30", ""),
        ("MeterValuesSampledData", "Voltage", "the energy is not known"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register;Power.Active.Import", ""),
        ("SupportedFeatureProfiles", "Core", "cannot be limited"),
        ("CpoName", "me", ""),
    ],
)
def test_a_value_that_stands_in_the_way_is_advised_against(key, value, word):
    found = advice(key, value)
    assert (found.sentence if found else "") == "" if not word else found is not None and word in found.sentence
