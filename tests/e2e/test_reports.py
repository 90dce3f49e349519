"""A charge becomes paper: a card held to a real charger's reader, and the files that an accountant opens."""

import asyncio
import csv
import hashlib
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
from pypdf import PdfReader

from tests.e2e.conftest import Arrive
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector

ROOT = Path(__file__).parents[2]
GARAGE = Outlet(1)
THIS_YEAR, NEXT_YEAR = (str(datetime.now(UTC).year + more) for more in (0, 1))
PRICES = {year: {"price": 0.34, "basis": "Contract"} for year in (THIS_YEAR, NEXT_YEAR)}
CARD = "04A1B2C3D4E5F6"
TAGS = f"""
- {{id: "{CARD}", name: "=cmd|' /C calc'!A0", cost_centre: "4711", note: B-AB 123E}}
"""
HOUSE = House(
    (charger("GARAGE", connector(GARAGE), name="Garage"),),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    site={"name": "Villa Linde", "prices": PRICES},
    tags=TAGS,
)


async def written(bridge: BridgeProcess, *words: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *words, "--socket", str(bridge.socket),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out


async def test_a_charge_is_in_every_file_with_its_energy_its_price_and_its_person(
    arrive: Arrive, bridge: BridgeProcess, tmp_path: Path
):
    box = await arrive("GARAGE", GARAGE, strict=False)
    await box.plug()
    await box.card(CARD)
    number = await box.charges()
    await box.meter(10_015)
    await box.card(CARD)
    await box.unplug()

    exported = (await written(bridge, "sessions", "export", "--format", "csv-de")).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(exported, newline=""), delimiter=";")
    assert (row["Energie (kWh)"], row["Transaktion"], row["Karte"]) == ("10,015", str(number), "…E5F6")
    assert row["Name"] == "'=cmd|' /C calc'!A0"

    _day, month, year = row["Ende"][:10].split(".")
    about = ("report", "--month", f"{year}-{month}", "--tag", CARD.lower(), "--language", "de")
    files = {form: tmp_path / f"month.{form}" for form in ("csv", "xlsx", "html", "pdf")}
    for form, file in files.items():
        await written(bridge, *about, "--format", form, "--output", str(file))
    (row,) = csv.DictReader(io.StringIO(files["csv"].read_text("utf-8-sig"), newline=""), delimiter=";")
    assert (row["Preis je kWh"], row["Betrag"]) == ("0,34", "3,41")
    sheet = openpyxl.load_workbook(files["xlsx"])["Transaktionen"]
    assert (sheet["K2"].value, sheet["K2"].data_type, sheet["P2"].value) == ("=cmd|' /C calc'!A0", "s", 10.015)
    page = files["html"].read_text()
    assert hashlib.sha256(files["csv"].read_bytes()).hexdigest() in page
    told = " ".join(PdfReader(files["pdf"]).pages[0].extract_text().split())
    for text in (page, told):
        for word in ("Villa Linde", "B-AB 123E", "…E5F6", "10,015", "3,41 EUR", "Contract"):
            assert word in text
        assert CARD not in text
