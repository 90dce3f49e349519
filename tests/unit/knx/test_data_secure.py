"""What the bridge lets in on a secured group address: xknx itself plays the other devices."""

import asyncio
import logging
from dataclasses import replace

import pytest
from xknx import XKNX
from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.cemi.const import CEMIMessageCode
from xknx.cemi.flags import CEMIFlags
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.secure.data_secure import DataSecure
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueWrite, SecureAPDU
from xknx.telegram.tpci import TDataGroup

from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.knx.link.confirmation import ConfirmingHandler, Delivery
from knx_ocpp_bridge.knx.secure import sequence_numbers
from knx_ocpp_bridge.knx.secure.data_secure import NOT_OURS, GroupGuard
from knx_ocpp_bridge.knx.secure.refusals import Refusal, RefusalBook, Refusals
from knx_ocpp_bridge.knx.secure.sequence_file import HIGHEST, NAME, Kept, read, write
from knx_ocpp_bridge.knx.secure.sequence_numbers import SequenceNumbers
from tests.kit.keyrings import key_of
from tests.kit.until import until
from tests.unit.knx.test_sequence_numbers import Wall

SECURED, OTHER, OPEN = GroupAddress("9/7/1"), GroupAddress("9/7/2"), GroupAddress("9/7/3")
SWITCH, STRANGER, BRIDGE = IndividualAddress("1.1.20"), IndividualAddress("1.1.66"), IndividualAddress("1.1.240")
KEYS = {SECURED: key_of("9/7/1")}
NAMES = {SECURED.raw: "GARAGE/1 charging on 9/7/1", OTHER.raw: "GARAGE/1 status on 9/7/2", OPEN.raw: "online on 9/7/3"}
ON = GroupValueWrite(DPTBinary(1))


class Nonsense:
    """An application service that does not exist."""

    def to_knx(self):
        return bytes.fromhex("02c3")


class Device:
    """Another device of the line, with keys of its own."""

    def __init__(self, address=SWITCH, *, number=1000, keys=KEYS):
        self.address = address
        self._secure = DataSecure(
            group_key_table=keys, individual_address_table={BRIDGE: 0}, last_sequence_number_sending=number
        )

    def sends(self, destination=SECURED, payload=ON):
        return CEMIFrame(
            code=CEMIMessageCode.L_DATA_IND, data=self._secure.outgoing_cemi(self.plain(destination, payload))
        )

    def plain(self, destination=SECURED, payload=ON):
        return CEMILData(
            flags=CEMIFlags(), src_addr=self.address, dst_addr=destination, tpci=TDataGroup(), payload=payload
        )

    def opens(self, frame):
        return self._secure.received_cemi(frame).payload


class Line:
    """The bridge on a line, as far as its link layer."""

    def __init__(self, guard):
        self.heard, self.said = [], []
        self.handler = ConfirmingHandler(xknx := XKNX(), self.heard.append, guard)
        xknx.current_address = BRIDGE
        xknx.knxip_interface = self

    async def send_cemi(self, cemi):
        self.said.append(cemi.data)
        self.handler.handle_cemi_frame(CEMIFrame(code=CEMIMessageCode.L_DATA_CON, data=cemi.data))

    def hears(self, *frames):
        for frame in frames:
            self.handler.handle_raw_cemi(frame.to_knx())

    async def says(self, destination=SECURED):
        return await self.handler.deliver(Telegram(destination, payload=ON))


class Bridge:
    """What is kept of Data Secure, and what was refused."""

    def __init__(self, folder, wall=None):
        self.numbers = SequenceNumbers(folder / NAME, wall or Wall())
        self.complaints = []
        self.book = RefusalBook(lambda address: NAMES.get(address, ""), self.complaints.append)
        self.line: Line

    async def starts(self, tells_time=lambda _address: False, is_command=lambda _address: False):
        await self.numbers.begin("aa" * 16, {SWITCH: 0})
        ours = replace(NOT_OURS, tells_time=tells_time, is_command=is_command)
        self.line = Line(GroupGuard(KEYS, self.numbers, self.book.note, ours))
        return self

    @property
    def refused(self):
        return self.book.now


@pytest.fixture
async def bridge(tmp_path):
    started = await Bridge(tmp_path).starts()
    await started.numbers.start()
    return started


def is_on(telegrams):
    return [telegram.payload.value == DPTBinary(1) for telegram in telegrams] == [True]


def test_what_is_refused_is_told_to_the_log_of_the_bridge_once_in_a_while(bridge):
    for _ in range(3):
        bridge.book.note(Refusal.PLAIN, SECURED.raw, "1.1.20")
    (told,) = bridge.complaints
    assert told.startswith("refused: 1.1.20 sent a plain telegram on ")


def test_a_secured_telegram_of_a_known_device_is_heard(bridge):
    bridge.line.hears(Device().sends())

    assert is_on(bridge.line.heard)
    assert bridge.line.heard[0].data_secure
    assert bridge.refused == Refusals()


def test_a_plain_telegram_on_a_secured_address_is_refused(bridge, caplog):
    plain = CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=Device().plain())
    bridge.line.hears(plain, plain)

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(plain=2)
    assert caplog.text.count("1.1.20 sent a plain telegram on GARAGE/1 charging on 9/7/1, which is secured") == 1


def test_a_plain_telegram_on_an_open_address_is_heard(bridge):
    bridge.line.hears(CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=Device(STRANGER).plain(OPEN)))

    assert is_on(bridge.line.heard)


def test_a_device_that_the_keyring_does_not_name_is_refused(bridge, caplog):
    bridge.line.hears(Device(STRANGER).sends())

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(unknown_sender=1)
    assert "the keyring does not name it as a sender" in caplog.text


def test_a_telegram_that_is_repeated_is_refused(bridge, caplog):
    frame = Device().sends()
    bridge.line.hears(frame, frame)

    assert is_on(bridge.line.heard)
    assert bridge.refused == Refusals(replay=1)
    assert "a sequence number that was there before" in caplog.text


def test_a_sequence_that_goes_back_is_refused(bridge):
    bridge.line.hears(Device(number=1000).sends(), Device(number=999).sends())

    assert len(bridge.line.heard) == 1
    assert bridge.refused == Refusals(replay=1)


async def test_a_telegram_that_was_recorded_before_a_restart_is_refused(tmp_path):
    before = await Bridge(tmp_path).starts()
    await before.numbers.start()
    recorded = Device().sends()
    before.line.hears(recorded)
    before.numbers.close()
    after = await Bridge(tmp_path).starts()
    await after.numbers.start()
    after.line.hears(recorded)

    assert after.line.heard == []
    assert after.refused == Refusals(replay=1)


def test_every_bit_that_is_turned_over_is_noticed(bridge):
    whole = Device(number=1000).sends().to_knx()
    first = whole.index(b"\x03\xf1") + 2
    for position in range(first, len(whole)):
        for bit in range(8):
            forged = bytearray(whole)
            forged[position] ^= 1 << bit
            bridge.line.handler.handle_raw_cemi(bytes(forged))

    assert bridge.line.heard == []
    assert bridge.refused.total >= 8 * 12, "six octets of number, two of data, four of code"


def test_what_is_cut_short_is_refused_and_harms_nobody(bridge):
    whole = Device(number=0x0F0F0F0F0F0F).sends().to_knx()
    first = whole.index(b"\x03\xf1") + 2
    for end in range(first, len(whole)):
        cut = bytearray(whole[:end])
        cut[8] = len(cut) - 10
        bridge.line.handler.handle_raw_cemi(bytes(cut))

    assert bridge.line.heard == []
    bridge.line.hears(Device().sends())
    assert is_on(bridge.line.heard)


def test_a_telegram_under_another_key_is_refused_and_its_number_does_not_count(bridge):
    bridge.line.hears(Device(number=5000, keys={SECURED: key_of("another")}).sends())

    assert bridge.refused == Refusals(forged=1)

    bridge.line.hears(Device(number=4000).sends())

    assert is_on(bridge.line.heard)


def test_a_telegram_that_was_sealed_for_another_address_is_refused(bridge):
    frame = Device(keys={OTHER: KEYS[SECURED]}).sends(OTHER)
    frame.data.dst_addr = SECURED
    bridge.line.hears(frame)

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(forged=1)


def test_a_secured_telegram_on_an_address_of_ours_without_a_key_is_refused(bridge, caplog):
    bridge.line.hears(Device(keys={OTHER: key_of("9/7/2")}).sends(OTHER))

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(no_key=1)
    assert "the bridge has no key of it" in caplog.text


def test_what_others_say_to_each_other_is_not_our_concern(bridge, caplog):
    strange = GroupAddress("1/0/1")
    bridge.line.hears(Device(keys={strange: key_of("1/0/1")}).sends(strange))

    assert bridge.refused == Refusals()
    assert "1/0/1" not in caplog.text


def test_a_sealed_telegram_that_means_nothing_is_refused(bridge):
    bridge.line.hears(Device().sends(payload=Nonsense()))

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(forged=1)


async def test_what_is_sent_on_a_secured_address_can_be_opened_by_the_others(bridge):
    assert await bridge.line.says() is Delivery.CONFIRMED
    (said,) = bridge.line.said

    assert isinstance(said.payload, SecureAPDU)
    assert Device().opens(said).value == DPTBinary(1)


async def test_what_is_sent_on_an_open_address_stays_plain(bridge):
    assert await bridge.line.says(OPEN) is Delivery.CONFIRMED
    assert bridge.line.said[0].payload.value == DPTBinary(1)


async def test_each_telegram_has_a_higher_number_over_restarts_with_any_clock(tmp_path):
    device = Device()
    for years in (0, 3, -8, -1):
        wall = Wall()
        wall.utc = wall.utc.replace(year=wall.utc.year + years)
        bridge = await Bridge(tmp_path, wall).starts()
        await bridge.numbers.start()
        for _ in range(3):
            await bridge.line.says()
        for frame in bridge.line.said:
            device.opens(frame)  # raises if a number is not above the last


async def test_before_the_clock_is_set_nothing_is_said_or_obeyed_on_a_secured_address(tmp_path, caplog):
    bridge = await Bridge(tmp_path, Wall(clock=Clock.WAITING)).starts()
    bridge.line.hears(Device().sends())

    assert bridge.line.heard == []
    assert bridge.refused == Refusals(clock=1)
    assert "Data Secure waits until the clock is set" in caplog.text
    assert await bridge.line.says() is Delivery.HELD
    assert bridge.line.said == []


async def test_before_the_clock_is_set_a_clock_on_the_bus_is_heard_and_only_once(tmp_path):
    bridge = await Bridge(tmp_path, Wall(clock=Clock.WAITING)).starts(tells_time=lambda address: address == SECURED.raw)
    frame = Device().sends()
    bridge.line.hears(frame, frame)

    assert is_on(bridge.line.heard)
    assert bridge.refused == Refusals(replay=1)
    assert await bridge.line.says() is Delivery.HELD


async def test_before_the_clock_is_set_an_open_address_works(tmp_path):
    bridge = await Bridge(tmp_path, Wall(clock=Clock.WAITING)).starts()
    bridge.line.hears(CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=Device().plain(OPEN)))

    assert is_on(bridge.line.heard)
    assert await bridge.line.says(OPEN) is Delivery.CONFIRMED


async def test_when_the_numbers_are_used_up_nothing_is_sent(tmp_path):
    write(tmp_path / NAME, Kept(HIGHEST, "aa" * 16, {}))
    bridge = await Bridge(tmp_path).starts()
    await bridge.numbers.start()

    assert await bridge.line.says() is Delivery.CONFIRMED
    assert await bridge.line.says() is Delivery.HELD


async def test_no_key_is_written_into_the_log(bridge, caplog):
    caplog.set_level(logging.DEBUG, "")
    bridge.line.hears(Device().sends(payload=GroupValueWrite(DPTArray((1, 2, 3, 4)))))
    await bridge.line.says()

    assert key_of("9/7/1").hex() not in caplog.text
    assert repr(key_of("9/7/1"))[2:-1] not in caplog.text


async def test_a_command_cannot_be_repeated_after_a_power_cut_right_behind_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sequence_numbers, "SOON_S", 0.0)
    bridge = await Bridge(tmp_path).starts(is_command=lambda address: address == SECURED.raw)
    keeping = asyncio.create_task(bridge.numbers.run())
    await until(lambda: bridge.numbers.ready, 2, "a number to send with")
    command = Device().sends()
    bridge.line.hears(command)
    await until(lambda: read(tmp_path / NAME).received.get(SWITCH.raw), 2, "the number of the switch on disk")

    after_the_cut = await Bridge(tmp_path).starts()
    await after_the_cut.numbers.start()
    after_the_cut.line.hears(command)
    assert after_the_cut.refused == Refusals(replay=1)
    keeping.cancel()


async def test_what_is_no_command_is_kept_every_quarter_of_an_hour_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(sequence_numbers, "SOON_S", 0.0)
    bridge = await Bridge(tmp_path).starts()
    keeping = asyncio.create_task(bridge.numbers.run())
    await until(lambda: bridge.numbers.ready, 2, "a number to send with")
    bridge.line.hears(Device().sends())
    for _ in range(20):
        await asyncio.sleep(0)
    assert read(tmp_path / NAME).received.get(SWITCH.raw, 0) == 0
    keeping.cancel()
