"""Nothing on the line, and nothing that is typed, breaks the monitor."""

from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt.dpt import DPTBase
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.monitor.any_datapoint import UnwritableError, shown, written

TYPES = sorted({each.dpt_number_str() for each in DPTBase.dpt_class_tree()})
ANY_TYPE = st.one_of(st.sampled_from(TYPES), st.text(max_size=8))
PAYLOADS = st.one_of(
    st.integers(0, 63).map(DPTBinary), st.binary(max_size=20).map(lambda octets: DPTArray(tuple(octets)))
)
NUMBERS = st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,6})?( A| W|%)?", fullmatch=True)
TYPED = st.one_of(st.text(max_size=40), NUMBERS)


@given(ANY_TYPE, PAYLOADS)
def test_every_payload_of_every_type_is_a_line_or_nothing(dpt, payload):
    text = shown(dpt, payload)
    assert text is None or (text.isprintable() and len(text) <= 120)


@given(st.sampled_from(["12.001", "13.010", "14.019", "14.056"]), st.binary(min_size=4, max_size=4))
def test_any_four_octets_are_a_number_of_four_octets(dpt, octets):
    assert shown(dpt, DPTArray(tuple(octets)))


@given(ANY_TYPE, TYPED)
def test_what_is_typed_is_a_payload_that_can_be_read_again_or_refused(dpt, typed):
    try:
        payload = written(dpt, typed)
    except UnwritableError:
        return
    assert shown(dpt, payload) is not None
