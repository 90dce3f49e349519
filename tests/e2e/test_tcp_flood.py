"""A gateway by TCP that hands over in one piece what it has saved up."""

import asyncio

from knx_ocpp_bridge.knx.virtual.virtual_frames import BusTelegram, Kind
from tests.kit.bus_edge import Edge, running
from tests.kit.tp_line import TpLine
from tests.kit.until import until
from tests.kit.virtual_line import raw

SAVED_UP = 2000
SWITCH = "9/7/2"


async def test_2000_telegrams_in_one_write_are_all_heard_and_the_connection_stays():
    async with TpLine() as line:
        edge = Edge("tunneling_tcp", line.port)
        async with running(edge):
            await edge.is_up()
            for number in range(SAVED_UP):
                line.hand_over(BusTelegram("1.1.5", raw(SWITCH), Kind.WRITE, bytes([number % 2]), small=True))
            await until(lambda: edge.bus.state.received == SAVED_UP, 10, "all of them")
            await asyncio.sleep(0.2)
            state = edge.bus.state
    assert (state.connected, state.reconnections) == (True, 0)
    assert edge.troubles == ["not connected yet", ""]
    assert edge.wishes, "the switch is obeyed"
