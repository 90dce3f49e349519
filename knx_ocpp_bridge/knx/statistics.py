"""What the bridge has said on the bus and heard there, as numbers, and how full the line is. Pure, takes `now_s`."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from xknx.dpt.payload import DPTArray
from xknx.telegram import Telegram
from xknx.telegram.apci import GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.knx.link.confirmation import Delivery

WINDOW_S: Final = 60.0
"""The load of the line is that of the last minute."""
_BIT_RATE: Final = 9600.0
_CHARACTER_BITS: Final = 13
_FRAME_BITS: Final = _CHARACTER_BITS * 9 + 15 + 11 + 50
_STANDARD_DATA: Final = 14
_SECURE_DATA: Final = 12
_TRANSMISSIONS: Final = 4
"""What nobody acknowledges goes three times more (KNX Communication Medium TP1, 03.02.02)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers since the bridge was started; `load_percent` of the last minute."""

    sent: int = 0
    """Group telegrams of ours that arrived: there is a positive confirmation."""
    failed: int = 0
    """Group telegrams of ours that did not arrive, or of which nobody knows."""
    negative: int = 0
    """Those of `failed` that no device on the line acknowledged (negative L_Data.con)."""
    repeated: int = 0
    """Telegrams on an address whose last telegram had failed."""
    received: int = 0
    """Group telegrams heard, whoever they were for."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Telegrams that were not believed (Data Secure), and frames that were dropped, by kind; those without any are not
    there."""
    reconnections: int = 0
    """Connections made after the first one."""
    load_percent: float = 0.0
    """How much of the last minute the telegrams to and from the bridge took of a TP line; others it does not see."""


class Statistics:
    """Counts what passes. The load counts as if everything had gone over one TP line (9600 bit/s)."""

    def __init__(self) -> None:
        self._sent = self._failed = self._negative = self._repeated = self._received = self._connections = 0
        self._unheard: set[int] = set()
        self._seconds: deque[tuple[int, float]] = deque()

    def delivered(self, telegram: Telegram, delivery: Delivery, now_s: float) -> None:
        """A telegram of ours was sent, with this outcome."""
        address = telegram.destination_address.raw
        if isinstance(address, int):
            self._repeated += address in self._unheard
            (self._unheard.discard if delivery is Delivery.CONFIRMED else self._unheard.add)(address)
        match delivery:
            case Delivery.CONFIRMED:
                self._sent += 1
                self._takes(duration_s(telegram), now_s)
            case Delivery.REFUSED:
                self._failed += 1
                self._negative += 1
                self._takes(_TRANSMISSIONS * duration_s(telegram), now_s)
            case Delivery.UNANSWERED | Delivery.HELD:
                self._failed += 1

    def heard(self, telegram: Telegram, now_s: float) -> None:
        """A telegram of somebody else passed."""
        self._received += 1
        self._takes(duration_s(telegram), now_s)

    def connected(self) -> None:
        """A connection was made."""
        self._connections += 1

    def figures(self, now_s: float, refused: Mapping[str, int] | None = None) -> Figures:
        """All numbers now; `refused` comes from whoever refuses."""
        self._forget(now_s)
        busy_s = sum(busy for _, busy in self._seconds)
        return Figures(
            sent=self._sent,
            failed=self._failed,
            negative=self._negative,
            repeated=self._repeated,
            received=self._received,
            refused={kind: count for kind, count in (refused or {}).items() if count},
            reconnections=max(0, self._connections - 1),
            load_percent=round(min(100.0, 100 * busy_s / WINDOW_S), 1),
        )

    def _takes(self, busy_s: float, now_s: float) -> None:
        second = int(now_s)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + busy_s)
        else:
            self._forget(now_s)
            self._seconds.append((second, busy_s))

    def _forget(self, now_s: float) -> None:
        while self._seconds and self._seconds[0][0] <= int(now_s) - WINDOW_S:
            self._seconds.popleft()


def duration_s(telegram: Telegram) -> float:
    """How long the line is taken by this telegram: 20.1 ms for a switch, 25.5 ms for a float of 4 octets.

    13 bit times for each character, then the acknowledgement and the idle time (KNX TP1, 03.02.02); more than 14 octets
    of data, and whatever Data Secure adds (12 octets), go in an extended frame, which has one character more.
    """
    payload = telegram.payload
    octets = 0
    if isinstance(payload, GroupValueWrite | GroupValueResponse) and isinstance(payload.value, DPTArray):
        octets = len(payload.value.value)
    if telegram.data_secure:
        octets += _SECURE_DATA
    if octets > _STANDARD_DATA or telegram.data_secure:
        octets += 1
    return (_FRAME_BITS + _CHARACTER_BITS * octets) / _BIT_RATE
