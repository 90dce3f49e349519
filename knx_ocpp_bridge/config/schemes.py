"""Blocks of group addresses: which object lies how far from the base, by xxter's offsets or the installer's own."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address, offset_address
from knx_ocpp_bridge.config.bus_models import Binding, GroupObjectsFrom, Scheme, SchemeRow
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.keys import about_unknown_object, objects_of
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.sizes import size_in_words
from knx_ocpp_bridge.core.group_objects import CATALOGUE, Scope

XXTER: Final = "xxter"


def xxter() -> Scheme:
    """The offsets of the catalogue."""
    return {
        row.key: SchemeRow(
            address=() if row.receive_offset is None else (row.receive_offset,), state_address=row.send_offset
        )
        for row in objects_of(Scope.CONNECTOR)
        if (row.send_offset, row.receive_offset) != (None, None)
    }


def known(bridge: Bridge) -> Mapping[str, Scheme]:
    """Every scheme by its name."""
    return {**bridge.schemes, XXTER: xxter()}


def problems(bridge: Bridge, document: Document) -> Iterator[Problem]:
    """What is wrong with the installer's own schemes, used or not."""
    for name, scheme in bridge.schemes.items():
        if name == XXTER:
            reason = "the offsets of xxter are known and cannot be changed"
            yield document.problem(("schemes", name), reason, "give your own scheme another name")
        yield from _scheme_problems(name, scheme, document)


def unsound(bridge: Bridge, document: Document) -> frozenset[str]:
    """The schemes of which `problems` tells: nothing can be laid out by them."""
    return frozenset(name for name, scheme in bridge.schemes.items() if any(_scheme_problems(name, scheme, document)))


def _scheme_problems(name: str, scheme: Scheme, document: Document) -> Iterator[Problem]:
    wrong = [
        problem for key, row in scheme.items() for problem in _row_problems(key, row, ("schemes", name, key), document)
    ]
    yield from wrong or _clashes(name, scheme, document)


def _clashes(name: str, scheme: Scheme, document: Document) -> Iterator[Problem]:
    """A state that lies where another object lies, and commands of two sizes in one place."""
    states: dict[int, str] = {}
    for key, row in scheme.items():
        path: KeyPath = ("schemes", name, key)
        if row.state_address is None:
            continue
        first = states.setdefault(row.state_address, key)
        if first != key:
            reason = f"offset {row.state_address} is that of {first} already ({document.where((*path[:2], first))})"
            yield document.problem((*path, "state_address"), reason, "give each state an offset of its own")
    commands: dict[int, tuple[str, str]] = {}
    for key, row in scheme.items():
        for offset in row.address:
            if offset in states:
                reason = f"offset {offset} is the state of {states[offset]}, which the bridge sends"
                remedy = "a command and a state need different offsets"
                yield document.problem(("schemes", name, key, "address"), reason, remedy)
                continue
            size = size_in_words(row.dpt or CATALOGUE[key].dpts[0])
            other, of_other = commands.setdefault(offset, (key, size))
            if of_other != size:
                reason = f"offset {offset} would carry {other} ({of_other}) and {key} ({size})"
                yield document.problem(("schemes", name, key, "address"), reason, "objects that share it need one size")


def _row_problems(key: str, row: SchemeRow, path: KeyPath, document: Document) -> Iterator[Problem]:
    of_catalogue = CATALOGUE.get(key)
    if of_catalogue is None or Scope.CONNECTOR not in of_catalogue.scope:
        yield document.problem(path, *about_unknown_object(key, Scope.CONNECTOR))
        return
    if not row.address and row.state_address is None:
        yield document.problem(path, f"{key} has no offset", "write address, state_address or both")
    if row.address and not of_catalogue.receives:
        yield document.problem((*path, "address"), f"{key} only sends", "write state_address instead of address")
    if row.state_address is not None and not of_catalogue.sends:
        yield document.problem((*path, "state_address"), f"{key} only receives", "write address instead")
    if row.dpt is not None and row.dpt not in of_catalogue.dpts:
        allowed = " or ".join(f'"{dpt}"' for dpt in of_catalogue.dpts)
        yield document.problem((*path, "dpt"), f"{key} cannot be a DPT {row.dpt}", f"write dpt: {allowed}")


def laid_out(
    wanted: GroupObjectsFrom, bridge: Bridge, path: KeyPath, document: Document
) -> tuple[dict[str, Binding] | None, list[Problem]]:
    """The objects of a block, by their keys; None: there are none, and the problem says why. `path` is where it is
    asked for.
    """
    style: AddressStyle = bridge.knx.style
    scheme = known(bridge).get(wanted.scheme)
    if scheme is None:
        names = (XXTER, *bridge.schemes)
        close = get_close_matches(wanted.scheme, names, n=1, cutoff=0.6)
        remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(names)}; own ones stand under schemes"
        return None, [document.problem((*path, "scheme"), f"there is no scheme {wanted.scheme!r}", remedy)]
    last = max((offset for row in scheme.values() for offset in _offsets(row)), default=0)
    if offset_address(wanted.base, last, style) is None:
        base = format_address(wanted.base, style)
        reason = f"the scheme needs the {last} addresses after {base}, which leaves the sub-group"
        return None, [document.problem((*path, "base"), reason, f"choose a base with {last} addresses after it")]
    return {key: _binding(wanted.base, row) for key, row in scheme.items()}, []


def _offsets(row: SchemeRow) -> tuple[int, ...]:
    return row.address if row.state_address is None else (*row.address, row.state_address)


def _binding(base: int, row: SchemeRow) -> Binding:
    """As it would be written; `model_construct`, because the numbers are addresses already."""
    return Binding.model_construct(
        address=tuple(base + offset for offset in row.address),
        state_address=None if row.state_address is None else base + row.state_address,
        dpt=row.dpt,
    )
