"""The group objects as the ETS shows a device, with their last values and what is wrong with them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from knx_ocpp_bridge.config import schemes
from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import SchemeRow
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.config.table import receiving_flags, sending_flags
from knx_ocpp_bridge.control.options import AskError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.building.building import Building
from knx_ocpp_bridge.daemon.building.judge import Judgement
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, Given, Sources, Topic, found
from knx_ocpp_bridge.knx.monitor.telegram_rows import described
from knx_ocpp_bridge.knx.monitor.telegrams import Passed

_EVERY: Final = -1
_MOST_NEIGHBOURS: Final = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of an object: what the ETS calls a group object."""

    number: int
    bound: BoundObject
    sends: bool

    @property
    def addresses(self) -> tuple[int, ...]:
        """The first is the one it sends on, or is read on."""
        state = self.bound.state_address
        return (() if state is None else (state,)) if self.sends else self.bound.addresses


def sides(objects: Iterable[BoundObject]) -> Iterator[Side]:
    """Numbered in the order of the configuration, as in the table that is printed."""
    number = 0
    for bound in objects:
        for sends in (True, False):
            side = Side(number + 1, bound, sends)
            if side.addresses:
                number += 1
                yield side


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are made with."""

    building: Building
    language: str
    problems: Mapping[tuple[str, int], tuple[dict[str, str], ...]]
    """By `where` of the object and group address."""
    secured: Mapping[str, Mapping[str, Any]]
    """By group address as it is shown; empty: there is no keyring."""
    in_ets: frozenset[int] | None
    """None: no file of the ETS is known."""
    users: Mapping[int, tuple[BoundObject, ...]]
    """Who receives on each address."""


def known(building: Building, language: str) -> Known:
    """What is known now, without waiting for anything."""
    judgement = building.judge.latest
    if judgement is not None and judgement.loaded is not building.loaded:
        judgement = None
    users: dict[int, list[BoundObject]] = defaultdict(list)
    for bound in building.loaded.objects:
        for address in bound.addresses:
            users[address].append(bound)
    secured = {} if judgement is None else {str(row["group_address"]): row for row in judgement.secured.rows}
    project = None if judgement is None else judgement.project
    return Known(
        building, language, _problems(judgement), secured, None if project is None else frozenset(project.addresses),
        {address: tuple(each) for address, each in users.items()},
    )  # fmt: skip


def _problems(judgement: Judgement | None) -> dict[tuple[str, int], tuple[dict[str, str], ...]]:
    by_place: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for each in () if judgement is None else judgement.findings:
        if each.address is not None:
            told = {"weight": each.weight.value, "kind": each.kind, "text": each.text, "remedy": each.remedy}
            by_place[each.where, each.address].append(told)
    return {place: tuple(told) for place, told in by_place.items()}


def row(side: Side, known: Known) -> dict[str, Any]:
    """One group object: number, charger (None: the bridge), connector, key, direction (`out`: the bridge sends), name,
    function, addresses (the first is sent on, or read), names (in ETS), dpt, length, flags (of CRWTUI), value (with its
    unit), misfit (why it is none), at and source of the last telegram, secured and in_ets (None: not known), writable,
    problems (weight, kind, text, remedy) and where (file and line), as plain JSON values.
    """
    from knx_ocpp_bridge.ets import speech
    from knx_ocpp_bridge.ets.sizes import in_words

    building, bound = known.building, side.bound
    style = building.loaded.bridge.knx.style
    way = speech.way(bound.row, sends=side.sends)
    flags = receiving_flags(bound.row, read_on_init=bound.read_on_init)
    if side.sends:
        flags = sending_flags(respond_to_read=bound.respond_to_read)
    shown = [format_address(address, style) for address in side.addresses]
    project = building.monitor.book.project
    return {
        "number": side.number,
        "charger": bound.charger,
        "connector": int(bound.connector),
        "key": bound.row.key,
        "direction": "out" if side.sends else "in",
        "name": f"{speech.name(bound.row.key, known.language)} {speech.word(way, known.language)}"
        if way
        else speech.name(bound.row.key, known.language),
        "function": speech.function(bound, known.language),
        "addresses": shown,
        "names": [project.names.get(address, "") for address in side.addresses],
        "dpt": bound.dpt,
        "length": in_words(bound.dpt, known.language),
        "flags": flags.replace(" ", ""),
        **_value(side, building),
        "secured": _secured(shown, known),
        "in_ets": None if known.in_ets is None else all(each in known.in_ets for each in side.addresses),
        "writable": not side.sends,
        "problems": list(_told(side, shown, known)),
        "where": bound.where,
    }


def _secured(shown: list[str], known: Known) -> bool | None:
    if not known.secured:
        return None
    return all(known.secured[each]["secured"] for each in shown if each in known.secured)


def _value(side: Side, building: Building) -> dict[str, Any]:
    monitor = building.monitor
    passed = [each for address in side.addresses if (each := monitor.latest.get(address)) is not None]
    last: Passed | None = max(passed, key=lambda each: each.at, default=None)
    payload = None if last is None else last.payload
    if payload is None and side.sends and side.bound.row.quantity is not Quantity.CLOCK:
        payload = building.bus.answer(side.addresses[0])
    value, misfit = "", ""
    if payload is not None:
        address = side.addresses[0] if last is None else last.destination
        value, misfit = described(address, side.bound.dpt, payload, monitor.book)
    at = None if last is None else last.at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {"value": value, "misfit": misfit, "at": at, "source": "" if last is None or last.ours else last.source}


def _told(side: Side, shown: list[str], known: Known) -> Iterator[dict[str, str]]:
    for address in side.addresses:
        yield from known.problems.get((side.bound.where, address), ())
    for address, name in zip(side.addresses, shown, strict=True):
        secured = known.secured.get(name)
        if secured is not None and secured["secured"]:
            yield from _unlinked(secured, side, name)
        if not side.sends:
            yield from _shared(address, name, side.bound, known)


def _unlinked(secured: Mapping[str, Any], side: Side, name: str) -> Iterator[dict[str, str]]:
    if secured["linked"] is False:
        text = f"in the keyring {name} is not linked to the bridge's individual address"
        remedy = (
            "devices will refuse what the bridge sends there: link it in ETS, download, and export the keyring again"
        )
        yield {"weight": "error", "kind": "keyring", "text": text, "remedy": remedy}
    elif not side.sends and not secured["senders"]:
        text = f"the keyring names no sender of {name}"
        remedy = "nobody will be heard there: link it to the bridge's tunnel in ETS, and export the keyring again"
        yield {"weight": "error", "kind": "keyring", "text": text, "remedy": remedy}


def _shared(address: int, name: str, bound: BoundObject, known: Known) -> Iterator[dict[str, str]]:
    others = [each for each in known.users.get(address, ()) if each is not bound]
    if not others:
        return
    more = len(others) - _MOST_NEIGHBOURS
    whose = ", ".join(map(title, others[:_MOST_NEIGHBOURS])) + (f" and {more} more" if more > 0 else "")
    same = all(each.row.key == bound.row.key for each in others)
    remedy = "a central command: one telegram does it to all" if same else "meant so? Each gets what is written there"
    told = {"text": f"{name} is also that of {whose}", "remedy": remedy}
    yield {"weight": "hint" if same else "warning", "kind": "shared", **told}


def _objects(sources: Sources, charger: str, given: Given) -> Listing:
    building = sources.building
    if given["language"] not in {"en", "de"}:
        raise AskError("language is en or de")
    charger_id: ChargerId | None = found(sources.roster, charger) if charger else None
    all_of_them = not charger and not given["bridge"]
    wanted = [
        side
        for side in sides(building.loaded.objects)
        if side.number > given["after"]
        and (all_of_them or side.bound.charger == charger_id)
        and given["connector"] in {_EVERY, side.bound.connector}
    ][: given["limit"]]
    building.judge.want()
    told = known(building, given["language"])
    return Listing(tuple(row(side, told) for side in wanted), wanted[-1].number if wanted else given["after"])


def _schemes(sources: Sources, _charger: str, _given: Given) -> Listing:
    """By which a block of addresses can be laid out."""
    bridge = sources.building.loaded.bridge
    return Listing(
        tuple(
            {"name": name, "objects": list(scheme), "addresses": 1 + max(map(_last, scheme.values()), default=0)}
            for name, scheme in schemes.known(bridge).items()
        )
    )


def _last(row: SchemeRow) -> int:
    return max((*row.address, row.state_address or 0))


TOPICS: Final[Mapping[str, Topic]] = {
    "objects": Topic(
        _objects,
        {
            "connector": Option(int, _EVERY, _EVERY, 255),
            "bridge": Option(bool, default=False),
            "language": Option(str, "en"),
            "after": AFTER,
            "limit": LIMIT,
        },
        charger=None,
    ),
    "schemes": Topic(_schemes, {}),
}
