"""Limits and meter values: whatever a telegram or a charger says, the quantities stay sound."""

import math

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.core import limits
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import MeterReading, Sample
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.metering import Reading, digest
from knx_ocpp_bridge.core.registers import counted, lifetime_wh
from knx_ocpp_bridge.core.settings import BelowMinimum, ConnectorSettings
from knx_ocpp_bridge.core.values import ConnectorId
from tests.kit.life import CURRENT, ENERGY, POWER

CURRENTS = st.floats(6, 80).map(lambda amperes: round(amperes, 2))


@given(
    st.lists(CURRENTS, min_size=3, max_size=3).map(sorted),
    st.sampled_from(BelowMinimum),
    st.builds(Wishes, st.none() | st.floats(0, 1e6), st.booleans(), st.booleans()),
)
def test_a_limit_is_0_or_between_6_ampere_and_the_fuse(
    currents: list[float], below: BelowMinimum, wishes: Wishes
) -> None:
    normal, fast, most = currents
    settings = ConnectorSettings(ConnectorId(1), 6.0, normal, fast, most, below)
    wanted_a = limits.wanted(settings, wishes).current_a
    assert wanted_a == 0 or 6 <= wanted_a <= most
    assert round(wanted_a, 1) == wanted_a
    assert limits.in_watts(wanted_a, 3) <= round(most * 690, 3)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**400), 10**400))
def test_a_received_limit_is_a_number_of_tenths_or_none(received: float) -> None:
    limit_a = limits.received(received)
    assert limit_a is None or (limit_a >= 0 and math.isfinite(limit_a) and round(limit_a, 1) == limit_a)
    assert limit_a is not None or not 0 <= received < math.inf


@given(st.lists(st.integers(-10, 10**6), max_size=40))
def test_the_lifetime_meter_never_falls_whatever_the_registers_do(registers: list[int]) -> None:
    connector = Connector(ConnectorSettings(ConnectorId(1)))
    before = 0
    for register in registers:
        connector = counted(connector, Reading(energy_wh=register))
        if connector.meter is not None:
            assert lifetime_wh(connector.meter) >= before
            before = lifetime_wh(connector.meter)


@given(
    st.lists(
        st.builds(
            Sample,
            measurand=st.sampled_from([ENERGY, CURRENT, POWER, "Voltage"]),
            value=st.floats(allow_nan=True, allow_infinity=True),
            phase=st.sampled_from([None, "L1", "L2", "L3", "N", "L1-L2"]),
        )
    )
)
def test_a_reading_is_made_of_finite_numbers(samples: list[Sample]) -> None:
    reading = digest((MeterReading(None, tuple(samples)),), 3)
    assert all(value is None or math.isfinite(value) for value in (reading.current_a, reading.power_w))
