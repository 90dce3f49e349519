"""Where prices of known hours are read: what the installer may write, and who may see it."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.masking import without_secrets
from knx_ocpp_bridge.config.parts import parts
from knx_ocpp_bridge.config.reach import too_far

ROWS = "format: rows, fields: {rows: data, begin: start, end: end, price: eur}, factor: 0.001"


def tariff(installer, text: str):
    return installer.load(f"tariff: {{{text}}}\n").bridge.tariff


def only(installer, text: str) -> str:
    (message,) = installer.messages(f"tariff: {{{text}}}\n")
    return message.partition(": ")[2]


def test_a_file_of_prices_lies_beside_the_configuration(installer):
    found = tariff(installer, "file: prices.csv")
    assert found.file.is_absolute()
    assert found.file.name == "prices.csv"


def test_a_service_is_read_as_it_is_said(installer):
    found = tariff(installer, f'url: "https://prices.example.org/?from={{today}}", {ROWS}')
    assert (found.format, found.fields.rows, found.fields.end, found.factor) == ("rows", "data", "end", 0.001)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "file:///etc/passwd",
        "prices.example.org",
        "https://",
        "http://a b/",
        "http://x:0/",
        "http://x:99999/",
    ],
)
def test_what_is_no_address_is_refused(installer, url):
    assert only(installer, f'url: "{url}"').startswith("tariff.url: this is no address of prices")


def test_an_address_with_a_password_is_refused_and_not_repeated(installer):
    message = only(installer, 'url: "https://me:sesame@prices.example.org/"')
    assert "sesame" not in message


def test_only_days_stand_in_braces(installer):
    assert "no day" in only(installer, 'url: "https://prices.example.org/{week}"')


def test_a_source_is_one_source(installer):
    assert "a file or from an address" in only(installer, "file: a.csv, url: 'https://x.example.org/'")


def test_how_prices_are_written_needs_a_place_where_they_are(installer):
    assert only(installer, "factor: 0.001").startswith("tariff.factor: no prices are read anywhere")
    assert "every price is 0" in only(installer, "file: a.csv, factor: 0")
    assert "no rows" in only(installer, "file: a.json, format: arrays, fields: {rows: data}")


def test_an_address_is_shown_nowhere_and_may_be_a_secret(installer, tmp_path):
    text = 'tariff: {url: "https://prices.example.org/?key=sesame"}\n'
    document, _problems = parse(text, "bridge.yaml", lambda name: name)
    assert "sesame" not in str(without_secrets(document))
    document, _problems = parse(
        "tariff: {url: !secret prices}\n", "bridge.yaml", lambda _name: "https://x.example.org/"
    )
    assert without_secrets(document) == {"tariff": {"url": "!secret prices"}}
    assert too_far(document, "", (tmp_path,)) == ()


def test_a_page_may_name_no_file_of_the_machine(tmp_path):
    document, _problems = parse("tariff: {file: /etc/hostname}\n", "bridge.yaml", lambda name: name)
    (problem,) = too_far(document, "", (tmp_path,))
    assert problem.path == "tariff.file"
    assert too_far(document, "tariff: {file: /etc/hostname}\n", (tmp_path,)) == ()


def test_prices_are_no_part_of_a_backup(tmp_path: Path):
    (tmp_path / "bridge.yaml").write_text("tariff: {file: prices.csv}\n")
    (tmp_path / "prices.csv").write_text("")
    found = parts(tmp_path / "bridge.yaml")
    assert (found.others, found.missing) == ((), ())
