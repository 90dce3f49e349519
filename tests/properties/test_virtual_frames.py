"""The hand-made frames of the virtual bus against xknx's, and against noise."""

from hypothesis import given
from hypothesis import strategies as st
from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.knx.virtual.virtual_frames import (
    BusTelegram,
    Kind,
    Service,
    endpoint_of,
    frame,
    indication,
    individual,
    individual_raw,
    is_data,
    service_of,
    telegram_of,
)

SOURCES = st.integers(1, 0xFFFF).map(individual)
ADDRESSES = st.integers(1, 0xFFFF)
KINDS = st.sampled_from([Kind.WRITE, Kind.RESPONSE])
TELEGRAMS = st.one_of(
    st.builds(BusTelegram, SOURCES, ADDRESSES, st.just(Kind.READ)),
    st.builds(BusTelegram, SOURCES, ADDRESSES, KINDS, st.integers(0, 63).map(lambda n: bytes([n])), st.just(True)),
    st.builds(BusTelegram, SOURCES, ADDRESSES, KINDS, st.binary(min_size=1, max_size=200), st.just(False)),
)
SERVICES = {Kind.READ: GroupValueRead, Kind.RESPONSE: GroupValueResponse, Kind.WRITE: GroupValueWrite}


@given(TELEGRAMS)
def test_a_telegram_survives_the_wire(telegram):
    cemi = indication(telegram)
    assert is_data(cemi)
    assert telegram_of(cemi) == telegram


@given(TELEGRAMS)
def test_xknx_reads_the_same_telegram(telegram):
    data = CEMIFrame.from_knx(indication(telegram)).data
    assert isinstance(data, CEMILData)
    assert (data.src_addr.raw, data.dst_addr.raw) == (individual_raw(telegram.source), telegram.destination)
    assert isinstance(data.payload, SERVICES[telegram.kind])
    if telegram.kind is not Kind.READ:
        value = DPTBinary(telegram.payload[0]) if telegram.small else DPTArray(telegram.payload)
        assert data.payload.value == value


@given(TELEGRAMS)
def test_xknx_would_write_the_same_bytes(telegram):
    cemi = indication(telegram)
    assert CEMIFrame.from_knx(cemi).to_knx() == cemi


@given(st.binary(max_size=64))
def test_noise_is_no_telegram_and_breaks_nothing(noise):
    service_of(noise)
    endpoint_of(noise, ("127.0.0.1", 3671))
    if is_data(noise):
        telegram_of(noise)


@given(st.binary(max_size=64), st.sampled_from(Service))
def test_a_frame_gives_back_its_body(body, service):
    assert service_of(frame(service, body)) == (service, body)
