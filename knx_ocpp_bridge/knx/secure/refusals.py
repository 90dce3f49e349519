"""What was heard on our group addresses and not believed: counted by kind, and told once in a while."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from knx_ocpp_bridge.knx.seldom import Seldom

_LOG = logging.getLogger(__name__)

_REPEAT_S: Final = 600.0
"""What a stranger can repeat for ever is logged once in so long, for each sender and group address."""


class Refusal(Enum):
    """Why a telegram was not believed; the value is the name of its counter."""

    PLAIN = "plain"
    """A telegram without Data Secure on a group address that is secured."""
    UNKNOWN_SENDER = "unknown_sender"
    """Secured, of a device that the keyring does not name."""
    REPLAY = "replay"
    """Secured, and its sequence number is not above the last one of that device."""
    FORGED = "forged"
    """Secured, and its message authentication code is wrong, or it is none that a group address carries."""
    NO_KEY = "no_key"
    """Secured, and the bridge has no key of that group address."""
    CLOCK = "clock"
    """On a secured group address, while Data Secure waits for the clock."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many telegrams on our own group addresses were not believed since the start, by kind."""

    plain: int = 0
    unknown_sender: int = 0
    replay: int = 0
    forged: int = 0
    no_key: int = 0
    clock: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.plain + self.unknown_sender + self.replay + self.forged + self.no_key + self.clock


_WORDS: Final = {
    Refusal.PLAIN: (
        "refused: {source} sent a plain telegram on {name}, which is secured: the device is not programmed for "
        "Data Secure (download it again in ETS), or somebody tries to"
    ),
    Refusal.UNKNOWN_SENDER: (
        "refused: {source} sent on {name}, and the keyring does not name it as a sender: link the tunnel of the bridge "
        "in ETS to that group address and export the keyring again"
    ),
    Refusal.REPLAY: (
        "refused: a telegram of {source} on {name} has a sequence number that was there before: somebody repeats an "
        "old telegram; if the device was replaced or reset, export the keyring again"
    ),
    Refusal.FORGED: (
        "refused: a telegram of {source} on {name} cannot be opened with the key of the keyring: the keyring is older "
        "than the last download of the device (export it again), or the telegram is forged"
    ),
    Refusal.NO_KEY: (
        "refused: {source} sent a secured telegram on {name}, and the bridge has no key of it: export the keyring of "
        "the project (again), and name it in knx.keyring"
    ),
    Refusal.CLOCK: (
        "not obeyed yet: {source} sent on {name}, which is secured, and Data Secure waits until the clock is set: let "
        "the bridge reach a time server"
    ),
}


class RefusalBook:
    """Counts; `name` gives the object behind one of our group addresses in words, and nothing for any other; `complain`
    is told what the log is told.
    """

    def __init__(self, name: Callable[[int], str], complain: Callable[[str], None]) -> None:
        self._name = name
        self._complain = complain
        self._counted: Counter[Refusal] = Counter()
        self._seldom = Seldom(_REPEAT_S)

    @property
    def now(self) -> Refusals:
        """What was counted until now."""
        return Refusals(**{kind.value: self._counted[kind] for kind in Refusal})

    def note(self, kind: Refusal, address: int, source: str) -> None:
        """One telegram of `source` was refused; what is sent on addresses of others is not our concern."""
        name = self._name(address)
        if not name:
            return
        self._counted[kind] += 1
        if self._seldom.is_due((kind, address, source), time.monotonic()):
            words = _WORDS[kind].format(source=source, name=name)
            _LOG.warning("%s", words)
            self._complain(words)
