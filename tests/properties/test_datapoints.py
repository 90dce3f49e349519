"""Every value and every payload there is."""

import math
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt import DPTBase
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.knx.datapoints import SCALE, Calendar, Unsayable, WrongTelegram, codec

CALENDAR = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: True)
DPTS = sorted({dpt for row in CATALOGUE.values() for dpt in row.dpts})
INTEGERS = ["5.001", "5.010", "7.001", "7.012", "13.010", "13.013", "29.010"]
FLOATS = {"9.021": 0.01, "9.024": 5.0, "14.019": 1e-6, "14.027": 1e-6, "14.056": 1e-6}
"""Half a step of the type near zero, in A, V and W."""
ANYTHING = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes(), st.datetimes(timezones=st.just(UTC))
)
PAYLOADS = st.one_of(st.integers(0, 63).map(DPTBinary), st.binary(max_size=16).map(DPTArray))


@pytest.mark.parametrize("dpt", DPTS)
@given(value=ANYTHING)
def test_any_value_becomes_a_payload_of_the_right_length_or_a_reason(dpt, value):
    said = codec(dpt).encode(value, CALENDAR)
    if isinstance(said, Unsayable):
        assert said.reason
    else:
        DPTBase.get_dpt(dpt).validate_payload(said)


@pytest.mark.parametrize("dpt", DPTS)
@given(payload=PAYLOADS)
def test_any_payload_becomes_a_value_or_a_reason(dpt, payload):
    heard = codec(dpt).decode(payload)
    assert isinstance(heard, bool | int | float | date | time) or (isinstance(heard, WrongTelegram) and heard.reason)


@pytest.mark.parametrize("dpt", INTEGERS)
@given(value=st.floats(-1e7, 1e7))
def test_whole_numbers_are_the_nearest_ones(dpt, value):
    transcoder = DPTBase.get_dpt("5.010" if dpt == "5.001" else dpt)
    told = transcoder.from_knx(codec(dpt).encode(value, CALENDAR))
    wanted = min(max(value * SCALE.get(dpt, 1), transcoder.value_min), transcoder.value_max)
    assert abs(told - wanted) <= 0.5 + 1e-6  # 2.55 is no binary fraction


@pytest.mark.parametrize(("dpt", "half_step"), FLOATS.items())
@given(value=st.floats(0, 600))
def test_what_is_said_is_what_is_heard_within_the_resolution(dpt, half_step, value):
    heard = codec(dpt).decode(codec(dpt).encode(value, CALENDAR))
    assert math.isclose(heard, value, rel_tol=1e-3, abs_tol=half_step * 1.001)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2155, 12, 30)))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_any_instant_is_told_in_the_zone_of_the_site(naive):
    instant = naive.replace(tzinfo=UTC)
    local = instant.astimezone(CALENDAR.zone)
    told = DPTBase.get_dpt("19.001").from_knx(codec("19.001").encode(instant, CALENDAR))
    assert told.as_datetime() == local.replace(tzinfo=None, microsecond=0)
    assert (told.day_of_week.value, told.dst, told.working_day) == (local.isoweekday(), bool(local.dst()), None)
