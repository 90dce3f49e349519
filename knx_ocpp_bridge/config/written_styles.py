"""Group addresses that are written in another style than they are shown in: `9/7` may be a slip for `9/7/0`."""

from collections.abc import Iterator
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, AddressStyle, format_address, parse_group_address
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.problems import KeyPath

_LEVELS: Final = {AddressStyle.THREE_LEVEL: 3, AddressStyle.TWO_LEVEL: 2, AddressStyle.FREE: 1}
_ADDRESS_KEYS: Final = frozenset({"address", "state_address", "base"})


def odd(document: Document, style: AddressStyle) -> Iterator[str]:
    """A sentence with `file:line` for each address whose number of levels is not that of `style`."""
    for path, written in _addresses(document.data, (), inside=False):
        if len(str(written).split("/")) == _LEVELS[style]:
            continue
        try:
            meant = format_address(parse_group_address(written), style)
        except AddressError:
            continue  # told as a problem
        yield (
            f"{document.where(path)}: {written} is read as {meant}; write it in the style of the others, "
            "or set knx.group_address_style"
        )


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
