"""The alarms as they are looked at and acknowledged: topics and verbs for whoever asks."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.control.options import AskError, MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.daemon.books import KnownAlarm
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, NEWEST, Given, Sources, Topic, listing


def _alarms(sources: Sources, _charger: str, given: Given) -> Listing:
    rows = sources.books.alarms.rows(given["after"], given["limit"], newest=given["newest"], standing=given["standing"])
    return listing(rows, given["after"])


async def _acknowledge(desk: Desk, order: Order) -> Managed:
    number, by = order.options["number"], order.who or order.origin.value
    if order.options["all"] is (number is not None):
        raise AskError("acknowledge either the alarm with this number, or all")
    if number is None:
        count = desk.books.alarms.acknowledge_all(by)
        return Managed(done=True, messages=(f"{count} alarm{'s' * (count != 1)} acknowledged",))
    before = desk.books.alarms.find(number)
    if before is None:
        raise MissingError(f"there is no alarm {number}; see knx-ocpp-bridge alarms --all")
    if before.acknowledged_at is not None and not before.acknowledged_by:
        kind = before.kind.replace("_", " ")
        raise AskError(f"alarm {number} ({kind}) needs no acknowledgement: nobody has to do anything")
    desk.books.alarms.acknowledge(number, by)
    done = "is acknowledged" if before.acknowledged_at is None else f"was acknowledged before ({_seen(before)})"
    stands = ", and it still stands" if before.over_at is None else ""
    return Managed(done=True, messages=(f"alarm {number} {done}{stands}: {before.text}",))


def _seen(alarm: KnownAlarm) -> str:
    return f"{alarm.acknowledged_at}, {alarm.acknowledged_by}"


TOPICS: Final[Mapping[str, Topic]] = {
    "alarms": Topic(
        _alarms, {"standing": Option(bool, default=False), "after": AFTER, "limit": LIMIT, "newest": NEWEST}
    ),
}
VERBS: Final[Mapping[str, Verb]] = {
    "acknowledge": Verb(
        _acknowledge, {"number": Option(int, None, 1), "all": Option(bool, default=False)}, charger=False
    ),
}
