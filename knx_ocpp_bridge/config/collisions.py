"""Group addresses that two objects want: what cannot work is a problem, what may be a slip a warning."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.objects import Placed
from knx_ocpp_bridge.config.problems import Problem
from knx_ocpp_bridge.config.sizes import bits, size_in_words


def collisions(objects: Sequence[Placed], style: AddressStyle, document: Document) -> Iterator[Problem]:
    """Two objects that send on one address, a command address that is somebody's state, one address of two sizes."""
    senders: dict[int, BoundObject] = {}
    for bound, path in objects:
        address = bound.state_address
        if address is None:
            continue
        first = senders.setdefault(address, bound)
        if first is not bound:
            reason = f"{title(bound)} and {title(first)} ({first.where}) both send on {format_address(address, style)}"
            at = _key(path, "state_address")
            yield document.problem(at, reason, "give each state_address a group address of its own")
    first_receiver: dict[int, BoundObject] = {}
    for bound, path in objects:
        for address in bound.addresses:
            shown, at = format_address(address, style), _key(path, "address")
            other = first_receiver.setdefault(address, bound)
            if (sender := senders.get(address)) is not None:
                reason = f"{title(bound)} receives on {shown}, on which {title(sender)} ({sender.where}) sends"
                yield document.problem(at, reason, "a command and a state need different group addresses")
            elif bits(other.dpt) != bits(bound.dpt):
                reason = f"{shown} would carry {_typed(other)} ({other.where}) and {_typed(bound)}"
                yield document.problem(at, reason, "objects that share an address need one size")


def odd_companions(objects: Sequence[Placed], style: AddressStyle) -> Iterator[str]:
    """A sentence for each command address that objects of different types of the same size share."""
    receivers: dict[int, list[BoundObject]] = defaultdict(list)
    for bound, _ in objects:
        for address in bound.addresses:
            receivers[address].append(bound)
    for address, sharing in receivers.items():
        first = sharing[0]
        other = next((each for each in sharing if each.dpt != first.dpt), None)
        if other is not None:
            yield (
                f"{other.where}: {format_address(address, style)} serves {_typed(first)} ({first.where}) and "
                f"{_typed(other)}: the sizes agree, check that the meanings do"
            )


def title(bound: BoundObject) -> str:
    """The object as a sentence names it."""
    if bound.charger is None:
        return bound.row.key
    return f"{bound.row.key} of {bound.charger}/{bound.connector}"


def _typed(bound: BoundObject) -> str:
    return f"{title(bound)} (DPT {bound.dpt}, {size_in_words(bound.dpt)})"


def _key(path: tuple[str | int, ...], key: str) -> tuple[str | int, ...]:
    return path if path[-1] == "group_objects_from" else (*path, key)
