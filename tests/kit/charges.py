"""Transactions of a story, and their naive recount: every counter by going through the whole log each time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Final

from knx_ocpp_bridge.core.book import Count
from knx_ocpp_bridge.core.facts import DayEnergy, Transaction
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId

CARD: Final = IdTag("04A1B2C3")


def begun(number: int, at: datetime, **more: object) -> Transaction:
    """An open transaction of connector 1, unless something else is said."""
    plain = Transaction(TransactionId(number), ConnectorId(1), CARD, 1000, at)
    return replace(plain, **more)  # type: ignore[arg-type]  # the names of fields, as `replace` checks


def ended(
    one: Transaction, at: datetime, *days: tuple[date, int], reason: StopReason = StopReason.LOCAL
) -> Transaction:
    """The same after its end, with its energy by day."""
    energy_wh = sum(energy_wh for _, energy_wh in days)
    split = tuple(DayEnergy(*day) for day in days) if one.clock_sane else ()
    return replace(
        one, stopped_at=at, meter_stop_wh=one.meter_start_wh + energy_wh, energy_wh=energy_wh, reason=reason, days=split
    )


def seconds_on(one: Transaction, day: date, zone: tzinfo) -> int:
    """By looking at the date of each of its minutes; it begins and ends with a whole one."""
    if one.stopped_at is None or not one.clock_sane:
        return 0
    begin, end = int(one.started_at.timestamp()), int(one.stopped_at.timestamp())
    return 60 * sum(datetime.fromtimestamp(second, zone).date() == day for second in range(begin, end, 60))


def recounted(log: Iterable[Transaction], day: date | None, zone: tzinfo) -> Count:
    """What a person with paper and pencil makes of the log: of one day, or of all (None)."""
    charges = [one for one in log if one.stopped_at is not None and (one.accepted or one.energy_wh)]
    sessions: dict[int, list[Transaction]] = {}
    for one in charges:
        sessions.setdefault(one.id if one.session is None else one.session, []).append(one)
    if day is None:
        seconds = sum(
            int(one.stopped_at.timestamp()) - int(one.started_at.timestamp())
            for one in charges
            if one.clock_sane and one.stopped_at is not None
        )
        return Count(len(sessions), sum(one.energy_wh or 0 for one in charges), seconds)
    ends = [[_day_of_end(one, zone) for one in parts if one.clock_sane] for parts in sessions.values()]
    return Count(
        sum(max(days) == day for days in ends if days),
        sum(part.energy_wh for one in charges for part in one.days if part.day == day),
        sum(seconds_on(one, day, zone) for one in charges),
    )


def _day_of_end(one: Transaction, zone: tzinfo) -> date:
    if one.stopped_at is None:
        raise ValueError("it has not ended")
    return one.stopped_at.astimezone(zone).date()
