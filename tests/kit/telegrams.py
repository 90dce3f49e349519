"""What the group monitor sees, as values."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

Payload = bool | bytes
"""A bool is the 6-bit short form of a 1-bit datapoint, bytes are all others."""


class Kind(Enum):
    """The three group services of KNX."""

    READ = "Read"
    WRITE = "Write"
    RESPONSE = "Response"


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram on the line; `at_s` is the monotonic time of its arrival at the monitor."""

    source: str
    ga: str
    kind: Kind
    payload: Payload | None
    at_s: float

    def __str__(self) -> str:
        shown = self.payload.hex(" ") if isinstance(self.payload, bytes) else self.payload
        return f"{self.kind.value} {self.ga} {shown} (from {self.source})"


_LINE: Final = re.compile(
    r"from (?P<source>\d+\.\d+\.\d+) to (?P<ga>\d+/\d+/\d+) hops: \d+ T_Data_Group "
    r"A_GroupValue_(?P<kind>Read|Write|Response)(?P<small> \(small\))?(?P<data>(?: [0-9A-F]{2})*)\s*$"
)


def parse(line: str, at_s: float) -> Telegram | None:
    """A line of `knxtool vbusmonitor1`; None: no group telegram."""
    found = _LINE.search(line)
    if found is None:
        return None
    data = bytes.fromhex(found["data"])
    kind = Kind(found["kind"])
    payload: Payload | None = bool(data[0]) if found["small"] else data
    return Telegram(found["source"], found["ga"], kind, None if kind is Kind.READ else payload, at_s)
