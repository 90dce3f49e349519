"""How long somebody who has given wrong passwords waits for the next try. Time is an argument; nothing grows for ever.

Two tallies: one per address, one per user. Who has logged in from an address before is not slowed by the tally of the
user there, so that a stranger who tries names elsewhere cannot keep their owners out.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FREE_PER_ADDRESS: Final = 5
FREE_PER_USER: Final = 15
LONGEST_PER_ADDRESS_S: Final = 900.0
LONGEST_PER_USER_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 3600.0
MOST_TALLIES: Final = 1000
MOST_FAMILIAR: Final = 500
_IPV6_HOME_BITS: Final = 64
"""Whoever has one address of such a block has all of them (RFC 4291 section 2.5.4)."""
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

    def clear(self, key: str) -> None:
        self._tallies.pop(key, None)


class Throttle:
    """Slows down whoever guesses. `address` is the IP address of the peer, `user` the name that was typed."""

    def __init__(self) -> None:
        self._addresses = _Tallies(FREE_PER_ADDRESS, LONGEST_PER_ADDRESS_S)
        self._users = _Tallies(FREE_PER_USER, LONGEST_PER_USER_S)
        self._familiar: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, address: str, user: str, now_s: float) -> float:
        """S until the next try is looked at; 0: now."""
        home, who = _home(address), user.casefold()
        by_address = self._addresses.wait_s(home, now_s)
        if (home, who) in self._familiar:
            return by_address
        return max(by_address, self._users.wait_s(who, now_s))

    def tries(self, address: str, user: str, now_s: float) -> None:
        """A try begins, and counts as wrong until it `succeeded`: several at once are no way round."""
        self._addresses.add(_home(address), now_s)
        self._users.add(user.casefold(), now_s)

    def succeeded(self, address: str, user: str) -> None:
        """It was the right password."""
        home, who = _home(address), user.casefold()
        self._addresses.clear(home)
        self._users.clear(who)
        self.know(address, user)

    def know(self, address: str, user: str) -> None:
        """Remember that this user has logged in from there."""
        key = _home(address), user.casefold()
        self._familiar[key] = None
        self._familiar.move_to_end(key)
        if len(self._familiar) > MOST_FAMILIAR:
            self._familiar.popitem(last=False)


def _home(address: str) -> str:
    """The address, or for IPv6 the block that one household has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_HOME_BITS), strict=False))
