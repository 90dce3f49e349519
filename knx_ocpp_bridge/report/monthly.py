"""A month's report: who or what it is about, its transactions in money, and the hash of their CSV."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from knx_ocpp_bridge.report.columns import PRICED
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.months import Month
from knx_ocpp_bridge.report.prices import Line, Price, Site, priced
from knx_ocpp_bridge.report.rows import Row
from knx_ocpp_bridge.report.text_table import text_table
from knx_ocpp_bridge.report.totals import Totals, totals


@dataclass(frozen=True, slots=True)
class About:
    """Whose transactions these are, as the head of the report says it; what is empty is not said."""

    person: str = ""
    cards: tuple[str, ...] = ()
    group: str = ""
    cost_centre: str = ""
    note: str = ""
    charger: str = ""
    charger_name: str = ""


@dataclass(frozen=True)
class Report:
    """The transactions that ended in this month by the site's calendar, in the order in which they began."""

    site: Site
    month: Month
    about: About
    lines: Sequence[Line]
    made_at: datetime

    @property
    def price(self) -> Price | None:
        """Of a kWh in that year; None: the report is in kWh only."""
        return self.site.prices.get(self.month.year)

    @cached_property
    def totals(self) -> Totals:
        """What all of them come to."""
        return totals(self.lines)

    def csv(self, language: Language) -> bytes:
        """The same transactions as a file."""
        return b"".join(text_table(self.lines, language, self.site.zone, PRICED))

    def sha256(self, language: Language) -> str:
        """In hex, of `csv` in the same language."""
        return hashlib.sha256(self.csv(language)).hexdigest()


def report(site: Site, month: Month, about: About, rows: Iterable[Row], made_at: datetime) -> Report:
    """The report of those of the rows that ended in this month."""
    ended = [row for row in rows if month.has(row.stopped_at, site.zone)]
    ended.sort(key=lambda row: (row.started_at or row.stopped_at, row.charger, row.transaction))
    return Report(site, month, about, tuple(priced(row, site) for row in ended), made_at)
