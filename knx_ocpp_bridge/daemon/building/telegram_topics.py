"""The group telegrams as they are looked at: a topic for whoever asks."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError
from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, NEWEST, Given, Sources, Topic
from knx_ocpp_bridge.knx.monitor.patterns import Pattern, group_pattern, individual_pattern
from knx_ocpp_bridge.knx.monitor.telegrams import Sought

_MOST_PATTERNS: Final = 64


def _telegrams(sources: Sources, _charger: str, given: Given) -> Listing:
    monitor = sources.building.monitor
    try:
        sought = Sought(
            _patterns(given["address"]),
            individual_pattern(given["source"]) if given["source"] else None,
            monitor.book.is_ours if given["ours"] else None,
        )
    except AddressError as error:
        raise MisuseError(f"{error.reason}: {error.remedy}") from error
    rows, following = monitor.rows(given["after"], given["limit"], sought, newest=given["newest"])
    return Listing(tuple(rows), following)


def _patterns(written: str) -> tuple[Pattern, ...]:
    each = [part for part in written.split(",") if part.strip()]
    if len(each) > _MOST_PATTERNS:
        raise MisuseError(f"address has {len(each)} patterns, more than {_MOST_PATTERNS}")
    return tuple(map(group_pattern, each))


TOPICS: Final[Mapping[str, Topic]] = {
    "telegrams": Topic(
        _telegrams,
        {
            "after": AFTER,
            "limit": LIMIT,
            "newest": NEWEST,
            "address": Option(str, ""),
            "source": Option(str, ""),
            "ours": Option(bool, default=False),
        },
    ),
}
