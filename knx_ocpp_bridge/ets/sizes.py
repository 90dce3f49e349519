"""How large a value of a datapoint type is: two ends of a group address must agree on that."""

from typing import Final

_BITS: Final = {
    1: 1, 2: 2, 3: 4, 4: 8, 5: 8, 6: 8, 7: 16, 8: 16, 9: 16, 10: 24, 11: 24, 12: 32, 13: 32, 14: 32, 15: 32, 16: 112,
    17: 8, 18: 8, 19: 64, 20: 8, 21: 8, 22: 16, 23: 2, 25: 8, 26: 8, 27: 32, 29: 64, 30: 24, 232: 24, 251: 48,
}  # fmt: skip
"""Payload size by main number (KNX Datapoint Types 03.07.02), as far as a building of today has them."""

_GERMAN: Final = {"bit": "Bit", "byte": "Byte", "bytes": "Byte"}
_MAIN_NUMBERS: Final = (range(1, 35), range(200, 300))
"""All main numbers that have been given out so far lie in these: types of general use, and those of one trade each."""


def exists(main: int) -> bool:
    """Whether there may be a datapoint type with this main number."""
    return any(main in numbers for numbers in _MAIN_NUMBERS)


def main_number(dpt: str) -> int | None:
    """The part before the point; None: it is no number."""
    main = dpt.partition(".")[0]
    return int(main) if main.isascii() and main.isdigit() else None


def bits(dpt: str) -> int | None:
    """The size of a payload; None: of this type it is not known here."""
    main = main_number(dpt)
    return None if main is None else _BITS.get(main)


def in_words(dpt: str, language: str = "en") -> str:
    """The size as the ETS writes it in this language."""
    size = bits(dpt)
    if size is None:
        return ""
    number, unit = (size, "bit") if size < 8 else (size // 8, "bytes" if size > 8 else "byte")
    return f"{number} {unit if language == 'en' else _GERMAN[unit]}"
