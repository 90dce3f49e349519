import asyncio

import pytest
from xknx import XKNX
from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.cemi.const import CEMIMessageCode
from xknx.cemi.flags import CEMIFlags
from xknx.dpt.payload import DPTBinary
from xknx.exceptions import CommunicationError
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueWrite
from xknx.telegram.tpci import TConnect, TDataGroup

from knx_ocpp_bridge.knx.link.confirmation import ConfirmingHandler, Delivery

LED = GroupAddress("9/7/1")
SWITCH_ON = Telegram(LED, payload=GroupValueWrite(DPTBinary(1)))


def frame(code, destination=LED, *, refused=False):
    return CEMIFrame(
        code=code,
        data=CEMILData(
            flags=CEMIFlags(confirm_error=refused),
            src_addr=IndividualAddress("1.1.1"),
            dst_addr=destination,
            tpci=TDataGroup(),
            payload=GroupValueWrite(DPTBinary(1)),
        ),
    )


class Gateway:
    """Instead of a connection: answers as the test wants."""

    def __init__(self, *answers):
        self.heard = []
        self.handler = ConfirmingHandler(xknx := XKNX(), self.heard.append)
        xknx.knxip_interface = self
        self._answers = answers

    async def send_cemi(self, cemi):
        for answer in self._answers:
            if isinstance(answer, Exception):
                raise answer
            self.handler.handle_cemi_frame(answer)


@pytest.mark.parametrize(
    ("answers", "delivery"),
    [
        ([frame(CEMIMessageCode.L_DATA_CON)], Delivery.CONFIRMED),
        ([frame(CEMIMessageCode.L_DATA_CON, refused=True)], Delivery.REFUSED),
        ([CommunicationError("the tunnel is gone")], Delivery.UNANSWERED),
    ],
)
async def test_what_the_gateway_says_is_what_became_of_it(answers, delivery):
    assert await Gateway(*answers).handler.deliver(SWITCH_ON) is delivery


async def test_a_late_confirmation_of_another_telegram_does_not_count():
    gateway = Gateway(frame(CEMIMessageCode.L_DATA_CON, GroupAddress("9/7/40")))
    sending = asyncio.create_task(gateway.handler.deliver(SWITCH_ON))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not sending.done()
    gateway.handler.handle_cemi_frame(frame(CEMIMessageCode.L_DATA_CON, refused=True))
    assert await sending is Delivery.REFUSED


async def test_nobody_waits_for_a_connection_that_is_gone():
    gateway = Gateway()
    sending = asyncio.create_task(gateway.handler.deliver(SWITCH_ON))
    await asyncio.sleep(0)
    gateway.handler.abandon()
    assert await sending is Delivery.UNANSWERED


def test_group_telegrams_are_handed_over_and_attempts_to_programme_the_bridge_are_not():
    gateway = Gateway()
    gateway.handler.handle_cemi_frame(frame(CEMIMessageCode.L_DATA_IND))
    gateway.handler.telegram_received(Telegram(IndividualAddress("1.1.1"), tpci=TConnect()))
    assert [telegram.destination_address for telegram in gateway.heard] == [LED]
