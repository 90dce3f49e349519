"""What became of a telegram: xknx's link layer, corrected where a lost telegram would count as sent."""

import logging
from collections.abc import Callable
from enum import Enum

from xknx import XKNX
from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.cemi.cemi_handler import CEMIHandler
from xknx.cemi.const import CEMIMessageCode
from xknx.exceptions import (
    CommunicationError,
    ConversionError,
    CouldNotParseCEMI,
    DataSecureError,
    UnsupportedCEMIMessage,
)
from xknx.secure.keyring import Keyring
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.tpci import TDataGroup

from knx_ocpp_bridge.knx.link.guard import TALLY, Dropped
from knx_ocpp_bridge.knx.secure.data_secure import GroupGuard

_LOG = logging.getLogger(__name__)


class Delivery(Enum):
    """How sending one telegram ended."""

    CONFIRMED = "confirmed"
    REFUSED = "no device on the line acknowledged it"
    """Negative L_Data.con: the address is linked to nothing, or the bus is unplugged."""
    UNANSWERED = "the gateway did not confirm it"
    HELD = "its group address is secured, and KNX Data Secure cannot send yet: `knx bus` says why"
    """It was not sent."""


class ConfirmingHandler(CEMIHandler):
    """A CEMIHandler that tells negative and stale confirmations apart, and hands group telegrams over at once.

    Point-to-point telegrams are dropped: the bridge is no device of the line that ETS could programme.
    """

    __slots__ = ("_abandoned", "_awaited", "_heard", "_refused")

    def __init__(self, xknx: XKNX, heard: Callable[[Telegram], None], guard: GroupGuard | None = None) -> None:
        """`heard` is called inside of the receiving callback, with no queue between. `guard` is Data Secure."""
        super().__init__(xknx)
        self.data_secure = guard
        self._heard = heard
        self._awaited: GroupAddress | None = None
        self._refused = self._abandoned = False

    async def deliver(self, telegram: Telegram) -> Delivery:
        """Send one group telegram; the answer comes within 3 s. Not to be called again before it has."""
        destination = telegram.destination_address
        self._awaited = destination if isinstance(destination, GroupAddress) else None
        self._refused = False
        try:
            await self.send_telegram(telegram)
        except DataSecureError:
            return Delivery.HELD
        except (CommunicationError, ConversionError):
            return Delivery.UNANSWERED
        finally:
            self._awaited = None
        if self._abandoned:
            return Delivery.UNANSWERED
        return Delivery.REFUSED if self._refused else Delivery.CONFIRMED

    def data_secure_init(self, keyring: Keyring | None) -> None:
        """The guard stays as it is: xknx would begin with numbers of its own."""

    def abandon(self) -> None:
        """The connection is gone: whoever waits for a confirmation stops waiting."""
        self._abandoned = True
        self._l_data_confirmation_event.set()

    def handle_raw_cemi(self, raw_cemi: bytes) -> None:
        """Drop what cannot be read: xknx's own logs a traceback of each that it stumbles over."""
        try:
            cemi = CEMIFrame.from_knx(raw_cemi)
        except (CouldNotParseCEMI, UnsupportedCEMIMessage) as error:
            _LOG.debug("a telegram that xknx does not know: %s", error)  # a bus has such, and they are not for us
            return
        except (LookupError, ValueError) as error:
            TALLY.add(Dropped.UNREADABLE, "the bus", f"brought a telegram that cannot be read: {error}")
            return
        self.handle_cemi_frame(cemi)

    def handle_cemi_frame(self, cemi: CEMIFrame) -> None:
        """Let only the confirmation of the telegram under way count, and remember a negative one."""
        if cemi.code is CEMIMessageCode.L_DATA_CON and isinstance(cemi.data, CEMILData):
            if cemi.data.dst_addr != self._awaited:
                return  # of a telegram that was given up after 3 s
            self._refused = cemi.data.flags.confirm_error
        super().handle_cemi_frame(cemi)

    def telegram_received(self, telegram: Telegram) -> None:
        """Hand a group telegram over, unless the connection was given up."""
        if not self._abandoned and isinstance(telegram.tpci, TDataGroup):
            self._heard(telegram)
