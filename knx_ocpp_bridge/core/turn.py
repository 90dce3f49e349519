"""The bench of one `advance`: what is built up while one event is worked on, and the Step it ends in."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.events import Request
from knx_ocpp_bridge.core.facts import Fact, WishesKept
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.settings import ConnectorSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import (
    AlarmKind,
    Answer,
    CardShown,
    Level,
    Note,
    Payload,
    Sampled,
    Step,
    Update,
    Verdict,
)
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId, Moment, TransactionId

MOST_CONNECTORS: Final = 32
"""A charger that invents connector numbers makes no more than this many."""


class Turn:
    """Owns the charger while one event is worked on; discarded with it."""

    __slots__ = (
        "_connectors",
        "about",
        "again",
        "answer",
        "cards",
        "charger",
        "commands",
        "everything",
        "facts",
        "flows_only",
        "notes",
        "now",
        "results",
        "samples",
        "sign",
        "updates",
        "verdicts",
    )

    def __init__(self, charger: Charger, now: Moment, about: str = "") -> None:
        self.charger = charger
        self._connectors: dict[ConnectorId, Connector] = {}
        """The connectors of `charger`, once they are a copy that is this turn's own."""
        self.now = now
        self.facts: list[Fact] = []
        self.answer: Answer | None = None
        self.commands: list[Command] = []
        self.notes: list[Note] = []
        self.verdicts: list[Verdict] = []
        self.again: set[tuple[ConnectorId, str]] = set()
        """Objects whose value is said even if it is no news."""
        self.everything = False
        """Every known value is offered, news or not: somebody may be new who has not heard it."""
        self.flows_only = False
        """Nothing has changed but what flows: there is nothing to reconcile, and measurements are all the news."""
        self.results: dict[ConnectorId, CommandResult] = {}
        self.updates: list[Update] = []
        self.samples: list[Sampled] = []
        self.cards: list[CardShown] = []
        self.sign = ""
        self.about = about
        """What is being worked on, for the notes of this turn."""

    def connector(self, connector_id: ConnectorId) -> Connector:
        """A connector that is known to exist."""
        return self.charger.connectors[connector_id]

    def reported(self, connector_id: ConnectorId) -> Connector | None:
        """The connector a charger speaks of: one that nobody configured exists from then on; None: nonsense."""
        known = self.charger.connectors.get(connector_id)
        if known is not None:
            return known
        if connector_id < 0 or len(self.charger.connectors) >= MOST_CONNECTORS:
            return None
        connector = Connector(ConnectorSettings(connector_id))
        self.put(connector)
        return connector

    def put(self, connector: Connector) -> None:
        """The connector as it is from now on; one that has not changed leaves the charger as it was."""
        if self.charger.connectors.get(connector.settings.id) is connector:
            return
        if self._connectors is not self.charger.connectors:
            self._connectors = dict(self.charger.connectors)
            self.charger = replace(self.charger, connectors=self._connectors)
        self._connectors[connector.settings.id] = connector

    def outlets(self) -> list[Connector]:
        """The connectors without connector 0."""
        return [connector for number, connector in self.charger.connectors.items() if number != CHARGE_POINT]

    def keep(self, connector: Connector) -> None:
        """Put the connector, and its wishes on disk if they have changed."""
        before = self.charger.connectors.get(connector.settings.id)
        if before is not None and before.wishes != connector.wishes:
            self.facts.append(WishesKept(connector.settings.id, connector.wishes))
        self.put(connector)

    def reply(self, request: Request, payload: Payload) -> None:
        self.answer = Answer(request.link, request.request, payload)

    def note(self, level: Level, connector: ConnectorId | None, text: str) -> None:
        self.notes.append(Note(level, connector, text, self.about))

    def alarm(self, kind: AlarmKind, connector: ConnectorId | None, text: str, *, over: bool = False) -> None:
        """A note that is kept as an alarm as well: loud until it is over."""
        level = Level.INFO if over else Level.WARNING
        about = "connection" if kind is AlarmKind.OFFLINE else self.about  # whichever event has brought it to light
        self.notes.append(Note(level, connector, text, about, kind, over))

    def charge(self, kind: AlarmKind, connector: ConnectorId, text: str, transaction: TransactionId) -> None:
        """A note that is kept as an alarm as well, about a transaction that has begun or ended: nobody has to act."""
        self.notes.append(Note(Level.INFO, connector, text, self.about, kind, transaction=transaction))

    def succeed(self, connector: ConnectorId, number: int, reason: str) -> None:
        """The command was carried out (or taken on) by the charger."""
        self.results[connector] = CommandResult.ACCEPTED
        self.verdict(number, CommandResult.ACCEPTED, reason)

    def fail(self, connector: ConnectorId, key: str, number: int, result: CommandResult, reason: str) -> None:
        """The command failed: its object says its state again, and everybody who asked is told why."""
        self.results[connector] = result
        self.again.add((connector, key))
        self.note(Level.WARNING, connector, f"{key}: {reason}")
        self.verdict(number, result, reason)

    def nothing_new(self, connector: ConnectorId, key: str, number: int, reason: str) -> None:
        """The command changes nothing: the state is said again, so that a toggling switch shows the truth."""
        self.again.add((connector, key))
        self.note(Level.INFO, connector, f"{key}: {reason}")
        self.succeed(connector, number, reason)

    def verdict(self, number: int, result: CommandResult, reason: str, answer: str = "") -> None:
        """Whoever waits for this wish is told; the building is not."""
        if number:
            self.verdicts.append(Verdict(number, result, reason, answer))

    def step(self) -> Step:
        return Step(
            tuple(self.facts),
            self.answer,
            tuple(self.updates),
            tuple(self.commands),
            tuple(self.notes),
            tuple(self.verdicts),
            tuple(self.samples),
            tuple(self.cards),
            self.sign,
        )


def with_reminder(reminders: Mapping[Reminder, float], reminder: Reminder, at_s: float) -> dict[Reminder, float]:
    """The reminders with this one set."""
    return {**reminders, reminder: at_s}


def without(reminders: Mapping[Reminder, float], *gone: Reminder) -> dict[Reminder, float]:
    """The reminders without these."""
    return {reminder: at_s for reminder, at_s in reminders.items() if reminder not in gone}
