"""How many connections the pages may have, so that files and sockets are left for all else."""

import resource
from contextlib import suppress
from typing import Final

WANTED: Final = 4096
"""Open files and sockets of the process: what the unit of systemd gives as well."""
_SHARE: Final = 3
"""The pages have one part of so many; chargers, databases and the control socket have the others."""


def most_connections(most: int) -> int:
    """`most`, or fewer where the machine gives the process little: asks it for more first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # It may be forbidden where the service is locked up.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised(soft, hard), hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else min(most, max(1, soft // _SHARE))


def raised(soft: int, hard: int) -> int:
    """The soft limit to ask for: never less than there is, never more than is allowed or wanted."""
    if soft == resource.RLIM_INFINITY:
        return soft
    return max(soft, WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard))
