"""A figure beside its goal: the table on the screen, and the block in docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_PAGE: Final = Path("docs/benchmarks.md")
_BEGIN: Final = "<!-- figures: written by make bench WRITE=1 -->"
_END: Final = "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `goal` None: for information."""

    group: str
    what: str
    figure: float
    unit: str
    goal: float | None = None
    remark: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "met" if self.figure <= self.goal else "MISSED"


def table(lines: Iterable[Line]) -> str:
    """Markdown that can be read on a screen as well."""
    head = ("", "figure", "value", "goal", "verdict", "from")
    rows = [head] + [
        (
            line.group,
            line.what,
            f"{_number(line.figure)} {line.unit}".strip(),
            "" if line.goal is None else f"≤ {_number(line.goal)}",
            line.verdict,
            line.remark,
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def write(lines: Iterable[Line]) -> None:
    """Put the table into the page, between its two marks."""
    text = _PAGE.read_text()
    before, rest = text.split(_BEGIN, 1)
    _, after = rest.split(_END, 1)
    stamp = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}"
    )
    _PAGE.write_text(f"{before}{_BEGIN}\n\n{stamp}.\n\n{table(lines)}\n\n{_END}{after}")


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
