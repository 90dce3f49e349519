"""One client's tunnel to the virtual bus: sequence counters, acknowledgements, the client's sign of life."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final

from knx_ocpp_bridge.knx.virtual.virtual_frames import Service, Status, frame

ACK_S: Final = 1.0
"""KNX Tunnelling 03.08.04: an unacknowledged request is repeated once after this, then the tunnel is closed."""
SILENCE_S: Final = 120.0
"""KNX Core 03.08.02 section 5.4: without CONNECTIONSTATE_REQUEST for this long the tunnel is closed."""
_MOST_WAITING: Final = 256


class Verdict(Enum):
    """What to do with a received sequence counter."""

    NEW = "acknowledge and handle"
    REPEATED = "acknowledge only"
    STRAY = "ignore"


class Tunnel:
    """Delivers each message in order, once; by UDP with an acknowledgement for each. Owns timers: close it."""

    def __init__(
        self, channel: int, address: int, send: Callable[[bytes], None], lost: Callable[["Tunnel"], None], *, tcp: bool
    ) -> None:
        """`send` writes one frame to the client; `lost` is called once, when the client does not answer any more."""
        self.channel = channel
        self.address = address
        self._send = send
        self._lost = lost
        self._tcp = tcp
        self._waiting: deque[bytes] = deque()
        self._sequence = 0
        self._expected = 0
        self._repeated = False
        self._ack_timer: asyncio.TimerHandle | None = None
        self._silence_timer: asyncio.TimerHandle | None = None
        self.is_alive()

    def is_alive(self) -> None:
        """The client gave a sign of life."""
        if self._silence_timer is not None:
            self._silence_timer.cancel()
        self._silence_timer = asyncio.get_running_loop().call_later(SILENCE_S, self._lost, self)

    def deliver(self, cemi: bytes) -> None:
        """Send this to the client after all that waits; a client that lets too much wait is lost."""
        if self._tcp:
            self._send(self._request(cemi))
            self._sequence = self._sequence + 1 & 0xFF
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._lost(self)
            return
        self._waiting.append(cemi)
        if len(self._waiting) == 1:
            self._transmit()

    def acknowledged(self, sequence: int, status: int) -> None:
        """A TUNNELLING_ACK came."""
        if not self._waiting or sequence != self._sequence or status != Status.NO_ERROR:
            return
        self._waiting.popleft()
        self._sequence = self._sequence + 1 & 0xFF
        self._repeated = False
        self._stop_waiting()
        if self._waiting:
            self._transmit()

    def judge(self, sequence: int) -> Verdict:
        """Whether a request with this counter is the next one. By TCP every one is: the stream keeps the order."""
        if self._tcp:
            return Verdict.NEW
        if sequence == self._expected:
            self._expected = self._expected + 1 & 0xFF
            return Verdict.NEW
        return Verdict.REPEATED if sequence == self._expected - 1 & 0xFF else Verdict.STRAY

    def acknowledge(self, sequence: int) -> None:
        """Send a TUNNELLING_ACK, where the transport needs one."""
        if not self._tcp:
            self._send(frame(Service.TUNNELLING_ACK, bytes([4, self.channel, sequence, Status.NO_ERROR])))

    def close(self) -> None:
        """Forget what waits and stop every timer."""
        self._waiting.clear()
        self._stop_waiting()
        if self._silence_timer is not None:
            self._silence_timer.cancel()

    def _transmit(self) -> None:
        self._send(self._request(self._waiting[0]))
        self._ack_timer = asyncio.get_running_loop().call_later(ACK_S, self._missed)

    def _missed(self) -> None:
        if self._repeated:
            self._lost(self)
            return
        self._repeated = True
        self._transmit()

    def _stop_waiting(self) -> None:
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None

    def _request(self, cemi: bytes) -> bytes:
        return frame(Service.TUNNELLING_REQUEST, bytes([4, self.channel, self._sequence, 0]) + cemi)
