"""What a file that is taken away is called: legible, and safe on every system."""

import re
import unicodedata
from datetime import datetime, tzinfo
from typing import Final

_LONGEST: Final = 40
_NOT_A_NAME: Final = re.compile(r"[^0-9A-Za-z]+")
_WRITTEN_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe", "Ø": "Oe", "æ": "ae",
     "Æ": "Ae", "ł": "l", "Ł": "L"}
)  # fmt: skip


def stem(site: str, now: datetime, zone: tzinfo) -> str:
    """The building and its day, in ASCII: `Muehle-am-Bach-2026-11-21`."""
    composed = unicodedata.normalize("NFC", site).translate(_WRITTEN_OUT)
    plain = unicodedata.normalize("NFKD", composed)
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    name = _NOT_A_NAME.sub("-", bare).strip("-")[:_LONGEST].rstrip("-")
    return f"{name or 'knx-ocpp-bridge'}-{now.astimezone(zone):%Y-%m-%d}"
