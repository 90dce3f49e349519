"""Datapoint types as the ETS speaks of them: which there may be, and how large they are in its words."""

from typing import Final

from knx_ocpp_bridge.config.sizes import size

_GERMAN: Final = {"bit": "Bit", "byte": "Byte", "bytes": "Byte"}
_MAIN_NUMBERS: Final = (range(1, 35), range(200, 300))
"""All main numbers that have been given out so far lie in these: types of general use, and those of one trade each."""


def exists(main: int) -> bool:
    """Whether there may be a datapoint type with this main number."""
    return any(main in numbers for numbers in _MAIN_NUMBERS)


def in_words(dpt: str, language: str = "en") -> str:
    """The size as the ETS writes it in this language; empty: it is not known."""
    known = size(dpt)
    return "" if known is None else f"{known[0]} {known[1] if language == 'en' else _GERMAN[known[1]]}"
