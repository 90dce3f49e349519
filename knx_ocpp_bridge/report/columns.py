"""The columns of every table: which there are, what stands in them, and what they are called."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.phrases import in_words
from knx_ocpp_bridge.report.prices import Line, kwh
from knx_ocpp_bridge.report.rows import ERASED

Cell = str | int | Decimal | datetime | None
"""None: nothing is known. Texts are as they came: whoever writes them makes them harmless."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words of ours, to be said in the language of the paper."""

    words: tuple[str, ...]


class Kind(Enum):
    """How a column is shown."""

    TEXT = "text"
    WHOLE = "whole"
    KWH = "kWh"
    MONEY = "money"
    PRICE = "price"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `width` in characters."""

    kind: Kind
    value: Callable[[Line], Cell | Words]
    width: int
    headings: tuple[str, str, str]
    """English, German, Dutch."""

    def heading(self, language: Language) -> str:
        """What it is called."""
        return self.headings[_ORDER.index(language)]

    def cell(self, line: Line, language: Language) -> Cell:
        """What stands in it."""
        value = self.value(line)
        return in_words(value.words, language) if isinstance(value, Words) else value


_ORDER: Final = (Language.EN, Language.DE, Language.NL)


def _kwh(line: Line) -> Decimal | None:
    return None if line.row.energy_wh is None else kwh(line.row.energy_wh).quantize(Decimal("0.001"))


def _minutes(line: Line) -> int | None:
    return None if line.row.seconds is None else line.row.seconds // 60


def marks(line: Line) -> Iterable[str]:
    """The words of everything that was concluded or came late, the clock's among them."""
    doubt = ("clock doubtful",) if line.row.clock_doubtful else ()
    return dict.fromkeys((*line.row.marks, *doubt))


def _card(line: Line) -> str | Words:
    return Words((ERASED,)) if line.row.erased else line.row.id_tag


def _words(*words: str | None) -> Words:
    return Words(tuple(word for word in words if word))


_TEXT, _WHOLE, _TIME = Kind.TEXT, Kind.WHOLE, Kind.TIME

COLUMNS: Final = (
    Column(_TEXT, lambda line: line.row.charger, 20, ("Identifier", "Ladepunkt", "Laadpunt")),
    Column(_WHOLE, lambda line: line.row.connector, 9, ("Connector Id", "Anschluss", "Aansluiting")),
    Column(_TEXT, _card, 18, ("Id Tag", "Karte", "Pas")),
    Column(
        _WHOLE,
        lambda line: line.row.meter_start_wh,
        12,
        ("Start Meter Value", "Zählerstand Beginn (Wh)", "Meterstand begin (Wh)"),
    ),
    Column(
        _WHOLE,
        lambda line: line.row.meter_stop_wh,
        12,
        ("Stop Meter Value", "Zählerstand Ende (Wh)", "Meterstand einde (Wh)"),
    ),
    Column(_WHOLE, lambda line: line.row.energy_wh, 12, ("Total Meter Value", "Energie (Wh)", "Energie (Wh)")),
    Column(_TIME, lambda line: line.row.started_at, 20, ("Start Time", "Beginn", "Begin")),
    Column(_TIME, lambda line: line.row.stopped_at, 20, ("Stop Time", "Ende", "Einde")),
    Column(_WHOLE, _minutes, 9, ("Minutes Charged", "Minuten", "Minuten")),
    Column(_WHOLE, lambda line: line.row.transaction, 12, ("Transaction Id", "Transaktion", "Transactie")),
    Column(_TEXT, lambda line: line.row.name, 20, ("Name", "Name", "Naam")),
    Column(_TEXT, lambda line: line.row.group, 14, ("Group", "Gruppe", "Groep")),
    Column(_TEXT, lambda line: line.row.cost_centre, 14, ("Cost Centre", "Kostenstelle", "Kostenplaats")),
    Column(
        _TEXT, lambda line: line.row.charger_name, 20, ("Charge Point", "Name des Ladepunkts", "Naam van het laadpunt")
    ),
    Column(
        _WHOLE,
        lambda line: line.row.transaction if line.row.session is None else line.row.session,
        12,
        ("Session", "Ladevorgang", "Laadsessie"),
    ),
    Column(Kind.KWH, _kwh, 12, ("Energy kWh", "Energie (kWh)", "Energie (kWh)")),
    Column(_TEXT, lambda line: line.row.reason, 16, ("Stop Reason", "Grund des Endes", "Reden van het einde")),
    Column(_TEXT, lambda line: _words(line.row.started_by), 14, ("Started By", "Begonnen durch", "Gestart door")),
    Column(_TEXT, lambda line: line.row.meter_serial, 18, ("Meter Serial", "Zählernummer", "Meternummer")),
    Column(_TEXT, lambda line: _words(line.row.clock), 10, ("Clock", "Uhr", "Klok")),
    Column(_TEXT, lambda line: _words(*marks(line)), 20, ("Marks", "Vermerke", "Opmerkingen")),
    Column(_WHOLE, lambda line: line.row.signed, 10, ("Signed Values", "Signierte Werte", "Ondertekende waarden")),
)
"""Of an export. The first ten are those of Niagara's transaction log, in its order."""

PRICED: Final = (
    *COLUMNS,
    Column(Kind.PRICE, lambda line: line.price, 12, ("Price per kWh", "Preis je kWh", "Prijs per kWh")),
    Column(Kind.MONEY, lambda line: line.amount, 12, ("Amount", "Betrag", "Bedrag")),
)
"""Of a report."""
