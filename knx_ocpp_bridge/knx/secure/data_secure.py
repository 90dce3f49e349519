"""KNX Data Secure of group telegrams: xknx's, with numbers that outlive a restart, and every refusal named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from xknx.cemi.cemi_frame import CEMILData
from xknx.exceptions import ConversionError, DataSecureError
from xknx.secure.data_secure import DataSecure
from xknx.telegram import GroupAddress
from xknx.telegram.apci import SecureAPDU

from knx_ocpp_bridge.knx.secure.refusals import Refusal
from knx_ocpp_bridge.knx.secure.sequence_numbers import SequenceNumbers

_ANY: Final = 1
"""What the library would count from itself, if it were asked."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The bridge's own group addresses, and the object behind one of them in words (empty: it is not ours)."""

    addresses: Callable[[], Iterable[int]]
    name: Callable[[int], str]
    tells_time: Callable[[int], bool] = lambda _address: False
    """The building tells the time on it."""
    is_command: Callable[[int], bool] = lambda _address: False
    """The building commands on it."""


NOT_OURS: Final = Ours(lambda: (), lambda _address: "")
"""No group address is."""


class GroupGuard(DataSecure):
    """Secures what goes out on a secured group address, and lets nothing else in there than what is secured.

    A subclass as xknx's link layer wants one: it opens and seals, this class says with which numbers and whether.
    """

    __slots__ = ("_keys", "_numbers", "_ours", "_refused")

    def __init__(
        self,
        keys: dict[GroupAddress, bytes],
        numbers: SequenceNumbers,
        refused: Callable[[Refusal, int, str], None],
        ours: Ours = NOT_OURS,
    ) -> None:
        """`refused` hears of every telegram that is not let in: why, group address and sender. Of `ours`, what tells
        the time is heard before the clock is set, which may be set by it.
        """
        super().__init__(
            group_key_table=keys,
            individual_address_table=numbers.received,
            last_sequence_number_sending=_ANY,
        )
        self._keys = keys
        self._numbers = numbers
        self._refused = refused
        self._ours = ours

    def get_sequence_number(self) -> int:
        """The number of the next telegram.

        Raises:
            DataSecureError: there is none above the last.
        """
        number = self._numbers.take()
        if number is None:
            raise DataSecureError("no sequence number is left")
        return number

    def outgoing_cemi(self, cemi_data: CEMILData) -> CEMILData:
        """The frame as it goes on the bus.

        Raises:
            DataSecureError: it has to be secured, and the clock is not set yet.
        """
        if self._is_secured(cemi_data) and not self._numbers.ready:
            raise DataSecureError("Data Secure waits for the clock")
        return super().outgoing_cemi(cemi_data)

    def received_cemi(self, cemi_data: CEMILData) -> CEMILData:
        """The frame as it was meant.

        Raises:
            DataSecureError: it is not let in; `refused` knows why.
        """
        objection = self._objection(cemi_data)
        if objection is not None:
            self._refuse(objection, cemi_data)
            raise DataSecureError(objection.value)
        try:
            opened = super().received_cemi(cemi_data)
        except (DataSecureError, ConversionError) as error:
            self._refuse(Refusal.FORGED, cemi_data)
            raise DataSecureError(str(error)) from error
        if self._is_secured(cemi_data) and self._ours.is_command(cemi_data.dst_addr.raw):
            self._numbers.commanded()
        return opened

    def _objection(self, frame: CEMILData) -> Refusal | None:
        """Why it is not even opened; None: it is plain and may be, or it has to prove itself."""
        secured = self._is_secured(frame)
        if not isinstance(frame.payload, SecureAPDU):
            return Refusal.PLAIN if secured else None
        if not secured:
            return Refusal.NO_KEY
        if not self._numbers.ready and not self._ours.tells_time(frame.dst_addr.raw):
            return Refusal.CLOCK
        last = self._numbers.received.get(frame.src_addr)
        if last is None:
            return Refusal.UNKNOWN_SENDER
        number = int.from_bytes(frame.payload.secured_data.sequence_number_bytes, "big")
        return Refusal.REPLAY if number <= last else None

    def _is_secured(self, frame: CEMILData) -> bool:
        return isinstance(frame.dst_addr, GroupAddress) and frame.dst_addr in self._keys

    def _refuse(self, kind: Refusal, frame: CEMILData) -> None:
        if isinstance(frame.dst_addr, GroupAddress):
            self._refused(kind, frame.dst_addr.raw, str(frame.src_addr))
