"""Nothing on the line, and nothing that is typed, breaks the monitor."""

from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt.dpt import DPTBase
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.knx.any_datapoint import UnwritableError, shown, written

TYPES = sorted({each.dpt_number_str() for each in DPTBase.dpt_class_tree()})
PAYLOADS = st.one_of(
    st.integers(0, 63).map(DPTBinary), st.binary(max_size=20).map(lambda octets: DPTArray(tuple(octets)))
)
ANY_TYPE = st.one_of(st.sampled_from(TYPES), st.text(max_size=8))


@given(ANY_TYPE, PAYLOADS)
def test_every_payload_of_every_type_is_a_line_or_nothing(dpt, payload):
    text = shown(dpt, payload)
    assert text is None or (text.isprintable() and len(text) <= 120)


@given(st.sampled_from(TYPES), st.data())
def test_every_payload_of_the_right_length_of_a_number_is_a_line(dpt, data):
    kind = DPTBase.parse_transcoder(dpt)
    if (
        kind is not None
        and kind.payload_type is DPTArray
        and kind.payload_length
        and dpt.startswith(("5.", "13", "14"))
    ):
        octets = data.draw(st.binary(min_size=kind.payload_length, max_size=kind.payload_length))
        assert shown(dpt, DPTArray(tuple(octets)))


@given(
    ANY_TYPE, st.one_of(st.text(max_size=40), st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,6})?( A| W|%)?", fullmatch=True))
)
def test_what_is_typed_is_a_payload_that_can_be_read_again_or_refused(dpt, typed):
    try:
        payload = written(dpt, typed)
    except UnwritableError as refused:
        assert str(refused)
    else:
        assert shown(dpt, payload) is not None
