"""The chaos charger's own books: what it counts as its transactions, and what nobody else can know of it."""

from dataclasses import dataclass, field
from typing import Any

from tests.kit.quirks import Quirk

Json = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """One transaction as the charger counts it."""

    connector: int
    id_tag: str
    meter_start: int
    accepted: bool
    quirks: set[Quirk]
    """What was switched on while it was told."""
    meter_stop: int | None = None
    stop_told: bool = False


@dataclass(slots=True)
class Ledger:
    """By the number that the bridge has given."""

    entries: dict[int, Entry] = field(default_factory=dict)
    free: set[int] = field(default_factory=set)
    """Connectors that charge without having told so."""
    kept: set[int] = field(default_factory=set)
    """Connectors with a transaction whose end was never told."""
    stubborn: set[int] = field(default_factory=set)
    """Connectors whose transaction has a profile, and that took no other one since."""

    def enter(self, meant: Json, answer: Json, quirks: set[Quirk]) -> None:
        """A start was answered."""
        number, connector = answer["transactionId"], meant["connectorId"]
        accepted = answer["idTagInfo"]["status"] == "Accepted"
        assert number > 0
        assert number not in self.entries or Quirk.F20 in quirks, f"{number} was given to two transactions"
        self.entries[number] = Entry(connector, meant["idTag"], meant["meterStart"], accepted, quirks)
        for unknowable in (self.free, self.kept, self.stubborn):
            unknowable.discard(connector)

    def note(self, number: int | None, quirks: set[Quirk]) -> None:
        """Something of this transaction is on its way."""
        if number in self.entries:
            self.entries[number].quirks |= quirks

    def note_stop(self, meant: Json, said: Json) -> None:
        """A stop is on its way."""
        entry = self.entries.get(meant["transactionId"])
        if entry is not None:
            entry.meter_stop = meant["meterStop"]
        if entry is None or said.get("transactionId") != meant["transactionId"]:
            # It may be taken for the end of any other that is open.
            for other in self.entries.values():
                other.quirks |= {Quirk.T4} if other.meter_stop is None else set()

    def keep(self, number: int) -> None:
        """The end of this one is never told."""
        if number in self.entries:
            self.kept.add(self.entries[number].connector)
