"""How large payloads are: group objects that share a group address need one size."""

from typing import Final

_BITS: Final = {"1": 1, "5": 8, "7": 16, "9": 16, "10": 24, "11": 24, "13": 32, "14": 32, "16": 112, "19": 64, "29": 64}
"""Payload size by main number of the DPT (KNX datapoint types)."""

_IN_WORDS: Final = {1: "1 bit", 8: "1 byte"}


def bits(dpt: str) -> int:
    """The size of a payload of this DPT."""
    return _BITS[dpt.partition(".")[0]]


def size_in_words(dpt: str) -> str:
    """`1 bit`, `4 bytes`."""
    size = bits(dpt)
    return _IN_WORDS.get(size, f"{size // 8} bytes")
