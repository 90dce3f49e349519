"""Every page and every form stands in docs/web.md, with the least role that may open it."""

import re
from pathlib import Path

from knx_ocpp_bridge.web.pages.table import PAGES

PAGE = Path(__file__).parents[2] / "docs/web.md"
ROW = re.compile(r"^\| `([A-Z]+ /\S*)` \| (\w+) \|", re.MULTILINE)


def test_the_rows_are_the_pages_with_their_roles():
    """Else: write a row for it below the heading of its area."""
    rows = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
    assert rows == {f"{page.method} {page.path}": page.role.name.lower() for page in PAGES}


def test_no_row_is_empty():
    text = PAGE.read_text(encoding="utf-8")
    assert "|  |" not in text
