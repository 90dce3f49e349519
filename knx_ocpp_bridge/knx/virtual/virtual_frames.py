"""KNXnet/IP and cEMI frames of the virtual bus, coded by hand: a second opinion on the library the bridge speaks with.

Layouts: KNX Core 03.08.02, Tunnelling 03.08.04 and EMI/IMI 03.06.03. All multi-byte numbers are big-endian.
"""

import socket
import struct
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

HEADER_LENGTH: Final = 6
MAX_FRAME: Final = 1024
_HEADER: Final = struct.Struct("!BBHH")
_VERSION: Final = 0x10
_SERIAL: Final = bytes.fromhex("00fa00000001")
_MULTICAST: Final = "224.0.23.12"
_STANDARD_DATA: Final = 14
"""Most octets of data in a standard frame; more need an extended one."""


class Service(IntEnum):
    """Service type identifiers."""

    SEARCH_REQUEST = 0x0201
    SEARCH_RESPONSE = 0x0202
    DESCRIPTION_REQUEST = 0x0203
    DESCRIPTION_RESPONSE = 0x0204
    CONNECT_REQUEST = 0x0205
    CONNECT_RESPONSE = 0x0206
    CONNECTIONSTATE_REQUEST = 0x0207
    CONNECTIONSTATE_RESPONSE = 0x0208
    DISCONNECT_REQUEST = 0x0209
    DISCONNECT_RESPONSE = 0x020A
    SEARCH_REQUEST_EXTENDED = 0x020B
    SEARCH_RESPONSE_EXTENDED = 0x020C
    TUNNELLING_REQUEST = 0x0420
    TUNNELLING_ACK = 0x0421


class Status(IntEnum):
    """Error codes of responses."""

    NO_ERROR = 0x00
    CONNECTION_ID = 0x21
    CONNECTION_TYPE = 0x22
    NO_MORE_CONNECTIONS = 0x24
    TUNNELLING_LAYER = 0x29
    NO_TUNNELLING_ADDRESS = 0x2D
    CONNECTION_IN_USE = 0x2E


class MessageCode(IntEnum):
    """cEMI message codes of the data link layer."""

    L_DATA_REQ = 0x11
    L_DATA_IND = 0x29
    L_DATA_CON = 0x2E


class Kind(Enum):
    """Group services; the value is the APCI."""

    READ = 0x000
    RESPONSE = 0x040
    WRITE = 0x080


@dataclass(frozen=True, slots=True)
class BusTelegram:
    """One group telegram on the virtual bus."""

    source: str
    """Individual address, e.g. `1.1.200`."""
    destination: int
    """Raw group address."""
    kind: Kind
    payload: bytes = b""
    """The value; of a small one (up to 6 bits) one byte, of a read none."""
    small: bool = False


def individual(raw: int) -> str:
    """`1.1.200` for 0x11C8."""
    return f"{raw >> 12}.{raw >> 8 & 0xF}.{raw & 0xFF}"


def individual_raw(text: str) -> int:
    """0x11C8 for `1.1.200`. Raises ValueError for anything else."""
    area, line, device = map(int, text.split("."))
    if not (0 <= area <= 15 and 0 <= line <= 15 and 0 <= device <= 255):
        raise ValueError(f"{text} is not an individual address")
    return area << 12 | line << 8 | device


def frame(service: Service, body: bytes) -> bytes:
    """A KNXnet/IP frame."""
    return _HEADER.pack(HEADER_LENGTH, _VERSION, service, HEADER_LENGTH + len(body)) + body


def frame_length(data: bytes) -> int | None:
    """Total length of the frame that begins here; None: not known before six octets are there.

    Raises:
        ValueError: this is no KNXnet/IP.
    """
    if len(data) < HEADER_LENGTH:
        return None
    length, version, _, total = _HEADER.unpack_from(data)
    if (length, version) != (HEADER_LENGTH, _VERSION) or not HEADER_LENGTH <= total <= MAX_FRAME:
        raise ValueError("not a KNXnet/IP frame")
    return int(total)


def service_of(data: bytes) -> tuple[Service, bytes] | None:
    """Service and body of one whole frame; None: a service that is not spoken here, or no frame at all."""
    try:
        if frame_length(data) != len(data):
            return None
        return Service(_HEADER.unpack_from(data)[2]), data[HEADER_LENGTH:]
    except ValueError:
        return None


def endpoint(host: str, port: int, *, tcp: bool = False) -> bytes:
    """A host protocol address information; by TCP it is always empty."""
    return bytes([8, 2]) + bytes(6) if tcp else bytes([8, 1]) + socket.inet_aton(host) + port.to_bytes(2, "big")


def endpoint_of(data: bytes, sender: tuple[str, int]) -> tuple[str, int] | None:
    """Where to answer: as asked for, or to the sender if that is left open (NAT). None: unreadable."""
    if len(data) < 8 or data[0] != 8 or data[1] not in {1, 2}:
        return None
    host, port = socket.inet_ntoa(data[2:6]), int.from_bytes(data[6:8], "big")
    return sender if host == "0.0.0.0" or port == 0 else (host, port)  # noqa: S104 - compared, not bound


def description(name: str, address: str, slots: list[tuple[str, bool]], *, extended: bool) -> bytes:
    """The device, what it speaks (core 2, tunnelling 2) and, extended, its tunnels: (address, is it free)."""
    device = bytes([54, 1, 2, 0]) + individual_raw(address).to_bytes(2, "big") + bytes(2) + _SERIAL
    device += socket.inet_aton(_MULTICAST) + bytes(6) + name.encode("latin-1", "replace")[:29].ljust(30, b"\0")
    families = bytes([6, 2, 2, 2, 4, 2])
    if not extended:
        return device + families
    tunnels = b"".join(
        individual_raw(slot).to_bytes(2, "big") + bytes([0xFF, 0xFE | is_free]) for slot, is_free in slots
    )
    return device + families + bytes([4 + len(tunnels), 7]) + (254).to_bytes(2, "big") + tunnels


def indication(telegram: BusTelegram) -> bytes:
    """The telegram as L_Data.ind: low priority, hop count 6."""
    data = b"" if telegram.small else telegram.payload
    low = telegram.payload[0] & 0x3F if telegram.small and telegram.payload else 0
    control = 0xBC if len(data) <= _STANDARD_DATA else 0x3C
    return (
        bytes([MessageCode.L_DATA_IND, 0, control, 0xE0])
        + individual_raw(telegram.source).to_bytes(2, "big")
        + telegram.destination.to_bytes(2, "big")
        + bytes([1 + len(data)])
        + (telegram.kind.value | low).to_bytes(2, "big")
        + data
    )


def is_data(cemi: bytes) -> bool:
    """Whether this is a whole L_Data message."""
    if len(cemi) < 2 or len(cemi) < 9 + cemi[1]:
        return False
    at = 2 + cemi[1]
    return len(cemi) == at + 8 + cemi[at + 6]


def recoded(cemi: bytes, code: MessageCode, source: int, *, refused: bool = False) -> bytes:
    """The same L_Data with another message code, its source filled in where it was left open."""
    changed = bytearray(cemi)
    at = 2 + cemi[1]
    changed[0] = code
    changed[at] = changed[at] & 0xFE | refused
    if changed[at + 2 : at + 4] == b"\0\0":
        changed[at + 2 : at + 4] = source.to_bytes(2, "big")
    return bytes(changed)


def telegram_of(cemi: bytes) -> BusTelegram | None:
    """The group telegram in a whole L_Data; None: something else (point-to-point, broadcast, other services)."""
    at = 2 + cemi[1]
    data = cemi[at + 7 :]
    destination = int.from_bytes(cemi[at + 4 : at + 6], "big")
    if not cemi[at + 1] & 0x80 or destination == 0 or len(data) < 2 or data[0] & 0xFC:
        return None
    apci = int.from_bytes(data[:2], "big") & 0x3FF
    if apci & 0x3C0 not in {kind.value for kind in Kind}:
        return None
    kind, small = Kind(apci & 0x3C0), len(data) == 2
    payload = b"" if kind is Kind.READ else bytes([apci & 0x3F]) if small else data[2:]
    source = individual(int.from_bytes(cemi[at + 2 : at + 4], "big"))
    return BusTelegram(source, destination, kind, payload, small and kind is not Kind.READ)
