"""What is counted before JSON of unknown shape is parsed, so that no parser is driven into its own limits."""

import re
from typing import Final

MAX_NESTING: Final = 32
MAX_DIGITS: Final = 30

_BRACKET: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_NUMBER: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[0-9.]{%d,}' % (MAX_DIGITS + 1), re.DOTALL)


def too_deep(text: bytes) -> bool:
    """True if arrays and objects are nested deeper than 32, whatever stands in strings."""
    if text.count(b"[") + text.count(b"{") <= MAX_NESTING:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(text):
        if bracket[0] in (b"[", b"{"):
            depth += 1
            if depth > MAX_NESTING:
                return True
        elif bracket[0] in (b"]", b"}"):
            depth -= 1
    return False


def too_long_a_number(text: bytes) -> bool:
    """True if a number has more than 30 digits, whatever stands in strings."""
    return any(not found[0].startswith(b'"') for found in _NUMBER.finditer(text))
