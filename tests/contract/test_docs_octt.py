"""The page of conformance cases names every case of the tool, and every claim is a test that is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.kit.octt_cases import CASES, IDS

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| (TC_\d+(?:_\d)?) \| ([^|]+) \| ([^|]+) \|")


def rows() -> list[tuple[str, ...]]:
    lines = (ROOT / "docs/octt.md").read_text(encoding="utf-8").splitlines()
    return [row.groups() for row in map(ROW.fullmatch, lines) if row is not None]


def suite() -> dict[str, str]:
    """The case that each test of the suite plays."""
    found = {}
    for file in sorted((ROOT / "tests/octt").glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                case = re.match(r"test_tc_(\d+(?:_\d)?)_[a-z]", node.name)
                assert case is not None, f"{node.name} names no case"
                found[f"octt/{file.stem}::{node.name}"] = f"TC_{case[1]}"
    return found


def test_every_case_of_the_tool_has_its_row_and_no_other():
    assert [(case, what) for case, what, _ in rows()] == [row for cases in CASES.values() for row in cases.items()]
    assert len(IDS) == 77


@pytest.mark.parametrize("case", IDS)
def test_a_case_is_claimed_by_its_tests_or_says_why_not(case: str):
    ((_, _, claim),) = [row for row in rows() if row[0] == case]
    named = re.findall(r"`([\w/]+::\w+)`", claim)
    assert sorted(named) == sorted(name for name, played in suite().items() if played == case)
    assert named or claim.startswith("no: "), "a case that is not claimed says why"
