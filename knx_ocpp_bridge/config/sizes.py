"""How large a value of a datapoint type is: two ends of a group address, and all who share it, must agree on that."""

from typing import Final

_BITS: Final = {
    1: 1, 2: 2, 3: 4, 4: 8, 5: 8, 6: 8, 7: 16, 8: 16, 9: 16, 10: 24, 11: 24, 12: 32, 13: 32, 14: 32, 15: 32, 16: 112,
    17: 8, 18: 8, 19: 64, 20: 8, 21: 8, 22: 16, 23: 2, 25: 8, 26: 8, 27: 32, 29: 64, 30: 24, 232: 24, 251: 48,
}  # fmt: skip
"""Payload size by main number (KNX Datapoint Types 03.07.02), as far as a building of today has them."""


def main_number(dpt: str) -> int | None:
    """The part before the point; None: it is no number."""
    main = dpt.partition(".")[0]
    return int(main) if main.isascii() and main.isdigit() else None


def bits(dpt: str) -> int | None:
    """The size of a payload; None: of this type it is not known here."""
    main = main_number(dpt)
    return None if main is None else _BITS.get(main)


def size(dpt: str) -> tuple[int, str] | None:
    """A number and its unit, `bit`, `byte` or `bytes`, as the ETS counts; None: it is not known."""
    known = bits(dpt)
    if known is None:
        return None
    return (known, "bit") if known < 8 else (known // 8, "bytes" if known > 8 else "byte")


def size_in_words(dpt: str) -> str:
    """`1 bit`, `4 bytes`; empty: it is not known."""
    known = size(dpt)
    return "" if known is None else f"{known[0]} {known[1]}"
