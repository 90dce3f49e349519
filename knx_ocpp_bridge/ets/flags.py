"""The flags of a group object, of which each level of a project may say some: instance, reference, object."""

from collections.abc import Mapping
from typing import Final

Flags = tuple[bool | None, bool | None, bool | None, bool | None, bool | None]
"""Communication, read, write, transmit, update; None: this level does not say."""

UNSAID: Final[Flags] = (None, None, None, None, None)

_NAMES: Final = ("CommunicationFlag", "ReadFlag", "WriteFlag", "TransmitFlag", "UpdateFlag")
_WORDS: Final = {"Enabled": True, "Disabled": False}


def flags_of(attributes: Mapping[str, str]) -> Flags:
    """What the attributes of an element say."""
    communication, read, write, transmit, update = (_WORDS.get(attributes.get(name, "")) for name in _NAMES)
    return communication, read, write, transmit, update


def over(upper: Flags, lower: Flags) -> Flags:
    """What `upper` says, and `lower` where it says nothing."""
    communication, read, write, transmit, update = (
        low if high is None else high for high, low in zip(upper, lower, strict=True)
    )
    return communication, read, write, transmit, update
