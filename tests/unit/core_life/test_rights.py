"""Who may charge: the wall switch, the bridge's own tag, and cards that are refused."""

from dataclasses import replace

from knx_ocpp_bridge.core.commands import RemoteStop
from knx_ocpp_bridge.core.settings import AuthorizationMode
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.life import BOX, CARD, CARDS, OWN_TAG, STRANGER, TWO, Life, garage, outlet, plugged


def test_the_bridges_own_tag_is_no_skeleton_key():
    life = plugged()
    life.presents(OWN_TAG)
    assert life.info.status is AuthorizationStatus.INVALID
    life.starts(OWN_TAG)
    assert life.info.status is AuthorizationStatus.INVALID


def test_the_bridges_own_tag_is_good_while_its_start_is_pending_and_its_transaction_is_open():
    life = plugged()
    life.presses(True)
    life.presents(OWN_TAG)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    number = life.starts(OWN_TAG)
    life.presents(OWN_TAG)
    assert life.info.status is AuthorizationStatus.ACCEPTED
    life.stops(number)
    life.presents(OWN_TAG)
    assert life.info.status is AuthorizationStatus.INVALID


def test_a_start_that_only_waits_for_the_cable_opens_no_door_to_the_own_tag():
    life = Life()
    life.arrives()
    life.presses(True)
    life.presents(OWN_TAG)
    assert life.info.status is AuthorizationStatus.INVALID


def test_a_pending_start_at_one_connector_opens_no_other():
    life = Life(garage(outlet(1), outlet(2)))
    life.arrives()
    life.reports(ConnectorStatus.PREPARING)
    life.presses(True)
    life.starts(OWN_TAG, connector=TWO)
    assert life.info.status is AuthorizationStatus.INVALID


def test_the_own_tag_belongs_to_the_group_of_the_setting():
    book = replace(CARDS, own_tag_group=IdTag("FAMILY"))
    life = Life(garage(tag_book=book))
    life.arrives(ConnectorStatus.PREPARING)
    life.presses(True)
    life.starts(OWN_TAG)
    assert life.info.parent == IdTag("FAMILY")


def test_mode_none_accepts_nothing_but_the_switch():
    life = Life(garage(tag_book=replace(CARDS, mode=AuthorizationMode.NONE)))
    life.arrives(ConnectorStatus.PREPARING)
    life.presents(CARD)
    assert life.info.status is AuthorizationStatus.INVALID
    life.presses(True)
    life.starts(OWN_TAG)
    assert life.info.status is AuthorizationStatus.ACCEPTED


def test_an_own_tag_that_begins_with_an_r_is_not_the_tag_of_reservations():
    life = Life()
    life.memory.own_tag = IdTag("R0B1B2B3B4B5B6")
    life.restarts()
    life.arrives(ConnectorStatus.PREPARING)
    life.presses(True)
    life.starts(IdTag("R0B1B2B3B4B5B6"))
    assert life.info.status is AuthorizationStatus.ACCEPTED


def test_who_goes_on_half_a_minute_after_a_refusal_is_stopped_once():
    life = plugged()
    number = life.starts(STRANGER)
    assert life.info.status is AuthorizationStatus.INVALID
    life.reports(ConnectorStatus.CHARGING)
    assert life.state("charging") is False
    life.passes(29)
    assert life.told(RemoteStop) == []
    life.passes(200)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_who_begins_to_charge_long_after_the_refusal_is_stopped_too():
    life = plugged()
    number = life.starts(STRANGER)
    life.passes(100)
    life.reports(ConnectorStatus.CHARGING)
    life.passes(31)
    assert life.told(RemoteStop) == [RemoteStop(number)]


def test_a_refusal_is_not_enforced_where_the_installer_said_so():
    life = Life(garage(enforce_authorization=False))
    life.arrives()
    life.charges(STRANGER)
    life.passes(100)
    assert life.told(RemoteStop) == []


def test_a_refused_transaction_is_still_stopped_after_a_restart_of_the_bridge():
    life = plugged()
    number = life.charges(STRANGER)
    life.restarts()
    life.connects()
    life.boots(BOX)
    life.reports(ConnectorStatus.CHARGING)
    life.passes(100)
    assert life.told(RemoteStop) == [RemoteStop(number)]
