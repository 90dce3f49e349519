"""KNX Data Secure for group telegrams, by hand: S-A_Data with CCM (Application Layer 03.03.07 section 5.1, AN158).

Protected are source, destination and the application's data; of the control fields the address type alone.
"""

from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.knx.virtual.virtual_frames import MessageCode, individual, individual_raw
from tests.kit.secure_crypto import cbc_mac, ctr

_SECURE_APCI: Final = 0x3F1
_ENCRYPTED: Final = 0x10
"""Security control field: authenticated and encrypted, S-A_Data, no tool access, no system broadcast."""
_GROUP: Final = 0x80
_MAC: Final = 4
_STANDARD_DATA: Final = 15


class NotSealedError(Exception):
    """This is no secured group telegram of this key."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is in one secured group telegram."""

    source: str
    destination: int
    sequence: int
    apdu: bytes
    """As it would be said in plain, from the APCI on."""


def sealed(key: bytes, told: Sealed) -> bytes:
    """The application's data of the secured telegram, from its APCI on."""
    nonce, associated = _nonce(told), bytes([_ENCRYPTED])
    mac = cbc_mac(key, _block_0(nonce, len(told.apdu)), associated, told.apdu)[:_MAC]
    mac, text = ctr(key, _counter_0(nonce), mac, told.apdu)
    return _SECURE_APCI.to_bytes(2, "big") + associated + nonce[:6] + text + mac


def opened(key: bytes, cemi: bytes) -> Sealed:
    """What a whole L_Data carries.

    Raises:
        NotSealedError: it is plain, or not sealed with this key.
    """
    source, destination, apdu = parts(cemi)
    if not is_sealed(apdu) or apdu[2] != _ENCRYPTED:
        raise NotSealedError("plain")
    told = Sealed(source, destination, int.from_bytes(apdu[3:9], "big"), b"")
    nonce = _nonce(told)
    mac, text = ctr(key, _counter_0(nonce), apdu[-_MAC:], apdu[9:-_MAC])
    if mac != cbc_mac(key, _block_0(nonce, len(text)), apdu[2:3], text)[:_MAC]:
        raise NotSealedError("not by this key")
    return Sealed(source, destination, told.sequence, text)


def is_sealed(apdu: bytes) -> bool:
    """Whether these application's data are secured."""
    return len(apdu) > 9 + _MAC and int.from_bytes(apdu[:2], "big") & 0x3FF == _SECURE_APCI


def parts(cemi: bytes) -> tuple[str, int, bytes]:
    """Source, raw destination and application's data of a whole L_Data."""
    at = 2 + cemi[1]
    source = individual(int.from_bytes(cemi[at + 2 : at + 4], "big"))
    return source, int.from_bytes(cemi[at + 4 : at + 6], "big"), cemi[at + 7 :]


def request(source: str, destination: int, apdu: bytes) -> bytes:
    """An L_Data.req to a group address: low priority, hop count 6."""
    length = len(apdu) - 1
    control = 0xBC if length <= _STANDARD_DATA else 0x3C
    return (
        bytes([MessageCode.L_DATA_REQ, 0, control, _GROUP | 0x60])
        + individual_raw(source).to_bytes(2, "big")
        + destination.to_bytes(2, "big")
        + bytes([length])
        + apdu
    )


def _nonce(told: Sealed) -> bytes:
    """Sequence number, source, destination."""
    addresses = individual_raw(told.source).to_bytes(2, "big") + told.destination.to_bytes(2, "big")
    return told.sequence.to_bytes(6, "big") + addresses


def _block_0(nonce: bytes, length: int) -> bytes:
    return nonce + bytes([0, _GROUP]) + _SECURE_APCI.to_bytes(2, "big") + bytes([0, length])


def _counter_0(nonce: bytes) -> bytes:
    return nonce + bytes([0, 0, 0, 0, 1, 0])
