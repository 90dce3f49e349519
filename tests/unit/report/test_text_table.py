"""Tables as text: what programs read, and what a spreadsheet in Germany or the Netherlands makes of them."""

import csv
import io
from datetime import datetime
from decimal import Decimal

import pytest

from knx_ocpp_bridge.report.harmless import harmless
from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.prices import Line
from knx_ocpp_bridge.report.rows import row
from knx_ocpp_bridge.report.text_table import text_table
from tests.kit.bills import BERLIN, from_to, listed

NIAGARA = [
    "Identifier", "Connector Id", "Id Tag", "Start Meter Value", "Stop Meter Value", "Total Meter Value",
    "Start Time", "Stop Time", "Minutes Charged", "Transaction Id",
]  # fmt: skip
CMD = "=cmd|' /C calc'!A0"


def written(*rows: dict, language: Language = Language.EN) -> bytes:
    return b"".join(text_table((Line(row(each)) for each in rows), language, BERLIN))


def opened(content: bytes, language: Language) -> list[dict[str, str]]:
    """As a spreadsheet of that country opens it: its list separator, its encoding."""
    delimiter = "," if language is Language.EN else ";"
    text = content.decode("utf-8" if language is Language.EN else "utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_the_columns_of_niagara_stand_first_with_their_names():
    (one,) = opened(written(listed(7)), Language.EN)
    assert list(one)[:10] == NIAGARA
    assert [one[name] for name in NIAGARA] == [
        "GARAGE", "1", "04A1B2C3D4E5F6", "1063000", "1075345", "12345",
        "2026-10-02T17:41:07+02:00", "2026-10-02T19:41:07+02:00", "120", "7",
    ]  # fmt: skip


def test_a_table_for_programs_is_rfc_4180():
    raw = written(listed(name='Say "hi", \u00dcmit'), listed(2))
    assert raw.count(b"\r\n") == 3
    assert raw.endswith(b"\r\n")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert '"Say ""hi"", \u00dcmit"'.encode() in raw


def test_all_that_is_known_of_a_transaction_has_its_column():
    (one,) = opened(
        written(listed(9, session=7, group="FLEET", marks=["late"], clock="doubtful", signed=2)), Language.EN
    )
    assert (one["Name"], one["Group"], one["Cost Centre"], one["Charge Point"]) == ("Family", "FLEET", "4711", "Garage")
    assert (one["Session"], one["Energy kWh"], one["Stop Reason"]) == ("7", "12.345", "EVDisconnected")
    assert (one["Started By"], one["Meter Serial"]) == ("card", "DZ-0815")
    assert (one["Clock"], one["Marks"], one["Signed Values"]) == ("doubtful", "late, clock doubtful", "2")


@pytest.mark.parametrize(
    ("language", "energy", "begin", "time"),
    [
        (Language.DE, "Energie (kWh)", "Beginn", "%d.%m.%Y %H:%M:%S"),
        (Language.NL, "Energie (kWh)", "Begin", "%d-%m-%Y %H:%M:%S"),
    ],
)
def test_a_german_or_dutch_spreadsheet_opens_the_right_numbers(language, energy, begin, time):
    raw = written(listed(energy_wh=1234567, name="H\u00f6fe"), language=language)
    assert raw.startswith(b"\xef\xbb\xbf")
    (one,) = opened(raw, language)
    assert Decimal(one[energy].replace(".", "").replace(",", ".")) == Decimal("1234.567")
    assert one[begin] == datetime(2026, 10, 2, 17, 41, 7, tzinfo=BERLIN).strftime(time)
    assert "H\u00f6fe" in one.values()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "text", [CMD, "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", " =1+1", "\u200b=1", "\xa0@A1"]
)
def test_no_text_is_a_formula_and_no_number_is_changed(language, text):
    one = listed(charger=text, charger_name=text, id_tag=text, name=text, cost_centre=text, group=text, energy_wh=-5,
                 meter_serial=text, reason=text, started_by=text, marks=[text])  # fmt: skip
    (cells,) = opened(written(one, language=language), language)
    bare = [cell.lstrip(" \u200b\xa0") for cell in cells.values()]
    assert not [cell for cell in bare if cell.startswith(tuple("=+@\t\r\uff1d"))]
    numbers = [cell for cell in cells.values() if cell.startswith("-")]
    assert numbers == ["-5", "-0.005" if language is Language.EN else "-0,005"]


@pytest.mark.parametrize(("saved", "taken"), [(Language.EN, ";"), (Language.DE, ","), (Language.EN, "\t")])
def test_a_formula_does_not_hide_behind_the_separator_of_another_country(saved, taken):
    raw = written(listed(name="a;=cmd|'x'!A0", cost_centre="b,=1", group="c\t=2"), language=saved).decode("utf-8-sig")
    for line in raw.splitlines():
        assert not [cell for cell in line.split(taken) if cell.startswith("=")]


def test_nothing_moves_the_cursor_of_a_terminal():
    raw = written(listed(meter_serial="A\x1b[2J\x00\x9b", reason="B\x07"))
    assert b"A?[2J??" in raw
    assert b"B?" in raw


def test_ordinary_names_stay_as_they_are():
    for name in ("H\u00f6fe, B\u00fcro", "a-b", "fitter's", "4711", "", "1+1=2", "a; b", "x, -y"):
        assert harmless(name) == name


@pytest.mark.parametrize("language", Language)
def test_the_hour_that_comes_twice_has_its_minutes(language):
    night = from_to("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")
    (one,) = opened(written(listed(**night), language=language), language)
    values = list(one.values())
    assert values[8] == "60"
    if language is Language.EN:
        assert values[6:8] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


def test_what_is_not_known_is_empty():
    open_one = listed(stopped_at=None, seconds=None, meter_stop_wh=None, energy_wh=None, reason=None, name=None)
    (one,) = opened(written(open_one), Language.EN)
    empty = (
        "Stop Time",
        "Minutes Charged",
        "Stop Meter Value",
        "Total Meter Value",
        "Energy kWh",
        "Stop Reason",
        "Name",
    )
    assert {one[name] for name in empty} == {""}


def test_ten_thousand_transactions_come_in_pieces():
    taken = iter(text_table((Line(row(listed(number))) for number in range(1, 10_001)), Language.DE, BERLIN))
    sizes = [len(piece) for piece in taken]
    assert len(sizes) > 10
    assert max(sizes) < 100_000
    whole = written(*(listed(number) for number in range(1, 10_001)), language=Language.DE)
    assert sum(sizes) == len(whole)
    assert [one["Transaktion"] for one in opened(whole, Language.DE)] == [str(number) for number in range(1, 10_001)]


def test_an_empty_table_has_its_headings():
    assert written().decode().startswith("Identifier,Connector Id,Id Tag,")
    assert opened(written(), Language.EN) == []


def test_words_of_the_bridge_are_said_in_the_language_of_the_file_and_those_of_ocpp_stay():
    line = Line(row(listed(started_by="wall switch", marks=["late", "assumed"], clock="doubtful", reason="Local")))
    german = b"".join(text_table([line], Language.DE, BERLIN)).decode()
    dutch = b"".join(text_table([line], Language.NL, BERLIN)).decode()
    english = b"".join(text_table([line], Language.EN, BERLIN)).decode()
    assert ";Local;Wandtaster;DZ-0815;zweifelhaft;verspätet gemeldet, Ende geschlossen, Uhr zweifelhaft;" in german
    assert ";Local;wandschakelaar;DZ-0815;twijfelachtig;later gemeld, einde afgeleid, klok twijfelachtig;" in dutch
    assert ',Local,wall switch,DZ-0815,doubtful,"late, assumed, clock doubtful",' in english
