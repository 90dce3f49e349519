"""Files for spreadsheets: whoever is called whatever, cells stay in their columns and numbers right."""

import csv
import io
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.report.columns import PRICED
from knx_ocpp_bridge.report.languages import MANNERS, Language
from knx_ocpp_bridge.report.monthly import About
from knx_ocpp_bridge.report.prices import Price
from knx_ocpp_bridge.report.text_table import text_table
from tests.kit.bills import BERLIN, SITE, listed, october

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    st.sampled_from("=+-@\t\r\n;,\"'1A"), max_size=8
)
WATT_HOURS = st.integers(-1, 10**9)
FORMULA = tuple("=+@\t\r\n＝＋－＠")


@given(st.lists(st.tuples(TEXTS, TEXTS, WATT_HOURS), min_size=1, max_size=5), st.sampled_from(Language))
def test_every_cell_stays_in_its_column_and_none_is_a_formula(
    rows: list[tuple[str, str, int]], language: Language
) -> None:
    listed_rows = [
        listed(number, name=name, reason=reason, energy_wh=energy_wh)
        for number, (name, reason, energy_wh) in enumerate(rows, 1)
    ]
    content = b"".join(text_table(october(*listed_rows).lines, language, BERLIN, PRICED)).decode("utf-8")
    manner = MANNERS[language]
    table = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=manner.delimiter))
    assert len(table) == len(rows) + 1
    for cells, (_, _, energy_wh) in zip(table[1:], rows, strict=True):
        assert len(cells) == len(PRICED)
        assert Decimal(cells[15].replace(manner.decimal_mark, ".")) == Decimal(energy_wh) / 1000
        assert not [cell for cell in cells if cell.startswith(FORMULA)]
        assert not [cell for cell in (cells[10], cells[16]) if cell.startswith("-")]


@given(st.lists(st.integers(0, 200_000), max_size=20), st.decimals(0, 10, places=6))
def test_the_paper_adds_up_to_the_cent_and_is_half_a_cent_off_at_most(energies_wh: list[int], price: Decimal) -> None:
    rows = [listed(number, energy_wh=energy_wh) for number, energy_wh in enumerate(energies_wh, 1)]
    made = october(*rows, site=type(SITE)(SITE.name, BERLIN, "EUR", {2026: Price(price)}), about=About())
    amounts = [line.amount for line in made.lines]
    assert made.totals.all.amount == sum(amount for amount in amounts if amount is not None)
    assert made.totals.all.energy_wh == sum(energies_wh)
    for line, energy_wh in zip(made.lines, energies_wh, strict=True):
        assert line.amount is not None
        assert line.amount == round(line.amount, 2)
        assert abs(line.amount - Decimal(energy_wh) * price / 1000) <= Decimal("0.005")
