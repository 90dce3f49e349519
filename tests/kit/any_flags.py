"""Flags as an installer might set them: any of them, any value that the configuration lets through."""

from hypothesis import strategies as st

from knx_ocpp_bridge.core.flags import Flag

_EACH: dict[str, st.SearchStrategy[Flag]] = {
    "stack_level": st.sampled_from([0, 1, 9]),
    "limit_by": st.sampled_from(["auto", "tx_default", "charge_point_max", "tx_default_0", "none"]),
    "tx_profile": st.booleans(),
    "leases": st.booleans(),
    "relative_schedule": st.booleans(),
    "number_phases": st.sampled_from([0, 1, 3]),
    "rate_unit": st.sampled_from(["auto", "A", "W"]),
    "limit_key": st.sampled_from(["", "MaxCurrent"]),
    "limit_key_factor": st.sampled_from([1.0, 10.0, 1000.0]),
    "limit_step_a": st.sampled_from([0.1, 1.0, 4.0]),
    "limits_a": st.sampled_from(["", "6 8 10 13 16", "32"]),
    "zero_by_inoperative": st.booleans(),
    "settle_s": st.sampled_from([2.0, 10.0]),
    "ask_boot": st.booleans(),
    "ask_status": st.booleans(),
    "ask_meter_s": st.sampled_from([0.0, 60.0, 300.0]),
    "start_without_connector": st.booleans(),
    "sets_authorize_remote": st.booleans(),
    "tag_prefix": st.sampled_from([0, 4, 8]),
    "tag_swapped": st.booleans(),
    "power_factor": st.sampled_from([1.0, 1000.0]),
    "energy_factor": st.sampled_from([1.0, 1000.0]),
    "export_is_import": st.booleans(),
    "meter_on_0": st.booleans(),
    "trust_available": st.booleans(),
}

FLAGS: st.SearchStrategy[dict[str, Flag]] = st.fixed_dictionaries({}, optional=_EACH)
"""Mostly a few at once."""
EVERY_FLAG = frozenset(_EACH)
