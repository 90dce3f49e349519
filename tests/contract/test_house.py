"""The import contract is the architecture: it holds, and it bites."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

FORBIDDEN = [
    ("core/limits.py", "import asyncio", "What decides never waits"),
    ("core/limits.py", "from knx_ocpp_bridge.config import models", "The house"),
    ("knx/sending/pace.py", "from knx_ocpp_bridge.ocpp import frames", "The house"),
    ("store/errors.py", "import xknx", "xknx has one door"),
    ("knx/sending/pace.py", "import websockets", "websockets and ocpp have one door"),
    ("actor.py", "import sqlite3", "sqlite has one door"),
    ("cli/log.py", "import xlsxwriter", "paper has one door"),
]


@pytest.mark.parametrize(("file", "line", "contract"), FORBIDDEN, ids=[line for _, line, _ in FORBIDDEN])
def test_the_contract_bites(tmp_path, file, line, contract):
    house = copy_of_the_house(tmp_path)
    wall = house / "knx_ocpp_bridge" / file
    wall.write_text(f"{line}\n{wall.read_text()}")
    verdict = lint(house)
    assert verdict.returncode != 0
    assert any(contract in row and "BROKEN" in row for row in verdict.stdout.splitlines())


def test_a_package_without_a_place_is_refused(tmp_path):
    house = copy_of_the_house(tmp_path)
    (house / "knx_ocpp_bridge" / "helpers").mkdir()
    (house / "knx_ocpp_bridge" / "helpers" / "__init__.py").write_text("")
    verdict = lint(house)
    assert verdict.returncode != 0
    assert "helpers" in verdict.stdout + verdict.stderr


def test_the_house_as_it_stands_keeps_its_contract():
    verdict = lint(ROOT)
    assert verdict.returncode == 0, verdict.stdout


def test_no_file_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("knx_ocpp_bridge", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def copy_of_the_house(place: Path) -> Path:
    shutil.copytree(ROOT / "knx_ocpp_bridge", place / "knx_ocpp_bridge", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, ''); {LINT}", "--no-cache"],
        cwd=house,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
