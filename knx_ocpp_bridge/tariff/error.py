"""The one way in which prices cannot be had."""

from typing import Final

UNREADABLE: Final = (ValueError, TypeError, ArithmeticError, LookupError, RecursionError)
"""What reading raises about what somebody else wrote: numbers without end, lists without a bottom, a wrong kind."""


class PriceError(Exception):
    """What was read or asked for holds no prices; says what is wrong and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}"
