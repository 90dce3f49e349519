"""The page of charger behaviours holds every row that is claimed, and every test it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
CLAIMED = {
    "C": {1, 2, 3, 5, 8, 9, 12, 13, *range(22, 30), 31, 32, 34},
    "F": set(range(1, 28)),
    "B": set(range(1, 22)),
    "T": set(range(1, 31)),
    "M": set(range(1, 18)),
    "K": {*range(1, 6), *range(7, 12)},
    "S": set(range(1, 24)),
    "O": set(range(1, 10)),
}


def rows() -> dict[str, tuple[str, ...]]:
    lines = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8").splitlines()
    found = [row.groups() for row in map(ROW.fullmatch, lines) if row is not None]
    assert len({number for number, *_ in found}) == len(found), "a row stands twice"
    return {number: tuple(cells) for number, *cells in found}


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_that_is_claimed_stands_in_the_table_and_no_other():
    assert set(rows()) == {f"{letter}{number}" for letter, numbers in CLAIMED.items() for number in numbers}


def test_every_row_names_tests_that_are_there():
    missing = []
    for number, (_, _, tests) in rows().items():
        named = re.findall(r"`([\w/]+)::(\w+)`", tests)
        assert named, f"{number} names no test"
        for file, function in named:
            path = ROOT / "tests" / f"{file}.py"
            if not path.is_file() or function not in functions(path):
                missing.append(f"{number}: {file}::{function}")
    assert missing == []


def test_no_row_names_a_person_or_a_thread():
    text = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
    assert not re.search(r"https?://|#\d", text)
