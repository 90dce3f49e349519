"""The contact that releases charging."""

import pytest

from knx_ocpp_bridge.core.energy.released import ReleaseMemory, release
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.status import LimitReason
from tests.kit.scenes import key, outlet, reading, readings, scene, terms, view

SITE = terms(outlet("A"), outlet("B"))


def held(*told, memory=None):
    seen = scene(0, view(key("A")), view(key("B")), told=readings(*told))
    return release(memory or ReleaseMemory(), seen, SITE)


def test_nothing_is_charged_while_the_release_of_the_building_is_0():
    ruling = held(reading("release", False))
    assert {one: (cap.kind, cap.current_a) for one, cap in ruling.caps.items()} == {
        key("A"): (LimitReason.NOT_RELEASED, 0.0),
        key("B"): (LimitReason.NOT_RELEASED, 0.0),
    }


@pytest.mark.parametrize("connector", [0, 1])
def test_a_release_of_a_charge_point_or_of_a_connector_holds_that_one_alone(connector):
    ruling = held(reading("release", False, charger="A", connector=connector))
    assert set(ruling.caps) == {key("A")}


def test_every_release_above_an_outlet_must_be_1():
    ruling = held(reading("release", True), reading("release", False, charger="B", connector=1))
    assert set(ruling.caps) == {key("B")}


def test_a_release_that_nobody_has_told_holds_nothing():
    assert not held(reading("release", None, state=InputState.UNKNOWN)).caps


def test_the_fallback_of_a_silent_release_counts():
    silent = reading("release", True, state=InputState.STALE, fallback=0.0)
    ruling = held(silent)
    assert ruling.caps[key("A")].current_a == 0.0
    assert "silent" in ruling.caps[key("A")].words


def test_a_silent_release_without_a_fallback_holds_nothing():
    assert not held(reading("release", False, state=InputState.STALE)).caps


def test_it_is_told_once_when_it_begins_and_once_when_it_ends():
    first = held(reading("release", False))
    second = held(reading("release", False), memory=first.memory)
    third = held(reading("release", True), memory=second.memory)
    assert [note.outlet for note in first.notes] == [key("A"), key("B")]
    assert not second.notes
    assert [note.text for note in third.notes] == ["charging is released again"] * 2
