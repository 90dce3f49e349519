"""By which names the site may be called.

A page of another site could have its own name resolve to the bridge's address, and so read what a browser behind the
same router is shown (DNS rebinding). Such a name is one of the public domain name system; ours are addresses, names
without a dot, names that no registry gives to anybody, and what the configuration lists.
"""

import ipaddress
import re
from collections.abc import Collection
from typing import Final

_PRIVATE: Final = (
    ".localhost", ".local", ".home.arpa", ".internal", ".lan", ".home", ".localdomain", ".test", ".fritz.box",
)  # fmt: skip
"""RFC 6761, RFC 6762, RFC 8375; .internal is reserved by ICANN, .home, .lan and .localdomain are not delegated.

The last one is what a widespread router calls its network, and belongs to its maker.
"""
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::[0-9]{1,5})?")


def is_ours(host: str, names: Collection[str]) -> bool:
    """The value of the header `Host` (RFC 9110 section 7.2) is an address or a name of this bridge."""
    found = _AUTHORITY.fullmatch(host)
    if found is None:
        return False
    name = found["host"].casefold().rstrip(".")
    if name.startswith("[") or _is_address(name):
        return True
    return "." not in name or name.endswith(_PRIVATE) or name in {each.casefold().rstrip(".") for each in names}


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
