"""The configuration that a list of an xxter becomes, as text with the addresses as they were. Pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.ets.project import refusal
from knx_ocpp_bridge.ets.xxter import XxterCharger, XxterObject

EVERY_CARD: Final = "*"
_WIDEST: Final = max(len(key) for key in CATALOGUE) + 1


def configuration(chargers: Iterable[XxterCharger], file: str) -> str:
    """A whole `bridge.yaml`; `site` and `knx` are to be completed by whoever installs it.

    Raises:
        EtsError: a connector stands twice.
    """
    return "\n".join((*_head(file), *_chargers(chargers, file), ""))


def tags(chargers: Iterable[XxterCharger]) -> tuple[str, ...]:
    """Every card that may charge at any of them, once, in the order of the list; `*` stands for every card."""
    return tuple(dict.fromkeys(tag for charger in chargers for tag in charger.tags))


def notes(chargers: Iterable[XxterCharger]) -> Iterator[str]:
    """What the list says and this configuration does not carry over."""
    for charger in chargers:
        if charger.parameters.get("energy_manager_tags"):
            yield (
                f"{charger.parameters['id']}: cards for the Smart Energy Manager are not carried over, because this "
                "version has no scheduled charging"
            )


def tags_file(ids: Iterable[str]) -> str:
    """A `tags.yaml` with these cards."""
    return "".join(f"- id: {quoted(each)}\n" for each in ids)


def quoted(text: str) -> str:
    """A double-quoted scalar (YAML 1.2 section 7.3.1)."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _head(file: str) -> Iterator[str]:
    yield f"# Made of {quoted(file)}, group address for group address. Judge it with: knx-ocpp-bridge check"
    yield from ("site:", "  timezone: Europe/Amsterdam        # the one of the building", "")
    yield from ("knx:", "  connection: automatic             # or tunneling with gateway: 192.168.1.5", "")
    yield from ("ocpp:", "  listen: 0.0.0.0:8016              # the port of the xxter", "")


def _chargers(chargers: Iterable[XxterCharger], file: str) -> Iterator[str]:
    listed = list(chargers)
    cards = tags(listed)
    yield "authorization:"
    if EVERY_CARD in cards:
        yield "  mode: all"
    else:
        yield "  mode: allow_list"
        if cards:
            yield "  tags_file: tags.yaml"
    yield ""
    yield "chargers:"
    for charger_id, pages in groupby(
        sorted(listed, key=lambda one: one.parameters["id"]), lambda one: one.parameters["id"]
    ):
        yield from _charger(charger_id, list(pages), file)


def _charger(charger_id: str, pages: list[XxterCharger], file: str) -> Iterator[str]:
    yield f"  - id: {quoted(charger_id)}"
    name = pages[0].parameters.get("name")
    if name:
        yield f"    name: {quoted(name)}"
    yield "    connectors:"
    seen: dict[str, int] = {}
    for page in pages:
        number = page.parameters.get("connector", "1")
        if number in seen:
            reason = f"connector {number} of {charger_id} stands in line {seen[number]} already"
            raise refusal(f"{file}:{page.line}", reason, "give each page its own connector number")
        seen[number] = page.line
        yield from _connector(number, page)


def _id(page: XxterCharger) -> str:
    return page.parameters["id"]


def _connector(number: str, page: XxterCharger) -> Iterator[str]:
    yield f"      - id: {number}"
    normal, fast = page.parameters.get("normal"), page.parameters.get("fast")
    if normal:
        yield f"        normal_current: {normal}"
    if fast:
        yield f"        fast_current: {fast}"
    highest = max((float(each) for each in (normal, fast) if each), default=0.0)
    if highest:
        yield f"        max_current: {highest:g}"
    if page.objects:
        yield "        group_objects:"
        ordered = (page.objects[key] for key in CATALOGUE if key in page.objects)
        yield from (_object(each) for each in ordered)


def _object(each: XxterObject) -> str:
    parts = []
    if each.command is not None:
        parts.append(f"address: {format_address(each.command, AddressStyle.THREE_LEVEL)}")
    if each.state is not None:
        parts.append(f"state_address: {format_address(each.state, AddressStyle.THREE_LEVEL)}")
    if each.dpt and each.dpt != CATALOGUE[each.key].dpts[0]:
        parts.append(f'dpt: "{each.dpt}"')
    return f"          {f'{each.key}:'.ljust(_WIDEST)} {{{', '.join(parts)}}}"
