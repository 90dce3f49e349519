"""A month by the site's calendar, in money: what is in it, what it costs, and its hash."""

import csv
import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About, report
from knx_ocpp_bridge.report.months import Month, month
from knx_ocpp_bridge.report.prices import Price, priced
from knx_ocpp_bridge.report.rows import row
from tests.kit.bills import BERLIN, MADE_AT, OCTOBER, SITE, from_to, listed, october

OVER_NEW_YEAR = from_to("2026-12-31T22:00:00+01:00", "2027-01-01T00:30:00+01:00")


@pytest.mark.parametrize(
    ("zone", "written", "hours"),
    [
        ("Europe/Berlin", "2026-03", 31 * 24 - 1),
        ("Europe/Berlin", "2026-10", 31 * 24 + 1),
        ("Australia/Lord_Howe", "2026-04", 30 * 24 + 0.5),
        ("Australia/Lord_Howe", "2026-10", 31 * 24 - 0.5),
        ("UTC", "2028-02", 29 * 24),
    ],
)
def test_a_month_is_as_long_as_its_clocks_make_it(zone, written, hours):
    found = month(written, MADE_AT, BERLIN)
    length = found.following.begin(ZoneInfo(zone)) - found.begin(ZoneInfo(zone))
    assert length.total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-10", "2026", "October", "2026-10-01", ""])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="write a month like 2026-10"):
        month(text, MADE_AT, BERLIN)


def test_after_december_comes_january():
    assert str(Month(2026, 12).following) == "2027-01"


@pytest.mark.parametrize(
    ("ends", "written"),
    [
        ("2026-10-31T23:59:59+01:00", "2026-10"),
        ("2026-11-01T00:00:00+01:00", "2026-11"),
        ("2026-10-25T02:30:00+02:00", "2026-10"),
        ("2026-03-29T01:59:59+01:00", "2026-03"),
        ("2026-04-01T00:00:00+02:00", "2026-04"),
        ("2026-03-31T22:00:00+00:00", "2026-04"),
    ],
)
def test_a_transaction_belongs_to_the_local_month_in_which_it_ends(ends, written):
    one = row(listed(stopped_at=datetime.fromisoformat(ends).astimezone(UTC).isoformat()))
    in_months = [
        str(each) for each in (Month(2026, number) for number in range(1, 13)) if each.has(one.stopped_at, BERLIN)
    ]
    assert in_months == [written]


def test_a_charge_over_new_year_is_in_january_at_the_price_of_the_new_year():
    site = replace(SITE, prices={2026: Price(Decimal("0.30")), 2027: Price(Decimal("0.50"))})
    one = row(listed(**OVER_NEW_YEAR, energy_wh=10_000))
    assert report(site, Month(2026, 12), About(), [one], MADE_AT).lines == ()
    (line,) = report(site, Month(2027, 1), About(), [one], MADE_AT).lines
    assert (line.price, line.amount) == (Decimal("0.50"), Decimal("5.00"))


def test_where_the_year_of_the_site_differs_from_utc_the_site_counts():
    site = replace(SITE, prices={2027: Price(Decimal(1))})
    one = row(listed(**from_to("2026-12-31T22:00:00+01:00", "2026-12-31T23:30:00+00:00"), energy_wh=1000))
    assert priced(one, site).amount == Decimal("1.00")
    assert priced(one, replace(site, zone=UTC)).amount is None


@pytest.mark.parametrize(
    ("energy_wh", "price", "amount"),
    [
        (12345, "0.34", "4.20"),
        (500, "0.01", "0.01"),
        (499, "0.01", "0.00"),
        (1500, "0.35", "0.53"),
        (1, "0.333333", "0.00"),
        (0, "0.34", "0.00"),
        (100_000_000, "0.1", "10000.00"),
    ],
)
def test_each_transaction_is_rounded_to_the_cent_half_a_cent_up(energy_wh, price, amount):
    site = replace(SITE, prices={2026: Price(Decimal(price))})
    assert str(priced(row(listed(energy_wh=energy_wh)), site).amount) == amount


def test_the_total_is_the_sum_of_the_rounded_amounts():
    site = replace(SITE, prices={2026: Price(Decimal("0.34"))})
    found = october(*(listed(number, energy_wh=1015) for number in range(1, 4)), site=site)
    assert [str(line.amount) for line in found.lines] == ["0.35"] * 3
    assert str(found.totals.all.amount) == "1.05"  # 3.045 kWh at once would be 1.04


def test_a_year_without_a_price_has_energy_only():
    found = october(listed(), site=replace(SITE, prices={2025: Price(Decimal("0.30"))}))
    assert found.price is None
    assert (found.lines[0].price, found.lines[0].amount) == (None, None)
    assert (found.totals.all.energy_wh, found.totals.all.unpriced) == (12345, 1)


def test_what_runs_still_is_in_no_report():
    assert october(listed(stopped_at=None, energy_wh=None, seconds=None)).lines == ()


def test_doubtful_ones_are_counted_and_in_the_totals():
    words = ("adopted", "orphaned", "assumed", "implausible", "refused")
    rows = [listed(number, marks=[word]) for number, word in enumerate(words, 1)]
    found = october(*rows, listed(6, clock="doubtful"), listed(7, marks=["late"]), listed(8))
    assert (found.totals.all.transactions, found.totals.all.doubtful) == (8, 6)
    assert (found.totals.all.energy_wh, found.totals.all.doubtful_wh) == (8 * 12345, 6 * 12345)


def test_late_ones_stand_where_they_began():
    late = listed(9, **from_to("2026-10-01T08:00:00+02:00", "2026-10-01T09:00:00+02:00"), marks=["late"])
    assert [line.row.transaction for line in october(listed(1), late).lines] == [9, 1]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-01T00:30:00+01:00", "2026-10"),
        ("2026-10-31T23:30:00+01:00", "2026-09"),
        ("2027-01-05T06:00Z", "2026-12"),
    ],
)
def test_the_last_month_is_the_one_that_is_over_by_the_clocks_of_the_site(now, last):
    assert str(month("last", datetime.fromisoformat(now), BERLIN)) == last


def test_what_was_erased_is_a_row_of_its_own_and_said_in_words():
    found = october(listed(), listed(2, id_tag="", name=None), listed(3, id_tag="", name=None, marks=["orphaned"]))
    assert [total.label[0] for total in found.totals.cards.values()] == ["04A1B2C3D4E5F6", "(erased)", ""]
    assert "(gelöscht)" in found.csv(Language.DE).decode()


def test_each_cost_centre_has_its_sum():
    found = october(listed(), listed(2, cost_centre="4712"), listed(3), listed(4, cost_centre=None))
    sums = {name: total.transactions for name, total in found.totals.cost_centres.items()}
    assert sums == {"4711": 2, "4712": 1, "": 1}


def test_two_cards_that_look_the_same_masked_are_two():
    rows = [row(listed(number, id_tag="…1234", name=None, who=who)) for number, who in ((1, "a1"), (2, "b2"))]
    sums = report(SITE, OCTOBER, About(), rows, MADE_AT).totals.cards.values()
    assert [(total.label[0], total.transactions) for total in sums] == [("…1234", 1), ("…1234", 1)]


@pytest.mark.parametrize("language", Language)
def test_the_hash_is_that_of_the_file_in_the_same_language(language):
    found = october(listed(), listed(2))
    assert found.sha256(language) == hashlib.sha256(found.csv(language)).hexdigest()
    assert october(listed(), listed(2, energy_wh=12346)).sha256(language) != found.sha256(language)


def test_the_file_of_a_report_has_prices_and_amounts():
    (one,) = csv.DictReader(io.StringIO(october(listed()).csv(Language.EN).decode(), newline=""))
    assert (one["Price per kWh"], one["Amount"]) == ("0.34", "4.20")
