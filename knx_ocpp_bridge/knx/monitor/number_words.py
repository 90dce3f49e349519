"""Objects whose number stands for a word: as it is shown, and as a person writes it. Pure."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from knx_ocpp_bridge.core.status import ChargeMode, CommandResult, ConnectorStatus, ErrorCode, LimitReason, StopReason

_NUMBERS: Final[Mapping[str, type[IntEnum]]] = {
    "status": ConnectorStatus,
    "error_code": ErrorCode,
    "stop_reason": StopReason,
    "command_result": CommandResult,
    "charge_mode": ChargeMode,
    "limit_reason": LimitReason,
}


def word_of(key: str, number: int) -> str:
    """What this number of the object `key` means; empty: nothing that is known."""
    return next((_word(each) for each in _NUMBERS.get(key, ()) if each == number), "")


def number_of(key: str, word: str) -> int | None:
    """The number that this word stands for, in whatever case; None: none."""
    wanted = word.strip().casefold().replace("_", " ").replace("-", " ")
    return next((int(each) for each in _NUMBERS.get(key, ()) if _word(each) == wanted), None)


def words_of(key: str) -> str:
    """All numbers with their words, `0 off, 1 normal, ...`; empty: the object has no words."""
    return ", ".join(f"{int(each)} {_word(each)}" for each in _NUMBERS.get(key, ()))


def _word(member: IntEnum) -> str:
    return member.name.lower().replace("_", " ")
