"""Who dials, for those who ask no more than that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """One connection that wants to be let in."""

    identity: str
    peer: str
    user_agent: str = ""
