"""Chargers as anybody might configure them, and what a site might set for their connectors."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.settings import (
    AuthorizationMode,
    BelowMinimum,
    ChargerSettings,
    ConnectorSettings,
    Registration,
    RemoteStartWhen,
    StopMode,
    Tag,
)
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag
from tests.kit.any_flags import FLAGS
from tests.kit.life import CARD, CARDS, ONE, garage

OUTLETS = st.builds(
    ConnectorSettings,
    id=st.just(ONE),
    normal_current_a=st.sampled_from([6.0, 10.0, 10.3]),
    fast_current_a=st.sampled_from([13.0, 16.0]),
    max_current_a=st.sampled_from([16.0, 20.0]),
    below_minimum=st.sampled_from(BelowMinimum),
    phases=st.sampled_from([1, 3]),
    start_window_s=st.sampled_from([10.0, 120.0]),
    start_requires_cable=st.booleans(),
    start_on_plug=st.booleans(),
    remote_start_when=st.sampled_from(RemoteStartWhen),
    stop_mode=st.sampled_from(StopMode),
    unlock_in_transaction=st.booleans(),
    mode=st.sampled_from([ChargeMode.NORMAL] * 4 + list(ChargeMode)),
    circuit=st.sampled_from(["", "", "garage"]),
    fail_safe_a=st.sampled_from([None, None, 0.0, 6.0, 7.5]),
    lease_s=st.sampled_from([120.0, 180.0, 600.0]),
    disobeyed_s=st.sampled_from([15.0, 30.0]),
    escalates=st.booleans(),
    can_switch_phases=st.booleans(),
)
CARD_ROWS = st.builds(
    Tag,
    id=st.just(CARD),
    group=st.just(IdTag("FAMILY")),
    mode=st.sampled_from([None, None, *ChargeMode]),
    max_current_a=st.sampled_from([None, None, 5.0, 8.0, 32.0]),
)
CAPS = st.builds(
    Cap,
    kind=st.sampled_from([one for one in LimitReason if one >= LimitReason.CIRCUIT]),
    current_a=st.sampled_from([0.0, 6.0, 7.3, 10.0, 16.0, 40.0]),
    lasting=st.booleans(),
    words=st.sampled_from(["", "garage, L1"]),
)


@st.composite
def charger_settings(draw: st.DrawFn) -> ChargerSettings:
    outlets = [draw(OUTLETS)] + ([replace(draw(OUTLETS), id=ConnectorId(2))] if draw(st.booleans()) else [])
    return garage(
        *outlets,
        registration=draw(st.sampled_from([Registration.ACCEPTED] * 5 + list(Registration))),
        tag_book=replace(CARDS, mode=draw(st.sampled_from(AuthorizationMode)), tags={CARD.casefold(): draw(CARD_ROWS)}),
        enforce_authorization=draw(st.booleans()),
        offline_after_s=draw(st.sampled_from([0.0, 60.0])),
        flags=draw(FLAGS | st.just({"limit_key": "MaxCurrent"})),
        quiet=draw(st.sampled_from([False, False, True])),
        offline_is_fault=draw(st.booleans()),
        zone=draw(st.sampled_from([UTC, ZoneInfo("Europe/Amsterdam"), ZoneInfo("Australia/Lord_Howe")])),
    )
