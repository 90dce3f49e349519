"""One sound KNXnet/IP frame of every service that xknx knows, as octets; and the exact ones that did harm."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from xknx.knxip import HPAI, SRP, DIBTypeCode, KNXIPBody, KNXIPFrame, KNXIPServiceType
from xknx.knxip.connect_request import ConnectRequest, ConnectRequestInformation
from xknx.knxip.connect_response import ConnectResponse, ConnectResponseData
from xknx.knxip.connectionstate_request import ConnectionStateRequest
from xknx.knxip.connectionstate_response import ConnectionStateResponse
from xknx.knxip.description_request import DescriptionRequest
from xknx.knxip.disconnect_request import DisconnectRequest
from xknx.knxip.disconnect_response import DisconnectResponse
from xknx.knxip.routing_busy import RoutingBusy
from xknx.knxip.routing_indication import RoutingIndication
from xknx.knxip.routing_lost_message import RoutingLostMessage
from xknx.knxip.search_request import SearchRequest
from xknx.knxip.search_request_extended import SearchRequestExtended
from xknx.knxip.secure_wrapper import SecureWrapper
from xknx.knxip.session_authenticate import SessionAuthenticate
from xknx.knxip.session_request import SessionRequest
from xknx.knxip.session_response import SessionResponse
from xknx.knxip.session_status import SessionStatus
from xknx.knxip.timer_notify import TimerNotify
from xknx.knxip.tunnelling_ack import TunnellingAck
from xknx.knxip.tunnelling_request import TunnellingRequest
from xknx.telegram import IndividualAddress

from tests.kit.discovery import Gateway

ENDLESS = bytes([6, 0x10, 2, 4, 0, 8, 0, 0xFE])
"""DESCRIPTION_RESPONSE with a block of no length."""
SWITCH_ON = bytes.fromhex("2900bce011050907010081")
"""L_Data.ind: 1.1.5 writes 1 on 1/1/7."""

_HOME = HPAI("192.168.1.10", 3671)
_BODIES: tuple[KNXIPBody, ...] = (
    SearchRequest(discovery_endpoint=_HOME),
    SearchRequestExtended(_HOME, [SRP.request_device_description([DIBTypeCode.DEVICE_INFO])]),
    DescriptionRequest(control_endpoint=_HOME),
    ConnectRequest(_HOME, _HOME, ConnectRequestInformation()),
    ConnectResponse(7, data_endpoint=_HOME, crd=ConnectResponseData(individual_address=IndividualAddress("1.1.9"))),
    ConnectionStateRequest(7, _HOME),
    ConnectionStateResponse(7),
    DisconnectRequest(7, _HOME),
    DisconnectResponse(7),
    TunnellingRequest(7, 3, SWITCH_ON),
    TunnellingAck(7, 3),
    RoutingIndication(SWITCH_ON),
    RoutingBusy(),
    RoutingLostMessage(),
    SecureWrapper(
        secure_session_id=1,
        sequence_information=bytes(6),
        serial_number=bytes(6),
        message_tag=bytes(2),
        encrypted_data=bytes(20),
        message_authentication_code=bytes(16),
    ),
    SessionRequest(_HOME, bytes(32)),
    SessionResponse(1, bytes(32), bytes(16)),
    SessionAuthenticate(2, bytes(16)),
    SessionStatus(),
    TimerNotify(9, bytes(6), bytes(2), bytes(16)),
)
_TELLING = Gateway("Any", secured=(4,), routing=True, tunnels=((0x1101, True), (0x1102, False)))


def described(blocks: bytes) -> bytes:
    """A DESCRIPTION_RESPONSE of these."""
    return bytes([6, 0x10, 2, 4]) + (6 + len(blocks)).to_bytes(2, "big") + blocks


def _reserved_bits_cleared(frame: bytes) -> bytes:
    return KNXIPFrame.from_knx(frame)[0].to_knx()


SOUND: tuple[bytes, ...] = (
    *(KNXIPFrame.init_from_body(body).to_knx() for body in _BODIES),
    _reserved_bits_cleared(_TELLING.answer(extended=False)),
    _reserved_bits_cleared(_TELLING.answer(extended=True)),
    _reserved_bits_cleared(described(_TELLING.answer(extended=True)[14:])),
)


def sound(service: KNXIPServiceType) -> bytes:
    """The frame of this service."""
    number = service.value.to_bytes(2, "big")
    return next(each for each in SOUND if each[2:4] == number)


class TooLongError(BaseException):
    """It does not end. No Exception, so that whoever catches these does not take it for one."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """What is done meanwhile ends by then, even if it never would by itself."""

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
