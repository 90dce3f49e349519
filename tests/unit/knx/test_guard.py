"""What comes from the network is looked at before xknx sees it."""

import pytest
from xknx import XKNX
from xknx.exceptions import CouldNotParseKNXIP
from xknx.io import UDPTunnel
from xknx.io.ip_secure import SecureSession
from xknx.io.transport.tcp_transport import TCPTransport
from xknx.io.transport.udp_transport import UDPTransport
from xknx.knxip import HPAI, KNXIPFrame, KNXIPServiceType

from knx_ocpp_bridge.knx.link import guard
from knx_ocpp_bridge.knx.link.frames import LONGEST, FrameError, checked
from tests.kit.knxip_frames import ENDLESS, SOUND, at_most, described, sound

GATEWAY, STRANGER, OTHER = "192.168.1.10", "192.168.1.66", "192.168.1.11"
TELEGRAM, GOODBYE = sound(KNXIPServiceType.TUNNELLING_REQUEST), sound(KNXIPServiceType.DISCONNECT_REQUEST)


@pytest.fixture(autouse=True)
def standing(monkeypatch):
    guard.stand()
    monkeypatch.setattr(guard, "TALLY", guard.Tally())


class Stream:
    """A TCP connection that is none."""

    def __init__(self):
        self.aborted, self.reading = False, True

    def abort(self):
        self.aborted = True

    def is_reading(self):
        return self.reading

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True


def listening(transport, *services):
    heard = []
    transport.register_callback(lambda frame, *_: heard.append(frame.to_knx()), list(services))
    return heard


def tunnel_port(host=GATEWAY, local="192.168.1.2"):
    transport = UDPTransport((local, 0), (host, 3671))
    transport.local_addr_assigned = (local, 50000)
    return transport


def stream_of(transport=None):
    transport = transport or TCPTransport((GATEWAY, 3671))
    transport.transport = Stream()
    return transport


def dropped():
    return dict(guard.TALLY.counts())


# Frames


@pytest.mark.parametrize("frame", SOUND, ids=lambda frame: frame[2:4].hex())
def test_a_sound_frame_is_read_as_xknx_reads_it(frame):
    read, rest = KNXIPFrame.from_knx(frame + b"more")
    assert (read.to_knx(), rest) == (frame, b"more")
    assert checked(frame + b"more") == frame


@pytest.mark.parametrize(
    "frame",
    [
        ENDLESS,
        sound(KNXIPServiceType.SEARCH_RESPONSE)[:14].replace(b"\x00\x54", b"\x00\x10") + bytes([0, 1]),
        described(bytes([1, 1])),
        described(bytes([4, 0xFE, 0])),
        described(bytes([2, 0xFE, 0])),
        bytes([6, 0x10, 4, 0x20, 0, 0]),
        bytes([6, 0x10, 4, 0x20, 0, 5]),
        bytes([6, 0x10, 4, 0x20, 0xFF, 0xFF]) + bytes(0xFFFF - 6),
        bytes([6, 0x10, 4, 0x20, 0, 11]) + bytes(4),
        bytes([6, 0x20, 4, 0x20, 0, 6]),
        b"\x06\x10",
        b"",
    ],
)
def test_a_frame_whose_lengths_are_wrong_is_none(frame):
    with at_most(1), pytest.raises(FrameError):
        checked(frame)
    with at_most(1), pytest.raises(CouldNotParseKNXIP):
        KNXIPFrame.from_knx(frame)


def test_what_xknx_stumbles_over_is_a_frame_that_cannot_be_read():
    with pytest.raises(CouldNotParseKNXIP, match="its TUNNELLING_REQUEST makes no sense"):
        KNXIPFrame.from_knx(bytes([6, 0x10, 4, 0x20, 0, 6]))
    with pytest.raises(CouldNotParseKNXIP, match="its CONNECT_RESPONSE makes no sense"):
        KNXIPFrame.from_knx(bytes([6, 0x10, 2, 6, 0, 8, 7, 0x99]))


# Datagrams


def test_a_datagram_of_a_block_without_length_does_not_stop_the_bridge(caplog):
    transport = tunnel_port()
    heard = listening(transport, KNXIPServiceType.DESCRIPTION_RESPONSE)
    with at_most(1):
        transport.data_received_callback(ENDLESS, (GATEWAY, 3671))
    assert (heard, dropped()) == ([], {"unreadable": 1})
    assert "192.168.1.10 sent a frame that cannot be read" in caplog.text
    assert "a block in it says that it has 0 octets" in caplog.text


@pytest.mark.parametrize("frame", [TELEGRAM, GOODBYE, ENDLESS])
def test_a_stranger_cannot_speak_to_the_tunnel(caplog, frame):
    transport = tunnel_port()
    heard = listening(transport)
    for _ in range(100):
        transport.data_received_callback(frame, (STRANGER, 3671))
    assert (heard, dropped()) == ([], {"stranger": 100})
    assert [record.getMessage() for record in caplog.records if record.name.startswith("knx_ocpp")] == [
        "dropped: 192.168.1.66 speaks to the tunnel to 192.168.1.10, and is not that gateway, nor named by it"
    ]


def test_the_gateway_may_speak_from_any_of_its_ports():
    transport = tunnel_port()
    heard = listening(transport)
    transport.data_received_callback(TELEGRAM, (GATEWAY, 50123))
    assert heard == [TELEGRAM]


async def test_telegrams_may_come_from_the_data_endpoint_that_the_gateway_has_named():
    tunnel = UDPTunnel(XKNX(), lambda _: None, GATEWAY, 3671, "192.168.1.2")
    heard = listening(tunnel.transport, KNXIPServiceType.TUNNELLING_ACK)
    acknowledgement = sound(KNXIPServiceType.TUNNELLING_ACK)
    tunnel.transport.data_received_callback(acknowledgement, (OTHER, 3671))
    assert heard == []
    tunnel._data_endpoint_addr = (OTHER, 3672)
    tunnel.transport.data_received_callback(acknowledgement, (OTHER, 3671))
    assert heard == [acknowledgement]
    tunnel.transport.data_received_callback(acknowledgement, (STRANGER, 3671))
    assert heard == [acknowledgement]


def test_a_gateway_on_this_machine_may_answer_by_the_address_we_asked_from():
    transport = tunnel_port("127.0.0.1", local="192.168.1.2")
    heard = listening(transport)
    transport.data_received_callback(TELEGRAM, ("192.168.1.2", 3671))
    transport.data_received_callback(TELEGRAM, (STRANGER, 3671))
    assert heard == [TELEGRAM]


def test_anybody_answers_a_search_and_routes():
    for is_routing in (False, True):
        transport = UDPTransport(("192.168.1.2", 0), ("224.0.23.12", 3671), multicast=is_routing)
        heard = listening(transport)
        transport.data_received_callback(sound(KNXIPServiceType.SEARCH_RESPONSE), (STRANGER, 3671))
        assert len(heard) == 1


def test_what_nobody_waits_for_is_not_even_read():
    transport = tunnel_port()
    listening(transport, KNXIPServiceType.TUNNELLING_REQUEST)
    for frame in SOUND:
        transport.data_received_callback(frame, (GATEWAY, 3671))
    transport.data_received_callback(bytes([6, 0x10, 0xFF, 0xFF, 0, 6]), (GATEWAY, 3671))
    assert dropped() == {}


def test_an_error_behind_the_frame_leaves_no_traceback(caplog):
    transport = tunnel_port()

    def breaks(*_):
        raise OverflowError("too big")

    transport.register_callback(breaks)
    for _ in range(50):
        transport.data_received_callback(TELEGRAM, (GATEWAY, 3671))
    assert dropped() == {"unreadable": 50}
    (line,) = [record for record in caplog.records if record.name.startswith("knx_ocpp")]
    assert line.getMessage() == (
        "dropped: 192.168.1.10 sent a TUNNELLING_REQUEST that cannot be handled (OverflowError: too big)"
    )
    assert line.exc_info is None


# Streams


def test_a_stream_gives_its_frames_wherever_it_is_cut():
    octets = b"".join(SOUND)
    for size in (1, 5, 7, 64, len(octets)):
        transport = stream_of()
        heard = listening(transport)
        for start in range(0, len(octets), size):
            transport.data_received_callback(octets[start : start + size])
        assert heard == list(SOUND)


@pytest.mark.parametrize(
    "nonsense", [bytes([6, 0x10, 4, 0x20, 0, 0]) * 200, bytes(60), b"HTTP/1.1 400 Bad Request\r\n"]
)
def test_a_stream_that_is_no_knxnet_ip_is_broken_off(caplog, nonsense):
    transport = stream_of()
    heard = listening(transport)
    with at_most(1):
        transport.data_received_callback(TELEGRAM + nonsense)
    assert (heard, dropped()) == ([TELEGRAM], {"unreadable": 1})
    assert transport.transport.aborted
    assert "192.168.1.10 sends what is no KNXnet/IP" in caplog.text


def test_a_frame_that_never_ends_is_not_waited_for():
    transport = stream_of()
    transport.data_received_callback(bytes([6, 0x10, 4, 0x20]) + (LONGEST + 1).to_bytes(2, "big"))
    assert transport.transport.aborted


async def test_of_a_flood_some_is_handled_now_and_nothing_more_is_read_meanwhile(monkeypatch):
    waiting = []
    monkeypatch.setattr(guard.asyncio, "get_running_loop", lambda: Later(waiting))
    transport = stream_of()
    heard = listening(transport)
    transport.data_received_callback(TELEGRAM * 1000 + TELEGRAM[:9])
    turns = [len(heard)]
    while waiting:
        assert not transport.transport.reading
        transport.data_received_callback(b"")  # whatever was on its way
        call, *arguments = waiting.pop()
        call(*arguments)
        turns.append(len(heard))
    assert turns[:3] == [64, 128, 192]
    assert (turns[-1], len(turns)) == (1000, 16)
    assert transport.transport.reading
    transport.data_received_callback(TELEGRAM[9:])
    assert len(heard) == 1001


class Later:
    def __init__(self, waiting):
        self._waiting = waiting

    def call_later(self, _delay_s, *call):
        self._waiting.append(call)


def test_after_a_goodbye_nothing_of_the_same_read_is_handled():
    transport = stream_of()
    heard = []

    def leaves(frame, *_):
        heard.append(frame)
        transport.transport = None

    transport.register_callback(leaves)
    transport.data_received_callback(GOODBYE + TELEGRAM * 3)
    assert len(heard) == 1


# Secure


def test_what_comes_inside_of_a_secured_frame_is_looked_at_too(monkeypatch):
    transport = stream_of(SecureSession((GATEWAY, 3671), 2, "password"))
    heard = listening(transport)
    transport.initialized, transport.session_id, transport._key = True, 1, bytes(16)
    monkeypatch.setattr("xknx.io.ip_secure.decrypt_ctr", lambda **_: (ENDLESS, b"mac"))
    monkeypatch.setattr("xknx.io.ip_secure.calculate_message_authentication_code_cbc", lambda **_: b"mac")
    with at_most(1):
        transport.data_received_callback(sound(KNXIPServiceType.SECURE_WRAPPER))
    assert (heard, transport.transport.aborted) == ([], False)


def test_a_secured_frame_before_the_session_is_dropped():
    transport = stream_of(SecureSession((GATEWAY, 3671), 2, "password"))
    transport.data_received_callback(sound(KNXIPServiceType.SECURE_WRAPPER))
    assert dropped() == {"unreadable": 1}


def test_hpai_is_the_sender_that_xknx_is_told():
    transport = tunnel_port()
    senders = []
    transport.register_callback(lambda _frame, sender, _transport: senders.append(sender))
    transport.data_received_callback(TELEGRAM, (GATEWAY, 50123))
    assert senders == [HPAI(GATEWAY, 50123)]
