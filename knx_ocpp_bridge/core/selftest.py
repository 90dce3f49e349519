"""The self-test of one connector, as values: what the charger is asked, what must be seen then, and what is put back.

Pure: `proceed` is given what was seen or answered and the time, and gives back what to ask next. Whatever the test
changes is noted before it is asked for, so that it can be put back from the notes alone, after a power cut too. What
somebody else has changed meanwhile is left as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.modes import MANAGED, going_on_in
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult
from knx_ocpp_bridge.core.values import ConnectorId, TransactionId


class Outcome(Enum):
    """How one trial ended."""

    PASSED = "passed"
    """The charger's answer was seen, and what was to be seen after it."""
    NOT_SEEN = "not seen"
    """The charger accepted it; whether anything came of it could not be seen."""
    FAILED = "failed"
    NOT_TRIED = "not tried"


class Stage(Enum):
    """How far the trial under way, or the whole test, has come."""

    BEGINS = "begins"
    ASKED = "asked"
    WATCHED = "watched"
    PUTTING_BACK = "putting back"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Held:
    """The wishes of a connector that a test changes: those of `core.facts.Wishes` about the current."""

    limit_a: float | None = None
    fast: bool = False
    paused: bool = False
    managed: ChargeMode | None = None
    """The mode, where it is one that the site decides about."""


Change = tuple[str, float | bool | None]
"""A field of `Held`, and a value that the test has given it."""


@dataclass(frozen=True, slots=True)
class AskWish:
    """To be wished of the connector."""

    key: str
    value: bool | float


@dataclass(frozen=True, slots=True)
class AskCall:
    """To be called as it is written."""

    action: str
    payload: Mapping[str, Any]


Ask = AskWish | AskCall


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of what was asked last."""

    result: CommandResult
    reason: str
    answer: Mapping[str, Any] | None = None
    """The charger's own payload, where a call was asked for."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the frames of the charger tell: numbers of the newest of each kind, 0 where there was none."""

    frame: int = 0
    """The newest of all."""
    status: int = 0
    """StatusNotification of the connector under test."""
    metered: int = 0
    """MeterValues."""
    ahead_s: float | None = None
    """How far the time that it told was ahead of the bridge's clock, the least of all; None: it told none."""
    sure: bool = False
    """Among them was one that is of the moment at which it was told."""
    naive: bool = False
    """That time named no time zone."""


@dataclass(frozen=True, slots=True)
class View:
    """What is seen now."""

    charger: Charger
    told: Told


@dataclass(frozen=True, slots=True)
class Result:
    """How one trial ended; `reason` in words, `answer` as the charger gave it (empty: it gave none)."""

    trial: str
    outcome: Outcome
    reason: str
    answer: str = ""
    seconds: float = 0.0
    findings: tuple[str, ...] = ()
    """Remarks beside the outcome."""


@dataclass(frozen=True, slots=True)
class Run:
    """One self-test. What is not about the moment is enough to put everything back after a restart."""

    connector: ConnectorId
    began: datetime
    before: Held
    stage: Stage = Stage.BEGINS
    place: int = 0
    """Which trial of the table is under way."""
    results: tuple[Result, ...] = ()
    # what was changed
    mine: tuple[Change, ...] = ()
    """What the test may have made of the wishes."""
    start_asked: bool = False
    earlier: TransactionId | None = None
    """The newest transaction of this connector before the start was asked for; None: there was none."""
    transaction: TransactionId | None = None
    """The one that the test has begun."""
    left: tuple[str, ...] = ()
    """What could not be put back, or was left on purpose."""
    # the moment
    since_s: float = 0.0
    """Since when the present trial, or the wait for what is put back, lasts."""
    asked_at_s: float = 0.0
    mark: int = 0
    """Number of the newest frame when the present trial was asked."""
    answer: Answered | None = None
    nudges: int = 0
    """How often the meter values of this trial have been asked for."""
    tries: int = 0
    stopping: bool = False
    """What was asked last, to put things back, was the end of the charge."""
    next_try_s: float = 0.0


def held(connector: Connector) -> Held:
    """What is wished of its current now."""
    wishes = connector.wishes
    mode = going_on_in(connector.settings, wishes)
    return Held(wishes.limit_a, wishes.fast, wishes.paused, mode if mode in MANAGED else None)


def outlet(run: Run, view: View) -> Connector | None:
    """The connector under test; None: it was taken out of the configuration."""
    charger = view.charger
    return charger.connectors.get(run.connector) if run.connector in charger.settings.connectors else None


def refusal(charger: Charger, connector_id: ConnectorId) -> str:
    """Why no test may begin here now, as a sentence; empty: one may."""
    connector = charger.connectors.get(connector_id)
    if connector is None or connector_id not in charger.settings.connectors:
        return f"connector {connector_id} is not in the configuration"
    if connector.transaction is not None or (connector.fresh and connector.active):
        return "somebody charges here: a self-test would interrupt it"
    if connector.start is not None:
        return "a start is waiting here: it would begin in the middle of the test"
    if connector.wishes.reserved:
        return "the connector is reserved"
    return "" if charger.securing is None else "the charger is being secured"
