"""Group addresses of objects written into the configuration file: one by one, or as a block from a base address."""

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from knx_ocpp_bridge.config import edit, schemes
from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.assigning import Assigned, Place, block, one_after_another, scope_of
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.change import Change, Drop, Plain, Put, changed
from knx_ocpp_bridge.config.edit import meaning
from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.group_objects import GroupObject
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.objects import places

if TYPE_CHECKING:
    from knx_ocpp_bridge.ets.project import Project

IN_TURN: Final = "in_turn"
"""The scheme of those that have no scheme: one address after another."""
_JUDGED_WITHIN_S: Final = 60.0
_SEPARATORS: Final = re.compile(r"[\s,;]+")


async def _set(desk: Desk, order: Order) -> Managed:
    """One object has these addresses in the file; what is left out stays, an empty text takes away."""
    where = places.place(desk, order.charger, order.options["connector"])
    loaded, row = desk.building.loaded, _row(order.options["key"], where)
    bound = next((each for each in loaded.objects if _owner(each) == where and each.row is row), None)
    if order.options["remove"]:
        return await desk.adopting.change(partial(_removed, where=where, key=row.key, loaded=loaded))
    binding = _binding(bound, order.options, row, loaded)
    return await desk.adopting.change(partial(_bound, where=where, key=row.key, binding=binding))


def _row(key: str, where: Place) -> GroupObject:
    row = next((each for each in objects_of(scope_of(where)) if each.key == key), None)
    if row is None:
        raise MisuseError(f"there is no object {key[:64]!r} in this place")
    return row


def _owner(bound: BoundObject) -> Place:
    return bound.charger, bound.connector


def _binding(bound: BoundObject | None, given: Mapping[str, Any], row: GroupObject, loaded: Loaded) -> dict[str, Plain]:
    """`address`, `state_address` and `dpt` as they are to stand there."""
    style = loaded.bridge.knx.style
    heard = () if bound is None else bound.addresses
    if given["address"] is not None:
        heard = tuple(
            places.parsed(each, "address", style) for each in _SEPARATORS.split(given["address"].strip()) if each
        )
    said = None if bound is None else bound.state_address
    if given["state_address"] is not None:
        said = places.parsed(given["state_address"], "state_address", style) if given["state_address"].strip() else None
    dpt = given["dpt"] or (row.dpts[0] if bound is None else bound.dpt)
    binding: dict[str, Plain] = {}
    if heard:
        shown: list[Plain] = [places.plain(each, style) for each in heard]
        binding["address"] = shown[0] if len(shown) == 1 else shown
    if said is not None:
        binding["state_address"] = places.plain(said, style)
    if not binding:
        raise MisuseError(f"{row.key} would have no group address: give it one, or remove it")
    if dpt != row.dpts[0] or given["dpt"]:
        binding["dpt"] = dpt
    return binding


def _bound(text: str, *, where: Place, key: str, binding: dict[str, Plain]) -> str:
    around = (*places.path(text, where), "group_objects", key)
    written = _at(meaning(text)[0], around)
    if not isinstance(written, dict):
        return changed(text, [Put(around, binding)])
    changes: list[Change] = [Put((*around, name), value) for name, value in binding.items()]
    changes += [Drop((*around, name)) for name in ("address", "state_address") if name not in binding]
    return changed(text, changes)


def _removed(text: str, *, where: Place, key: str, loaded: Loaded) -> str:
    around = places.path(text, where)
    data = meaning(text)[0]
    scheme = _at(data, (*around, "group_objects_from", "scheme"))
    if isinstance(scheme, str) and key in schemes.known(loaded.bridge).get(scheme, {}):
        return changed(text, [Put((*around, "group_objects", key), None)])
    return changed(text, [Drop((*around, "group_objects", key))])


def _at(data: object, path: KeyPath) -> object:
    for part in path:
        if isinstance(data, list) and isinstance(part, int):
            data = data[part]
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


async def _fill(desk: Desk, order: Order) -> Managed:
    """A block of addresses is shown, or written."""
    given = order.options
    where = places.place(desk, order.charger, given["connector"])
    judgement = await desk.building.judge.judged(_JUDGED_WITHIN_S)
    loaded = desk.building.loaded
    rows = _block(where, given, loaded)
    if not rows:
        raise MisuseError("no object was chosen")
    own = frozenset[str]() if given["scheme"] == IN_TURN else await asyncio.to_thread(_own, loaded.path, where)
    told = _preview(rows, where, loaded, None if judgement is None else judgement.project, own)
    taken = [each for each in told if each["conflict"]]
    if given["check"]:
        return Managed(done=True, row={"rows": told, "taken": len(taken)})
    hard = [each["conflict"] for each in told if each["weight"] == "error"]
    if hard or (taken and not given["force"]):
        why = tuple(f"{each['key']}: {each['conflict']}" for each in taken[:20])
        return Managed(done=False, messages=(*why, "nothing was written: choose another base"), row={"rows": told})
    return await desk.adopting.change(partial(_filled, where=where, given=given, rows=rows, loaded=loaded))


def _block(where: Place, given: Mapping[str, Any], loaded: Loaded) -> list[Assigned]:
    style = loaded.bridge.knx.style
    base = places.parsed(given["base"], "base", style)
    keys = [each for each in _SEPARATORS.split(given["keys"].strip()) if each]
    if given["scheme"] == IN_TURN:
        chosen = [_row(key, where).key for key in keys]
        return list(one_after_another(chosen, base, style, loaded.objects, where))
    charger, connector = where
    if charger is None or not connector:
        raise MisuseError(f"schemes are for connectors: here addresses are given {IN_TURN}")
    known = schemes.known(loaded.bridge)
    if given["scheme"] not in known:
        raise MisuseError(f"there is no scheme {given['scheme'][:64]!r}; known: {', '.join(known)}, {IN_TURN}")
    return list(block(known[given["scheme"]], base, style, loaded.objects, (charger, connector)))


def _own(file: Path, where: Place) -> frozenset[str]:
    """Objects with addresses of their own in the file: those win over a block."""
    text = edit.read(file)
    entries = _at(meaning(text)[0], (*places.path(text, where), "group_objects"))
    named = entries.items() if isinstance(entries, dict) else ()
    return frozenset(
        key for key, each in named if isinstance(each, dict) and ("address" in each or "state_address" in each)
    )


def _preview(
    rows: list[Assigned], where: Place, loaded: Loaded, there: "Project | None", own: frozenset[str]
) -> list[dict[str, Any]]:
    from knx_ocpp_bridge.ets.filling import in_the_way

    style = loaded.bridge.knx.style
    told = []
    for row in rows:
        kept = row.row.key in own
        conflict = "" if kept else row.conflict
        occupied = "" if kept or conflict else in_the_way(row, where, loaded, there)
        known = None if there is None or row.address is None else there.addresses.get(row.address)
        told.append(
            {
                "key": row.row.key,
                "direction": "out" if row.sends else "in",
                "address": "" if row.address is None else format_address(row.address, style),
                "dpt": row.dpt,
                "name": "" if known is None else known.name,
                "in_ets": None if there is None else known is not None,
                "conflict": conflict or occupied,
                "weight": "error" if conflict else "warning" if occupied else "",
                "kept": kept,
                "beyond": row.address is None,
            }
        )
    return told


def _filled(text: str, *, where: Place, given: Mapping[str, Any], rows: list[Assigned], loaded: Loaded) -> str:
    around, style = places.path(text, where), loaded.bridge.knx.style
    if given["scheme"] != IN_TURN:
        base = places.plain(places.parsed(given["base"], "base", style), style)
        changes: list[Change] = [Put((*around, "group_objects_from"), {"scheme": given["scheme"], "base": base})]
        return changed(text, changes)
    bindings: dict[str, dict[str, Plain]] = {}
    for row in rows:
        if row.address is not None:
            at = "state_address" if row.sends else "address"
            bindings.setdefault(row.row.key, {})[at] = places.plain(row.address, style)
    for key, binding in bindings.items():
        text = _bound(text, where=where, key=key, binding=binding)
    return text


_CONNECTOR: Final = Option(int, 0, 0, 255)

VERBS: Final[Mapping[str, Verb]] = {
    "object_set": Verb(
        _set,
        {
            "connector": _CONNECTOR,
            "key": Option(str, ""),
            "address": Option(str, None),
            "state_address": Option(str, None),
            "dpt": Option(str, None),
            "remove": Option(bool, default=False),
        },
        charger=None,
    ),
    "objects_fill": Verb(
        _fill,
        {
            "connector": _CONNECTOR,
            "scheme": Option(str, schemes.XXTER),
            "base": Option(str, ""),
            "keys": Option(str, ""),
            "check": Option(bool, default=False),
            "force": Option(bool, default=False),
        },
        charger=None,
    ),
}
