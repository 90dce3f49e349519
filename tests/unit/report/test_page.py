"""The printed report: everything is said, in three languages, and nothing in it acts."""

import string
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About
from knx_ocpp_bridge.report.page import page
from knx_ocpp_bridge.report.phrases import phrases
from tests.kit.bills import SITE, from_to, listed, october

EVERYBODY = About()
FAMILY = About(person="Family", cards=("…E5F6",), group="FLEET", cost_centre="4711", note="B-AB 123E")


class Text(HTMLParser):
    """What can be read, the tags that were met, and all that leads elsewhere."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [name for name, _ in attributes if name in {"src", "href", "action"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    @property
    def told(self) -> str:
        return " ".join(word for word in self.words if word)


def read(*rows: dict, language: Language = Language.EN, **more: object) -> Text:
    return Text(page(october(*rows, **more), language))


def test_the_head_says_whose_report_it_is():
    told = read(listed(), about=FAMILY).told
    assert "Charging report October 2026" in told
    assert "Site Villa Linde Person Family Card …E5F6 Group FLEET Cost centre 4711 Note B-AB 123E" in told


def test_a_row_has_all_that_an_employer_asks_for():
    told = read(listed(7), about=FAMILY).told
    cells = (
        "2026-10-02 17:41:07+02:00 2026-10-02 19:41:07+02:00 Garage (GARAGE) 1 DZ-0815 1063000 1075345 12.345 0.34 4.20"
    )
    assert f"{cells} 7 card EVDisconnected sane" in told
    assert "Total (1) 12.345 4.20 EUR" in told


def test_the_basis_of_the_price_and_the_rounding_are_stated():
    told = read(listed()).told
    assert "2026: 0.34 EUR per kWh. Contract of 1 January 2026" in told
    assert "rounded to the cent" in told


def test_without_a_price_there_is_no_money_in_it_and_that_is_said():
    told = read(listed(), site=replace(SITE, prices={})).told
    assert "No price is configured for this year: kWh only." in told
    assert "Amount" not in told
    assert "EUR" not in told


def test_doubtful_transactions_are_marked_and_counted():
    told = read(listed(1), listed(2, marks=["assumed", "late"]), listed(3, clock="doubtful")).told
    assert "(!) end concluded, delivered late" in told
    assert "doubtful (!) clock doubtful" in told
    assert "2 of the transactions above, with 24.690 kWh, are marked (!)" in told
    assert "No transaction is doubtful." in read(listed(), listed(2, marks=["late"])).told


def test_no_conformity_is_claimed_and_signed_values_are_counted():
    told = read(listed(1), listed(2, signed=3)).told
    assert "1 of 2 transactions have signed meter values." in told
    assert "No conformity with the law on measuring instruments (MID, German Eichrecht) is claimed." in told
    assert "There are no signed meter values of these transactions." in read(listed()).told


def test_the_hash_of_the_file_is_printed():
    made = october(listed())
    assert made.sha256(Language.DE) in Text(page(made, Language.DE)).told


def test_a_report_of_everything_has_sums_of_each_card_and_charge_point():
    told = read(listed(1), listed(2, charger="YARD", charger_name="", name=None, id_tag="B", energy_wh=1000)).told
    assert "By card Card Name Number kWh Amount 04A1B2C3D4E5F6 Family 1 12.345 4.20 EUR B 1 1.000 0.34 EUR" in told
    assert "By charge point Charge point Name Number kWh Amount GARAGE Garage 1 12.345 4.20 EUR YARD 1 1.000" in told


def test_an_empty_month_is_said():
    assert "Nothing was charged in this month." in read().told


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_whatever_somebody_is_called_is_shown_and_does_nothing(text):
    everywhere = listed(name=text, id_tag=text, charger=text, charger_name=text, meter_serial=text, reason=text,
                        marks=[text], group=text, cost_centre=text)  # fmt: skip
    about = About(text, (text,), text, text, text, text, text)
    for who in (EVERYBODY, about):
        shown = read(everywhere, about=who, site=replace(SITE, name=text))
        assert text in shown.told
        assert shown.links == []
        assert not shown.tags & {"script", "img", "link", "iframe", "object", "form", "a"}


def test_nothing_comes_from_elsewhere():
    content = page(october(listed()), Language.EN)
    assert "http" not in content.replace("http-equiv", "")
    assert "url(" not in content
    assert "@import" not in content


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.DE, "Ladebericht Oktober 2026|02.10.2026 17:41:07|12,345 0,34 4,20|0,34 EUR je kWh|Eichrecht"),
        (Language.NL, "Laadrapport oktober 2026|02-10-2026 17:41:07|12,345 0,34 4,20|0,34 EUR per kWh|Eichrecht"),
    ],
)
def test_it_is_written_as_people_write_there(language, words):
    told = read(listed(), language=language).told
    assert [each for each in words.split("|") if each not in told] == []


def test_every_language_says_the_same():
    english = phrases(Language.EN)
    for language in Language:
        other = phrases(language)
        assert list(other) == list(english)
        assert {key: fields(text) for key, text in other.items()} == {
            key: fields(text) for key, text in english.items()
        }
        assert len(other["months"].split()) == 12


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def test_the_hour_that_comes_twice_can_be_told_apart_in_english():
    told = read(listed(**from_to("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"))).told
    assert "2026-10-25 02:30:00+02:00 2026-10-25 02:30:00+01:00" in told


def test_nothing_moves_the_cursor_of_a_terminal():
    text = page(october(listed(meter_serial="A\x1b[2J\x00\x9b", name="B\x07"), about=FAMILY), Language.EN)
    assert "A?[2J??" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)
