"""Why only 6 A? Every limit that is known of a connector, the one that decides, and who set it."""

from dataclasses import replace

import pytest

from knx_ocpp_bridge.core.commands import SetProfile
from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.limit_stack import KnownLimit, stack, winner
from knx_ocpp_bridge.core.settings import BelowMinimum
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.values import Clock
from tests.kit.life import ONE, Life, garage, outlet


def arrived(**outlet_settings: object) -> Life:
    life = Life(garage(outlet(**outlet_settings)))
    life.arrives()
    life.passes(6)
    return life


def deciding(life: Life) -> KnownLimit:
    return winner(life.charger, life.charger.connectors[ONE])


def of_kind(life: Life, kind: LimitReason) -> KnownLimit:
    (found,) = [one for one in stack(life.charger, life.charger.connectors[ONE]) if one.kind is kind]
    return found


def wished(key: str, value: float, origin: Origin = Origin.KNX, source: str = "1.1.5") -> Wished:
    return Wished(ONE, key, value, origin, 0, source)


def test_without_any_wish_the_normal_current_of_the_configuration_decides():
    life = arrived()
    assert deciding(life) == KnownLimit(10.0, LimitReason.NORMAL_CURRENT, wins=True)


def test_a_limit_from_a_wall_switch_decides_and_bears_its_name_and_time():
    life = arrived()
    at = life.moment.utc
    life.wishes(wished("max_current", 6.0))
    assert deciding(life) == KnownLimit(6.0, LimitReason.RECEIVED_LIMIT, Origin.KNX, "1.1.5", at, wins=True)
    assert not of_kind(life, LimitReason.NORMAL_CURRENT).counts


def test_a_limit_that_is_only_said_again_is_still_that_of_the_first_who_said_it():
    life = arrived()
    life.wishes(wished("max_current", 6.0))
    first = deciding(life)
    life.passes(60)
    life.wishes(wished("max_current", 6.0, Origin.PAGE, "lodger"))
    assert deciding(life) == first
    life.wishes(wished("max_current", 7.0, Origin.PAGE, "lodger"))
    assert (deciding(life).origin, deciding(life).source) == (Origin.PAGE, "lodger")


def test_a_limit_that_is_refused_leaves_the_one_of_before_with_its_own_origin():
    life = arrived()
    life.wishes(wished("max_current", 8.0))
    first = deciding(life)
    life.passes(60)
    life.answers[SetProfile] = "Rejected"
    life.wishes(wished("max_current", 12.0, Origin.API, "energy manager"))
    life.passes(6)
    assert deciding(life) == first


def test_a_pause_decides_over_everything_and_tells_who_paused():
    life = arrived()
    life.wishes(wished("max_current", 8.0, Origin.API, "energy manager"))
    life.wishes(wished("pause", True, Origin.PAGE, "lodger"))
    assert (deciding(life).kind, deciding(life).value_a) == (LimitReason.PAUSED, 0.0)
    assert (deciding(life).origin, deciding(life).source) == (Origin.PAGE, "lodger")
    assert of_kind(life, LimitReason.RECEIVED_LIMIT).source == "energy manager"


@pytest.mark.parametrize(
    ("below", "kind"),
    [
        (BelowMinimum.PAUSE, LimitReason.BELOW_THE_MINIMUM),
        (BelowMinimum.MINIMUM, LimitReason.RAISED_TO_THE_MINIMUM),
    ],
)
def test_a_limit_below_the_minimum_is_decided_by_the_minimum(below: BelowMinimum, kind: LimitReason):
    life = arrived(below_minimum=below, min_current_a=8.0)
    life.wishes(wished("max_current", 7.0))
    assert (deciding(life).kind, deciding(life).value_a) == (kind, 8.0)


def test_who_chose_fast_charging_stands_at_the_fast_current():
    life = arrived()
    life.wishes(wished("fast_charging", True))
    assert (deciding(life).kind, deciding(life).origin) == (LimitReason.FAST_CURRENT, Origin.KNX)
    assert not of_kind(life, LimitReason.NORMAL_CURRENT).counts


def test_a_limit_above_the_maximum_is_decided_by_the_connector():
    life = arrived()
    life.wishes(wished("max_current", 32.0))
    assert (deciding(life).kind, deciding(life).value_a) == (LimitReason.CONNECTOR_MAXIMUM, 16.0)


def test_what_was_wished_before_a_restart_is_nobodys_and_the_time_is_unknown():
    life = arrived()
    life.wishes(wished("max_current", 6.0))
    life.restarts()
    assert deciding(life) == KnownLimit(6.0, LimitReason.RECEIVED_LIMIT, wins=True)


def test_a_wish_while_nobody_knows_the_time_has_none():
    life = arrived()
    life.clock = Clock.UNKNOWN
    life.wishes(wished("max_current", 6.0))
    assert (deciding(life).origin, deciding(life).since) == (Origin.KNX, None)


def test_a_charger_with_steps_is_said_to_decide():
    life = Life(replace(garage(outlet()), flags={"limits_a": "6 8 10 13 16"}))
    life.arrives()
    life.passes(6)
    life.wishes(wished("max_current", 12.0))
    assert (deciding(life).kind, deciding(life).value_a) == (LimitReason.STEPS_OF_THE_CHARGER, 10.0)


def test_what_the_charger_answered_to_a_limit_is_kept():
    life = arrived()
    life.answers[SetProfile] = "Rejected"
    life.wishes(wished("max_current", 12.0))
    assert life.charger.connectors[ONE].default.answer == "Rejected"
    life.answers[SetProfile] = "Accepted"
    life.wishes(wished("max_current", 13.0))
    life.passes(6)
    assert life.charger.connectors[ONE].default.answer == "Accepted"
