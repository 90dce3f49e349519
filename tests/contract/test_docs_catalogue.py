"""The page of charger behaviours holds every row that is claimed, and every test it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
NOT_DEALT_WITH = re.compile(r"\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \|")
KNOWN = {
    "C": range(1, 35),
    "X": range(1, 2),
    "F": range(1, 28),
    "B": range(1, 22),
    "T": range(1, 31),
    "M": range(1, 18),
    "K": range(1, 12),
    "S": range(1, 24),
    "O": range(1, 11),
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


def test_every_known_behaviour_is_dealt_with_or_it_is_said_why_not():
    text = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
    told = text.partition("## Not dealt with")[2].partition("Of these rows a part is left out")
    left = {row[1] for row in map(NOT_DEALT_WITH.fullmatch, told[0].splitlines()) if row is not None}
    in_part = {row[1] for row in map(NOT_DEALT_WITH.fullmatch, told[2].splitlines()) if row is not None}
    assert set(rows()).isdisjoint(left)
    assert in_part <= set(rows())
    assert set(rows()) | left == {f"{letter}{number}" for letter, numbers in KNOWN.items() for number in numbers}


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
