"""How everything fares: what is well and what is not, each with what to do about it. Looks, and changes nothing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from knx_ocpp_bridge.control.health import FINDINGS, Level
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.state import Presence
from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.daemon.clock import ClockSource
from knx_ocpp_bridge.daemon.sources import Given, Sources
from knx_ocpp_bridge.pki.terms import DUE, ROOT_REMINDED

_MEGABYTE: Final = 1_000_000
_FULL_MB: Final = 50
_FILLS_MB: Final = 500
_MOST_OF_ONE_KIND: Final = 100
_TOLD_ELSEWHERE: Final = frozenset(
    {
        AlarmKind.OFFLINE.value,
        AlarmKind.CLOCK.value,
        AlarmKind.STORAGE.value,
        AlarmKind.BUS.value,
        AlarmKind.INPUT.value,
    }
)
"""Alarms whose cause is looked at itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of `control.health.FINDINGS` with the facts of the moment."""

    name: str
    facts: dict[str, str] = field(default_factory=dict)
    charger: str = ""

    def row(self) -> dict[str, Any]:
        """As plain JSON, with both sentences in English."""
        finding = FINDINGS[self.name]
        return {
            "check": finding.check.value,
            "finding": self.name,
            "level": finding.level.value,
            "charger": self.charger,
            "text": finding.text % self.facts,
            "remedy": finding.remedy % self.facts,
            "facts": self.facts,
        }


def health(sources: Sources, _charger: str, _given: Given) -> Listing:
    """The worst first; of what is well one row for each check."""
    found = [one for look in _LOOKS for one in islice(look(sources), _MOST_OF_ONE_KIND)]
    worst_first = (Level.TROUBLE, Level.NOTE, Level.GOOD)
    return Listing(tuple(one.row() for level in worst_first for one in found if FINDINGS[one.name].level is level))


def _bus(sources: Sources) -> Iterator[Found]:
    state = sources.building.bus.state
    if not state.connected:
        yield Found("bus_lost", {"trouble": state.trouble or "it is being connected"})
    elif state.second:
        yield Found("bus_second", {"gateway": state.gateway})
    else:
        yield Found("bus_good", {"gateway": state.gateway, "address": state.own_address or "-"})
    if state.data_secure and state.data_secure != "ready":
        waits = state.data_secure.startswith("waits")
        yield Found("keyring_waits" if waits else "keyring_used_up", {"standing": state.data_secure})


def _chargers(sources: Sources) -> Iterator[Found]:
    port = str(sources.machine.loaded().bridge.ocpp.listen.port)
    configured = [one.charger for one in sources.roster.actors.values() if one.charger.settings.configured]
    if not configured:
        yield Found("chargers_none")
    away = [one for one in configured if one.link is None or one.presence is Presence.OFFLINE]
    for one in away:
        facts = {"charger": one.settings.name or one.settings.id, "port": port}
        refusal = sources.roster.strangers.find(one.settings.id)
        if refusal is not None and refusal.refused:
            yield Found("charger_refused", facts | {"reason": refusal.last_reason.rstrip(".")}, one.settings.id)
        elif one.presence is Presence.UNKNOWN:
            yield Found("charger_unheard", facts, one.settings.id)
        else:
            yield Found("charger_offline", facts, one.settings.id)
    if configured and not away:
        yield Found("chargers_good", {"count": str(len(configured))})


def _clock(sources: Sources) -> Iterator[Found]:
    clock = sources.machine.clock
    now = clock.moment()
    if now.clock is not Clock.SANE:
        yield Found("clock_doubtful", {"shown": now.utc.isoformat(sep=" ", timespec="minutes")})
        return
    names = {
        ClockSource.NETWORK: "clock_good",
        ClockSource.BUS: "clock_by_bus",
        ClockSource.SYSTEM: "clock_alone",
    }
    yield Found(names[clock.source()])


def _disk(sources: Sources) -> Iterator[Found]:
    state = sources.machine.state
    trouble = sources.books.diary.trouble
    if trouble is not None:
        yield Found("disk_refuses", {"trouble": trouble})
    free = shutil.disk_usage(state).free // _MEGABYTE
    if free < _FILLS_MB:
        yield Found("disk_full" if free < _FULL_MB else "disk_fills", {"free": str(free)})
    elif trouble is None:
        yield Found("disk_good", {"free": str(free)})
    yield from (Found("database_aside", {"file": str(each)}) for each in sorted(state.glob("bridge.db.corrupt-*")))


def _certificates(sources: Sources) -> Iterator[Found]:
    authority = sources.books.authority
    if authority is None:
        yield Found("tls_off" if sources.machine.loaded().bridge.ocpp.tls == "off" else "tls_broken")
        return
    facts = authority.facts()
    now = sources.machine.clock.moment().utc
    served = [facts["imported"]] if facts.get("imported") else list(facts.get("own", ()))
    ends = [(datetime.fromisoformat(each["not_after"]), str(each["file"])) for each in served]
    due = [(until, file) for until, file in ends if until - now <= DUE]
    for until, file in due:
        told = {"file": file, "until": until.date().isoformat()}
        yield Found("certificate_ended" if until <= now else "certificate_ends", told)
    if ends and not due:
        yield Found("certificates_good", {"until": min(ends)[0].date().isoformat()})
    root = facts.get("root")
    if root and (until := datetime.fromisoformat(root["not_after"])) - now <= ROOT_REMINDED:
        yield Found("root_ends", {"until": until.date().isoformat()})


def _configuration(sources: Sources) -> Iterator[Found]:
    machine = sources.machine
    refused, warnings, waiting = machine.refused(), machine.loaded().warnings, machine.restart()
    yield from (Found("configuration_refused", {"problem": each}) for each in refused)
    yield from (Found("configuration_warning", {"warning": each}) for each in warnings)
    yield from (Found("restart_needed", {"change": each}) for each in waiting)
    if not (refused or warnings or waiting):
        yield Found("configuration_good")


def _inputs(sources: Sources) -> Iterator[Found]:
    rows = sources.building.inputs.rows()
    names = {InputState.STALE.value: "input_stale", InputState.UNKNOWN.value: "input_unheard"}
    late = [row for row in rows if row["state"] in names]
    for row in late:
        facts = {"object": row["object"], "addresses": ", ".join(row["addresses"])}
        yield Found(names[row["state"]], facts, row["charger"])
    if rows and not late:
        yield Found("inputs_good", {"count": str(len(rows))})


def _alarms(sources: Sources) -> Iterator[Found]:
    standing = sources.books.alarms.rows(0, _MOST_OF_ONE_KIND, newest=True, standing=True)
    others = [row for row in standing if row["kind"] not in _TOLD_ELSEWHERE]
    for row in others:
        whose = row["charger_name"] or row["charger"]
        alarm = f"{whose}: {row['text']}" if whose else row["text"]
        yield Found("alarm_stands", {"alarm": alarm}, row["charger"])
    if not others:
        yield Found("alarms_good")


_LOOKS: Final[tuple[Callable[[Sources], Iterator[Found]], ...]] = (
    _bus,
    _chargers,
    _clock,
    _disk,
    _certificates,
    _configuration,
    _inputs,
    _alarms,
)
