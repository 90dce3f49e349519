"""Configuration keys as they are read and written: one place for the command line, the pages and the API."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.core.configuration_keys import (
    AUTHORIZATION_KEY,
    LONGEST_NAME,
    LONGEST_VALUE,
    Access,
    known,
    unfit,
)
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic, found

_REBOOT: Final = "RebootRequired"
_MOST_NAMES: Final = 100


def _keys(sources: Sources, charger: str, _given: Given) -> Listing:
    """As they were read last; nothing before anybody has read them."""
    one = sources.roster.charger(found(sources.roster, charger))
    return Listing(tuple(sources.workshop.keys.rows(one)))


async def _read(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    wanted = [spelled(name) for name in order.options["keys"].replace(",", " ").split()]
    if len(wanted) > _MOST_NAMES or any(len(name) > LONGEST_NAME for name in wanted):
        raise MisuseError(f"at most {_MOST_NAMES} keys with at most {LONGEST_NAME} characters are read at once")
    refusal = await _ask(desk, charger_id, wanted, order.origin)
    if refusal is not None:
        return refusal
    one = desk.roster.charger(charger_id)
    rows = desk.workshop.keys.rows(one)
    folded = {name.casefold() for name in wanted}
    # Some answer with all keys whatever was asked for, and do not name those that they do not know (row K5).
    rows = [row for row in rows if not wanted or row["key"].casefold() in folded]
    there = {row["key"].casefold() for row in rows}
    unknown = [name for name in wanted if name.casefold() not in there]
    messages = [f"{name}: the charger does not know it" for name in unknown]
    if not wanted:
        none = "the charger lists none; it may still answer for one that is named"
        messages = [f"{len(rows)} keys were read" if rows else none]
    return Managed(done=True, messages=tuple(messages), row={"keys": rows, "unknown": unknown})


async def _set(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    name, value = spelled(order.options["key"].strip()), order.options["value"]
    force = order.options["force"]
    refusal = "" if force else _refusal(desk, charger_id, name)
    if name == AUTHORIZATION_KEY:
        refusal = f"a password is set with the bridge knowing it: secure the charger (chargers secure {charger_id})"
    if refusal:
        return Managed(done=False, messages=(refusal,))
    _check(name, value, force=force)
    answered = await desk.workshop.call(charger_id, "ChangeConfiguration", {"key": name, "value": value}, order.origin)
    if answered.result is not CommandResult.ACCEPTED:
        words = answered.result.name.lower().replace("_", " ")
        return Managed(done=False, messages=(f"{name}: {words}: {answered.reason}",), because=answered.result)
    told = [f"accepted: {name} = {value}"]
    reboot = answered.reason == _REBOOT
    if reboot:
        told.append("reboot needed: it is in force after a restart of the charger")
    await _ask(desk, charger_id, [name], order.origin)
    now = desk.workshop.keys.find(charger_id, name)
    if now is not None and not reboot and now.value != value:
        told.append(f"but it tells {now.value!r} now" if now.value else "but it tells an empty value now")
    row = {"key": name, "status": answered.reason, "reboot_needed": reboot}
    return Managed(done=True, messages=tuple(told), row=row)


def spelled(name: str) -> str:
    """As the standard spells it; a vendor's own key as it was typed."""
    key = known(name)
    return name if key is None else key.name


def _refusal(desk: Desk, charger_id: ChargerId, name: str) -> str:
    """Why this key cannot be written; empty: it can."""
    key, there = known(name), desk.workshop.keys.find(charger_id, name)
    if there is not None and there.readonly:
        return f"the charger says that {name} is read-only; with force it is sent all the same"
    if key is not None and key.access is Access.READ:
        return f"{name} is read-only in OCPP 1.6; with force it is sent all the same"
    return ""


def _check(name: str, value: str, *, force: bool) -> None:
    if not 0 < len(name) <= LONGEST_NAME or len(value) > LONGEST_VALUE:
        raise MisuseError(f"a key has 1 to {LONGEST_NAME} characters, a value at most {LONGEST_VALUE}")
    key = known(name)
    why = "" if key is None or force else unfit(key, value)
    if why:
        raise MisuseError(f"{why}; with force it is sent all the same")


async def _ask(desk: Desk, charger_id: ChargerId, names: list[str], origin: Origin) -> Managed | None:
    """These keys (all, if there are none) are in the book; or why they are not."""
    payload = {"key": names} if names else {}
    answered = await desk.workshop.call(charger_id, "GetConfiguration", payload, origin)
    if answered.result is not CommandResult.ACCEPTED or answered.answer is None:
        words = answered.result.name.lower().replace("_", " ")
        return Managed(done=False, messages=(f"{words}: {answered.reason}",), because=answered.result)
    return None


TOPICS: Final[Mapping[str, Topic]] = {"keys": Topic(_keys, {}, charger=True)}
VERBS: Final[Mapping[str, Verb]] = {
    "keys_read": Verb(_read, {"keys": Option(str, "")}),
    "key_set": Verb(_set, {"key": Option(str, ""), "value": Option(str, ""), "force": Option(bool, default=False)}),
}
