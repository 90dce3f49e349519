"""Whether the bridge does its work, and its calls as numbers: a topic for whoever measures."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.books import Authority
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic


def _vitals(sources: Sources, _charger: str, _given: Given) -> Listing:
    """One row; it waits for nothing, so whoever asks learns whether the loop is alive."""
    machine, authority = sources.machine, sources.books.authority
    row = {
        "accepting": machine.listening(),
        "journal": sources.books.diary.trouble or "",
        "configuration": next(iter(machine.refused()), ""),
        "certificates": [] if authority is None else _certificates(authority),
        "calls": machine.tally.calls(),
        "call_seconds": machine.tally.seconds(),
    }
    return Listing((row,))


def _certificates(authority: Authority) -> list[dict[str, Any]]:
    """What chargers are shown, and the root that they trust: until when each is valid."""
    facts = authority.facts()
    served = [facts["imported"]] if facts.get("imported") else facts.get("own", [])
    shown = [*served, *([facts["root"]] if facts.get("root") else [])]
    return [{"file": each["file"], "not_after": each["not_after"]} for each in shown]


TOPICS: Final[Mapping[str, Topic]] = {"vitals": Topic(_vitals, {})}
