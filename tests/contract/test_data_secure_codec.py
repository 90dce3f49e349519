"""The kit's own Data Secure against the library that the bridge speaks with: each opens what the other has sealed."""

import pytest
from xknx.cemi import CEMIFrame
from xknx.dpt import DPTArray, DPTBinary
from xknx.exceptions import DataSecureError
from xknx.secure.data_secure import DataSecure
from xknx.telegram import GroupAddress, IndividualAddress, Telegram
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from tests.kit.keyrings import key_of, raw
from tests.kit.secure_group import NotSealedError, Sealed, is_sealed, opened, parts, request, sealed

GA, KEY, SOURCE, NEXT = "1/2/3", key_of("1/2/3"), "1.1.200", 258_000_000_000
SAID = {
    "a switch": ("0081", GroupValueWrite(DPTBinary(1))),
    "a float": ("008041b80000", GroupValueWrite(DPTArray((0x41, 0xB8, 0, 0)))),
    "a text": ("0080" + "45" * 14, GroupValueWrite(DPTArray((0x45,) * 14))),
    "an answer": ("004007", GroupValueResponse(DPTArray((7,)))),
    "a read": ("0000", GroupValueRead()),
}


def theirs(last_heard=0):
    return DataSecure(
        group_key_table={GroupAddress(GA): KEY},
        individual_address_table={IndividualAddress(SOURCE): last_heard},
        last_sequence_number_sending=NEXT,
    )


def frame_of(apdu, sequence=NEXT, source=SOURCE, key=KEY):
    """A CEMIFrame of the library, as it comes out of a gateway."""
    told = request(source, raw(GA), sealed(key, Sealed(source, raw(GA), sequence, bytes.fromhex(apdu))))
    return CEMIFrame.from_knx(b"\x29" + told[1:])


@pytest.mark.parametrize("kind", SAID)
def test_the_library_opens_what_the_kit_seals(kind):
    apdu, meant = SAID[kind]
    assert theirs().received_cemi(frame_of(apdu).data).payload == meant


@pytest.mark.parametrize("kind", SAID)
def test_the_kit_opens_what_the_library_seals(kind):
    apdu, meant = SAID[kind]
    telegram = Telegram(GroupAddress(GA), payload=meant, source_address=IndividualAddress(SOURCE))
    data = theirs().outgoing_cemi(frame_of("0081").data.init_from_telegram(telegram))
    cemi = CEMIFrame(code=frame_of("0081").code, data=data).to_knx()
    assert is_sealed(parts(cemi)[2])
    assert opened(KEY, cemi) == Sealed(SOURCE, raw(GA), NEXT, bytes.fromhex(apdu))


@pytest.mark.parametrize(
    "octet", [5, 7, 17, 19, 23], ids=["the source", "the destination", "the sequence number", "the value", "the MAC"]
)
def test_one_changed_bit_shuts_it_for_both(octet):
    changed = bytearray(frame_of("0081").to_knx())
    changed[octet] ^= 0x01
    data = CEMIFrame.from_knx(bytes(changed)).data
    with pytest.raises(DataSecureError, match="MAC"):
        DataSecure(group_key_table={data.dst_addr: KEY}, individual_address_table={data.src_addr: 0}).received_cemi(
            data
        )
    with pytest.raises(NotSealedError):
        opened(KEY, bytes(changed))


def test_another_key_opens_nothing():
    with pytest.raises(DataSecureError):
        theirs().received_cemi(frame_of("0081", key=key_of("another")).data)
    with pytest.raises(NotSealedError):
        opened(key_of("another"), frame_of("0081").to_knx())


def test_a_plain_telegram_is_not_taken_for_a_secured_one():
    with pytest.raises(NotSealedError):
        opened(KEY, request(SOURCE, raw(GA), bytes.fromhex("0081")))
