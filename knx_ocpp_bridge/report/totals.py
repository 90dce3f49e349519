"""What transactions come to, for each card and each charge point."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from knx_ocpp_bridge.report.prices import Line, kwh
from knx_ocpp_bridge.report.rows import ERASED


@dataclass(slots=True)
class Total:
    """Sums of what was added; energy is Wh."""

    label: tuple[str, ...] = ()
    """Who or what it is of, in words."""
    transactions: int = 0
    energy_wh: int = 0
    seconds: int = 0
    amount: Decimal = Decimal("0.00")
    unpriced: int = 0
    """Transactions that are not in `amount`, because their year has no price."""
    doubtful: int = 0
    doubtful_wh: int = 0
    open: int = 0
    """Transactions that have not ended; nothing of them is in the sums."""
    signed: int = 0
    """Transactions with signed meter values."""

    @property
    def kwh(self) -> Decimal:
        """The energy in kWh, exactly."""
        return kwh(self.energy_wh)

    def add(self, line: Line) -> None:
        """One transaction more."""
        row = line.row
        if row.stopped_at is None:
            self.open += 1
            return
        energy_wh = row.energy_wh or 0
        self.transactions += 1
        self.energy_wh += energy_wh
        self.seconds += row.seconds or 0
        self.signed += row.signed > 0
        if row.doubtful:
            self.doubtful += 1
            self.doubtful_wh += energy_wh
        if line.amount is None:
            self.unpriced += 1
        else:
            self.amount += line.amount


@dataclass(slots=True)
class Totals:
    """Of everything, of each card (those that look the same apart), of each charge point and of each cost centre."""

    all: Total = field(default_factory=Total)
    cards: dict[tuple[str, ...], Total] = field(default_factory=dict)
    chargers: dict[str, Total] = field(default_factory=dict)
    cost_centres: dict[str, Total] = field(default_factory=dict)
    """That without a name is of all that nobody pays for."""

    def add(self, line: Line) -> None:
        """One transaction more."""
        row = line.row
        name, cost_centre = row.name or "", row.cost_centre or ""
        shown = ERASED if row.erased else row.id_tag
        self.all.add(line)
        self.cards.setdefault((row.holder or shown, name, cost_centre), Total((shown, name, cost_centre))).add(line)
        self.cost_centres.setdefault(cost_centre, Total((cost_centre,))).add(line)
        self.chargers.setdefault(row.charger, Total((row.charger, row.charger_name))).add(line)


def totals(lines: Iterable[Line]) -> Totals:
    """What these come to."""
    sums = Totals()
    for line in lines:
        sums.add(line)
    return sums
