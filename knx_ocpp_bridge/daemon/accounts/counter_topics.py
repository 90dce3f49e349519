"""The counters as they are looked at and reset: a topic and a verb for whoever asks."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.options import AskError, MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.book import Count, Running, Tally, seconds_of
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.status import ocpp_word
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId
from knx_ocpp_bridge.daemon.books import Counters
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic, found

Json = dict[str, Any]

_HIGHEST_CONNECTOR: Final = 255


def _counters(sources: Sources, charger: str, _given: Given) -> Listing:
    """One row for each outlet, one for each charger, and one for the site, unless a charger is named."""
    counters, roster = sources.books.counters, sources.roster
    settings = [actor.charger.settings for actor in roster.actors.values() if actor.charger.settings.configured]
    if charger:
        named = found(roster, charger)
        settings = [one for one in settings if one.id == named]
        if not settings:
            raise AskError(f"{named} is not in the configuration: only configured chargers have counters")
    unknown = sorted(counters.unknown & {one.id for one in settings})
    if unknown:
        raise AskError(f"the log of {', '.join(unknown)} cannot be read (see the log of the bridge): check the disk")
    rows = [row for one in settings for row in _rows(counters, one)]
    if not charger:
        rows.append({"charger": "", "charger_name": "", "connector": None, **_tally(counters.tally(None))})
    return Listing(tuple(rows))


def _rows(counters: Counters, one: ChargerSettings) -> list[Json]:
    place = {"charger": one.id, "charger_name": one.name}
    rows = [{**place, "connector": int(number), **_outlet(counters, one, number)} for number in sorted(one.connectors)]
    return [*rows, {**place, "connector": None, **_tally(counters.tally(one.id))}]


def _outlet(counters: Counters, one: ChargerSettings, number: ConnectorId) -> Json:
    running, last = counters.running(one.id, number), counters.last(one.id, number)
    reset_at = counters.reset_at(one.id, number)
    return {
        **_tally(counters.tally(one.id, number)),
        "reset_at": None if reset_at is None else reset_at.isoformat(timespec="seconds"),
        "running": None if running is None else _running(counters, one, running),
        "last": None if last is None else _last(counters, one, last),
    }


def _tally(tally: Tally) -> Json:
    return {"today": _count(tally.today), "yesterday": _count(tally.yesterday), "total": _count(tally.total)}


def _count(count: Count | None) -> Json | None:
    if count is None:
        return None
    return {"sessions": count.sessions, "energy_wh": count.energy_wh, "seconds": count.seconds}


def _charge(counters: Counters, one: ChargerSettings, transaction: Transaction) -> Json:
    return {
        "transaction": int(transaction.id),
        "id_tag": masked(transaction.id_tag),
        "name": counters.name(one.id, transaction),
        "started_at": transaction.started_at.isoformat(timespec="seconds"),
        "clock": "sane" if transaction.clock_sane else "doubtful",
    }


def _running(counters: Counters, one: ChargerSettings, running: Running) -> Json:
    charge = _charge(counters, one, running.transaction)
    return {**charge, "energy_wh": running.energy_wh, "seconds": counters.elapsed_s(running)}


def _last(counters: Counters, one: ChargerSettings, last: Transaction) -> Json:
    return {
        **_charge(counters, one, last),
        "stopped_at": None if last.stopped_at is None else last.stopped_at.isoformat(timespec="seconds"),
        "energy_wh": last.energy_wh or 0,
        "seconds": seconds_of(last),
        "reason": None if last.reason is None else ocpp_word(last.reason),
    }


async def _reset(desk: Desk, order: Order) -> Managed:
    number = ConnectorId(order.options["connector"])
    charger_id = found(desk.roster, order.charger) if order.charger else None
    if charger_id is None and number:
        raise AskError("a connector is one of a charger: name that as well")
    if charger_id is not None and number and number not in desk.roster.charger(charger_id).settings.connectors:
        raise MissingError(f"connector {number} of {charger_id} is not in the configuration")
    on_disk = asyncio.Event()
    if not desk.books.counters.reset(charger_id, number, order.origin.value, on_disk.set):
        return Managed(done=False, messages=("nothing is counted there: only configured chargers have counters",))
    await on_disk.wait()
    where = "the site" if charger_id is None else charger_id if number == CHARGE_POINT else f"{charger_id}/{number}"
    return Managed(done=True, messages=(f"the totals of {where} begin anew; today and yesterday stay as they are",))


TOPICS: Final[Mapping[str, Topic]] = {"counters": Topic(_counters, {}, charger=None)}
VERBS: Final[Mapping[str, Verb]] = {
    "reset_counters": Verb(_reset, {"connector": Option(int, 0, 0, _HIGHEST_CONNECTOR)}, charger=None)
}
