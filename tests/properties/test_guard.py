"""Whatever comes from the network: nothing raises, nothing loops, and what is sound comes through as it was."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from xknx import XKNX
from xknx.cemi.cemi_frame import CEMIFrame
from xknx.io.gateway_scanner import GatewayDescriptor
from xknx.io.ip_secure import SecureGroup, SecureSession
from xknx.io.transport.tcp_transport import TCPTransport
from xknx.io.transport.udp_transport import UDPTransport

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.link import guard
from knx_ocpp_bridge.knx.link.confirmation import ConfirmingHandler
from knx_ocpp_bridge.knx.link.frames import FrameError, checked
from knx_ocpp_bridge.knx.link.gateways import chosen
from knx_ocpp_bridge.knx.link.scan import _found
from tests.kit.knxip_frames import SOUND, SWITCH_ON, at_most

GATEWAY = ("192.168.1.10", 3671)
GROUP = ("224.0.23.12", 3671)

guard.stand()


@st.composite
def spoiled(draw, frames):
    """A sound frame with some octets changed, cut off or added; its stated length is often right again."""
    frame = bytearray(draw(st.sampled_from(frames)))
    for _ in range(draw(st.integers(0, 4))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    del frame[draw(st.integers(0, len(frame))) if draw(st.booleans()) else len(frame) :]
    frame += draw(st.binary(max_size=12))
    if draw(st.booleans()) and len(frame) >= 6:
        frame[:2], frame[4:6] = b"\x06\x10", len(frame).to_bytes(2, "big")
    return bytes(frame)


FRAMES = st.one_of(spoiled(SOUND), st.binary(max_size=80))


class Stream:
    def __init__(self):
        self.aborted = False

    def abort(self):
        self.aborted = True

    def is_reading(self):
        return True

    def resume_reading(self):
        pass


def described(frame):
    """What `scan` and `describe` make of a description."""
    dibs = getattr(frame.body, "dibs", None)
    if dibs is not None:
        gateway = GatewayDescriptor(ip_addr=GATEWAY[0], port=GATEWAY[1])
        gateway.parse_dibs(dibs)
        chosen((_found(gateway),), Knx(connection="automatic"))


def listened(transport):
    heard = []

    def hear(frame, *_):
        heard.append(frame)
        described(frame)

    transport.register_callback(hear)
    return heard


@given(FRAMES, st.booleans())
def test_a_datagram_never_raises_and_never_lasts(frame, is_routing):
    transport = UDPTransport(("192.168.1.2", 0), GROUP if is_routing else GATEWAY, multicast=is_routing)
    listened(transport)
    with at_most(2):
        transport.data_received_callback(frame, GATEWAY)


@given(FRAMES)
def test_a_datagram_of_secure_routing_never_raises_and_never_lasts(frame):
    async def comes():
        transport = SecureGroup(("192.168.1.2", 0), GROUP, bytes(16))
        transport.secure_timer.timer_authenticated = True
        listened(transport)
        transport.data_received_callback(frame, GATEWAY)
        transport.stop()

    with at_most(2):
        asyncio.run(comes())


SESSIONS = (SecureSession(GATEWAY, 2, "password"), SecureSession(GATEWAY, 2, "password"))
SESSIONS[1].initialized, SESSIONS[1].session_id, SESSIONS[1]._key = True, 1, bytes(16)


@given(st.lists(FRAMES, max_size=6), st.sampled_from([None, *SESSIONS]), st.integers(1, 200))
def test_a_stream_never_raises_never_lasts_and_keeps_little(frames, session, size):
    transport = session or TCPTransport(GATEWAY)
    transport._buffer, transport.callbacks, transport.transport = b"", [], Stream()
    listened(transport)
    octets = b"".join(frames)
    with at_most(2):
        for start in range(0, len(octets), size):
            transport.data_received_callback(octets[start : start + size])
            if transport.transport.aborted:
                break
    assert len(transport._buffer) < 4096


@given(st.lists(st.sampled_from(SOUND), max_size=8), st.integers(1, 300))
def test_sound_frames_come_through_as_they_were(frames, size):
    transport = TCPTransport(GATEWAY)
    transport.transport = Stream()
    heard = listened(transport)
    octets = b"".join(frames)
    for start in range(0, len(octets), size):
        transport.data_received_callback(octets[start : start + size])
    assert [frame.to_knx() for frame in heard] == frames


@given(FRAMES)
def test_a_frame_that_is_whole_is_a_beginning_of_what_came(octets):
    try:
        frame = checked(octets)
    except FrameError:
        return
    assert octets.startswith(frame)
    assert len(frame) == int.from_bytes(frame[4:6], "big")


@given(st.one_of(spoiled([SWITCH_ON]), st.binary(max_size=40)))
def test_a_telegram_that_cannot_be_read_is_dropped_without_an_error(cemi):
    async def comes():
        handler = ConfirmingHandler(XKNX(), lambda _: None)
        handler.handle_raw_cemi(cemi)
        handler.handle_raw_cemi(SWITCH_ON)

    asyncio.run(comes())
    assert CEMIFrame.from_knx(SWITCH_ON)
