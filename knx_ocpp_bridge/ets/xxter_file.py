"""The configuration that a list of an xxter becomes, as text with the addresses as they were. Pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.ets.xxter import XxterCharger, XxterObject
from knx_ocpp_bridge.ets.xxter_cards import EVERY_CARD, Cards, at_once_elsewhere, cards, mixed, quoted

_TIMEZONE: Final = "Europe/Amsterdam"
_WIDEST: Final = max(len(key) for key, row in CATALOGUE.items() if row.send_offset is not None) + 1


def configuration(chargers: Iterable[XxterCharger], file: str, tags_file: str = "tags.yaml") -> str:
    """A whole `bridge.yaml`; what `to_fill_in` names is to be completed by whoever installs it.

    `tags_file` is the list of cards as seen from it.
    """
    listed = list(chargers)
    return "\n".join((*_head(file), *_authorization(cards(listed), tags_file), *_chargers(listed), ""))


def to_fill_in() -> tuple[str, ...]:
    """What no list of an xxter tells, with what stands in its place."""
    return (f"site.timezone ({_TIMEZONE} stands there)", "knx.connection (automatic stands there)")


def notes(chargers: Iterable[XxterCharger]) -> Iterator[str]:
    """What was assumed, and what the list says and this configuration does not carry over."""
    listed = list(chargers)
    for charger in listed:
        yield from charger.notes
    told = cards(listed)
    if told.scheduled or any(EVERY_CARD in charger.scheduled_tags for charger in listed):
        yield (
            "cards of the Smart Energy Manager charge in the mode scheduled: say by when (plans, or the object "
            "goal_time) and what energy costs (tariff)"
        )
    yield from mixed(listed)
    yield from at_once_elsewhere(listed)


def _head(file: str) -> Iterator[str]:
    yield f"# Made of {quoted(file)}, group address for group address. Judge it with: knx-ocpp-bridge check"
    yield from ("site:", f"  timezone: {_TIMEZONE}        # the one of the building", "")
    yield from ("knx:", "  connection: automatic             # or tunneling with gateway: 192.168.1.5", "")
    yield from ("ocpp:", "  listen: 0.0.0.0:8016              # the port of the xxter", "")


def _authorization(told: Cards, tags_file: str) -> Iterator[str]:
    yield "authorization:"
    yield "  mode: all" if told.everywhere else "  mode: allow_list"
    if told.places:
        yield f"  tags_file: {quoted(tags_file)}"
    yield ""


def _chargers(listed: list[XxterCharger]) -> Iterator[str]:
    told = cards(listed)
    yield "chargers:"
    for charger_id, pages in groupby(sorted(listed, key=attrgetter("id")), attrgetter("id")):
        yield from _charger(charger_id, list(pages), open_to_all=charger_id in told.open and not told.everywhere)


def _charger(charger_id: str, pages: list[XxterCharger], *, open_to_all: bool) -> Iterator[str]:
    yield f"  - id: {quoted(charger_id)}"
    name = pages[0].parameters.get("name")
    if name:
        yield f"    name: {quoted(name)}"
    if open_to_all:
        yield "    authorization: {mode: all}"
    yield "    connectors:"
    for page in pages:
        yield from _connector(page.parameters.get("connector", "1"), page)


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
    if EVERY_CARD in page.scheduled_tags:
        yield "        mode: scheduled"
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
