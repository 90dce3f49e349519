"""Group addresses that are written in another style than they are shown in: `9/7` may be a slip for `9/7/0`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, AddressStyle, format_address, parse_group_address
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.problems import KeyPath, Problem, spell

_LEVELS: Final = {AddressStyle.THREE_LEVEL: 3, AddressStyle.TWO_LEVEL: 2, AddressStyle.FREE: 1}
_ADDRESS_KEYS: Final = frozenset({"address", "state_address", "base"})


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one written address."""

    where: str
    """`file:line`."""
    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"


def concerning(remarks: Iterable[Remark], problems: Sequence[Problem]) -> Iterator[str]:
    """Those about the places that the problems are about: what is taken for another address may be their cause."""
    for remark in remarks:
        if any(_same_place(remark, problem) for problem in problems):
            yield str(remark)


def _same_place(remark: Remark, problem: Problem) -> bool:
    within = "group_objects" in problem.path and remark.path.startswith(problem.path)
    return within or remark.where == problem.where or f"({remark.where})" in problem.reason


def odd(document: Document, style: AddressStyle) -> Iterator[Remark]:
    """A remark for each address whose number of levels is not that of `style`."""
    for path, written in _addresses(document.data, (), inside=False):
        if len(str(written).split("/")) == _LEVELS[style]:
            continue
        try:
            meant = format_address(parse_group_address(written), style)
        except AddressError:
            continue  # told as a problem
        sentence = f"{written} is read as {meant}; write it in the style of the others, or set knx.group_address_style"
        yield Remark(document.where(path), spell(path), sentence)


def _addresses(value: object, path: KeyPath, *, inside: bool) -> Iterator[tuple[KeyPath, object]]:
    """What stands as a group address anywhere in or below `value`."""
    if isinstance(value, dict):
        for key, each in value.items():
            if inside and key in _ADDRESS_KEYS:
                yield from (((*path, key), one) for one in (each if isinstance(each, list) else (each,)))
            else:
                within = inside or key in {"group_objects", "group_objects_from"}
                yield from _addresses(each, (*path, key), inside=within)
    elif isinstance(value, list):
        for i, each in enumerate(value):
            yield from _addresses(each, (*path, i), inside=inside)
