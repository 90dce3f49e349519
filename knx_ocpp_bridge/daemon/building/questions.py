"""What the building is asked for: again after a while if nobody answers, and then no more until the bus is back."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from knx_ocpp_bridge.daemon.building.bus_alarm import Timer

Later = Callable[[float, Callable[[], None]], Timer]
"""A loop's `call_later`."""

AGAIN_S: Final = (10.0, 60.0, 300.0)
"""s after a GroupValueRead that nobody has answered: the next one."""
ANSWERED_WITHIN_S: Final = 10.0
"""s after the last of them: nobody will."""


class Questions:
    """One GroupValueRead is under way for each address that is wanted; all is forgotten when the bus is lost."""

    def __init__(self, read: Callable[[int], None], unanswered: Callable[[int], None], later: Later) -> None:
        """`read` sends one within the pace; `unanswered` is told of an address once it is given up."""
        self._read = read
        self._unanswered = unanswered
        self._later = later
        self._waiting: dict[int, Timer] = {}

    def ask(self, addresses: Iterable[int]) -> None:
        """These are asked for from now on; what is asked for already begins anew.

        The first goes with the next turn of the loop: the bus may be coming up right now.
        """
        for address in dict.fromkeys(addresses):
            self.answered(address)
            self._after(0.0, address, 0)

    def answered(self, address: int) -> None:
        """The value is known: nobody needs to ask for it any more."""
        timer = self._waiting.pop(address, None)
        if timer is not None:
            timer.cancel()

    def keep_to(self, addresses: Iterable[int]) -> None:
        """No other than these is asked for any more."""
        for address in self._waiting.keys() - set(addresses):
            self.answered(address)

    def stop(self) -> None:
        """Nothing is asked for any more."""
        self.keep_to(())

    def _after(self, delay_s: float, address: int, turn: int) -> None:
        self._waiting[address] = self._later(delay_s, partial(self._due, address, turn))

    def _due(self, address: int, turn: int) -> None:
        if turn > len(AGAIN_S):
            del self._waiting[address]
            self._unanswered(address)
            return
        self._after(AGAIN_S[turn] if turn < len(AGAIN_S) else ANSWERED_WITHIN_S, address, turn + 1)
        self._read(address)
