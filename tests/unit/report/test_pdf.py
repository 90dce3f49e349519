"""The report as PDF: its text is in it, and without the extra one is told how to get it."""

import io
import sys
from dataclasses import replace

import pytest
from pypdf import PdfReader

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.monthly import About
from knx_ocpp_bridge.report.page import page
from knx_ocpp_bridge.report.pdf import PdfError, pdf
from tests.kit.bills import SITE, listed, october


def test_the_text_of_the_report_is_in_the_pdf():
    named = "Gäste & <b>=cmd|' /C calc'!A0"
    about = About(person=named, cards=("…E5F6",))
    made = october(
        *(listed(number, name=named) for number in range(1, 41)), about=about, site=replace(SITE, name="Haus")
    )
    reader = PdfReader(io.BytesIO(pdf(page(made, Language.DE))))
    told = " ".join(word for sheet in reader.pages for word in sheet.extract_text().split())
    assert len(reader.pages) > 1
    assert "Ladebericht Oktober 2026" in told
    assert named in told
    assert "168,00 EUR" in told
    assert made.sha256(Language.DE) in told.replace(" ", "")
    width, height = (float(side) for side in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (842, 595)  # A4 landscape in points


def test_a_page_that_wants_something_from_elsewhere_gets_nothing(tmp_path):
    secret = tmp_path / "secret.css"
    secret.write_text("body::after { content: 'SECRET' }")
    made = pdf(f"<link rel=stylesheet href='{secret.as_uri()}'><p>Hello</p>")
    assert PdfReader(io.BytesIO(made)).pages[0].extract_text().strip() == "Hello"


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfError, match=r"pip install knx-ocpp-bridge\[pdf\]"):
        pdf("<p>Hello</p>")


def test_without_its_system_library_it_is_said_which(monkeypatch):
    class Broken:
        def find_spec(self, name: str, _path: object, _target: object = None) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpangoft2-1.0-0'")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(PdfError, match=r"apt-get install libpangoft2-1\.0-0"):
        pdf("<p>Hello</p>")
