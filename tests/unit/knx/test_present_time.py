"""The time of day that the bridge sends is that of the telegram, not of the moment at which it was offered."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from xknx.telegram import Telegram, TelegramDirection
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueRead

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, Moment
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from tests.kit.knx_means import means
from tests.kit.knx_objects import bound


class Clockwork:
    """A bus that sends the time, and the clock it looks at."""

    def __init__(self, dpt):
        self.utc = datetime(2027, 7, 1, 10, 0, 0, tzinfo=UTC)
        self.sent = []
        settings = Knx.model_validate({"connection": "tunneling", "gateway": "127.0.0.1"})
        table = BindingTable((bound("bus_time", "3/0/1", charger=None, connector=0, dpt=dpt, cyclic_s=3600.0),))
        told = means(moment=lambda: Moment(0.0, self.utc), passed=self._passed)
        self.bus = Bus(settings, table, ZoneInfo("Europe/Amsterdam"), told)
        self.bus._connection.send = self._send
        self.bus._up()

    def _passed(self, passed):
        if passed.ours:
            self.sent.append(bytes(passed.payload.value))

    async def _send(self, _telegram):
        return Delivery.CONFIRMED

    def offers(self):
        self.bus.offer(None, Update(CHARGE_POINT, "bus_time", self.utc, again=True))

    async def sends(self):
        outgoing = self.bus._scheduler.take(1e9)
        assert outgoing is not None
        await self.bus._say(outgoing)

    def is_read(self):
        telegram = Telegram(
            GroupAddress("3/0/1"), TelegramDirection.INCOMING, GroupValueRead(), IndividualAddress("1.1.5")
        )
        self.bus._hearing.heard(telegram)


@pytest.mark.parametrize(
    ("dpt", "at_noon", "a_minute_later"),
    [
        ("10.001", bytes([0x8C, 0, 0]), bytes([0x8C, 1, 5])),
        ("19.001", bytes([127, 7, 1, 0x8C, 0, 0, 0x21, 0]), bytes([127, 7, 1, 0x8C, 1, 5, 0x21, 0])),
    ],
)
async def test_a_time_that_has_waited_is_told_as_it_is_now(dpt, at_noon, a_minute_later):
    clock = Clockwork(dpt)
    clock.offers()
    await clock.sends()
    clock.utc = datetime(2027, 7, 1, 10, 1, 5, tzinfo=UTC)
    clock.is_read()
    await clock.sends()
    assert clock.sent == [at_noon, a_minute_later]
