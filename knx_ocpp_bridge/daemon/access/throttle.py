"""How long somebody who has given wrong passwords waits for the next try. Time is an argument; nothing grows for ever.

Three tallies: one per address, one per user, and one per address and user together. Who has logged in from an address
before is judged by the last one alone: a stranger who tries names, elsewhere or there, cannot keep their owners out; a
guesser at that very address and name is slowed all the same.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.daemon.access.blocks import Blocks, own_addresses

FREE_PER_ADDRESS: Final = 5
FREE_PER_LINK: Final = 100
"""All hosts of a local network, where they share a block of IPv6."""
FREE_PER_USER: Final = 15
LONGEST_PER_ADDRESS_S: Final = 900.0
LONGEST_PER_USER_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 3600.0
MOST_TALLIES: Final = 1000
MOST_FAMILIAR: Final = 500
_MOST_DOUBLINGS: Final = 16


@dataclass(frozen=True, slots=True)
class _Tally:
    tries: int
    last_s: float


class _Tallies:
    """Failures by a key; the keys that failed longest ago are let go."""

    def __init__(self, free: int, longest_s: float) -> None:
        self._free = free
        self._longest_s = longest_s
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        tally = self._tallies.get(key)
        if tally is None or tally.tries < self._free or now_s - tally.last_s >= FORGOTTEN_AFTER_S:
            return 0.0
        pause_s = min(2.0 ** min(tally.tries - self._free, _MOST_DOUBLINGS), self._longest_s)
        return max(0.0, tally.last_s + pause_s - now_s)

    def add(self, key: str, now_s: float) -> None:
        tally = self._tallies.pop(key, None)
        fresh = tally is None or now_s - tally.last_s >= FORGOTTEN_AFTER_S
        self._tallies[key] = _Tally(1 if fresh or tally is None else tally.tries + 1, now_s)
        if len(self._tallies) > MOST_TALLIES:
            self._tallies.popitem(last=False)

    def tries(self, key: str) -> int:
        tally = self._tallies.get(key)
        return 0 if tally is None else tally.tries

    def take_back(self, key: str, tries: int) -> None:
        """So many were none; whoever waits for the others goes on waiting."""
        tally = self._tallies.get(key)
        if tally is None:
            return
        if tally.tries <= tries:
            del self._tallies[key]
        else:
            self._tallies[key] = _Tally(tally.tries - tries, tally.last_s)


class Throttle:
    """Slows down whoever guesses. `address` is the IP address of the peer, `user` the name that was typed."""

    def __init__(self, own: Callable[[], str] = own_addresses) -> None:
        """`own`: the text of Linux' /proc/net/if_inet6."""
        self._blocks = Blocks(own)
        self._addresses = _Tallies(FREE_PER_ADDRESS, LONGEST_PER_ADDRESS_S)
        self._links = _Tallies(FREE_PER_LINK, LONGEST_PER_ADDRESS_S)
        self._users = _Tallies(FREE_PER_USER, LONGEST_PER_USER_S)
        self._pairs = _Tallies(FREE_PER_ADDRESS, LONGEST_PER_ADDRESS_S)
        self._owners = _Tallies(FREE_PER_ADDRESS, LONGEST_PER_ADDRESS_S)
        """As `_pairs`, of those who are familiar: no flood of others makes it forget them."""
        self._familiar: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str, user: str, now_s: float) -> float:
        """S until the next try is looked at; 0: now."""
        if self.knows(address, user):
            return self._owners.wait_s(self._pair(address, user), now_s)
        return max(tallies.wait_s(key, now_s) for tallies, key in self._counted(address, user))

    def tries(self, address: str, user: str, now_s: float) -> None:
        """A try begins, and counts as wrong until it `succeeded`: several at once are no way round."""
        for tallies, key in self._counted(address, user):
            tallies.add(key, now_s)

    def take_back(self, address: str, user: str) -> None:
        """The try that began was not looked at."""
        for tallies, key in self._counted(address, user):
            tallies.take_back(key, 1)

    def succeeded(self, address: str, user: str) -> None:
        """It was the right password: what this user has tried there before is forgiven, and nothing else."""
        pair = self._pair(address, user)
        tries = (self._owners if pair in self._familiar else self._pairs).tries(pair)
        for tallies, key in self._counted(address, user):
            tallies.take_back(key, max(1, tries))
        self.know(address, user)

    def know(self, address: str, user: str) -> None:
        """Remember that this user has logged in from there."""
        pair = self._pair(address, user)
        self._familiar[pair] = None
        self._familiar.move_to_end(pair)
        if len(self._familiar) > MOST_FAMILIAR:
            self._familiar.popitem(last=False)

    def knows(self, address: str, user: str) -> bool:
        """Whether this user has logged in from there."""
        return self._pair(address, user) in self._familiar

    def _counted(self, address: str, user: str) -> list[tuple[_Tallies, str]]:
        home, link, pair = self._blocks.home(address), self._blocks.link(address), self._pair(address, user)
        pairs = self._owners if pair in self._familiar else self._pairs
        counted = [(self._addresses, home), (self._users, user.casefold()), (pairs, pair)]
        return [*counted, (self._links, link)] if link else counted

    def _pair(self, address: str, user: str) -> str:
        return f"{self._blocks.home(address)} {user.casefold()}"
