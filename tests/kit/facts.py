"""Random facts: anything that the core could hand to the journal, and some of what it should not."""

from datetime import UTC

from hypothesis import strategies as st

from knx_ocpp_bridge.core.events import Identity, SignedValue
from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    DayEnergy,
    Fact,
    IdentityLearned,
    Meter,
    MeterNoted,
    SignedKept,
    StartedBy,
    TagIssued,
    Transaction,
    TransactionRecorded,
    Wishes,
    WishesKept,
)
from knx_ocpp_bridge.core.status import ChargeMode, StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId

_WH = st.integers(-(2**40), 2**40)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_CONNECTORS = st.integers(0, 3).map(ConnectorId)
_TAGS = _TEXT.map(IdTag)
_TIMES = st.datetimes(timezones=st.just(UTC))

TRANSACTIONS: st.SearchStrategy[Transaction] = st.builds(
    Transaction,
    id=st.integers(-5, 30).map(TransactionId),
    connector=_CONNECTORS,
    id_tag=_TAGS,
    meter_start_wh=_WH,
    started_at=_TIMES,
    charger_time=st.none() | _TIMES,
    accepted=st.booleans(),
    late=st.booleans(),
    clock_sane=st.booleans(),
    session_base_wh=_WH,
    base_wh=st.none() | _WH,
    stopped_at=st.none() | _TIMES,
    meter_stop_wh=st.none() | _WH,
    energy_wh=st.none() | _WH,
    reason=st.none() | st.sampled_from(StopReason),
    assumed=st.booleans(),
    implausible=st.booleans(),
    adopted=st.booleans(),
    orphaned=st.booleans(),
    session=st.none() | st.integers(-5, 30).map(TransactionId),
    started_by=st.sampled_from(StartedBy),
    meter_serial=_TEXT,
    days=st.lists(st.builds(DayEnergy, st.dates(), _WH), max_size=3).map(tuple),
)

SIGNED: st.SearchStrategy[SignedValue] = st.builds(
    SignedValue, st.none() | _TIMES, st.sampled_from(["Transaction.Begin", "Other"]), _TEXT
)

FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(TransactionRecorded, TRANSACTIONS),
    st.builds(
        WishesKept,
        _CONNECTORS,
        st.builds(
            Wishes,
            limit_a=st.none() | st.floats(0, 100),
            fast=st.booleans(),
            paused=st.booleans(),
            reserved=st.booleans(),
            mode=st.none() | st.sampled_from(ChargeMode),
            session_mode=st.none() | st.sampled_from(ChargeMode),
            session_limit_wh=st.none() | _WH,
            session_limit_s=st.none() | _WH,
            session_limit_soc=st.none() | st.floats(0, 100),
            session_limit_cost=st.none() | st.floats(0, 100),
            goal_wh=st.none() | _WH,
            goal_soc=st.none() | st.floats(0, 100),
            goal_minute=st.none() | st.integers(0, 1439),
            shut=st.booleans(),
        ),
    ),
    st.builds(MeterNoted, _CONNECTORS, st.builds(Meter, register_wh=_WH, offset_wh=_WH)),
    st.builds(IdentityLearned, st.builds(Identity, vendor=_TEXT, model=_TEXT, firmware=_TEXT, serial=_TEXT)),
    st.builds(AbilityLearned, st.sampled_from(["profile_way", "rate_unit"]), _TEXT),
    st.builds(TagIssued, _TAGS),
    st.builds(
        SignedKept,
        st.integers(-5, 30).map(TransactionId),
        st.lists(SIGNED, max_size=3).map(tuple),
    ),
)
"""One fact of any kind."""
