"""The report as a page for the printer: A4, nothing from elsewhere, no script; whatever is shown is text."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from knx_ocpp_bridge.report.columns import marks
from knx_ocpp_bridge.report.harmless import legible
from knx_ocpp_bridge.report.languages import Language, number, time
from knx_ocpp_bridge.report.monthly import Report
from knx_ocpp_bridge.report.phrases import phrases
from knx_ocpp_bridge.report.prices import Line, kwh
from knx_ocpp_bridge.report.rows import ERASED
from knx_ocpp_bridge.report.totals import Total

_TO_THE_WH: Final = Decimal("0.001")
_HEAD: Final = ("person", "cards", "group", "cost_centre", "note")
_Shown = dict[str, object]


def page(report: Report, language: Language) -> str:
    """The whole page, HTML 5."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_legible
    )
    template = files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(_Page(report, language).shown())


def _legible(value: object) -> object:
    """A page on standard output is looked at in a terminal."""
    return legible(value) if isinstance(value, str) else value


class _Page:
    def __init__(self, report: Report, language: Language) -> None:
        self._report = report
        self._language = language
        self._say = phrases(language)

    def shown(self) -> _Shown:
        """What the template fills in."""
        report, about = self._report, self._report.about
        one_card, one_charger = bool(about.person or about.cards), bool(about.charger)
        narrowed = one_card or one_charger or bool(about.cost_centre or about.group)
        month = f"{self._say['months'].split()[report.month.number - 1]} {report.month.year}"
        totals = report.totals
        blocks = [] if one_card else [self._block("by_card", "cards", totals.cards.values())]
        blocks += [] if one_charger else [self._block("by_charger", "charger", totals.chargers.values())]
        if len(totals.cost_centres) > 1:
            blocks.append(self._block("by_cost_centre", "cost_centre", totals.cost_centres.values()))
        return {
            "say": self._say,
            "language": self._language.value,
            "month": month,
            "subject": about.person or ", ".join(about.cards) or about.charger or about.cost_centre or about.group,
            "head": list(self._head()),
            "whole": not narrowed,
            "with_cards": not one_card,
            "money": report.price is not None,
            "rows": [self._row(line) for line in report.lines],
            "total": self._total(totals.all),
            "blocks": blocks if report.lines else [],
            "tariff": self._tariff(),
            "sentences": list(self._sentences()),
            "sha256": report.sha256(self._language),
            "made_at": self._time(report.made_at),
        }

    def _head(self) -> Iterator[tuple[str, str]]:
        about = self._report.about
        values = (about.person, ", ".join(about.cards), about.group, about.cost_centre, about.note)
        charger = f"{about.charger_name} ({about.charger})" if about.charger_name else about.charger
        named = (("site", self._report.site.name), *zip(_HEAD, values, strict=True), ("charger", charger))
        yield from ((self._say[name], value) for name, value in named if value)

    def _row(self, line: Line) -> _Shown:
        row = line.row
        return {
            "start": self._time(row.started_at),
            "end": self._time(row.stopped_at),
            "card": row.holder_name or (self._say[ERASED] if row.erased else row.id_tag),
            "charger": f"{row.charger_name} ({row.charger})" if row.charger_name else row.charger,
            "connector": row.connector,
            "meter_serial": row.meter_serial or "",
            "meter_start": self._number(row.meter_start_wh),
            "meter_stop": self._number(row.meter_stop_wh),
            "energy": self._kwh(row.energy_wh),
            "price": self._number(line.price),
            "amount": self._number(line.amount),
            "transaction": row.transaction,
            "started_by": self._say.get(row.started_by or "", row.started_by or ""),
            "reason": row.reason or "",
            "clock": self._say["doubtful" if row.clock_doubtful else "sane"],
            "marks": ", ".join(self._say.get(mark, mark) for mark in marks(line)),
            "doubtful": row.doubtful,
        }

    def _block(self, title: str, first: str, totals: Iterable[Total]) -> tuple[str, str, list[_Shown]]:
        sums = [{"id": self._label(total), "name": "".join(total.label[1:2]), **self._total(total)} for total in totals]
        return self._say[title], self._say[first], sums

    def _label(self, total: Total) -> str:
        return self._say[ERASED] if total.label[0] == ERASED else total.label[0]

    def _total(self, total: Total) -> _Shown:
        money = f"{self._number(total.amount)} {self._report.site.currency}"
        return {"count": total.transactions, "energy": self._kwh(total.energy_wh), "amount": money}

    def _tariff(self) -> str:
        price = self._report.price
        if price is None:
            return self._say["no_price"]
        told = f"{self._report.month.year}: {self._number(price.per_kwh)} {self._report.site.currency}"
        return f"{told} {self._say['per_kwh']}. {price.basis or self._say['no_basis']}"

    def _sentences(self) -> Iterator[str]:
        say, total = self._say, self._report.totals.all
        if self._report.price is not None:
            yield say["rounding"]
            if total.unpriced:
                yield say["unpriced"].format(count=total.unpriced)
        if total.doubtful:
            yield say["doubt"].format(count=total.doubtful, energy=self._kwh(total.doubtful_wh))
        elif total.transactions:
            yield say["no_doubt"]
        if total.transactions:
            yield say["signed" if total.signed else "unsigned"].format(count=total.signed, all=total.transactions)
        yield say["conformity"]
        yield say["open"]
        yield say["zone"].format(zone=self._report.site.zone)

    def _time(self, at: datetime | None) -> str:
        return "" if at is None else time(at, self._report.site.zone, self._language).replace("T", " ")

    def _number(self, value: int | Decimal | None) -> str:
        return "" if value is None else number(value, self._language)

    def _kwh(self, energy_wh: int | None) -> str:
        return "" if energy_wh is None else self._number(kwh(energy_wh).quantize(_TO_THE_WH))
